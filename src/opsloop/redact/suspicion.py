# ruff: noqa: E501 - patterns are read as wholes
"""Does text from outside try to steer a model? A judgement for quarantine: it lists, a person decides.

It errs towards asking, and it is no wall: what keeps an attempt harmless is the frame and the approval, not this.
"""

from __future__ import annotations

import re

_LIMIT = 20_000
_SPACED = re.compile(r"(?:\b\w ){5,}\w\b")
_HIDDEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\U000e0020-\U000e007f]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x9b]|\r(?!\n)")

_SIGNS = (
    ("asks to ignore instructions", r"\b(?:ignore|disregard|forget|override|bypass|ignoriere|ignorez|ignora|olvida|vergiss|oubliez)\b.{0,40}\b(?:previous|prior|above|earlier|all|every|other|frame|everything|vorherigen|bisherigen|précédentes|anteriores|system)\b|bypass approval|real instructions"),
    ("gives new instructions", r"\b(?:new|real|next|following|hidden) (?:task|instructions?)\b\s*(?::|is\b|instead)|\byour new task\b|\bfollow these instructions|follow the next instructions|\bdo what it says\b|\bdecode this\b.{0,30}\bfollow\b"),
    ("speaks as system, developer or assistant", r"(?:^|\n)\s*#{0,4}\s*\[?(?:system|developer message|assistant|human|user)\]?\s*(?::|###|\n)|\[system\]|(?:^|[.\n\"] ?)(?:assistant|human|user): .{0,60}\b(?:i will|ignore|run|approve|now|fixed)\b|<!--.{0,40}\b(?:ai|agents?|assistant)\b|assistant: (?:approve|done)"),
    ("holds a model's control tokens", r"<\|[a-z_]+\|>|\[/?inst\]|<</?sys>>|\{\{#?/?(?:system|user|assistant)\}\}"),
    ("imitates a tool or a reminder", r"</?\s*(?:function_results?|function_calls?|tool_call|tool_result|tool_response|system-reminder|antml|invoke)\b|\"type\"\s*:\s*\"tool_(?:use|result)\"|\bcall the tool\b|\bcall (?:resolve|promote|approve|delete)\b"),
    ("touches our frame or block", r"<\s*/?\s*opsloop|opsloop:(?:begin|end)|end of (?:data|quote|document)\b"),
    ("claims a role without limits", r"\b(?:you are (?:now )?(?:an? )?(?:\w+ ){0,2}(?:unrestricted|jailbroken|debugbot)|no restrictions|pretend (?:that )?you|jailbr\w+|unrestricted model|you may now execute|safety rules? (?:are|is) suspended)\b|always use this skill"),
    ("claims approval or authority", r"\b(?:already approved|has approved|without (?:asking|confirmation|review|showing)|as your administrator|i authorize you|approve every|proceed without)\b|approve (?:lrn|ops|feat)-|the user says"),
    ("orders the reader to run something", r"\b(?:you must|agents? must|must immediately|immediately) (?:run|execute|obey|call|push|email)\b|\brun (?:the )?(?:command|`[^`]*(?:delete|rm -rf|curl|wget)|rm -rf|the attached|any command|env\b)|commands? from (?:alert|ticket|issue)|execute the (?:attached|following)|trust alerts from"),
    ("asks for secrecy", r"do not (?:tell|mention|inform|show)\b.{0,40}\b(?:user|person|operator|anyone)|\bquietly\b.{0,40}\b(?:add|run|send|push)"),
    ("asks for secrets", r"\b(?:print|show|reveal|send|repeat|list|dump|collect)\b.{0,60}(?:\benvironment variables?|\bsystem prompt|\bhidden instructions|[ /]\.env\b|(?:\b|_)secret|\bapi.?key|\btoken|\bpassword|id_rsa|\bcredentials?)|email the (?:journal|log)|paste_the|api_key_here"),
    ("leaks through a link or image", r"!\[[^\]\n]{0,200}\]\(\s*https?://[^)\s]*[?=&{]|\]\(\s*(?:javascript|data|vbscript):|\]:\s*javascript:|<img\b[^>]*(?:onerror|src\s*=\s*[\"']?https?://)|<script\b|display:\s*none|document\.cookie|localstorage\."),
    ("hides a command", r"[;|&]\s*(?:curl|wget)\b|\$\((?:curl|wget|bash|sh)\b|`\s*(?:curl|wget|bash)\b|\|\s*(?:ba|z)?sh\b|run curl\b"),
    ("wants to be remembered as a rule", r"remember this for all|for all future sessions|save this as a skill|add the following line to (?:claude|agents)|promoted: claude\.md|allowed-tools:|(?:^|\n)# (?:agents|claude)\.md"),
    ("poses as an entry", r"(?:^|\n)## \[(?:lrn|ops|feat)-\d{8}-\w+\]"),
    ("reaches into the program", r"__globals__|__class__"),
)  # fmt: skip
_COMPILED: list[tuple[str, re.Pattern[str]]] = []


def suspicious(text: str) -> str | None:
    """Why this text looks like an attempt to steer a model, or None."""
    import unicodedata

    text = text[:_LIMIT]
    if _CONTROL.search(text):
        return "holds terminal control characters"
    if _HIDDEN.search(text):
        return "holds invisible characters"
    folded = unicodedata.normalize("NFKC", text).lower()
    folded = _SPACED.sub(lambda match: match.group().replace(" ", ""), folded)
    if not _COMPILED:
        _COMPILED.extend((reason, re.compile(pattern)) for reason, pattern in _SIGNS)
    return next((reason for reason, pattern in _COMPILED if pattern.search(folded)), None)

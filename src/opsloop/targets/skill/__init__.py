"""A skill: one self-contained SKILL.md folder (Agent Skills specification), made from a resolved learning."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from opsloop.errors import BadInput
from opsloop.targets import Form, prose, quoting

if TYPE_CHECKING:
    from opsloop.model import Entry
    from opsloop.targets import Material

FORM: Final = Form(promoted="skill", place="skills", once=True, status="promoted_to_skill")
_NAME: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_NAME_LENGTH: Final = 64
_DESCRIPTION_LENGTH: Final = 1024


def render(material: Material) -> dict[str, str]:
    """``PLACE/NAME/SKILL.md``; raises BadInput for a name that the specification refuses."""
    lead = material.entries[0]
    name = material.name or ("" if lead.origin else lead.metadata.get("Skill-Name")) or prose.topic(lead)
    if not _NAME.fullmatch(name) or len(name) > _NAME_LENGTH:
        msg = f"skill name {name!r}: lower-case letters, digits and single hyphens, at most {_NAME_LENGTH}"
        raise BadInput(msg)
    return {f"{material.place}/{name}/SKILL.md": _skill(name, list(material.entries))}


def _skill(name: str, entries: list[Entry]) -> str:
    lead = entries[0]
    steps = [step for entry in entries for step in prose.steps_of(entry, _solution(entry))]
    checks = [step for entry in entries for step in prose.steps_of(entry, _checks(entry))]
    offered = [prose.offered(entry, _solution(entry), _checks(entry)) for entry in entries]
    return prose.document(
        f"---\nname: {name}\ndescription: {json.dumps(_description(lead), ensure_ascii=False)}\n---",
        f"# {prose.title(lead)}",
        "## When to use",
        prose.bullets(_situations(entries)),
        "## What is going on",
        prose.or_question(_joined(entries, "details"), "What does this look like, and why is it not obvious?"),
        "## Root cause",
        prose.or_question(_joined(entries, "root_cause"), "What is the confirmed root cause?"),
        "## Solution",
        prose.numbered(steps) or prose.question("What are the steps, in order?"),
        *offered,
        "## Verify",
        prose.bullets(checks) or prose.question("Which command shows that it worked, and what does it print?"),
        "## Prevention",
        prose.or_question(_joined(entries, "prevention"), "What keeps this from coming back?"),
        "## Source",
        prose.bullets(_source(entry) for entry in entries),
    )


def _description(entry: Entry) -> str:
    if entry.origin:
        return f"Use for what was seen before. {prose.title(entry)}"
    alerts = entry.metadata.get("Related Alerts", "")
    pattern = (entry.pattern_key or entry.title or prose.topic(entry)).replace("_", " ").replace(".", ": ")
    when = f"Use when these alerts fire: {alerts}." if alerts else f"Use for {pattern}."
    text = " ".join(f"{entry.summary.strip().rstrip('.')}. {when}".split())
    return text.replace("<", "(").replace(">", ")")[:_DESCRIPTION_LENGTH]


def _situations(entries: list[Entry]) -> list[str]:
    found = [quoting.quoted(entry.summary) if entry.origin else entry.summary.strip() for entry in entries]
    found += [
        f"Alert {quoting.quoted(entry.metadata['Related Alerts'])}"
        for entry in entries
        if "Related Alerts" in entry.metadata
    ]
    return list(dict.fromkeys(found))


def _solution(entry: Entry) -> str:
    return prose.section(entry, "Steps", "Immediate Steps") or entry.mitigation or entry.suggested_action


def _checks(entry: Entry) -> str:
    return prose.section(entry, "Verification", "Verify")


def _source(entry: Entry) -> str:
    resolved = quoting.name(entry.resolution.get("Resolved"))
    return f"{entry.id}" + (f", resolved {resolved}" if resolved else "")


def _joined(entries: list[Entry], attribute: str) -> str:
    tell = quoting.advised if attribute == "prevention" else quoting.told
    return "\n\n".join(dict.fromkeys(text for entry in entries if (text := tell(entry, getattr(entry, attribute)))))

"""Markdown postmortems with front matter: one issue each, already resolved."""

from __future__ import annotations

import re
from typing import Any, Final

from opsloop.errors import BadInput
from opsloop.importers.draft import Draft, moment
from opsloop.importers.headings import sections
from opsloop.model import Entry, severity_of

_FRONT: Final = re.compile(r"\A---[ \t]*\r?\n(.{0,65536}?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_ITEM: Final = re.compile(r"[-*+] +(?:\[([ xX])\] +)?(.*)")
_ROW: Final = re.compile(
    r"(?:[-*+] +|\| *)?\**(\d{1,2}:\d{2}(?::\d{2})?(?: ?[A-Z]{3,4})?)\**[ :|\u2013\u2014-]+(.*?)[ |]*"
)
_SECTIONS: Final = {
    "summary": ("summary", "overview", "tl;dr", "what happened"),
    "root_cause": ("root cause", "root causes", "cause", "trigger", "contributing factors"),
    "mitigation": ("mitigation", "resolution", "recovery", "fix", "how we fixed it"),
    "prevention": ("prevention", "lessons learned", "lessons", "what we learned", "follow-up", "remediation"),
    "impact": ("impact", "customer impact", "user impact"),
    "timeline": ("timeline", "timeline (utc)"),
    "action_items": ("action items", "actions", "next steps", "follow-up items"),
}
_ATTRIBUTE: Final = {title: attribute for attribute, titles in _SECTIONS.items() for title in titles}


def drafts(name: str, text: str) -> list[Draft]:
    """One draft for a file with front matter; raises BadInput for any other file."""
    front = _FRONT.match(text)
    if front is None:
        msg = "neither entries nor front matter"
        raise BadInput(msg)
    facts = _facts(front[1])
    intro, bodies = sections(text[front.end() :].replace("\r\n", "\n"), _ATTRIBUTE)
    title = _said(facts, "title", "name", "incident") or name.removesuffix(".md")
    logged = moment(_said(facts, "date", "incident_date", "started_at", "start", "published"), name[:10])
    first, _, rest = intro.partition("\n\n")
    summary = _said(facts, "summary", "description") or bodies.pop("summary", "") or first
    details = [rest if summary == first else intro, *(f"{head}:\n{body}" for head, body in _unnamed(bodies))]
    metadata = {
        "Source": "postmortem",
        "Services Affected": _said(facts, "services", "service", "product", "affected_services", "component"),
        "Tags": _said(facts, "tags", "keywords", "categories", "labels"),
    }
    entry = Entry(
        kind="issue",
        logged=logged,
        priority="high",
        status="resolved",
        severity=severity_of(_said(facts, "severity", "sev", "priority")),
        area="incident_management",
        summary=summary,
        details="\n\n".join(part.strip() for part in details if part.strip()),
        impact={label: text for label, text in _impact(facts, bodies).items() if text},
        root_cause=_said(facts, "root_cause", "cause") or bodies.get("root_cause", ""),
        mitigation=bodies.get("mitigation", ""),
        prevention=bodies.get("prevention", ""),
        timeline=_timeline(bodies.get("timeline", "")),
        action_items=_items(bodies.get("action_items", "")),
        metadata={label: text for label, text in metadata.items() if text},
        resolution={"Resolved": logged, "Postmortem": _said(facts, "url", "link") or name} if logged else {},
    )
    return [Draft(name, ("postmortem", title, logged or "", name), entry, title)]


def _facts(text: str) -> dict[str, Any]:
    """The front matter's keys in lower case; raises BadInput when it is no YAML mapping."""
    import yaml

    try:
        facts = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:
        msg = f"front matter is not YAML: {' '.join(str(error).split())}"
        raise BadInput(msg) from None
    if not isinstance(facts, dict):
        msg = "front matter holds no keys"
        raise BadInput(msg)
    return {str(key).lower().replace("-", "_").replace(" ", "_"): value for key, value in facts.items()}


def _said(facts: dict[str, Any], *names: str) -> str:
    """The first of several keys that says something, as one line; a list is joined by commas."""
    for name in names:
        value = facts.get(name)
        if value not in (None, "", []):
            return ", ".join(map(str, value)) if isinstance(value, list) else str(value).strip()
    return ""


def _unnamed(sections: dict[str, str]) -> list[tuple[str, str]]:
    return [(heading, body) for heading, body in sections.items() if heading not in _SECTIONS]


def _impact(facts: dict[str, Any], sections: dict[str, str]) -> dict[str, str]:
    return {
        "": sections.get("impact", ""),
        "Users Affected": _said(facts, "users_affected", "customers_affected"),
        "Duration": _said(facts, "duration", "downtime"),
    }


def _timeline(text: str) -> tuple[tuple[str, str], ...]:
    rows = [(match[1], match[2]) for line in text.split("\n") if (match := _ROW.fullmatch(line.strip()))]
    return tuple(rows) or tuple(("", line.strip()) for line in text.split("\n") if line.strip())


def _items(text: str) -> tuple[str, ...]:
    lines = [match for line in text.split("\n") if (match := _ITEM.fullmatch(line.strip()))]
    return tuple(("[x] " if match[1] in ("x", "X") else "") + match[2] for match in lines if match[2])

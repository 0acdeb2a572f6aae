"""Markdown runbooks without front matter: one learning each, so that recall finds what a team wrote down long ago."""

from __future__ import annotations

import re
from typing import Final

from opsloop.importers.draft import Draft
from opsloop.importers.headings import HEADING, sections
from opsloop.model import Entry

_OURS: Final = "promoted by opsloop from "
"""What stands in a file that was promoted from an entry: that one is found already."""
_TITLE: Final = re.compile(
    r"(?:runbook|playbook)\b[ :\u2013\u2014-]*|[ :\u2013\u2014-]*(?:runbook|playbook)$", re.IGNORECASE
)
_STEPS: Final = "steps"
_NAMED: Final = dict.fromkeys(
    (_STEPS, "immediate steps", "procedure", "instructions", "what to do", "response", "recovery steps"), _STEPS
)


def drafts(name: str, text: str) -> list[Draft]:
    """One draft for a file that calls itself a runbook or has steps; none for any other, nor for our own."""
    text = text.replace("\r\n", "\n")
    if _OURS in text or text.startswith("---\n"):
        return []
    heading = next((match[1] for line in text.split("\n") if (match := HEADING.fullmatch(line))), "")
    intro, bodies = sections(text, _NAMED)
    steps = bodies.pop(_STEPS, "")
    title = _TITLE.sub("", heading).strip()
    if not title or not (steps or title != heading.strip()):
        return []
    about = bodies.pop(heading, "") or intro
    first, _, rest = about.partition("\n\n")
    details = [rest, *(f"{head}:\n{body}" for head, body in bodies.items())]
    entry = Entry(
        kind="learning",
        category="incident_pattern",
        priority="medium",
        status="resolved",
        area="runbooks",
        summary=f"{title}: {' '.join(first.split())}".rstrip(": "),
        details="\n\n".join(part.strip() for part in details if part.strip()),
        suggested_action=steps,
        metadata={"Source": "runbook", "Tags": "runbook"},
    )
    return [Draft(name, ("runbook", title, name), entry, title)]

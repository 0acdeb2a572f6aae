"""The ``.learnings/`` files of this and sibling skills, and ERRORS.md of the general one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from opsloop import markdown
from opsloop.importers.draft import Draft, moment
from opsloop.model import AREAS, PRIORITIES, SEVERITIES, STATUSES, Entry

if TYPE_CHECKING:
    from opsloop.model import Kind

_DONE: Final = frozenset({"done", "fixed", "closed", "complete", "completed"})
_ERROR_DETAILS: Final = ("Error", "Context")
"""Sections of an error entry that say what Details says."""


def drafts(name: str, data: bytes) -> list[Draft]:
    """Every entry of a file; none where it holds no entries."""
    return [
        _draft(name, block.id, markdown.parse(block.raw.decode("utf-8", "replace"), _kind(block.id)))
        for block in markdown.split(data)
        if block.id
    ]


def _kind(entry_id: str) -> Kind:
    """An error is an issue; anything else of an unknown type teaches something."""
    return "issue" if entry_id.startswith("ERR-") else "learning"


def _draft(name: str, entry_id: str, entry: Entry) -> Draft:
    extra = dict(entry.extra_sections)
    details = [entry.details, *(extra.pop(title, "") for title in _ERROR_DETAILS)]
    action = entry.suggested_action or extra.pop("Suggested Fix", "")
    known = entry.status if entry.status in STATUSES else None
    done = (entry.status or "").lower() in _DONE
    metadata = dict(entry.metadata)
    if entry.skill and entry.skill != "operations":
        metadata["Origin-Skill"] = entry.skill
    read = replace(
        entry,
        logged=moment(entry.logged, entry.id.split("-")[1]),
        priority=entry.priority if entry.priority in PRIORITIES else "medium",
        severity=entry.severity if entry.severity in SEVERITIES else None,
        status=known or ("resolved" if done else "pending"),
        area=entry.area if entry.area in AREAS else None,
        metadata=metadata,
        extra_sections=extra,
        details="\n\n".join(filter(None, details)),
        suggested_action=action,
    )
    identity = ("learning", entry_id, entry.logged or "", entry.title, entry.summary)
    return Draft(f"{name}#{entry_id}", identity, read, entry.summary)

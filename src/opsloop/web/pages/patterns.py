"""Patterns: how often each came back, and which ones text thinks are the same."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from opsloop.charts import patterns as pattern_charts
from opsloop.model import format_time
from opsloop.web.pages.occurrences import days_of

if TYPE_CHECKING:
    from opsloop.verbs.workspace import Workspace
    from opsloop.web.desk import Desk, Document

_DAYS: Final = 90
_MOST_STRIPS: Final = 25
_MOST_COMPARED: Final = 40
_MOST_ROWS: Final = 100
_MOST_IDS: Final = 8


def patterns(desk: Desk) -> Document:
    """Strips over 90 days, proposals to merge, what was merged, and every pattern."""
    strips = desk.kept("strips", _strips)["strips"]
    since = desk.ws.now - timedelta(days=_DAYS)
    picture = pattern_charts.strips(strips, start=format_time(since), end=format_time(desk.ws.now))
    entries = desk.ws.journal.entries(archived=False)
    merged = [
        {"id": entry.id, "into": entry.metadata["Merged-Into"]}
        for entry in entries
        if entry.metadata.get("Merged-Into")
    ]
    return {
        "strips": picture,
        "merges": desk.kept("merges", _proposals)["merges"],
        "merged": merged,
        "patterns": _by_key(entries)[:_MOST_ROWS],
        "more": max(0, len({entry.pattern_key for entry in entries if entry.pattern_key}) - _MOST_ROWS),
    }


def _strips(ws: Workspace) -> Document:
    """Occurrences by day of the most frequent patterns of the window."""
    since = f"{ws.now - timedelta(days=_DAYS):%Y-%m-%d}"
    recent = [
        entry
        for entry in ws.journal.entries(archived=False)
        if entry.metadata.get("Detector") and entry.metadata.get("Last-Seen", "") >= since
    ]
    shown = sorted(recent, key=_count, reverse=True)[:_MOST_STRIPS]
    found = days_of(ws, shown)
    strips: dict[str, dict[str, int]] = {}
    for entry in shown:
        days = {day: count for day, count in found[entry.id].items() if day >= since}
        if days:
            strips[_label(entry)] = days
    return {"strips": strips}


def _label(entry: Any) -> str:
    name = (entry.pattern_key or entry.id).partition(".")[2] or entry.id
    return f"{name} ({entry.service})" if entry.service else name


def _proposals(ws: Workspace) -> Document:
    from opsloop.verbs.patterns import similar_to

    ws.index.refresh(ws.journal)
    seen: set[frozenset[str]] = set()
    merges = []
    for entry in ws.journal.entries(archived=False)[-_MOST_COMPARED:]:
        for hit in similar_to(ws, entry, top=1):
            pair = frozenset({entry.id, hit["id"]})
            if hit["proposal"] == "merge" and pair not in seen:
                seen.add(pair)
                merges.append({"id": entry.id, "other": hit["id"], "score": hit["score"], "why": hit["why"]})
    return {"merges": merges}


def _by_key(entries: list[Any]) -> list[Document]:
    """One row a pattern key, the most frequent first."""
    groups: dict[str, list[Any]] = defaultdict(list)
    for entry in entries:
        if entry.pattern_key:
            groups[entry.pattern_key].append(entry)
    rows = [
        {
            "key": key,
            "services": sorted({entry.service for entry in members if entry.service}),
            "count": sum(_count(entry) for entry in members),
            "last": max(entry.metadata.get("Last-Seen", "") for entry in members),
            "ids": [entry.id for entry in members][:_MOST_IDS],
            "others": max(0, len(members) - _MOST_IDS),
        }
        for key, members in groups.items()
    ]
    return sorted(rows, key=lambda row: (-int(row["count"]), str(row["key"])))


def _count(entry: Any) -> int:
    text = entry.metadata.get("Recurrence-Count", "1")
    return int(text) if text.isdecimal() else 1

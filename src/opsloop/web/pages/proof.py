"""Proof: before and after, one interval a promotion."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from opsloop.charts import proof as proof_charts
from opsloop.web.pages.now import verdicts

if TYPE_CHECKING:
    from datetime import date

    from opsloop.model import Entry
    from opsloop.verbs.workspace import Workspace
    from opsloop.web.desk import Desk, Document


_DECISIONS: Final = ("worse", "improved", "no_change", "not_enough_data")
"""What needs a look first."""
_MOST: Final = 30


def proof(desk: Desk) -> Document:
    """Verdicts with counts, interval, weeks and what was said about them; ``decision`` shows those of one kind."""
    entries = {entry.id: entry for entry in desk.ws.journal.entries()}
    found = [one for one in desk.kept("verdicts", verdicts)["verdicts"] if one["id"] in entries]
    found.sort(key=lambda one: _DECISIONS.index(one["decision"]))
    decisions = Counter(one["decision"] for one in found)
    chosen = desk.query.get("decision", "")
    chosen = chosen if chosen in decisions else ""
    wanted = [one for one in found if not chosen or one["decision"] == chosen]
    weeks = desk.kept("weeks of verdicts", _weeks)
    shown = [
        one | {"title": _name(entries[one["id"]]), "picture": _picture(one, weeks.get(one["id"]) or [])}
        for one in wanted[:_MOST]
    ]
    return {
        "verdicts": shown,
        "decisions": list(decisions.items()),
        "chosen": chosen,
        "total": len(found),
        "more": len(wanted) - len(shown),
        "ratios": proof_charts.ratios(
            [one | {"id": one["title"]} for one in shown], improved=decisions["improved"], total=len(found)
        ),
    }


def _name(entry: Entry) -> str:
    """The monitor, or the pattern without its category, and where."""
    what = entry.metadata.get("Related Alerts") or (entry.pattern_key or "").partition(".")[2] or entry.id
    return f"{what} ({entry.service})" if entry.service else what


def _picture(verdict: dict[str, Any], weeks: list[dict[str, Any]]) -> Any:
    if not weeks:
        return None
    window = verdict["baseline"]
    title = f"{verdict['before']['count']} times in the baseline, {verdict['after']['count']} after the change"
    return proof_charts.before_after(
        weeks, promoted=verdict["promoted_at"], baseline=(window["from"], window["to"]), title=title
    )


def _weeks(ws: Workspace) -> Document:
    """Occurrences by week (its Monday) of everything that has a verdict, weeks without any included."""
    from opsloop.verbs.verify import PROVEN, proofs

    occurrences = proofs(ws).occurrences
    return {
        entry.id: _by_week([one.at.date() for one in occurrences.of(entry)], ws.now.date())
        for entry in ws.journal.entries()
        if entry.status in PROVEN
    }


def _by_week(days: list[date], today: date) -> list[dict[str, Any]]:
    if not days:
        return []
    counts = Counter(day - timedelta(days=day.weekday()) for day in days)
    first, rows = min(counts), []
    while first <= today:
        rows.append({"week": first.isoformat(), "count": counts[first]})
        first += timedelta(days=7)
    return rows

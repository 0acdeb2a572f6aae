"""Proof: before and after, one interval a promotion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsloop.charts import proof as proof_charts
from opsloop.web.pages.now import verdicts

if TYPE_CHECKING:
    from opsloop.web.desk import Desk, Document


def proof(desk: Desk) -> Document:
    """Every verdict with its counts, its interval and what was said about it."""
    found = desk.kept("verdicts", verdicts)["verdicts"]
    shown = []
    for one in found:
        entry = desk.ws.journal.get(one["id"])
        weeks = one.get("weeks") or []
        picture = (
            proof_charts.before_after(weeks, promoted=one["promoted_at"], name=one["pattern_key"] or one["id"])
            if weeks
            else None
        )
        shown.append(one | {"title": entry.summary, "picture": picture})
    named = [one | {"id": f"{one['pattern_key'] or one['id']}".partition(".")[2] or one["id"]} for one in found]
    return {"verdicts": shown, "ratios": proof_charts.ratios(named)}

"""Alert quality: how often each monitor fires, and whether anybody does something about it."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from opsloop.metrics import relations
from opsloop.metrics.episodes import BELONGS_HOURS, SILENCE_HOURS, actioned, orphans
from opsloop.metrics.scope import result, week_name

if TYPE_CHECKING:
    from opsloop.metrics.scope import Row, Scope
    from opsloop.signals.table import Table

DEFINITION: Final = (
    "Per monitor (service and name). firings: notifications in the window. episodes: times that a series fired anew in"
    " the window: an episode lasts from firing to resolve; a firing after more than"
    f" {SILENCE_HOURS} h of silence is a new one. per_day_max: most episodes that began on one day (UTC). acknowledged:"
    " episodes that somebody acknowledged. actioned: episodes acknowledged or linked to an incident, and not marked"
    " with action none. actionable_ratio: actioned / episodes. noise_share: its part of all episodes here that were not"
    " actioned."
)
"""What every figure means; printed with it."""

_KEYS: Final = {None: ["service", "monitor"], "service": ["service"], "week": ["week"]}


def compute(signals: Table, scope: Scope) -> Row:
    """One group a monitor, service or week: the noisiest first, but weeks in their order and without gaps."""
    chosen = signals if scope.service is None else _of_service(signals, scope.service)
    seen = relations.known(chosen, scope.now)
    keys = _KEYS[scope.by]
    rows = {label: {"firings": 0} for label in _weeks(scope)}
    for row in [*_firings(seen, scope, keys), *_episodes(seen, scope, keys)]:
        rows.setdefault(tuple(row.pop(key) for key in keys), {}).update(row)
    noise = sum(row.get("episodes", 0) - row.get("actioned", 0) for row in rows.values())
    groups = [dict(zip(keys, label, strict=True)) | _figures(row, noise) for label, row in rows.items()]
    if scope.by != "week":
        groups.sort(key=lambda group: (-(group["noise_share"] or 0), *(str(group[key]) for key in keys)))
    unusable = Counter(
        {
            "from the future": relations.from_the_future(chosen, scope.now, "alert"),
            "acknowledged or resolved before any firing": relations.count(relations.within(orphans(seen), "at", scope)),
        }
    )
    return result(DEFINITION, scope, groups, unusable)


def _of_service(signals: Table, service: str) -> Table:
    """Its signals, and incidents of no known service, which may be linked to its alerts."""
    return signals.filter((signals.service == service) | (signals.service.isnull() & (signals.kind == "incident")))


def _firings(signals: Table, scope: Scope, keys: list[str]) -> list[Row]:
    fired = relations.within(signals.filter((signals.kind == "alert") & (signals.status == "firing")), "at", scope)
    fired = _keyed(fired, "at")
    return relations.fetch(fired.group_by(keys).agg(firings=fired.count()))


def _episodes(signals: Table, scope: Scope, keys: list[str]) -> list[Row]:
    first = relations.moment(scope.start - timedelta(hours=SILENCE_HOURS + 2 * BELONGS_HOURS))
    recent = signals.filter((signals.kind != "alert") | (signals.at >= first))
    began = _keyed(relations.within(actioned(recent), "started_at", scope), "started_at")
    days = began.group_by(*keys, day=began.started_at.truncate("D")).agg(
        episodes=began.count(), acknowledged=began.acknowledged.sum(), actioned=began.actioned.sum()
    )
    totals = days.group_by(keys).agg(
        episodes=days.episodes.sum(),
        per_day_max=days.episodes.max(),
        acknowledged=days.acknowledged.sum(),
        actioned=days.actioned.sum(),
    )
    return relations.fetch(totals)


def _figures(row: Row, noise: int) -> dict[str, Any]:
    episodes, acted = row.get("episodes"), row.get("actioned")
    return {
        "firings": row.get("firings", 0) or None,
        "episodes": episodes,
        "per_day_max": row.get("per_day_max"),
        "acknowledged": row.get("acknowledged"),
        "actioned": acted,
        "actionable_ratio": acted / episodes if episodes and acted is not None else None,
        "noise_share": (episodes - acted) / noise if episodes and acted is not None and noise else None,
    }


def _keyed(rows: Table, at: str) -> Table:
    """Rows with what they may be grouped by: service, monitor, week (its Monday's date)."""
    return rows.mutate(monitor=rows.name, week=rows[at].truncate("W").date().cast("string"))


def _weeks(scope: Scope) -> list[tuple[str]]:
    return [(week_name(part.start),) for part in scope.weeks()] if scope.by == "week" else []

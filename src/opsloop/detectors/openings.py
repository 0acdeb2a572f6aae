"""The firings that open an alert episode, and their sums by day: what counting alerts over millions needs.

Texts stay out of the sorts: series and monitors are numbers here, and ids are looked up at the end, for the few
episodes that a finding names. An episode's opening is told by its day and the one before, for a silence of
SILENCE_HOURS ends an episode: so all of these are kept by day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ibis

from opsloop.detectors.pattern import with_slug
from opsloop.metrics.episodes import SILENCE_HOURS
from opsloop.metrics.sharing import daily, shared
from opsloop.signals.table import digest

if TYPE_CHECKING:
    from opsloop.signals.table import Table

SAID: Final = ("id", "severity", "team", "environment")


def with_signals(episodes: Table, signals: Table) -> Table:
    """Episodes (``series at``) with what the firings that opened them say: ``SAID``. Kept ones have it already."""
    if "id" in episodes.columns:
        return episodes
    fired = _told(signals, "firing")
    fired = fired.filter(fired.name.notnull())
    fired = fired.select("series", "at", "id", "severity", "environment", team=fired.attrs.get("team"))
    rows = episodes.inner_join(fired, ["series", "at"])
    return rows.group_by(*episodes.columns).agg(
        id=rows.id.min(), severity=rows.severity.min(), team=rows.team.max(), environment=rows.environment.max()
    )


def carried(episodes: Table) -> list[str]:
    """Which of ``SAID`` the episodes have, to be selected along."""
    return [name for name in SAID if name in episodes.columns]


@daily(before=1, kept_with=with_signals)
@shared
def openings(signals: Table) -> Table:
    """One row an episode of an alert with a name: ``series monitor at``, the first two as numbers; kept ones
    ``with_signals``.

    The same episodes as ``metrics.episodes``, by one look at each firing's predecessor in its series: it opens one
    when that is a resolve, is more than SILENCE_HOURS ago, or does not exist. Of firings at one instant one opens it.
    """
    rows = _told(signals, "firing", "resolved")
    rows = rows.filter(rows.name.notnull())
    rows = rows.select("at", "series", "monitor", fires=rows.status == "firing")
    order = ibis.window(group_by="series", order_by=["at", ibis.desc("fires"), "monitor"])
    rows = rows.mutate(after_firing=rows.fires.lag().over(order), earlier=rows["at"].lag().over(order))
    goes_on = rows.after_firing & (rows["at"] <= rows.earlier + ibis.interval(hours=SILENCE_HOURS))
    return rows.filter(rows.fires & ~goes_on.fill_null(False)).select("series", "monitor", "at")


@daily(on="on_day", before=1, small=True)
@shared
def opened_days(signals: Table) -> Table:
    """One row a monitor and UTC day: ``monitor on_day n first_at last_at`` of the episodes that opened then."""
    rows = openings(signals)
    return rows.group_by("monitor", on_day=rows["at"].cast("date")).agg(
        n=rows.count(), first_at=rows["at"].min(), last_at=rows["at"].max()
    )


@shared
def monitors(signals: Table) -> Table:
    """One row a monitor of a service (``""``: of none): ``monitor name service slug notifications acknowledged``."""
    days = told_days(signals)
    told = days.group_by("service", "name").agg(
        notifications=days.notifications.sum(), acknowledged=days.acknowledged.sum()
    )
    told = told.mutate(monitor=digest(signals, told.service, told.name), service=told.service.fill_null(""))
    return with_slug(told, "name", name="slug")


@daily(on="on_day", small=True)
def told_days(signals: Table) -> Table:
    """One row a monitor and UTC day: ``service name on_day notifications acknowledged touched undone``.

    ``touched``: alerts that somebody acknowledged or that name an incident, ``undone``: those with action none.
    """
    rows = signals.filter((signals.kind == "alert") & signals.name.notnull())
    acknowledged = rows.status == "acknowledged"
    return rows.group_by("service", "name", on_day=rows["at"].cast("date")).agg(
        notifications=(rows.status == "firing").sum(),
        acknowledged=acknowledged.sum(),
        touched=(acknowledged | rows.attrs.get("incident").notnull()).sum(),
        undone=(rows.attrs.get("action").lower() == "none").fill_null(False).sum(),
    )


@daily()
def firings(signals: Table) -> Table:
    """One row a firing: ``at service name incident``."""
    rows = signals.filter((signals.kind == "alert") & (signals.status == "firing"))
    return rows.select("at", "service", "name", incident=rows.attrs.get("incident"))


def _told(signals: Table, *statuses: str) -> Table:
    rows = signals.filter((signals.kind == "alert") & signals.status.isin(statuses))
    without = rows.fingerprint.isnull()
    nothing = ibis.null("string")
    return rows.mutate(
        series=digest(
            rows,
            rows.fingerprint,
            ibis.ifelse(without, rows.service, nothing),
            ibis.ifelse(without, rows.name, nothing),
        ),
        monitor=digest(rows, rows.service, rows.name),
    )

"""Alert notifications paired into episodes: fired, perhaps repeated, resolved.

People are paged by episodes, while notifications repeat for as long as a problem lasts; so noise, recurrence and
actionability are counted by episode. One sort of the alerts by series and time; linear otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ibis

from opsloop.metrics.relations import incidents

if TYPE_CHECKING:
    from opsloop.signals.table import Table

SILENCE_HOURS: Final = 24
"""A notification that comes after a longer silence than this begins a new episode: the resolve was lost, or the
source sends none. Notifiers repeat themselves more often than that while a problem lasts (Alertmanager: 4 h)."""

BELONGS_HOURS: Final = 24
"""An alert that began this long before or after an incident that names its monitor, or less, may have found it."""


def episodes(signals: Table) -> Table:
    """One row an episode of an alert series (the fingerprint; else service and name).

    ``notifications`` counts its firings, ``ended_at`` is null while no resolve is known, ``acknowledged`` and
    ``no_action`` (somebody said that nothing was done) are flags, ``incident`` the incident an alert named,
    ``first_id`` the id of the firing that opened it. Resolves and acknowledgements that no firing precedes are left
    out: see ``orphans``. To find the episodes that begin after some moment, the alerts from SILENCE_HOURS before it on
    are enough.
    """
    alerts = numbered(signals)
    alerts = alerts.filter(alerts.episode > 0)
    opening = alerts.opens
    return alerts.group_by("series", "episode").agg(
        name=alerts.name.max(where=opening),
        service=alerts.service.max(where=opening),
        source=alerts.source.max(where=opening),
        severity=alerts.severity.min(),
        team=alerts.attrs.get("team").max(where=opening),
        started_at=alerts.at.min(where=alerts.status == "firing"),
        ended_at=alerts.at.min(where=alerts.status == "resolved"),
        last_at=alerts.at.max(),
        notifications=(alerts.status == "firing").sum(),
        acknowledged=(alerts.status == "acknowledged").any(),
        no_action=(alerts.attrs.get("action").lower() == "none").fill_null(False).any(),
        incident=alerts.attrs.get("incident").max(),
        first_id=alerts.id.max(where=opening),
    )


def numbered(signals: Table) -> Table:
    """The alert signals with their ``series``, the ``episode`` of it that they belong to, and whether they open it.

    Episodes count from 1 within a series; 0 holds what came before any firing. Signals of one instant are taken in
    the order fired, acknowledged, resolved. An acknowledgement after the resolve still belongs to the episode.
    """
    alerts = _by_series(signals)
    alerts = alerts.mutate(rank=alerts.status.cases(("firing", 0), ("acknowledged", 1), else_=2))
    order = {"group_by": "series", "order_by": ["at", "rank", "id"]}
    before = ibis.window(preceding=(None, 1), **order)
    alerts = alerts.mutate(
        last_fired=alerts.at.max(where=alerts.status == "firing").over(before),
        last_resolved=alerts.at.max(where=alerts.status == "resolved").over(before),
    )
    silent = alerts.at > alerts.last_fired + ibis.interval(hours=SILENCE_HOURS)
    closed = (alerts.last_resolved >= alerts.last_fired).fill_null(False)
    alerts = alerts.mutate(opens=(alerts.status == "firing") & (alerts.last_fired.isnull() | closed | silent))
    return alerts.mutate(episode=alerts.opens.cast("int64").sum().over(ibis.cumulative_window(**order)))


def orphans(signals: Table) -> Table:
    """Resolves and acknowledgements that no firing of their series precedes: ``numbered`` gives them episode 0."""
    alerts = _by_series(signals)
    fired = alerts.group_by("series").agg(first_fired=alerts.at.min(where=alerts.status == "firing"))
    told = alerts.filter(alerts.status != "firing").inner_join(fired, "series")
    return told.filter(told.first_fired.isnull() | (told.at < told.first_fired))


def _by_series(signals: Table) -> Table:
    alerts = signals.filter((signals.kind == "alert") & signals.status.isin(["firing", "acknowledged", "resolved"]))
    series = ibis.coalesce(alerts.fingerprint, alerts.service.fill_null("") + "/" + alerts.name.fill_null(""))
    return alerts.mutate(series=series)


def actioned(signals: Table) -> Table:
    """``episodes`` with ``linked`` (to an incident) and ``actioned``: acknowledged or linked, and not said undone.

    An alert names its incident (``attrs.incident``), or an incident the monitor that found it (``attrs.alert``): then
    every episode of that monitor is linked that was open when the incident was detected; where none was, the one that
    began closest to that: at most BELONGS_HOURS away, and before the incident was resolved. An episode without a
    resolve lasts until SILENCE_HOURS after its last sign. Monitor and incident are of one service, or one of them
    names none.
    """
    rows = episodes(signals)
    rows = rows.mutate(
        home=rows.service.fill_null(""),
        lasts_until=ibis.coalesce(rows.ended_at, rows.last_at + ibis.interval(hours=SILENCE_HOURS)),
    )
    found = _found(incidents(signals), rows)
    closest = _closest(rows, found).mutate(closest=True)
    rows = _with_next_detected(rows, found).left_join(closest, ["home", "name", "started_at"])
    open_then = (rows.next_detected <= rows.lasts_until).fill_null(False)
    rows = rows.mutate(linked=rows.incident.notnull() | open_then | rows.closest.fill_null(False))
    rows = rows.mutate(actioned=(rows.acknowledged | rows.linked) & ~rows.no_action)
    return rows.select(*episodes(signals).columns, "linked", "actioned")


def _found(incidents: Table, rows: Table) -> Table:
    """The incidents that name the monitor that found them: its ``home`` and ``name``, ``detected_at``, ``resolved_at``.

    One that names no service is one for each service with such a monitor.
    """
    found = incidents.filter(incidents.alert.notnull() & incidents.began_at.notnull())
    found = found.select(
        "resolved_at",
        name="alert",
        wanted=found.service.fill_null(""),
        detected_at=ibis.coalesce(found.detected_at, found.began_at),
    )
    homes = rows.select("home", "name").distinct()
    found = found.inner_join(homes, "name")
    return found.filter((found.wanted == found.home) | (found.wanted == "") | (found.home == "")).drop("wanted")


def _with_next_detected(rows: Table, found: Table) -> Table:
    """``rows`` with ``next_detected``: when the first incident of their monitor was that began with them or later."""
    rows = rows.mutate(detected_at=ibis.null(rows.started_at.type()))
    empty = {column: ibis.null(kind) for column, kind in rows.schema().items()}
    told = {"home": found.home, "name": found.name, "started_at": found.detected_at, "detected_at": found.detected_at}
    both = rows.union(found.select(**empty | told))
    onward = ibis.window(
        group_by=["home", "name"], order_by=["started_at", both.detected_at.notnull()], preceding=0, following=None
    )
    both = both.mutate(next_detected=both.detected_at.min().over(onward))
    return both.filter(both.series.notnull())


def _closest(rows: Table, found: Table) -> Table:
    """``home name started_at`` of the episodes that began closest to incidents at whose detection none was open."""
    nothing = ibis.null(rows.started_at.type())
    marks = found.select("home", "name", "resolved_at", at="detected_at", starts=nothing, ends=nothing)
    shots = rows.select("home", "name", resolved_at=nothing, at="started_at", starts="started_at", ends="lasts_until")
    both = marks.union(shots)
    order = {"group_by": ["home", "name"], "order_by": ["at", both.starts.isnull()]}
    so_far, onward = ibis.window(following=0, **order), ibis.window(preceding=0, **order)
    both = both.mutate(
        open_until=both.ends.max().over(so_far),
        last=both.starts.max().over(so_far),
        next=both.starts.min().over(onward),
    )
    told = both.filter(both.starts.isnull() & (both.open_until.isnull() | (both.open_until < both["at"])))
    reach = ibis.interval(hours=BELONGS_HOURS)
    told = told.mutate(
        last=ibis.ifelse(told.last >= told["at"] - reach, told.last, None),
        next=ibis.ifelse(
            (told.next <= told["at"] + reach) & (told.resolved_at.isnull() | (told.next <= told.resolved_at)),
            told.next,
            None,
        ),
    )
    sooner = told["at"].delta(told.last, unit="microsecond") <= told.next.delta(told["at"], unit="microsecond")
    started_at = ibis.ifelse(sooner.fill_null(told.next.isnull()), told.last, told.next)
    told = told.select("home", "name", started_at=started_at)
    return told.filter(told.started_at.notnull()).distinct()

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
    every episode of that monitor and service is linked during which the incident was detected. An episode without a
    resolve lasts until SILENCE_HOURS after its last sign.
    """
    rows = episodes(signals)
    rows = rows.mutate(detected_at=ibis.null(rows.started_at.type()))
    found = incidents(signals)
    found = found.filter(found.alert.notnull() & found.began_at.notnull())
    detected = ibis.coalesce(found.detected_at, found.began_at)
    empty = {column: ibis.null(kind) for column, kind in rows.schema().items()}
    found = found.select(
        **empty | {"name": found.alert, "service": found.service, "started_at": detected, "detected_at": detected}
    )
    both = rows.union(found)
    onward = ibis.window(
        group_by=["service", "name"], order_by=["started_at", both.detected_at.notnull()], preceding=0, following=None
    )
    both = both.mutate(next_detected=both.detected_at.min().over(onward))
    rows = both.filter(both.series.notnull())
    end = ibis.coalesce(rows.ended_at, rows.last_at + ibis.interval(hours=SILENCE_HOURS))
    rows = rows.mutate(linked=rows.incident.notnull() | (rows.next_detected <= end).fill_null(False))
    rows = rows.mutate(actioned=(rows.acknowledged | rows.linked) & ~rows.no_action)
    return rows.drop("detected_at", "next_detected")

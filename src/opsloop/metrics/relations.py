"""Signals folded into the things they tell of: one row an incident, a deployment, a change.

A thing's signals share a fingerprint; a signal without one stands for itself. Each relation is one aggregation by
fingerprint, so its cost is linear in the signals of that kind. Where signals disagree, the latest that says
something wins (ties: the greater id), except for severity, where the most severe does. Times are naive UTC.

``first_id`` is the id of the earliest signal: the evidence to name for the thing. Of signals as they were known at
several moments (``moments.as_of_each``), a thing is one row for each moment.
"""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any, Final

import ibis

from opsloop.metrics.sharing import shared

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from opsloop.metrics.scope import Scope
    from opsloop.signals.table import Table

PRODUCTION: Final = frozenset({"production", "prod", "prd", "live"})
"""Names of environments, in lower case, that are production; an environment that nobody named is taken for it."""

PREVIOUS: Final = "previous"
"""What a rollback rolls back where its tool names no deployment: the one of its service before it."""

AS_OF: Final = "as_of"
"""The column that says at which moment it was known like this, where there are several."""

_ZONE: Final = r"(Z|[+-]\d\d:\d\d)$"

TRUE_WORDS: Final = frozenset({"true", "yes", "1"})
"""How an attribute says yes, in lower case."""


def known(signals: Table, now: datetime) -> Table:
    """The signals that had happened by ``now`` (aware UTC): later ones come from clocks that run ahead."""
    return signals.filter(signals.at <= moment(now))


def from_the_future(signals: Table, now: datetime, *kinds: str) -> int:
    """How many signals of these kinds had not happened by ``now``."""
    return count(signals.filter((signals.at > moment(now)) & signals.kind.isin(kinds)))


def moment(when: datetime) -> Any:
    """An aware UTC time as the engine's naive UTC literal."""
    return ibis.literal(when.replace(tzinfo=None), type="timestamp(6)")


def each(table: Table) -> list[str]:
    """The key that keeps several moments apart (``moments.as_of_each``); none in a table of one moment."""
    return [AS_OF] if AS_OF in table.columns else []


def within(rows: Table, column: str, scope: Scope) -> Table:
    """The rows whose time lies in the scope's window; null does not."""
    start, end = ends(rows, scope)
    return rows.filter((rows[column] >= start) & (rows[column] < end))


def ends(rows: Table, scope: Scope) -> tuple[Any, Any]:
    """Start and end of the scope's window; where there are several moments, of a window as far from each of them."""
    if not each(rows):
        return moment(scope.start), moment(scope.end)
    start, end = (
        rows[AS_OF] - ibis.interval(microseconds=(scope.now - edge) // timedelta(microseconds=1))
        for edge in (scope.start, scope.end)
    )
    return start, end


def in_production(rows: Table, production: Collection[str]) -> Any:
    """Whether the environment of rows is one of ``production`` (in lower case), or nobody named any."""
    return rows.environment.isnull() | rows.environment.lower().isin(sorted(production))


def count(rows: Table) -> int:
    """How many rows there are."""
    return int(rows.count().execute())


def says_yes(signals: Table, attribute: str) -> Any:
    """Whether an attribute is there and true."""
    return signals.attrs.get(attribute).lower().isin(sorted(TRUE_WORDS)).fill_null(False)


@shared
def incidents(signals: Table) -> Table:
    """One row an incident.

    ``began_at`` is when impact started or, where nobody said, when it was detected; null when neither is known.
    ``resolved_at`` is the last resolution, and null again once the incident was started or detected anew after it.
    ``open``: it began and is not resolved. ``last_at``: the latest sign of activity.
    """
    told = _told(signals, "incident")
    rows = told.group_by(*each(told), "fingerprint").agg(
        **_latest(told, "service", "environment", "name"),
        **_latest_attrs(told, "pattern_key", "root_cause", "deployment", "alert", "detected_by", "responder", "team"),
        severity=told.severity.min(),
        started_at=_first(told, "started"),
        detected_at=_first(told, "detected"),
        acknowledged_at=_first(told, "acknowledged"),
        mitigated_at=_first(told, "mitigated"),
        last_started=_last(told, "started"),
        last_detected=_last(told, "detected"),
        last_resolved=_last(told, "resolved"),
        **_span(told),
    )
    began = ibis.coalesce(rows.started_at, rows.detected_at)
    reopened = _surrounds(rows.started_at, rows.last_resolved, rows.last_started) | _surrounds(
        rows.detected_at, rows.last_resolved, rows.last_detected
    )
    resolved = ibis.ifelse(reopened, ibis.null(rows.last_resolved.type()), rows.last_resolved)
    return rows.mutate(began_at=began, resolved_at=resolved, open=began.notnull() & resolved.isnull()).drop(
        "last_started", "last_detected", "last_resolved"
    )


@shared
def deployments(signals: Table, production: Collection[str] | None = PRODUCTION) -> Table:
    """One row a deployment run in ``production`` (names of environments; None: in every environment).

    ``deployed_at`` is its first success, null for a run that never got there. ``rolls_back`` names the deployment
    that this one undoes (or PREVIOUS), ``incident`` the incident that it was made for (what a rollback says of its own
    reasons does not count); ``undone_at`` is when this one was itself rolled back, while ``rolled_back_at`` may also
    tell of another one's rollback. ``first_commit_at`` is still text.
    """
    told = _told(signals, "deployment")
    if production is not None:
        told = told.filter(in_production(told, production))
    back = told.status == "rolled_back"
    made_for = ibis.ifelse(back, ibis.null("string"), told.attrs.get("incident"))
    undoes = told.attrs.get("rolls_back").fill_null(told.fingerprint)
    return told.group_by(*each(told), "fingerprint").agg(
        **_latest(told, "service", "environment", "name"),
        **_latest_attrs(told, "first_commit_at", "commits", "rolls_back", "rollback_mode", "team"),
        incident=_latest_value(told, made_for),
        unplanned=(says_yes(told, "unplanned") & ~back).any(),
        requested_at=_first(told, "requested"),
        started_at=_first(told, "started"),
        deployed_at=_first(told, "succeeded"),
        failed_at=_first(told, "failed"),
        rolled_back_at=_first(told, "rolled_back"),
        undone_at=told.at.min(where=back & (undoes == told.fingerprint)),
        **_span(told),
    )


@shared
def changes(signals: Table) -> Table:
    """One row a change (pull request, push, release) that was merged, or names the deployment that it went out with.

    ``merged_at`` is when it was merged by its signal or else by an attribute of another signal (``merged_text``), null
    where nobody says or none can read it; ``first_commit_at`` is still text. ``last_at``: when it was last heard of.
    """
    told = _told(signals, "change")
    rows = told.group_by(*each(told), "fingerprint").agg(
        **_latest(told, "service", "name"),
        **_latest_attrs(told, "first_commit_at", "deployment", "team"),
        merged_text=_latest_value(told, told.attrs.get("merged_at")),
        merged=_first(told, "merged"),
        **_span(told),
    )
    rows = rows.mutate(merged_at=ibis.coalesce(rows.merged, _utc(rows.merged_text)))
    return rows.filter(rows.merged_at.notnull() | rows.merged_text.notnull() | rows.deployment.notnull()).drop("merged")


def fetch(table: Table) -> list[dict[str, Any]]:
    """The rows of a small result as dictionaries, its times aware UTC."""
    rows: list[dict[str, Any]] = table.to_pyarrow().to_pylist()
    times = [name for name, kind in table.schema().items() if kind.is_timestamp()]
    for row in rows:
        for name in times:
            if row[name] is not None:
                row[name] = row[name].replace(tzinfo=UTC)
    return rows


def _told(signals: Table, kind: str) -> Table:
    told = signals.filter(signals.kind == kind)
    return told.mutate(
        fingerprint=ibis.coalesce(told.fingerprint, told.id), order=told.at.cast("string") + " " + told.id
    )


def _first(told: Table, status: str) -> Any:
    return told.at.min(where=told.status == status)


def _last(told: Table, status: str) -> Any:
    return told.at.max(where=told.status == status)


def _latest(told: Table, *columns: str) -> dict[str, Any]:
    return {column: _latest_value(told, told[column]) for column in columns}


def _latest_attrs(told: Table, *keys: str) -> dict[str, Any]:
    return {key: _latest_value(told, told.attrs.get(key)) for key in keys}


def _latest_value(told: Table, value: Any) -> Any:
    return value.argmax(told.order, where=value.notnull())


def _span(told: Table) -> dict[str, Any]:
    return {
        "first_at": told.at.min(),
        "last_at": told.at.max(),
        "first_id": told.id.argmin(told.order),
        "signals": told.count(),
    }


def _utc(text: Any) -> Any:
    """A text in RFC 3339 as a naive UTC time; null for what is none. Engines read offsets each in its own way."""
    zone = text.re_extract(_ZONE, 1)
    minutes = zone.substr(1, 2).try_cast("int64") * 60 + zone.substr(4, 2).try_cast("int64")
    ahead: Any = ibis.cases((zone == "Z", 0), (zone.startswith("-"), -minutes), else_=minutes)
    return text.re_replace(_ZONE, "").try_cast("timestamp(6)") - ahead.as_interval("m")


def _surrounds(first: Any, middle: Any, last: Any) -> Any:
    return ((first <= middle) & (middle < last)).fill_null(False)

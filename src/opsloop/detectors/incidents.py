"""Incidents with their pattern: what the incident detectors share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import ibis

from opsloop.detectors.finding import texts
from opsloop.detectors.pattern import named_pattern, pattern_key, with_slug
from opsloop.metrics.relations import incidents, known
from opsloop.metrics.sharing import shared

if TYPE_CHECKING:
    from datetime import datetime

    from opsloop.signals.table import Table

CATEGORY: Final = "incident_pattern"


@shared
def patterned(signals: Table, *, now: datetime) -> Table:
    """One row an incident that began: ``at`` (when), ``id`` (its earliest signal), ``pattern_key`` and ``named``.

    The pattern that somebody named wins (``named``); without one it is made from service and title, and null where
    either is missing. ``opened_at`` is the detection, or the start where no detection is known; ``ttd_s`` and
    ``ttr_s`` are null where an end is missing or the clocks disagree.
    """
    rows = incidents(known(signals, now))
    rows = rows.filter(rows.began_at.notnull())
    rows = with_slug(with_slug(rows, "name", name="slug"), "service", name="service_slug")
    given = named_pattern(rows.pattern_key, CATEGORY)
    rows = rows.mutate(
        named=given,
        pattern_key=ibis.coalesce(given, pattern_key(CATEGORY, rows.service_slug, rows.slug)),
        at=rows.began_at,
        id=rows.first_id,
        detected_by=rows.detected_by.lower(),
        opened_at=ibis.coalesce(rows.detected_at, rows.started_at),
    )
    return rows.mutate(
        ttd_s=_positive(rows.detected_at, rows.started_at), ttr_s=_positive(rows.resolved_at, rows.opened_at)
    )


def first_told(signals: Table, attribute: str, said: str | None = None) -> Table:
    """``fingerprint told_at``: when an incident's signals first had that attribute (``said``: so, in lower case)."""
    value = signals.attrs.get(attribute)
    wanted = value.notnull() if said is None else value.lower() == said
    told = signals.filter((signals.kind == "incident") & wanted)
    return told.group_by(fingerprint=ibis.coalesce(told.fingerprint, told.id)).agg(told_at=told["at"].min())


def story(rows: Any) -> dict[str, Any]:
    """What the findings of incidents tell beside their counts, as aggregations over ``patterned`` rows."""
    return {
        "mttr_s": rows.ttr_s.mean(),
        "median_ttr_s": rows.ttr_s.median(),
        "mttd_s": rows.ttd_s.mean(),
        "open": rows.open.sum(),
        "found_by_people": (rows.detected_by == "human").sum().fill_null(0),
        "services": texts(rows.service),
        "root_causes": texts(rows.root_cause),
        "related_alerts": texts(rows.alert),
        "title": ibis.ifelse(
            rows.name.nunique() == 1, rows.name.max(), rows.pattern_key.max().re_replace(r"^[a-z_]+[.]", "")
        ),
    }


def _positive(later: Any, earlier: Any) -> Any:
    seconds = later.delta(earlier, unit="microsecond") / 1_000_000
    return ibis.ifelse(seconds >= 0, seconds, None)


def of_pattern(rows: Any, about: str, *, category: str = CATEGORY) -> Any:
    """The key of something about an incident's pattern, such as ``incident_pattern.mttr-connection_pool``.

    An incident without a pattern stands for its service, and without a service for itself.
    """
    about_of: Any = ibis.literal(f"{category}.{about}-")
    subject = rows.pattern_key.re_replace(r"^[a-z_]+[.]", "")
    subject = ibis.coalesce(subject, rows.service_slug, rows.fingerprint.lower())
    return about_of + subject

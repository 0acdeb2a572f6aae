"""An approval that keeps a change waiting for more than half an hour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import ibis
from ibis import _

from opsloop.detectors import Rule, thresholds
from opsloop.detectors.finding import gather
from opsloop.detectors.pattern import pattern_key, with_slug
from opsloop.detectors.windows import seconds_between
from opsloop.metrics.relations import known, moment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from opsloop.config import Settings
    from opsloop.signals.table import Table

RULE: Final = Rule(
    kind="learning",
    category="automation_gap",
    area="automation",
    priority="medium",
    definition="Requested to the first answer from then on (granted or rejected) takes longer than {max_wait_minutes} "
    "min; one without an answer counts once it has waited that long.",
    summary="{approval} on {service}: {count:approval} waited up to {longest_s}",
    fixes={"missing_automation": "{count:approval} waited {waited_s} in all; checks could answer what people do"},
    trigger="change_audit",
    reads=frozenset({"approval"}),
    action="Let checks grant what is routine, and name a deputy for the rest.",
    dora="lead_time",
)
DEFAULTS: Final[Mapping[str, Any]] = {"max_wait_minutes": 30.0}


def detect(signals: Table, *, now: datetime, settings: Settings) -> Table:
    """One finding an approval (by name) and service."""
    limits = thresholds(__name__, DEFAULTS, settings)
    told = known(signals, now)
    told = told.filter(told.kind == "approval")
    told = told.mutate(fingerprint=ibis.coalesce(told.fingerprint, told.id))
    asked = told.status == "requested"
    told = told.mutate(asked_at=told.at.min(where=asked).over(group_by="fingerprint"))
    rows = told.group_by("fingerprint").agg(
        name=told.name.max(),
        service=told.service.max(),
        team=told.attrs.get("team").max(),
        environment=told.environment.max(),
        at=told.at.min(where=asked),
        id=told.id.argmin(told.at.cast("string") + " " + told.id, where=asked),
        answered_at=told.at.min(where=~asked & (told.at >= told.asked_at)),
    )
    until = ibis.coalesce(rows.answered_at, moment(now))
    rows = rows.mutate(wait_s=seconds_between(until, rows.at), pending=rows.answered_at.isnull())
    limit_s = limits["max_wait_minutes"] * 60
    rows = with_slug(rows.filter(rows.wait_s > limit_s), "name", name="slug")
    key = pattern_key(RULE.category, ibis.literal("approval"), rows.slug.fill_null("unnamed"))
    rows = rows.mutate(pattern_key=key, known_at=rows.at + ibis.interval(seconds=round(limit_s)))
    return gather(
        rows,
        approval=_.name.max().fill_null("An approval"),
        longest_s=_.wait_s.max(),
        median_wait_s=_.wait_s.median(),
        waited_s=_.wait_s.sum(),
        pending=_.pending.sum(),
    )

"""More than half of an on-call shift went into repetitive work by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import ibis
from ibis import _

from opsloop.detectors import Rule, thresholds
from opsloop.detectors.finding import bumped, gather, texts
from opsloop.metrics.relations import known
from opsloop.metrics.toil import remediations

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from opsloop.config import Settings
    from opsloop.signals.table import Table

RULE: Final = Rule(
    kind="learning",
    category="toil_accumulation",
    area="on_call",
    priority="medium",
    definition="Hands-on time of repetitive manual remediations (of one remediation the third and later within 30 "
    "days) that the engineer did in a shift is more than {max_share} of the shift.",
    summary="{service}: {count:on-call shift} over the toil limit, up to {worst_share} of the shift",
    fixes={"missing_automation": "{toil_s} in {count:shift} went into: {work}"},
    trigger="on_call_handoff",
    reads=frozenset({"shift", "remediation"}),
    action="Automate the remediation that took the most time.",
)
DEFAULTS: Final[Mapping[str, Any]] = {"max_share": 0.5}


def detect(signals: Table, *, now: datetime, settings: Settings) -> Table:
    """One finding a service on call (shifts without one form their own); its occurrences are the shifts."""
    limits = thresholds(__name__, DEFAULTS, settings)
    seen = known(signals, now)
    shifts = seen.filter((seen.kind == "shift") & (seen.duration_s > 0) & seen.attrs.get("engineer").notnull())
    told = ibis.window(
        group_by=ibis.coalesce(shifts.fingerprint, shifts.id), order_by=[ibis.desc(shifts["at"]), ibis.desc(shifts.id)]
    )
    shifts = shifts.mutate(told=ibis.row_number().over(told)).filter(_.told == 0)  # one that is told again counts once
    shifts = shifts.mutate(
        starts_at=shifts.at - shifts.duration_s.round().cast("int64").as_interval("s"),
        engineer=shifts.attrs.get("engineer"),
        team=shifts.attrs.get("team"),
    ).select("id", "at", "service", "starts_at", "engineer", "team", "environment", shift_s="duration_s")
    work = remediations(seen)
    work = work.filter(work.repeated & (work.duration_s > 0))
    work = work.select("engineer", "duration_s", done_at="at", work=work.name.fill_null("unnamed"))
    done = shifts.inner_join(
        work, [shifts.engineer == work.engineer, work.done_at >= shifts.starts_at, work.done_at < shifts.at]
    )
    rows = done.group_by("id", "at", "service", "engineer", "team", "environment", "shift_s").agg(
        toil_s=done.duration_s.sum(), work=texts(done.work)
    )
    rows = rows.mutate(share=rows.toil_s / rows.shift_s)
    rows = rows.filter(rows.share > limits["max_share"])
    rows = rows.mutate(pattern_key=ibis.literal(f"{RULE.category}.on-call-shift"))
    return gather(
        rows,
        priority=bumped(_.count(), RULE.priority, "high"),
        worst_share=_.share.max(),
        toil_s=_.toil_s.sum(),
        shift_s=_.shift_s.sum(),
        work=_.work.argmax(ibis.struct({"share": _.share, "at": _.at, "id": _.id})),
        engineers=_.engineer.nunique(),
    )

"""One person carries most of a team's incidents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import ibis
from ibis import _

from opsloop.detectors import Rule, thresholds
from opsloop.detectors.finding import gather, texts
from opsloop.detectors.incidents import patterned
from opsloop.detectors.pattern import with_slug
from opsloop.metrics.moments import instant
from opsloop.metrics.relations import each

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from opsloop.config import Settings
    from opsloop.signals.table import Table

RULE: Final = Rule(
    kind="learning",
    category="process_bottleneck",
    area="on_call",
    priority="medium",
    definition="Of a team's incidents in the last {window_days} days, at least {min_incidents} with a known responder, "
    "one person took more than {max_share}.",
    summary="One person took {top_share} of {team_incidents} incidents of team {team}",
    fixes={
        "missing_runbook": "{count} of {team_incidents} incidents went to one person: what they know is not written"
    },
    trigger="on_call_handoff",
    reads=frozenset({"incident"}),
    action="Spread the rotation, pair on the next incidents, and write down what this person does.",
    reach_days=31,
    standing=True,
    at_once=True,
)
DEFAULTS: Final[Mapping[str, Any]] = {"window_days": 30.0, "min_incidents": 5, "max_share": 0.5}


def detect(signals: Table, *, now: datetime, settings: Settings) -> Table:
    """One finding a team (incidents without a team form one), as of ``now``."""
    limits = thresholds(__name__, DEFAULTS, settings)
    rows = patterned(signals, now=now)
    recent = instant(rows, now) - ibis.interval(seconds=round(limits["window_days"] * 86_400))
    rows = rows.filter(rows.responder.notnull() & (rows.at >= recent))
    rows = with_slug(rows, "team", name="team_slug", masks=())
    rows = rows.mutate(of_team=rows.team_slug.fill_null("all"))
    rows = rows.mutate(
        of_all=rows.id.count().over(group_by=[*each(rows), "of_team"]),
        of_one=rows.id.count().over(group_by=[*each(rows), "of_team", "responder"]),
    )
    rows = rows.filter((rows.of_all >= limits["min_incidents"]) & (rows.of_one > limits["max_share"] * rows.of_all))
    key = ibis.literal(f"{RULE.category}.responder-") + rows.of_team
    at = instant(rows, now)
    rows = rows.mutate(pattern_key=key, known_at=at, of_service=rows.service, service=ibis.null("string"))
    return gather(
        rows,
        team=_.of_team.max(),
        responder=_.responder.max(),
        top_share=_.of_one.max() / _.of_all.max(),
        team_incidents=_.of_all.max(),
        services=texts(_.of_service),
    )

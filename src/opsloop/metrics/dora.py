"""The five DORA metrics, by the definitions of the dora.dev guide (January 2026)."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Final

import ibis

from opsloop.errors import BadInput
from opsloop.metrics import attribution, relations
from opsloop.metrics.bands import DAY, bands
from opsloop.metrics.choices import Choices
from opsloop.metrics.durations import summary
from opsloop.metrics.scope import by_key, result
from opsloop.metrics.sharing import sharing
from opsloop.model import parse_time

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from opsloop.metrics.scope import Row, Scope
    from opsloop.signals.table import Table

DEFINITION: Final = (
    "Deployments: distinct runs that succeeded in production ({production}; or no environment named), also when rolled"
    " back later; failed_runs never got there. deployment_frequency_per_day: deployments / days of the window;"
    " active_days: days (UTC) with at least one. lead_time_s: first commit to deployed, one value a change that the"
    " deployment carried (named by the change, else merged before it and not deployed earlier), or the deployment's own"
    " first commit where it carried no usable change. change_fail_rate: deployments with at least one incident or"
    " rollback / deployments; blame: explicit links first, else the latest deployment of the service, at most"
    " {hours:g} h before (inclusive), and never for an incident of another environment. recovery_time_s: deployed to"
    " resolved, one value a blamed incident. rework_rate: deployments made because of an incident (they name it, roll"
    " something back, or are unplanned while an incident of their service is open) / deployments. Bands:"
    " profile {profile}; medians decide."
)
"""What every figure means; printed with it."""


def compute(signals: Table, scope: Scope, choices: Choices | None = None) -> Row:
    """DORA's metrics of the deployments that reached production in the window, with all that is known of them now."""
    choices = choices or Choices()
    with sharing():
        relation = _Relations(signals, scope, choices)
        evidence = _Evidence(relation.told(scope))
        unusable = evidence.unusable + relation.unusable(signals, scope)
    groups = _groups(evidence, scope, choices.dora_profile)
    definition = DEFINITION.format(
        production=" ".join(choices.production), hours=choices.attribution_hours, profile=choices.dora_profile
    )
    return result(definition, scope, groups, unusable)


def groups_each(signals: Table, scope: Scope, choices: Choices) -> dict[datetime, list[Row]]:
    """The groups of ``compute`` alone, for each moment of ``signals`` (``moments.as_of_each``), its window as far from
    the moment as the scope's is from its ``now``; moments without a run in their window are left out.
    """
    with sharing():
        told = _Relations(signals, scope, choices).told(scope)
    found = {}
    for when, part in told.by_moment() if relations.each(signals) else [(scope.now, told)]:
        age = scope.now - when
        moved = replace(scope, start=scope.start - age, end=scope.end - age, now=when)
        found[when] = _groups(_Evidence(part), moved, choices.dora_profile)
    return found


def _groups(evidence: _Evidence, scope: Scope, profile: str) -> list[Row]:
    return [
        label | _figures(rows, evidence, part.days, profile) for label, part, rows in scope.groups(evidence.runs, "at")
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """The rows about a window's deployments: the runs, the changes that they carried, what counts against them, and
    when incidents were open.
    """

    runs: list[Row]
    carried: list[Row]
    causes: list[Row]
    incidents: list[Row]

    def by_moment(self) -> Iterator[tuple[datetime, _Told]]:
        """Of several moments, those with runs, each with its rows."""
        parts = {item.name: by_key(getattr(self, item.name), relations.AS_OF) for item in fields(self)}
        for when in parts["runs"]:
            yield when, _Told(**{name: rows.get(when, []) for name, rows in parts.items()})


class _Relations:
    """The relations that DORA's metrics rest on."""

    def __init__(self, signals: Table, scope: Scope, choices: Choices) -> None:
        seen = relations.known(signals, scope.now)
        self._deployments = relations.deployments(seen, choices.production)
        self._incidents = attribution.of_production(relations.incidents(seen), choices.production)
        self._blamed = attribution.failures(self._incidents, self._deployments, hours=choices.attribution_hours)
        self._changes = relations.changes(seen)
        self._carried = attribution.carried(self._changes, self._deployments)

    def told(self, scope: Scope) -> _Told:
        """The rows of the window."""
        deployed = self._deployments
        runs = _runs(deployed.filter(deployed.service.notnull()), scope)
        unplanned = any(run["unplanned"] for run in runs)
        return _Told(
            runs=runs,
            carried=relations.fetch(relations.within(self._carried, "deployed_at", scope)),
            causes=relations.fetch(relations.within(self._blamed, "deployed_at", scope)),
            incidents=_open_in(self._incidents, scope) if unplanned else [],
        )

    def unusable(self, signals: Table, scope: Scope) -> Counter[str]:
        """What could not be brought together, why, and how many."""
        found = _unmatched(self._deployments, attribution.causes(self._incidents, self._deployments), scope)
        found += _unplaced(self._changes, self._deployments, scope)
        found["from the future"] = relations.from_the_future(signals, scope.now, "deployment", "incident", "change")
        return found


class _Evidence:
    """What the rows tell of each deployment, by its fingerprint; ``unusable`` counts what says nothing."""

    def __init__(self, told: _Told) -> None:
        self.unusable: Counter[str] = Counter()
        self.runs = told.runs
        self.lead_times = self._lead_times(told.carried)
        self.failed: set[str] = set()
        self.recoveries: defaultdict[str, list[float]] = defaultdict(list)
        for cause in told.causes:
            self._blame(cause)
        self.rework = _rework(told)

    def _lead_times(self, carried: list[Row]) -> defaultdict[str, list[float]]:
        values: defaultdict[str, list[float]] = defaultdict(list)
        for change in carried:
            self._lead_time(values[change["deployment"]], change, "change")
        for run in self.runs:
            if run["deployed_at"] and run["first_commit_at"] and not values[run["fingerprint"]]:
                self._lead_time(values[run["fingerprint"]], run, "deployment")
        return values

    def _lead_time(self, values: list[float], told: Row, what: str) -> None:
        committed = _time(told["first_commit_at"])
        if committed is None:
            self.unusable[f"{what} without a readable first commit time"] += 1
        elif committed > told["deployed_at"]:
            self.unusable[f"{what} deployed before its first commit"] += 1
        else:
            values.append((told["deployed_at"] - committed).total_seconds())

    def _blame(self, cause: Row) -> None:
        self.failed.add(cause["deployment"])
        if cause["resolved_at"] is None:
            return
        recovery = (cause["resolved_at"] - cause["deployed_at"]).total_seconds()
        if recovery < 0:
            self.unusable["incident resolved before the deployment that it counts against"] += 1
        else:
            self.recoveries[cause["deployment"]].append(recovery)


def _figures(rows: list[Row], evidence: _Evidence, days: float, profile: str) -> dict[str, Any]:
    deployed = [row for row in rows if row["deployed_at"]]
    names = [row["fingerprint"] for row in deployed]
    n = len(names)
    failed = len(evidence.failed.intersection(names))
    lead_time = summary([value for name in names for value in evidence.lead_times[name]])
    recovery = summary([value for name in names for value in evidence.recoveries[name]])
    fail_rate = failed / n if n else None
    return {
        "deployments": n if rows else None,
        "failed_runs": len(rows) - n if rows else None,
        "deployment_frequency_per_day": n / days if n else None,
        "active_days": len({row["at"].date() for row in deployed}) if rows else None,
        "lead_time_s": lead_time,
        "change_fail_rate": fail_rate,
        "failed_deployments": failed if n else None,
        "recovery_time_s": recovery,
        "rework_rate": len(evidence.rework.intersection(names)) / n if n else None,
        "bands": bands(
            profile,
            deployment_interval_s=days * DAY / n if n else None,
            lead_time_s=lead_time["median"],
            change_fail_rate=fail_rate,
            recovery_time_s=recovery["median"],
        ),
    }


def _unplaced(changes: Table, told: Table, scope: Scope) -> Counter[str]:
    """Why changes of the window can belong to no deployment, and how many."""
    reached = attribution.reached(told)
    lost = changes.anti_join(reached, changes.deployment == reached.fingerprint)
    lost = lost.filter(lost.deployment.notnull()).mutate(at=ibis.coalesce(lost.merged_at, lost.last_at))
    alone = changes.filter(changes.deployment.isnull())
    unread = alone.filter(alone.merged_at.isnull())
    homeless = alone.filter(alone.service.isnull())
    counts = {
        "change without a readable merge time": relations.within(unread, "last_at", scope),
        "change without a service or a named deployment": relations.within(homeless, "merged_at", scope),
        "change of a deployment not known in production": relations.within(lost, "at", scope),
    }
    return Counter({reason: relations.count(rows) for reason, rows in counts.items()})


def _unmatched(told: Table, causes: Table, scope: Scope) -> Counter[str]:
    """Why deployments, incidents and rollbacks of the window could not be brought together, and how many."""
    reached = attribution.reached(told)
    causes = relations.within(causes, "at", scope)
    named = causes.filter(causes.named.notnull())
    homeless = relations.within(told.filter(told.service.isnull()), "deployed_at", scope)
    counts = {
        "deployment without a service": homeless,
        "incident or rollback without a service or a named deployment": causes.filter(
            causes.named.isnull() & causes.service.isnull()
        ),
        "incident or rollback of a deployment not known in production": named.anti_join(
            reached, named.named == reached.fingerprint
        ),
    }
    return Counter({reason: relations.count(rows) for reason, rows in counts.items()})


def _runs(placed: Table, scope: Scope) -> list[Row]:
    """The runs that reached production in the window, and those that failed in it and never did; ``at`` says when."""
    runs = placed.select(
        *relations.each(placed),
        "fingerprint",
        "service",
        "deployed_at",
        "first_commit_at",
        "incident",
        "rolls_back",
        "unplanned",
        at=placed.deployed_at.coalesce(placed.failed_at),
    )
    return relations.fetch(relations.within(runs, "at", scope))


def _open_in(incidents: Table, scope: Scope) -> list[Row]:
    """The incidents that were open at some time of the window."""
    start, end = relations.ends(incidents, scope)
    begun = incidents.filter((incidents.began_at < end) & (incidents.open | (incidents.resolved_at > start)))
    return relations.fetch(begun.select(*relations.each(begun), "service", "began_at", "resolved_at"))


def _rework(told: _Told) -> set[str]:
    """Fingerprints of deployments made because of an incident."""
    open_spans: defaultdict[str, list[tuple[datetime, datetime | None]]] = defaultdict(list)
    for row in told.incidents:
        open_spans[row["service"]].append((row["began_at"], row["resolved_at"]))

    def during_incident(run: Row) -> bool:
        return any(
            began <= run["at"] and (resolved is None or run["at"] < resolved)
            for began, resolved in open_spans[run["service"]]
        )

    return {
        run["fingerprint"]
        for run in told.runs
        if run["incident"]
        or run["rolls_back"] not in (None, run["fingerprint"])
        or (run["unplanned"] and during_incident(run))
    }


def _time(text: str | None) -> datetime | None:
    try:
        return parse_time(text) if text else None
    except BadInput:
        return None

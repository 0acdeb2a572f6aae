"""Which deployment an incident or a rollback counts against, and which one carried a change.

An explicit link decides: the deployment that an incident names, that a rollback rolls back (by name, or as the one
before it), or that was itself reported as rolled back. Otherwise it is the latest deployment of the same service
before it, if that is not too long ago; undoing a run that never got to production counts against nothing. Only
deployments that succeeded, of a known service, can be blamed; of two at one instant, the one with the greater
fingerprint.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import ibis

from opsloop.metrics.relations import PREVIOUS, each, in_production
from opsloop.metrics.sharing import shared

if TYPE_CHECKING:
    from collections.abc import Collection

    from opsloop.signals.table import Table

ATTRIBUTION_HOURS: Final = 24
"""An incident this long after the latest deployment, or sooner, counts against it; inclusive."""


@shared
def failures(incidents: Table, deployments: Table, *, hours: float = ATTRIBUTION_HOURS) -> Table:
    """One row an incident or rollback that counts against a deployment.

    ``deployment`` is its fingerprint, ``deployed_at`` its time; ``cause`` is incident or rollback, ``fingerprint``
    that of the cause, ``at`` when it happened, ``resolved_at`` the incident's end (null for rollbacks), ``linked``
    whether the link was explicit. A deployment may have several rows: count it once.
    """
    deployed = reached(deployments)
    events = causes(incidents, deployments)
    linked = _named(events, deployed)
    near = latest_before(events.filter(events.named.isnull()), deployed)
    near = near.filter(near.itself | (near.at <= near.deployed_at + ibis.interval(seconds=round(hours * 3600))))
    timed = near.inner_join(_by_time(deployed), [*each(near), "service", "deployed_at"])
    return _blamed(linked, linked=True).union(_blamed(timed, linked=False))


def of_production(incidents: Table, production: Collection[str]) -> Table:
    """The incidents that may count against deployments of ``production``: those that were there or nobody knows where,
    and those that name their deployment.
    """
    return incidents.filter(in_production(incidents, production) | incidents.deployment.notnull())


def reached(deployments: Table) -> Table:
    """The deployments that succeeded and say of which service: those that the metrics count."""
    return deployments.filter(deployments.deployed_at.notnull() & deployments.service.notnull())


@shared
def causes(incidents: Table, deployments: Table) -> Table:
    """What may count against a deployment: incidents, and rollbacks by what they undo.

    ``named`` is the fingerprint of the deployment that they name; null where time has to decide. ``itself`` is true for
    what is a deployment too, and cannot be its own cause.
    """
    began = incidents.filter(incidents.began_at.notnull())
    happened = began.select(
        *each(began),
        "fingerprint",
        "service",
        "resolved_at",
        cause=ibis.literal("incident"),
        at=began.began_at,
        named=began.deployment,
        itself=False,
    )
    others = deployments.filter(deployments.rolls_back != deployments.fingerprint)
    others = others.mutate(
        at=ibis.coalesce(others.deployed_at, others.first_at), named=others.rolls_back.nullif(PREVIOUS), itself=True
    )
    undone = deployments.filter(deployments.undone_at.notnull())
    undone = undone.mutate(
        at=undone.undone_at,
        named=ibis.ifelse(_a_run(undone), undone.fingerprint, ibis.null("string")),
        itself=False,
    )
    return happened.union(_rollbacks(others), _rollbacks(undone))


@shared
def carried(changes: Table, deployments: Table) -> Table:
    """One row a change that reached production: ``change first_commit_at deployment deployed_at``.

    A change belongs to the deployment that it names, else to the first one of its service at or after its merge.
    """
    deployed = reached(deployments)
    changes = changes.select(
        *each(changes), "service", "first_commit_at", named="deployment", change="fingerprint", at="merged_at"
    )
    linked = _named(changes, deployed)
    merged = first_after(changes.filter(changes.named.isnull() & changes.at.notnull()), deployed)
    timed = merged.inner_join(_by_time(deployed), [*each(merged), "service", "deployed_at"])
    columns = [*each(merged), "change", "first_commit_at", "deployment", "deployed_at"]
    return linked.select(columns).union(timed.select(columns))


def latest_before(events: Table, deployed: Table) -> Table:
    """``events`` (with ``service`` and ``at``) plus ``deployed_at``: their service's latest deployment until then.

    Events without a service, or before its first deployment, are left out. Before an event that is ``itself`` (if there
    is such a column) a deployment, what is deployed at that same instant does not count.
    """
    both = _marked(events, deployed)
    itself = both.itself.fill_null(False) if "itself" in both.columns else ibis.literal(False)
    turn = ibis.cases((itself, 0), (both.mark.notnull(), 1), else_=2)
    so_far = ibis.cumulative_window(group_by=[*each(both), "service"], order_by=["at", turn])
    return _unmarked(both.mutate(deployed_at=both.mark.max().over(so_far)))


def first_after(events: Table, deployed: Table) -> Table:
    """``events`` (with ``service`` and ``at``) plus ``deployed_at``: their service's first deployment from then on.

    Events without a service, or after its last deployment, are left out.
    """
    both = _marked(events, deployed)
    onward = ibis.window(
        group_by=[*each(both), "service"], order_by=["at", both.mark.notnull()], preceding=0, following=None
    )
    return _unmarked(both.mutate(deployed_at=both.mark.min().over(onward)))


def _marked(events: Table, deployed: Table) -> Table:
    """Events and deployments in one table; ``mark`` is a deployment's time, null for events."""
    empty = {column: ibis.null(kind) for column, kind in events.schema().items()}
    marks = deployed.select(
        **empty
        | {key: deployed[key] for key in (*each(deployed), "service")}
        | {"at": deployed.deployed_at, "mark": deployed.deployed_at}
    )
    return marks.union(events.filter(events.service.notnull()).mutate(mark=ibis.null(marks.mark.type())))


def _unmarked(both: Table) -> Table:
    return both.filter(both.mark.isnull() & both.deployed_at.notnull()).drop("mark")


def _named(events: Table, deployed: Table) -> Table:
    """``events`` with the ``deployment`` that they name and its ``deployed_at``."""
    by_name = deployed.select(*each(deployed), "deployed_at", deployment="fingerprint")
    return events.inner_join(by_name, [*each(events), events.named == by_name.deployment])


def _by_time(deployed: Table) -> Table:
    return deployed.group_by(*each(deployed), "service", "deployed_at").agg(deployment=deployed.fingerprint.max())


def _a_run(undone: Table) -> Any:
    """Whether what was rolled back is known as a run, or says itself that it is; a run that never got to production
    leaves nothing to blame. Else it is a rollback under a name of its own.
    """
    begun = [undone[name] for name in ("deployed_at", "requested_at", "started_at", "failed_at")]
    return ibis.coalesce(*begun).notnull() | (undone.rolls_back == undone.fingerprint).fill_null(False)


def _rollbacks(rows: Table) -> Table:
    nothing = ibis.null(rows.at.type())
    return rows.select(
        *each(rows),
        "fingerprint",
        "service",
        resolved_at=nothing,
        cause=ibis.literal("rollback"),
        at="at",
        named="named",
        itself="itself",
    )


def _blamed(joined: Table, *, linked: bool) -> Table:
    return joined.select(
        *each(joined),
        "deployment",
        "deployed_at",
        "cause",
        "fingerprint",
        "at",
        "resolved_at",
        linked=ibis.literal(linked),
    )

"""Deployments as detectors see them: rollbacks, and what happened because of a release."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from opsloop.metrics.attribution import failures, of_production
from opsloop.metrics.choices import Choices
from opsloop.metrics.relations import PREVIOUS, deployments, in_production, incidents, known

if TYPE_CHECKING:
    from datetime import datetime

    from opsloop.config import Settings
    from opsloop.signals.table import Table


def rollbacks(signals: Table, *, now: datetime, settings: Settings) -> Table:
    """One row a production deployment that was rolled back: ``id service at undone manual team environment``.

    A rollback is a ``rolled_back``, or a ``succeeded`` that says what it rolls back; both told of one deployment are
    one rollback. ``manual``: somebody said that it was done by hand.
    """
    production = Choices.read(settings.metrics).production
    rows = known(signals, now)
    rows = rows.filter((rows.kind == "deployment") & in_production(rows, production))
    undoes = rows.attrs.get("rolls_back")
    rows = rows.filter((rows.status == "rolled_back") | ((rows.status == "succeeded") & undoes.notnull()))
    rows = rows.mutate(
        undone=ibis.coalesce(undoes.nullif(PREVIOUS), rows.fingerprint, rows.id),
        by_hand=(rows.attrs.get("rollback_mode").lower() == "manual").fill_null(False),
        order=rows.at.cast("string") + " " + rows.id,
    )
    return rows.group_by("undone").agg(
        service=rows.service.max(),
        at=rows.at.min(),
        id=rows.id.argmin(rows.order),
        manual=rows.by_hand.any(),
        team=rows.attrs.get("team").max(),
        environment=rows.environment.max(),
    )


def released(signals: Table, *, now: datetime, settings: Settings) -> tuple[Table, Table]:
    """Successful production deployments of known services, and what counts against them (``attribution.failures``)."""
    choices = Choices.read(settings.metrics)
    seen = known(signals, now)
    told = deployments(seen, choices.production)
    placed = told.filter(told.service.notnull())
    blamed = failures(of_production(incidents(seen), choices.production), placed, hours=choices.attribution_hours)
    return placed.filter(placed.deployed_at.notnull()), blamed

"""Workflow runs and jobs of GitHub Actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opsloop.sources.ci import outcome, run_kind
from opsloop.sources.event import signal
from opsloop.sources.github.deployments import read_request, read_status
from opsloop.sources.payload import first_text, number, table, text
from opsloop.sources.times import moment, seconds_between

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from opsloop.model import Signal
    from opsloop.sources import Delivery

_AWAITED: Final = frozenset({"queued", "waiting", "pending", "requested"})
_STATES: Final = {"started": "in_progress", "succeeded": "success", "failed": "failure"}
"""Our word for how a job stands, and GitHub's for a deployment that stands so."""


def read_run(delivery: Delivery, body: dict[str, Any], options: Mapping[str, Any]) -> Signal | None:
    """A workflow run started or ended. A run that is tried again keeps its id and counts its attempts.

    ``created_at`` stays that of the first. The name is the workflow's: the run's own is its title where the workflow
    has a ``run-name``.
    """
    run = table(body, "workflow_run")
    ended = moment(run, "updated_at")
    began = moment(run, "run_started_at")
    if (number(run, "run_attempt") or 1) <= 1:
        began = _earlier(began, moment(run, "created_at"), ended)
    name = text(body, "workflow", "name") or first_text(run, "name", "path")
    key = f"workflow_run:{text(run, 'id')}#{text(run, 'run_attempt') or 1}"
    about = {"event": text(run, "event"), "branch": text(run, "head_branch"), "revision": text(run, "head_sha")}
    return _signal(delivery, body, options, run, key=key, name=name, span=(began, ended), about=about)


def read_job(delivery: Delivery, body: dict[str, Any], options: Mapping[str, Any]) -> Signal | None:
    """One job of a run started or ended; a job with an environment is a deployment, and brings it along."""
    job = table(body, "workflow_job")
    if text(body, "deployment", "id"):
        return _read_deploying(delivery, body, options, job)
    span = (moment(job, "started_at"), moment(job, "completed_at"))
    about = {"run": text(job, "run_id"), "workflow": text(job, "workflow_name"), "revision": text(job, "head_sha")}
    key = f"workflow_job:{text(job, 'id')}"
    return _signal(delivery, body, options, job, key=key, name=text(job, "name"), span=span, about=about)


def _read_deploying(
    delivery: Delivery, body: dict[str, Any], options: Mapping[str, Any], job: dict[str, Any]
) -> Signal | None:
    """What the job says of its deployment, in the form of the event that GitHub sends besides, if it is asked for."""
    word = text(job, "conclusion") if text(job, "status") == "completed" else text(job, "status")
    status = outcome(word)
    if status == "cancelled" or (status is None and word not in _AWAITED):
        return None
    if status is None:
        return read_request(delivery, {**body, "action": "created"}, options)
    when = text(job, "started_at" if status == "started" else "completed_at")
    told = {"state": _STATES[status], "created_at": when, "log_url": text(job, "html_url")}
    return read_status(delivery, {**body, "deployment_status": told}, options)


def _signal(
    delivery: Delivery,
    body: dict[str, Any],
    options: Mapping[str, Any],
    run: dict[str, Any],
    *,
    key: str,
    name: str | None,
    span: tuple[datetime | None, datetime | None],
    about: dict[str, str | None],
) -> Signal | None:
    status = outcome(text(run, "conclusion") if text(run, "status") == "completed" else text(run, "status"))
    if status is None or text(run, "id") is None:
        return None
    began, ended = span
    kind, status, environment = run_kind(name, status, options)
    return signal(
        delivery,
        "github",
        kind,
        status,
        key=key,
        at=began if status == "started" else ended,
        event=f"{key}:{status}",
        service=text(body, "repository", "full_name"),
        environment=environment,
        name=name,
        duration_s=None if status == "started" else seconds_between(began, ended),
        attrs={**about, "url": text(run, "html_url"), "attempt": text(run, "run_attempt")},
    )


def _earlier(*moments: datetime | None) -> datetime | None:
    """The first moment that lies before the last one; examples of the vendor give the end as the start."""
    *starts, end = moments
    return next((start for start in starts if start and (end is None or start < end)), starts[-1])

"""Deployments of GitHub: requested, started, ended, and who had to approve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opsloop.model import format_time
from opsloop.sources.event import signal
from opsloop.sources.payload import SUMMARY_LIMIT, dig, rows, table, text
from opsloop.sources.times import moment, seconds_between

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsloop.model import Signal
    from opsloop.sources import Delivery

_STATES: Final = {
    "success": "succeeded",
    "failure": "failed",
    "error": "failed",
    "in_progress": "started",
    "queued": "requested",
    "pending": "requested",
}
"""``inactive`` only says that a newer deployment took over; ``waiting`` is told by the review."""
_ANSWERS: Final = {"requested": "requested", "approved": "granted", "rejected": "rejected"}
_FROM_PAYLOAD: Final = ("commits", "incident", "rolls_back", "unplanned")
"""What a deployment's free ``payload`` may add; GitHub itself knows none of it."""


def read_request(delivery: Delivery, body: dict[str, Any], options: Mapping[str, Any]) -> Signal | None:
    """A deployment was asked for; it has not started."""
    deployment = table(body, "deployment")
    number = text(deployment, "id")
    if number is None or text(body, "action") not in (None, "created"):
        return None
    return _signal(delivery, body, options, "requested", event=f"deployment:{number}", at=("deployment", "created_at"))


def read_status(delivery: Delivery, body: dict[str, Any], options: Mapping[str, Any]) -> Signal | None:
    """A deployment took a state."""
    told = table(body, "deployment_status")
    status = _STATES.get(text(told, "state") or "")
    if status is None or text(body, "deployment", "id") is None:
        return None
    number = text(told, "id")
    event = f"deployment_status:{number}" if number else None
    return _signal(delivery, body, options, status, event=event, at=("deployment_status", "created_at"))


def _signal(
    delivery: Delivery,
    body: dict[str, Any],
    options: Mapping[str, Any],
    status: str,
    *,
    event: str | None,
    at: tuple[str, str],
) -> Signal:
    _ = options
    deployment, told = table(body, "deployment"), table(body, "deployment_status")
    asked, became = moment(deployment, "created_at"), moment(body, *at)
    extra = table(deployment, "payload")
    first_commit = moment(extra, "first_commit_at")
    rollback = "rollback" in (text(deployment, "task") or "") or dig(extra, "rollback") is True
    return signal(
        delivery,
        "github",
        "deployment",
        status,
        key=f"deployment:{text(deployment, 'id')}",
        at=became,
        event=event,
        service=text(body, "repository", "full_name"),
        environment=text(told, "environment") or text(deployment, "environment"),
        name=text(deployment, "task"),
        duration_s=seconds_between(asked, became) if status in {"succeeded", "failed"} else None,
        summary=text(told, "description", limit=SUMMARY_LIMIT) or text(deployment, "description", limit=SUMMARY_LIMIT),
        attrs={
            "revision": text(deployment, "sha"),
            "ref": text(deployment, "ref"),
            "requested_at": text(deployment, "created_at"),
            "url": text(told, "log_url") or text(told, "target_url"),
            "rolls_back": "previous" if rollback else None,
            "first_commit_at": format_time(first_commit) if first_commit else None,
            **{name: text(extra, name) for name in _FROM_PAYLOAD if text(extra, name)},
        },
    )


def by_environment(body: dict[str, Any]) -> list[dict[str, Any]]:
    """A review as GitHub would send it for each environment alone: one answer can let several pass."""
    jobs = rows(body, "workflow_job_runs") or [table(body, "workflow_job_run")]
    names = [text(body, "environment")] if text(body, "environment") else [text(job, "environment") for job in jobs]
    return [{**body, "environment": name} for name in dict.fromkeys(names)]


def read_review(delivery: Delivery, body: dict[str, Any], options: Mapping[str, Any]) -> Signal | None:
    """Somebody is asked to let a workflow's deployment into one environment, or answered; each attempt asks anew."""
    _ = options
    status = _ANSWERS.get(text(body, "action") or "")
    run = text(body, "workflow_run", "id")
    if status is None or run is None:
        return None
    environment = text(body, "environment")
    key = f"workflow_run:{run}#{text(body, 'workflow_run', 'run_attempt') or 1}:{environment}"
    return signal(
        delivery,
        "github",
        "approval",
        status,
        key=key,
        at=moment(body, "since") if status == "requested" else None,
        event=f"{key}:{status}",
        service=text(body, "repository", "full_name"),
        environment=environment,
        name=text(body, "workflow_run", "name"),
        attrs={"actor": text(body, "approver", "login") or text(body, "requestor", "login")},
    )


def read_protection_rule(delivery: Delivery, body: dict[str, Any], options: Mapping[str, Any]) -> Signal | None:
    """A custom protection rule (a GitHub App) is asked. It is never answered from here."""
    _ = options
    number = text(body, "deployment", "id")
    if number is None or text(body, "action") != "requested":
        return None
    return signal(
        delivery,
        "github",
        "approval",
        "requested",
        key=f"deployment:{number}",
        at=moment(body, "deployment", "created_at"),
        event=f"deployment:{number}:approval:requested",
        service=text(body, "repository", "full_name"),
        environment=text(body, "environment"),
        name=text(body, "environment"),
        attrs={"actor": text(body, "sender", "login"), "revision": text(body, "sha")},
    )

"""Deployments, pipelines and jobs of GitLab."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from opsloop.sources.ci import outcome, run_kind
from opsloop.sources.event import signal
from opsloop.sources.payload import first_text, number, table, text
from opsloop.sources.times import moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsloop.model import Signal
    from opsloop.sources import Delivery

_STATES: Final = {"created": "requested", "running": "started", "success": "succeeded", "failed": "failed"}
"""A canceled deployment never reached its environment."""
_ANSWERS: Final = {"blocked": "requested", "approved": "granted", "rejected": "rejected"}
"""A blocked deployment waits for somebody who approves or rejects it."""


def project(body: dict[str, Any]) -> str | None:
    """``group/name``; job events of older versions only spell it with blanks, but link to it."""
    path = text(body, "project", "path_with_namespace")
    spelled = text(body, "project_name")
    if path is None and spelled and " / " in spelled:
        path = text(body, "repository", "homepage")
        path = urlsplit(path).path.strip("/") if path else None
    return path or (spelled.replace(" / ", "/") if spelled else None)


def read_deployment(delivery: Delivery, body: dict[str, Any], options: Mapping[str, Any]) -> Signal | None:
    """A deployment took a state, or somebody had to let it pass."""
    _ = options
    word, identity = text(body, "status") or "", text(body, "deployment_id") or _of_job(body)
    kind, status = ("approval", _ANSWERS[word]) if word in _ANSWERS else ("deployment", _STATES.get(word))
    if status is None or identity is None:
        return None
    commit = (text(body, "commit_url") or "").rpartition("/commit/")[2] or text(body, "short_sha")
    return signal(
        delivery,
        "gitlab",
        kind,
        status,
        key=f"deployment:{identity}",
        at=moment(body, "approval", "created_at") or moment(body, "status_changed_at"),
        event=f"approval:{identity}:{text(body, 'approval', 'id') or ''}:{status}" if kind == "approval" else None,
        service=project(body),
        environment=text(body, "environment"),
        name=text(body, "commit_title"),
        attrs={
            "revision": commit,
            "ref": text(body, "ref"),
            "job": text(body, "deployable_id"),
            "tier": text(body, "environment_tier"),
            "actor": text(body, "approver", "username"),
            "url": text(body, "deployable_url"),
        },
    )


def _of_job(body: dict[str, Any]) -> str | None:
    """What stands for the deployment's own id, which GitLab before 14.1 did not tell."""
    job = text(body, "deployable_id") or (text(body, "deployable_url") or "").rpartition("/jobs/")[2]
    return f"job:{job}" if job else None


def read_pipeline(delivery: Delivery, body: dict[str, Any], options: Mapping[str, Any]) -> Signal | None:
    """A pipeline started or ended."""
    run = table(body, "object_attributes")
    status, identity = outcome(text(run, "status")), text(run, "id")
    if status is None or identity is None:
        return None
    name = first_text(run, "name", "ref")
    kind, status, environment = run_kind(name, status, options)
    return signal(
        delivery,
        "gitlab",
        kind,
        status,
        key=f"pipeline:{identity}",
        at=moment(run, "created_at" if status == "started" else "finished_at"),
        service=project(body),
        environment=environment,
        name=name,
        duration_s=None if status == "started" else number(run, "duration"),
        attrs={"revision": text(run, "sha"), "branch": text(run, "ref"), "event": text(run, "source")},
    )


def read_job(delivery: Delivery, body: dict[str, Any], options: Mapping[str, Any]) -> Signal | None:
    """One job of a pipeline started or ended."""
    status, identity = outcome(text(body, "build_status")), text(body, "build_id")
    if status is None or identity is None:
        return None
    name = text(body, "build_name")
    kind, status, environment = run_kind(name, status, options)
    return signal(
        delivery,
        "gitlab",
        kind,
        status,
        key=f"job:{identity}",
        at=moment(body, "build_started_at" if status == "started" else "build_finished_at"),
        service=project(body),
        environment=environment or text(body, "environment", "name"),
        name=name,
        duration_s=None if status == "started" else number(body, "build_duration"),
        attrs={
            "run": text(body, "pipeline_id"),
            "stage": text(body, "build_stage"),
            "revision": text(body, "sha"),
            "reason": text(body, "build_failure_reason") if status == "failed" else None,
        },
    )

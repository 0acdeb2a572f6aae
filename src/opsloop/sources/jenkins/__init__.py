"""Jenkins: builds, as the Notification, Global Build Notification or CloudEvents plugin or our own step tell them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from opsloop.errors import BadInput
from opsloop.sources import Parsed
from opsloop.sources.ci import outcome, run_kind
from opsloop.sources.event import signal
from opsloop.sources.forms import FORM, PLAIN
from opsloop.sources.payload import first_text, number, table, text
from opsloop.sources.signature import shared_secret as verify
from opsloop.sources.times import moment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from opsloop.sources import Delivery

__all__ = ["MEDIA", "parse", "verify"]

MEDIA: Final = PLAIN | {FORM}

_JOB: Final = re.compile(r"(?<=/job/)[^/]+")
_ENDS: Final = frozenset({"COMPLETED", "FINALIZED", ""})
"""Phases in which the result stands; both tell one end. Without a phase, a result says that it ended."""


def parse(delivery: Delivery, options: Mapping[str, Any]) -> Parsed:
    """Read one build. ``deployments``: the jobs that deploy, by name."""
    body = delivery.object()
    build = table(body, "build") or body
    job = first_text(body, "jobName", "projectName", "name", "job")
    if job is None or not (build.keys() & {"result", "status", "phase", "event"}):
        msg = "no job with a result, status or phase: this is none of the Jenkins notifications that are known"
        raise BadInput(msg)
    phase = (text(build, "phase") or "").upper()
    status = outcome(
        first_text(build, "result", "status", "event") if phase in _ENDS else "started" if phase == "STARTED" else None
    )
    if status is None:
        return Parsed(ignored=1)
    url = first_text(build, "full_url", "fullUrl", "url", "buildUrl")
    scm = table(build, "scm") or table(build, "scmState")
    project = _project(url, text(scm, "branch")) or job
    key = _build_key(url, job, first_text(build, "number", "buildNumber", "buildName"))
    # plugins that tell a phase tell the time of it, all others when the build began
    began, length = moment(build, "timestamp"), number(build, "duration")
    kind, status, environment = run_kind(project, status, options)
    read = signal(
        delivery,
        "jenkins",
        kind,
        status,
        key=key,
        at=began if status == "started" or phase else _end(began, length),
        event=f"{key}:{status}",
        service=project,
        environment=environment,
        name=project,
        duration_s=length / 1000 if length and status != "started" else None,
        attrs={
            "url": url,
            "cause": text(body, "causes"),
            "revision": text(scm, "commit"),
            "branch": text(scm, "branch"),
        },
    )
    return Parsed(signals=(read,))


def _project(url: str | None, branch: str | None) -> str | None:
    """What a multibranch project is called, whose jobs are named like its branches; None for any other job."""
    *above, job = _JOB.findall(f"/{url or ''}") or [""]
    of_branch = branch is not None and unquote(unquote(job)) in {branch, branch.removeprefix("origin/")}
    return unquote(above[-1]) if above and of_branch else None


def _build_key(url: str | None, job: str, build: str | None) -> str:
    """``job/NAME/NUMBER`` as it stands in the address, which holds the folders too, behind the controller's own.

    A relative address does not tell the controller.
    """
    root, found, path = f"/{url or ''}".partition("/job/")
    address = root.partition("://")[2]
    controller = (address if found else address.partition("/")[0]).rpartition("@")[2]
    run = f"job/{path.strip('/')}" if found else f"job/{job}/{build}"
    return f"{controller}/{run}" if controller else run


def _end(began: datetime | None, length_ms: float | None) -> datetime | None:
    """Jenkins tells when a build began and how long it took."""
    if began is None or length_ms is None:
        return None
    try:
        return began + timedelta(milliseconds=length_ms)
    except OverflowError:
        return None

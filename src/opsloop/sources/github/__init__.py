"""GitHub: deployments and their reviews, workflow runs and jobs, pull requests, releases, pushes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput
from opsloop.sources import Parsed
from opsloop.sources.forms import FORM
from opsloop.sources.github import changes, deployments, runs
from opsloop.sources.payload import text
from opsloop.sources.signature import signed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from opsloop.model import Signal
    from opsloop.sources import Delivery

    Reader = Callable[[Delivery, dict[str, Any], Mapping[str, Any]], Signal | None]

MEDIA: Final = frozenset({FORM})
_READERS: Final[dict[str, Reader]] = {
    "deployment_status": deployments.read_status,
    "deployment_protection_rule": deployments.read_protection_rule,
    "deployment_review": deployments.read_review,
    "deployment": deployments.read_request,
    "workflow_job": runs.read_job,
    "workflow_run": runs.read_run,
    "pull_request": changes.read_pull_request,
    "release": changes.read_release,
    "push": changes.read_push,
}
"""Events that change a state, and who reads them; in this order they are recognised where the header is missing."""
_TELLTALES: Final = {
    "deployment_protection_rule": "deployment_callback_url",
    "deployment_review": "since",
    "push": "pusher",
}


def verify(delivery: Delivery, secret: bytes) -> bool:
    """``X-Hub-Signature-256`` over the raw body; the older SHA-1 signature is not accepted."""
    return signed(delivery, secret, "x-hub-signature-256", prefix="sha256=")


def parse(delivery: Delivery, options: Mapping[str, Any]) -> Parsed:
    """Read one event, named by ``X-GitHub-Event``, or by its body in a file. ``deployments``: workflows that deploy."""
    body = delivery.object()
    event = delivery.headers.get("x-github-event") or _guess(body)
    if event is None:
        msg = "neither a header X-GitHub-Event nor a body that tells the event"
        raise BadInput(msg)
    read = _READERS.get(event)
    if read is None:
        return Parsed(ignored=1)
    if text(body, "repository", "full_name") is None:
        msg = f"a {event} without a repository"
        raise BadInput(msg)
    bodies = deployments.by_environment(body) if event == "deployment_review" else [body]
    signals = tuple(signal for each in bodies if (signal := read(delivery, each, options)))
    return Parsed(signals=signals) if signals else Parsed(ignored=1)


def _guess(body: dict[str, Any]) -> str | None:
    return next((event for event in _READERS if _TELLTALES.get(event, event) in body), None)

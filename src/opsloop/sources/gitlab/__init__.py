"""GitLab project and group webhooks: deployments, pipelines, jobs, incidents, merge requests, releases, pushes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput
from opsloop.sources import Parsed
from opsloop.sources.gitlab import changes, incidents, runs
from opsloop.sources.payload import first_text
from opsloop.sources.signature import equal, standard_webhook

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from opsloop.model import Signal
    from opsloop.sources import Delivery

    Reader = Callable[[Delivery, dict[str, Any], Mapping[str, Any]], Signal | None]

_READERS: Final[dict[str, Reader]] = {
    "deployment": runs.read_deployment,
    "pipeline": runs.read_pipeline,
    "build": runs.read_job,
    "issue": incidents.read_incident,
    "work_item": incidents.read_incident,
    "merge_request": changes.read_merge_request,
    "release": changes.read_release,
    "push": changes.read_push,
    "tag_push": changes.read_push,
}


def verify(delivery: Delivery, secret: bytes) -> bool:
    """Signed with the signing token of newer versions, else ``X-Gitlab-Token``: the secret token as it is."""
    if "webhook-signature" in delivery.headers:
        return standard_webhook(delivery, secret)
    return equal(delivery.headers.get("x-gitlab-token"), secret)


def parse(delivery: Delivery, options: Mapping[str, Any]) -> Parsed:
    """Read one event by its ``object_kind``; that of members and system hooks only has an ``event_name``.

    ``deployments``: pipelines and jobs that deploy, by name.
    """
    body = _tidy(delivery.object())
    kind = first_text(body, "object_kind", "event_name")
    if kind is None:
        msg = "neither an object_kind nor an event_name: this is not a GitLab webhook"
        raise BadInput(msg)
    read = _READERS.get(kind)
    signal = read(delivery, body, options) if read else None
    return Parsed(signals=(signal,)) if signal else Parsed(ignored=1)


def _tidy(body: dict[str, Any]) -> dict[str, Any]:
    """The body without the blanks that some versions of GitLab leave behind the names of fields."""
    attributes = body.get("object_attributes")
    if isinstance(attributes, dict):
        body = {**body, "object_attributes": {name.strip(): value for name, value in attributes.items()}}
    return {name.strip(): value for name, value in body.items()}

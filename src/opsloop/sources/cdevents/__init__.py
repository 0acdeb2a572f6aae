"""CDEvents 0.4 and 0.5, in CloudEvents (structured, batched, binary) or bare, one a request or one a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput
from opsloop.model import format_time
from opsloop.sources import Parsed
from opsloop.sources.envelope import each_line, envelopes, open_envelope
from opsloop.sources.event import digest, signal
from opsloop.sources.payload import SUMMARY_LIMIT, first_text, table, text
from opsloop.sources.signature import shared_secret as verify
from opsloop.sources.times import moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsloop.model import Signal
    from opsloop.sources import Delivery
    from opsloop.sources.envelope import Envelope

__all__ = ["MEDIA", "PREFIX", "parse", "read_envelope", "verify"]

MEDIA: Final = frozenset({"", "application/x-ndjson"})

PREFIX: Final = "dev.cdevents."
_MEANING: Final = {
    "service.deployed": ("deployment", "succeeded"),
    "service.upgraded": ("deployment", "succeeded"),
    "service.rolledback": ("deployment", "rolled_back"),
    "change.created": ("change", "opened"),
    "change.merged": ("change", "merged"),
    "pipelinerun.started": ("pipeline", "started"),
    "incident.detected": ("incident", "detected"),
    "incident.reported": ("incident", "detected"),
    "incident.resolved": ("incident", "resolved"),
}
"""Subject and predicate of the types that change a state here; the vocabulary has forty more."""
_OUTCOMES: Final = {"success": "succeeded", "failure": "failed", "error": "failed", "cancel": "cancelled"}


def parse(delivery: Delivery, options: Mapping[str, Any]) -> Parsed:
    """Read every event; types that are not in the table above count as ignored."""
    _ = options
    lines = each_line(delivery.body, lambda item: read_envelope(delivery, open_envelope(item)))
    if lines:
        signals, ignored, rejected = lines
        return Parsed(signals=tuple(signals), ignored=ignored, rejected=tuple(rejected))
    read = [read_envelope(delivery, envelope) for envelope in envelopes(delivery)]
    known = tuple(item for item in read if item)
    return Parsed(signals=known, ignored=len(read) - len(known))


def read_envelope(delivery: Delivery, envelope: Envelope | None) -> Signal | None:
    """One CDEvent, bare or as a CloudEvent's data; None where its type changes no state here. Raises BadInput."""
    attributes, data = envelope or ({}, None)
    event = data if "context" in table(data) else attributes
    context, subject = table(event, "context"), table(event, "subject")
    kind_of_event = text(context, "type") or text(attributes, "type")
    if kind_of_event is None:
        msg = "neither a CDEvent (context, subject) nor a CloudEvent that holds one"
        raise BadInput(msg)
    if not kind_of_event.startswith(PREFIX):
        return None
    what = ".".join(kind_of_event.removeprefix(PREFIX).split(".")[:2]).lower()
    content = table(subject, "content")
    meaning = _meaning(what, content)
    if meaning is None:
        return None
    if text(subject, "id") is None:
        msg = f"a {what} whose subject has no id: this is no CDEvent"
        raise BadInput(msg)
    event_id = text(context, "id") or text(attributes, "id")
    source = text(context, "source") or text(attributes, "source") or ""
    at = moment(context, "timestamp") or moment(attributes, "time")
    return signal(
        delivery,
        "cdevents",
        *meaning,
        key=_series(what, subject, source, event_id),
        at=at,
        event=f"{source}:{what}:{event_id}" if event_id else None,
        attrs={
            "artifact": text(content, "artifactId"),
            "chain": text(context, "chainId"),
            "rolls_back": "previous" if what == "service.rolledback" else None,
            "url": first_text(content, "url", "uri", "ticketURI"),
            "detected_by": {"incident.detected": "alert", "incident.reported": "human"}.get(what),
            "merged_at": format_time(at) if at and what == "change.merged" else None,
        },
        **_about(what, subject),
    )


def _meaning(what: str, content: dict[str, Any]) -> tuple[str, str] | None:
    if what != "pipelinerun.finished":
        return _MEANING.get(what)
    ended = _OUTCOMES.get((text(content, "outcome") or "").lower())
    return ("pipeline", ended) if ended else None


def _series(what: str, subject: dict[str, Any], source: str, event_id: str | None) -> str:
    """An incident, change or run is its subject, which is the event's source's own where nobody says otherwise.

    A deployment, and a rollback, is its event: a service, and an artifact, are deployed again and again. The type is
    part of it, because some senders give one id to events of several types.
    """
    parts = [what.partition(".")[0], text(subject, "source") or source, text(subject, "id")]
    if what.startswith("service."):
        content = table(subject, "content")
        parts += [text(content, "environment", "id"), text(content, "artifactId"), event_id, what]
    return digest("\n".join(part or "" for part in parts))


def _about(what: str, subject: dict[str, Any]) -> dict[str, Any]:
    content, name = table(subject, "content"), text(subject, "id")
    service = {
        "service": name,
        "change": text(content, "repository", "id"),
        "incident": text(content, "service", "id"),
    }.get(what.partition(".")[0])
    return {
        "service": service,
        "environment": text(content, "environment", "id"),
        "name": text(content, "pipelineName") or (None if what.startswith("service.") else name),
        "summary": first_text(content, "description", "errors", limit=SUMMARY_LIMIT),
    }

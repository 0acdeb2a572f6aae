"""Flux notification-controller: the generic and generic-hmac providers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput
from opsloop.model import severity_of
from opsloop.sources import Parsed
from opsloop.sources.event import signal
from opsloop.sources.labels import label
from opsloop.sources.payload import SUMMARY_LIMIT, first_text, table, text
from opsloop.sources.signature import shared_secret, signed
from opsloop.sources.times import iso, moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsloop.model import Signal
    from opsloop.sources import Delivery

_APPLIERS: Final = frozenset({"Kustomization", "HelmRelease"})
"""What brings a revision into the cluster; sources, image policies and the like only prepare one."""
_REASONS: Final = {
    "ReconciliationSucceeded": "succeeded",
    "InstallSucceeded": "succeeded",
    "UpgradeSucceeded": "succeeded",
    "RollbackSucceeded": "rolled_back",
    "Progressing": "started",
}
_OLD_MESSAGES: Final = re.compile(r"Helm (install|upgrade|rollback) succeeded", re.IGNORECASE)
"""Helm controllers before 0.30 gave ``info`` as the reason of everything, and said in words what happened."""
_RELEASE: Final = re.compile(r"Helm (?:install|upgrade|test) (?:succeeded|failed) for release \S+(\.v\d+)[ :]")
"""The release that Helm numbered: the same chart is deployed again whenever its values change."""
_PHASES: Final = {"Progressing": "started", "Succeeded": "succeeded", "Failed": "failed"}
"""Flagger's phases that start or end a rollout."""
_CANARY_MESSAGES: Final = {
    "New revision detected!": "started",
    "Promotion completed!": "succeeded",
    "Canary failed!": "failed",
}
"""How the messages begin that start or end one; the phase beside them is the standing one, often that before."""
_NOTHING_DEPLOYED: Final = frozenset({"RollbackFailed", "UninstallFailed"})
_WAITING: Final = frozenset({"DependencyNotReady", "ProgressingWithRetry", "ArtifactNotReady"})


def verify(delivery: Delivery, secret: bytes) -> bool:
    """``X-Signature: sha256=HEX`` of the provider generic-hmac, or a header that the generic provider sends."""
    return signed(delivery, secret, "x-signature", prefix="sha256=") or shared_secret(delivery, secret)


def parse(delivery: Delivery, options: Mapping[str, Any]) -> Parsed:
    """Read one event: of a Kustomization or HelmRelease what it did to a revision, of the rest a platform event."""
    _ = options
    body = delivery.object()
    if "phase" in body and "involvedObject" not in body:
        found = _read_canary(delivery, body)
        return Parsed(signals=(found,)) if found else Parsed(ignored=1)
    thing, reason, severity = table(body, "involvedObject"), text(body, "reason"), text(body, "severity")
    kind, name = text(thing, "kind"), text(thing, "name")
    if kind is None or name is None or reason is None:
        msg = "no involvedObject with a reason: this is not a Flux event"
        raise BadInput(msg)
    metadata, message = table(body, "metadata"), text(body, "message", limit=SUMMARY_LIMIT)
    revision, release = _revision(metadata), _release(message)
    series = f"{text(thing, 'namespace') or ''}/{kind}/{name}{_cluster(thing, metadata)}"
    status = _REASONS.get(reason) or _from_message(message)
    if status is None and severity == "error" and reason not in _WAITING | _NOTHING_DEPLOYED:
        status = "failed"
    applied = kind in _APPLIERS and status is not None
    run = f"{series}@{revision}{release}" if revision else series
    at = moment(body, "timestamp")
    undoes = applied and status == "rolled_back"
    key = f"{run}:{iso(at or delivery.received_at)}" if undoes else run if applied else f"{series}:{reason}"
    unnumbered = kind == "HelmRelease" and status == "failed" and not release
    day = f":{at or delivery.received_at:%Y-%m-%d}" if unnumbered else ""  # a failure a week later is no retry
    event = signal(
        delivery,
        "flux",
        "deployment" if applied else "event",
        status if applied and status else "warning" if severity == "error" else "normal",
        key=key,
        at=at,
        event=f"{key}:{status}{day}" if applied and revision else None,
        service=name,
        environment=label(metadata, "environment"),
        name=reason,
        severity=severity_of(severity),
        summary=message,
        attrs={
            "reason": reason,
            "resource": f"{kind}/{name}",
            "namespace": text(thing, "namespace"),
            "revision": revision,
            "cluster": text(metadata, "cluster"),
            "rollback_mode": "automatic" if undoes else None,
        },
    )
    return Parsed(signals=(event,))


def _cluster(thing: dict[str, Any], metadata: dict[str, Any]) -> str:
    """What tells one cluster's object from another's of the same name: they all reconcile the same revision."""
    uid = text(thing, "uid")
    return f"#{uid}" if uid else _place(metadata)


def _place(metadata: dict[str, Any]) -> str:
    """Cluster and environment, as far as somebody wrote them into the event's metadata."""
    told = (text(metadata, "cluster"), label(metadata, "environment"))
    return "#" + "/".join(part or "" for part in told) if any(told) else ""


def _from_message(message: str | None) -> str | None:
    told = _OLD_MESSAGES.search(message or "")
    return None if told is None else "rolled_back" if told[1].lower() == "rollback" else "succeeded"


def _release(message: str | None) -> str:
    told = _RELEASE.search(message or "")
    return told[1] if told else ""


def _read_canary(delivery: Delivery, body: dict[str, Any]) -> Signal | None:
    """Flagger's event hook: a rollout that began, was promoted, or was given up."""
    name, metadata = text(body, "name"), table(body, "metadata")
    message = text(metadata, "eventMessage", limit=SUMMARY_LIMIT)
    status = _canary_status(message, text(body, "phase"))
    if name is None or status is None:
        return None
    checksum, at = text(body, "checksum"), moment(metadata, "timestamp")
    told_when = message and at  # a spec that comes back has the checksum it had; a phase alone is told over and over
    key = f"{text(body, 'namespace') or ''}/Canary/{name}{_place(metadata)}@{checksum or ''}"
    return signal(
        delivery,
        "flux",
        "deployment",
        status,
        key=key,
        at=at,
        event=None if told_when or not checksum else f"{key}:{status}",
        service=name,
        environment=label(metadata, "environment"),
        name=name,
        summary=message,
        attrs={
            "namespace": text(body, "namespace"),
            "revision": checksum,
            "resource": f"Canary/{name}",
            "cluster": text(metadata, "cluster"),
        },
    )


def _canary_status(message: str | None, phase: str | None) -> str | None:
    """By the message where there is one: the phase comes along with every event, also with those of an idle canary."""
    if message is None:
        return _PHASES.get(phase or "")
    return next((status for begins, status in _CANARY_MESSAGES.items() if message.startswith(begins)), None)


def _revision(metadata: dict[str, Any]) -> str | None:
    """The revision, whatever controller's prefix it stands under."""
    full = next((name for name in metadata if name.endswith("/revision")), "revision")
    return first_text(metadata, full, "revision", "chart-version")

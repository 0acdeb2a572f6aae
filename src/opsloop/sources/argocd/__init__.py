"""Argo CD notifications: our own template or one like it, a whole ``app`` object, or the documented ``syncResult``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput
from opsloop.sources import Parsed
from opsloop.sources.event import digest, signal
from opsloop.sources.forms import PLAIN
from opsloop.sources.payload import SUMMARY_LIMIT, dig, first_text, rows, table, text, texts
from opsloop.sources.signature import shared_secret as verify
from opsloop.sources.times import moment, seconds_between

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from opsloop.model import Signal
    from opsloop.sources import Delivery

__all__ = ["MEDIA", "parse", "verify"]

MEDIA: Final = PLAIN

_PHASES: Final = {
    "running": "started",
    "succeeded": "succeeded",
    "synced": "succeeded",
    "failed": "failed",
    "error": "failed",
}
_PHASE_NAMES: Final = ("phase", "operation_phase", "status", "state", "sync_status", "syncStatus")
_HEALTH_NAMES: Final = ("health", "health_status", "healthStatus")
_ENVIRONMENT_NAMES: Final = ("environment", "env")
_START_NAMES: Final = ("started_at", "startedAt")
_END_NAMES: Final = ("finished_at", "finishedAt", "timestamp")
"""What templates call the fields that ours has, ours first."""
_RESOURCE: Final = ("group", "kind", "namespace", "name")


def parse(delivery: Delivery, options: Mapping[str, Any]) -> Parsed:
    """Read one notification. ``environment`` in the settings where the template does not say it."""
    body = delivery.object()
    if isinstance(body.get("resources"), list) and "revision" in body:
        found = _read_result(delivery, body)
    else:
        whole = table(body, "app") or (body if "metadata" in body else {})
        found = _read(delivery, _flatten(whole) if whole else body, options)
    return Parsed(signals=(found,)) if found else Parsed(ignored=1)


def _read(delivery: Delivery, told: dict[str, Any], options: Mapping[str, Any]) -> Signal | None:
    app = first_text(told, "app", "application", "app_name", "name")
    if app is None:
        msg = "no app: use the template in the README of this source"
        raise BadInput(msg)
    status = _status(told)
    if status is None:
        return None
    began, ended = _first_moment(told, _START_NAMES), _first_moment(told, _END_NAMES)
    at = began or ended if status == "started" else ended
    revision = text(told, "revision")
    return signal(
        delivery,
        "argocd",
        "deployment",
        status,
        key=f"{app}{_place(told)}@{revision or 'unknown'}:{began.isoformat() if began else ''}",
        at=at,
        service=text(told, "service") or app,
        environment=first_text(told, *_ENVIRONMENT_NAMES) or text(options, "environment"),
        name=app,
        duration_s=None if status == "started" else seconds_between(began, at),
        summary=text(told, "message", limit=SUMMARY_LIMIT),
        attrs={
            "revision": revision,
            "images": " ".join(texts(told, "images")),
            "project": text(told, "project"),
            "namespace": text(told, "namespace"),
            "trigger": text(told, "trigger"),
            **_rollback(texts(told, "history"), revision),
            "url": first_text(told, "url", "repo"),
        },
    )


def _place(told: dict[str, Any]) -> str:
    """What tells apart the apps of one name that several Argo CDs sync, as far as it is told."""
    parts = (text(told, "project"), first_text(told, *_ENVIRONMENT_NAMES), text(told, "namespace"))
    return "#" + "/".join(part or "" for part in parts) if any(parts) else ""


def _status(told: dict[str, Any]) -> str | None:
    """How the operation stands; an app that is in sync but not healthy is told of for its health, not as deployed."""
    word, health = first_text(told, *_PHASE_NAMES), first_text(told, *_HEALTH_NAMES)
    ill = word == "Synced" and health not in {None, "Healthy"}
    return _PHASES.get(word.lower()) if word and not ill else None


def _first_moment(told: dict[str, Any], names: tuple[str, ...]) -> datetime | None:
    return next((at for name in names if (at := moment(told, name))), None)


def _flatten(app: dict[str, Any]) -> dict[str, Any]:
    """The fields of our template, out of an Application object."""
    operation = table(app, "status", "operationState")
    return {
        "app": dig(app, "metadata", "name"),
        "environment": dig(app, "metadata", "labels", "environment") or dig(app, "metadata", "labels", "env"),
        "project": dig(app, "spec", "project"),
        "namespace": dig(app, "spec", "destination", "namespace"),
        "phase": operation.get("phase"),
        "message": operation.get("message"),
        "started_at": operation.get("startedAt"),
        "finished_at": operation.get("finishedAt"),
        "revision": _revision(table(operation, "syncResult")) or _revision(table(app, "status", "sync")),
        "images": dig(app, "status", "summary", "images"),
        "history": [_revision(item) for item in rows(app, "status", "history")],
    }


def _revision(told: dict[str, Any]) -> str | None:
    """The revision of an app, or those of all the sources of an app that has several."""
    return text(told, "revision") or " ".join(texts(told, "revisions")) or None


def _rollback(history: list[str], revision: str | None) -> dict[str, str]:
    """A sync is a rollback where its revision ran before the one that it replaced."""
    earlier = history[:-1] if history and history[-1] == revision else history
    replaced = earlier[-1] if earlier else None
    if replaced is None or replaced == revision or revision not in earlier:
        return {}
    return {"rolls_back": "previous", "replaced_revision": replaced}


def _read_result(delivery: Delivery, result: dict[str, Any]) -> Signal | None:
    """The documented example has neither app nor phase nor time: what it lists as applied is what is known."""
    resources = rows(result, "resources")
    changed = [item for item in resources if not (text(item, "message") or "").endswith("unchanged")]
    first = next(iter(changed or resources), {})
    status = "failed" if any(text(item, "status") == "SyncFailed" for item in resources) else "succeeded"
    revision = text(result, "revision")
    key = f"revision:{revision}:{_app_of(resources)}"
    return signal(
        delivery,
        "argocd",
        "deployment",
        status,
        key=key,
        at=None,
        event=f"{key}:{status}",
        name="/".join(part for field in ("namespace", "kind", "name") if (part := text(first, field))) or None,
        attrs={
            "revision": revision,
            "namespace": text(first, "namespace"),
            "images": " ".join(image for item in changed for image in texts(item, "images")),
        },
    )


def _app_of(resources: list[dict[str, Any]]) -> str:
    """What stands for the app that is not named: the resources it is made of, whichever order they come in."""
    names = ["/".join(text(item, field) or "" for field in _RESOURCE) for item in resources]
    return digest("\n".join(sorted(names)))

"""A mapping from somebody's JSON to a signal, as data: what the sources ``generic`` and ``cloudevents`` read by.

[sources.generic.fields]            # signal field = path in the body
at = "triggered_at"
name = "check.title"
"attrs.host" = "hosts.0.name"
fingerprint = ["host", "check.id"]  # several are joined by a slash
[sources.generic.defaults]          # what the body does not say
kind = "alert"
[sources.generic.values.status]     # the body's word = our word
open = "firing"
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput
from opsloop.model import KINDS, Signal, severity_of
from opsloop.sources.event import signal
from opsloop.sources.payload import SUMMARY_LIMIT, dig, number, rows, table, text, texts
from opsloop.sources.times import moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsloop.sources import Delivery

_FIELDS: Final = frozenset(
    {"id", "kind", "status", "at", "service", "environment", "name", "severity", "fingerprint"}
    | {"duration_s", "value", "summary"}
)

_ALONE: Final = frozenset({"at", "duration_s", "value"})
"""Fields that are no text, and so can't be made of several."""


def map_document(delivery: Delivery, document: Any, options: Mapping[str, Any], source: str) -> list[Signal | None]:
    """Signals by the mapping, one for each object of ``items`` (a path) or one for the document; None is ignored."""
    fields = table(options, "fields")
    if not fields:
        msg = (
            f"there is no mapping; say which fields of the body mean what in [sources.{source}.fields] of opsloop.toml"
        )
        raise BadInput(msg)
    if unknown := sorted(name for name in fields if name not in _FIELDS and not name.startswith("attrs.")):
        msg = f"[sources.{source}.fields] {unknown[0]} is no field of a signal"
        raise BadInput(msg)
    if wrong := sorted(name for name, path in fields.items() if not _is_path(path, alone=name in _ALONE)):
        msg = f'[sources.{source}.fields] {wrong[0]} is no path such as "check.title"'
        raise BadInput(msg)
    many = text(options, "items")
    found = rows(document, *path_of(many)) if many else [document]
    return [_map(delivery, item, options, source) for item in found]


def _is_path(path: Any, *, alone: bool) -> bool:
    return isinstance(path, str) or (not alone and isinstance(path, list) and all(isinstance(one, str) for one in path))


def path_of(dotted: str) -> list[str | int]:
    """``a.b.0.c`` as steps; a number is a position in a list."""
    return [int(step) if step.isdecimal() else step for step in dotted.split(".")]


def _map(delivery: Delivery, item: Any, options: Mapping[str, Any], source: str) -> Signal | None:
    """One signal; None where the body's word for the status is not in the table of words."""
    fields, defaults = table(options, "fields"), table(options, "defaults")

    def said(name: str, limit: int = 300) -> str | None:
        told = (text(item, *path_of(path), limit=limit) for path in texts(fields, name))
        word = "/".join(part for part in told if part) or None
        words = table(options, "values", name)
        return text(words, word) if words and word else word or text(defaults, name)

    kind, status = said("kind"), said("status")
    if kind not in KINDS or status not in KINDS[kind]:
        if kind in KINDS and table(options, "values", "status"):
            return None
        msg = f"kind {kind!r} with status {status!r} is none of opsloop's; translate it in [sources.{source}.values]"
        raise BadInput(msg)
    return signal(
        delivery,
        source,
        kind,
        status,
        key=said("fingerprint") or said("name") or said("service") or kind,
        at=moment(dig(item, *path_of(fields.get("at", ""))), naive_is_utc=bool(options.get("naive_is_utc"))),
        event=said("id"),
        attrs={name.removeprefix("attrs."): said(name) for name in fields if name.startswith("attrs.")},
        service=said("service"),
        environment=said("environment"),
        name=said("name"),
        severity=severity_of(said("severity")),
        summary=said("summary", SUMMARY_LIMIT),
        duration_s=number(item, *path_of(fields.get("duration_s", ""))),
        value=number(item, *path_of(fields.get("value", ""))),
    )

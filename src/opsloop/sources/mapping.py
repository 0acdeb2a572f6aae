"""A mapping from somebody's JSON to a signal, as data: what the sources ``generic`` and ``cloudevents`` read by.

[sources.generic.fields]            # signal field = path in the body
at = ["resolved_at", "started_at"]  # the first that is a time
name = "check.title"
"attrs.host" = "hosts.0.name"
fingerprint = ["host", "check.id"]  # several are joined by a slash
summary = '"incident.updated".text' # a step that has a dot stands in quotes
[sources.generic.defaults]          # what the body does not say
kind = "alert"
[sources.generic.values.status]     # the body's word = our word
open = "firing"
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput
from opsloop.model import KINDS, Signal, severity_of
from opsloop.sources.event import occasion, signal
from opsloop.sources.payload import SUMMARY_LIMIT, TEXT_LIMIT, dig, line, number, table, text, texts
from opsloop.sources.times import iso, moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from opsloop.sources import Delivery

MAPPED: Final = ("generic", "cloudevents")
"""The sources that read by a mapping."""
_FIELDS: Final = frozenset(
    {"id", "kind", "status", "at", "service", "environment", "name", "severity", "fingerprint"}
    | {"duration_s", "value", "summary"}
)
_NUMBERS: Final = frozenset({"duration_s", "value"})
"""Fields that can't be made of several."""
_STEP: Final = re.compile(r'"([^"]*)"|([^."]+)')
_PATH: Final = re.compile(rf"(?:{_STEP.pattern})(?:\.(?:{_STEP.pattern}))*")
_STATUSES: Final = frozenset().union(*KINDS.values())
_WHOLE: Final = frozenset({"deployment", "change", "canary"})
"""Kinds of which one signal tells enough: without a fingerprint each is one of its own."""


class Meaning:
    """What the fields of a body mean, as ``[sources.NAME]`` says; raises BadInput for settings that can't be meant."""

    def __init__(self, options: Mapping[str, Any], source: str) -> None:
        self._source, self._options = source, options
        self._fields, self._defaults = table(options, "fields"), table(options, "defaults")
        self._items = options.get("items")
        self._check()

    def signals(self, delivery: Delivery, document: Any) -> list[Signal | None]:
        """One for each object of ``items``, or of a body that is a list, or one for the body; None is ignored."""
        found = dig(document, *path_of(str(self._items))) if self._items else document
        if self._items and not isinstance(found, list):
            msg = f"the body has no list at {self._items!r}, the items of [sources.{self._source}]"
            raise BadInput(msg)
        if not isinstance(found, list):
            return [self._signal(delivery, found)]
        return [self._signal(delivery, item) if isinstance(item, dict) else None for item in found]

    def _check(self) -> None:
        if not self._fields:
            msg = (
                "there is no mapping; say which fields of the body mean what in"
                f" [sources.{self._source}.fields] of opsloop.toml"
            )
            raise BadInput(msg)
        for name, path in sorted(self._fields.items()):
            if name not in _FIELDS and not name.startswith("attrs."):
                self._refuse("fields", f"{name} is no field of a signal")
            paths = path if isinstance(path, list) and name not in _NUMBERS else [path]
            if not all(isinstance(one, str) and _PATH.fullmatch(one) for one in paths):
                self._refuse("fields", f'{name} is no path such as "check.title"')
        for name, words in (("kind", KINDS), ("status", _STATUSES)):
            told = [(f"values.{name}", said) for said in table(self._options, "values", name).values()]
            for part, said in (*told, ("defaults", self._defaults.get(name))):
                if said is not None and said not in words:
                    self._refuse(part, f"{said!r} is none of {' '.join(sorted(words))}")

    def _refuse(self, part: str, what: str) -> None:
        msg = f"[sources.{self._source}.{part}] {what}"
        raise BadInput(msg)

    def _signal(self, delivery: Delivery, item: Any) -> Signal | None:
        """One signal; None where the body's word for the status is not in the table of words."""

        def said(name: str, limit: int = TEXT_LIMIT) -> str | None:
            words = table(self._options, "values", name)
            told = (dig(item, *path_of(path)) for path in texts(self._fields, name))
            parts = [str(one).lower() if words and isinstance(one, bool) else line(one, limit) for one in told]
            word = "/".join(part for part in parts if part) or None
            return text(words, word) if words and word else word or text(self._defaults, name)

        kind, status = said("kind"), said("status")
        if kind not in KINDS or status not in KINDS[kind]:
            if kind in KINDS and table(self._options, "values", "status"):
                return None
            where = f"[sources.{self._source}.values]"
            msg = f"kind {kind!r} with status {status!r} is none of opsloop's; translate it in {where}"
            raise BadInput(msg)
        at, series = self._time(item), said("name") or said("service")
        key = said("fingerprint") or (said("id") if kind in _WHOLE else series)
        if key is None and series is None:
            where = f"[sources.{self._source}.fields]"
            msg = f"nothing tells this {kind} from others: map a fingerprint, name or service in {where}"
            raise BadInput(msg)
        return signal(
            delivery,
            self._source,
            kind,
            status,
            key=key or f"{series}@{iso(at) if at else occasion(delivery)}",
            at=at,
            event=said("id"),
            attrs={name.removeprefix("attrs."): said(name) for name in self._fields if name.startswith("attrs.")},
            service=said("service"),
            environment=said("environment"),
            name=said("name"),
            severity=severity_of(said("severity")),
            summary=said("summary", SUMMARY_LIMIT),
            duration_s=number(item, *self._path("duration_s")),
            value=number(item, *self._path("value")),
        )

    def _time(self, item: Any) -> datetime | None:
        naive = bool(self._options.get("naive_is_utc"))
        read: Iterable[datetime | None] = (
            moment(item, *path_of(path), naive_is_utc=naive) for path in texts(self._fields, "at")
        )
        return next((at for at in read if at), None)

    def _path(self, name: str) -> list[str | int]:
        return path_of(str(self._fields.get(name, "")))


def path_of(dotted: str) -> list[str | int]:
    """``a."b.c".0`` as steps; a number is a position in a list."""
    return [int(bare) if bare.isdecimal() else bare or quoted for quoted, bare in _STEP.findall(dotted)] or [""]

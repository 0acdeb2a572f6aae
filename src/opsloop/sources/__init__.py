"""Sources: what turns a request or a file of an operations tool into Signals. One folder a source, no registry.

A folder ``sources/NAME/`` is the source NAME. Its module offers two functions::

    def verify(delivery: Delivery, secret: bytes) -> bool: ...
    def parse(delivery: Delivery, options: Mapping[str, Any]) -> Parsed: ...

``verify`` says whether the delivery is authentic under the configured secret; it compares in constant time.
``parse`` reads what the tool documents, accepts fields it does not know, counts events that change no state as
``ignored``, and raises BadInput with a reason, and nothing else, for a body that is not the tool's.
``options`` is the ``[sources.NAME]`` table of ``opsloop.toml``; ``like = "generic"`` makes it a source by itself.
A module whose tool signs with a key of its own, not with a secret of yours, offers ``certificates(options)``, which
vouch for deliveries (``Vouching``), or None where the options name none.
A module whose tool posts other bodies than JSON names their media types in ``MEDIA``; the empty one stands for a tool
that does not say what it sends.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from opsloop.errors import BadInput, NotFound
from opsloop.sources.decoding import read_json
from opsloop.sources.forms import FORM, MULTIPART, media_type, read_form

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from opsloop.model import Signal

OWN_NAME: Final = "[a-z][a-z0-9_]{0,63}"
"""How a source may be called that settings add; its address, counters and signals bear the name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One request, or one file: header names in lower case, the raw body, when it came in (UTC)."""

    body: bytes
    received_at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)

    def document(self) -> Any:
        """The body as JSON, or the object that a form says; raises BadInput that says why it is none."""
        kind = self.headers.get("content-type", "")
        return read_form(self.body, kind) if media_type(kind) in {FORM, MULTIPART} else read_json(self.body)

    def object(self) -> dict[str, Any]:
        """The body as a JSON object; raises BadInput."""
        document = self.document()
        if not isinstance(document, dict):
            msg = "the body is JSON, but not an object"
            raise BadInput(msg)
        return document


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What a delivery said.

    ``ignored`` counts events that are known not to matter or not known at all. ``notes`` are for the operator: what
    the vendor left out, what is to be done. ``missing`` counts what the vendor said it left out: a note tells of it,
    and the source is in doubt for a while. ``rejected`` holds (line number from 1, reason) of text files.
    """

    signals: tuple[Signal, ...] = ()
    ignored: int = 0
    notes: tuple[str, ...] = ()
    missing: int = 0
    rejected: tuple[tuple[int, str], ...] = ()


class Source(Protocol):
    """The shape of a source's module."""

    def verify(self, delivery: Delivery, secret: bytes) -> bool:
        """Is the delivery authentic under this secret?"""

    def parse(self, delivery: Delivery, options: Mapping[str, Any]) -> Parsed:
        """Read it; raises BadInput with a reason."""


class Vouching(Protocol):
    """What tells whether a tool itself signed a delivery."""

    def vouch(self, delivery: Delivery) -> bool | None:
        """Is it signed rightly, and lately? None where the tool signs no such delivery."""


def vouching(source: Source, options: Mapping[str, Any]) -> Vouching | None:
    """What vouches for a source's deliveries by these options; raises BadInput for files that can't be used."""
    certificates = getattr(source, "certificates", None)
    found: Vouching | None = certificates(options) if certificates else None
    return found


def media_of(source: Source) -> frozenset[str]:
    """The media types, beside JSON, that the source's tool posts."""
    return frozenset(getattr(source, "MEDIA", ()))


def names() -> list[str]:
    """Every source there is, sorted."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__) if module.ispkg)


def own_names(tables: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The sources that settings add, sorted; raises BadInput for a ``[sources.NAME]`` that is none."""
    own = []
    for name, options in tables.items():
        if "like" not in options and name in names():
            continue
        if options.get("like") != "generic" or name in names() or not re.fullmatch(OWN_NAME, name):
            msg = (
                f"[sources.{name}]: no such source; there are {' '.join(names())};"
                ' one of your own needs like = "generic" and a new name of a-z, 0-9 and _'
            )
            raise BadInput(msg)
        own.append(name)
    return sorted(own)


def load(name: str, tables: Mapping[str, Mapping[str, Any]] | None = None) -> Source:
    """The source of that name, hyphens and underscores alike; raises NotFound that lists what there is.

    ``tables`` are the settings of sources, which may add some.
    """
    wanted = name.strip().lower().replace("-", "_")
    if wanted in names():
        module: Any = importlib.import_module(f"{__name__}.{wanted}")
        return module  # type: ignore[no-any-return]
    if wanted not in (own := own_names(tables or {})):
        raise NotFound("source", name, known=[*names(), *own])
    generic: Any = importlib.import_module(f"{__name__}.generic")
    named: Source = generic.Named(wanted)
    return named

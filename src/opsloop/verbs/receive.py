"""Webhooks: from a delivery to rows ready for the store. The server owns the connection and the commit."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from opsloop.errors import BadInput, NotFound, Unauthorized
from opsloop.signals.rows import microseconds, row_of
from opsloop.sources import Delivery, load, media_of, names, own_names, vouching
from opsloop.sources.mapping import MAPPED, Meaning
from opsloop.verbs.scrub import Scrubber
from opsloop.verbs.service_names import joined

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsloop.signals.hot import Row
    from opsloop.sources import Parsed, Source
    from opsloop.verbs.workspace import Workspace

MOST_SIGNALS: Final = 10_000
"""Signals one delivery may carry; tools send tens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What a delivery holds: what it said, and its signals, scrubbed, as rows."""

    parsed: Parsed
    rows: list[Row]


class Intake:
    """Checks and reads deliveries. Settings, secrets and certificates are those at its start.

    Raises BadInput when a configured secret is not in the environment or a certificate can't be read (a source must not
    fall open silently), and for a mapping that can't be meant.
    """

    def __init__(self, ws: Workspace) -> None:
        self._options = ws.settings.sources
        self._services = ws.settings.service_names
        self._scrub = Scrubber(ws.redact)
        self._sources: dict[str, Source] = {}
        own = own_names(self._options)
        self.names = frozenset(names()).union(own)
        for name in (*MAPPED, *own):
            if name in own or self._options.get(name, {}).get("fields"):
                Meaning(self._options[name], name)  # a mapping that can't be meant is said now, not at each delivery
        self.secrets = {
            name: _secret(name, options) for name, options in self._options.items() if "secret_env" in options
        }
        asked = ((name, vouching(self._source(name), options)) for name, options in self._options.items())
        self._vouching = {name: found for name, found in asked if found is not None}
        self.guarded = frozenset(self.secrets).union(self._vouching)

    def read(self, name: str, delivery: Delivery, *, local: bool) -> Received:
        """Authenticate, parse, scrub. ``local``: it came over loopback, not forwarded by anyone.

        Raises NotFound for an unknown source, Unauthorized, or BadInput with the reason.
        """
        source = self._source(name)
        self._authenticate(name, source, delivery, local=local)
        parsed = source.parse(delivery, self._options.get(name, {}))
        if len(parsed.signals) > MOST_SIGNALS:
            message = f"{len(parsed.signals)} signals in one delivery; {MOST_SIGNALS} is the most, send smaller ones"
            raise BadInput(message)
        received_at = microseconds(delivery.received_at)
        signals = self._scrub(joined(parsed.signals, self._services))
        rows = [row_of(signal, origin="webhook", received_at=received_at) for signal in signals]
        return Received(parsed=parsed, rows=rows)

    def media(self, name: str) -> frozenset[str]:
        """The media types, beside JSON, that this source is taken as; raises NotFound for an unknown one."""
        return media_of(self._source(name))

    def _source(self, name: str) -> Source:
        """The source of exactly this name: secrets and counters go by it, so no second spelling may reach a source."""
        if name not in self._sources:
            if name not in self.names:
                raise NotFound("source", name, known=sorted(self.names))
            self._sources[name] = load(name, self._options)
        return self._sources[name]

    def _authenticate(self, name: str, source: Source, delivery: Delivery, *, local: bool) -> None:
        vouched = self._vouching[name].vouch(delivery) if name in self._vouching else None
        if vouched is False:
            message = f"this {name} delivery bears no signature by sources.{name}.certificates, or one of long ago"
            raise Unauthorized(message)
        secret = self.secrets.get(name)
        if secret is None:
            if not (local or vouched):
                message = f"{name} has no secret: it is taken over loopback only; set sources.{name}.secret_env"
                raise Unauthorized(message)
        elif not source.verify(delivery, secret):
            message = f"the signature, token or password of this {name} delivery is missing or wrong"
            raise Unauthorized(message)


def _secret(source: str, options: Mapping[str, object]) -> bytes:
    variable = str(options["secret_env"])
    if not (secret := os.environ.get(variable)):
        message = f"[sources.{source}] secret_env names {variable}, which is not set in the environment, or empty"
        raise BadInput(message)
    return secret.encode()

"""Anything else that posts JSON: a mapping in ``opsloop.toml`` says which fields mean what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from opsloop.sources import Parsed
from opsloop.sources.forms import FORM, MULTIPART, PLAIN
from opsloop.sources.mapping import Meaning
from opsloop.sources.signature import shared_secret, signed, standard_webhook

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsloop.sources import Delivery


MEDIA: Final = PLAIN | {FORM, MULTIPART}


def verify(delivery: Delivery, secret: bytes) -> bool:
    """Standard Webhooks, or ``X-Opsloop-Signature: sha256=HEX``, or the secret itself in a header or as password."""
    if "webhook-signature" in delivery.headers:
        return standard_webhook(delivery, secret)
    return signed(delivery, secret, "x-opsloop-signature", prefix="sha256=") or shared_secret(delivery, secret)


def parse(delivery: Delivery, options: Mapping[str, Any]) -> Parsed:
    """Read by the mapping; what has no meaning in it counts as ignored."""
    return Named("generic").parse(delivery, options)


@dataclass(frozen=True, slots=True)
class Named:
    """A tool of one's own: ``[sources.NAME]`` with ``like = "generic"``. Its signals bear its name."""

    name: str
    MEDIA: ClassVar = MEDIA

    def verify(self, delivery: Delivery, secret: bytes) -> bool:
        """As ``generic`` does."""
        return verify(delivery, secret)

    def parse(self, delivery: Delivery, options: Mapping[str, Any]) -> Parsed:
        """Read by its own mapping."""
        found = Meaning(options, self.name).signals(delivery, delivery.document())
        signals = tuple(item for item in found if item)
        return Parsed(signals=signals, ignored=len(found) - len(signals))

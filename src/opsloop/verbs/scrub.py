"""Signals as they may be stored: cleaned of control characters, secrets and internal addresses masked.

Receivers see the same label values over and over, and a redaction looks for a hundred things: so texts are looked up
before they are redacted, and new ones are tried together, because nearly all of them hold nothing to mask.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from opsloop.redact import clean_external

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from opsloop.model import Signal
    from opsloop.redact import Redactor

_TEXT_LIMIT: Final = 4_000
_KEPT_CHARACTERS: Final = 4_000_000
_TEXTS: Final = ("id", "source", "service", "environment", "name", "fingerprint", "summary")
_APART: Final = "\n" + " " * 64 + "\n"
"""Between texts that are tried together: more than the context in which any rule judges a value."""
_PLAIN: Final = re.compile(
    r"""(?: [a-z_-]{1,24}                                            # a word: the source, a status
        | (?=\d{0,40}[a-f])[0-9a-f]{1,40}                            # a digest
        | \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|\+00:00)  # a time
        ) (?: : (?=.) | \Z ) """,
    re.VERBOSE,
)


class Scrubber:
    """``scrubber(signals)``: the same signals, with new texts only where something had to go. Masks are stable, so
    signals that shared an id or a fingerprint still do, and others don't.
    """

    def __init__(self, redact: Redactor) -> None:
        self._redact = redact
        self._known: dict[str, str] = {}
        self._kept = 0

    def __call__(self, signals: Sequence[Signal]) -> list[Signal]:
        """Scrub them all."""
        told = self._learn({text for signal in signals for text in _texts_of(signal)})
        return [self._scrubbed(signal, told) for signal in signals]

    def _learn(self, texts: Iterable[str]) -> dict[str, str]:
        """What each text becomes."""
        if self._kept > _KEPT_CHARACTERS:
            self._known, self._kept = {}, 0
        known = self._known
        new = [text for text in texts if text not in known and not plain(text)]
        if not new:
            return known
        cleaned = [clean_external(text, _TEXT_LIMIT) for text in new]
        together = _APART.join(cleaned)
        masked = cleaned if self._redact(together) == together else [self._redact(text) for text in cleaned]
        self._kept += len(together)
        known.update(zip(new, masked, strict=True))
        return known

    def _scrubbed(self, signal: Signal, told: dict[str, str]) -> Signal:
        changes: dict[str, object] = {}
        for name in _TEXTS:
            text = getattr(signal, name)
            if text is not None and told.get(text, text) != text:
                changes[name] = told[text]
        if any(told.get(text, text) != text for text in signal.attrs.values()):
            changes["attrs"] = {name: told.get(text, text) for name, text in signal.attrs.items()}
        return replace(signal, **changes) if changes else signal  # type: ignore[arg-type]


def plain(text: str) -> bool:
    """Is this an identity made of words, digests and times only, as sources build them? Nothing in it can be masked."""
    at = 0
    while at < len(text):
        piece = _PLAIN.match(text, at)
        if piece is None:
            return False
        at = piece.end()
    return True


def _texts_of(signal: Signal) -> Iterator[str]:
    for name in _TEXTS:
        text = getattr(signal, name)
        if text:
            yield text
    yield from signal.attrs.values()

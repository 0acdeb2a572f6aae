"""Signals as they may be stored: cleaned of control characters, secrets and internal addresses masked.

Receivers see the same label values over and over, and a redaction looks for a hundred things: so texts are looked up
before they are redacted, and new ones are tried together, because nearly all of them hold nothing to mask.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from opsloop.redact import clean_external
from opsloop.redact.judge import strength

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from opsloop.model import Signal
    from opsloop.redact import Redactor

_TEXT_LIMIT: Final = 4_000
_KEPT_CHARACTERS: Final = 4_000_000
_TEXTS: Final = ("id", "source", "service", "environment", "name", "fingerprint", "summary")
_LONG_RUN: Final = re.compile(r"[\w.~+-]{30}").search
"""Runs that redaction may judge by the words before them: such texts are redacted alone, all others together."""
_WORD: Final = r"[a-z_-]{1,24}"
_DIGEST: Final = r"(?=\d{0,40}[a-f])[0-9a-f]{1,40}"
_TIME: Final = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|\+00:00)"
_TOKEN: Final = rf"(?>(?:{_TIME}|{_DIGEST}|{_WORD})(?=[:\n]|\Z))"
_IDENTITY: Final = f"{_TOKEN}(?::{_TOKEN})*+"
plain: Final = re.compile(_IDENTITY).fullmatch
"""Is this an identity made of words, digests and times only, as sources build them? Nothing in it can be masked."""
_all_plain: Final = re.compile(f"(?:{_IDENTITY}\n)*+").fullmatch


class Scrubber:
    """``scrubber(signals)``: the same signals, with new texts only where something had to go.

    Masks are stable, so signals that shared an id or a fingerprint still do, and others don't.
    """

    def __init__(self, redact: Redactor) -> None:
        self._redact = redact
        self._forget()

    def __call__(self, signals: Sequence[Signal]) -> Sequence[Signal]:
        """Scrub them all."""
        clean, silent = self._clean.issuperset, self._silent.issuperset
        identities = _identities(signals)
        new = [
            signal
            for signal in signals
            if not (clean(_texts_of(signal)) and clean(signal.attrs.values()) and silent(signal.attrs))
        ]
        return self._look_at(signals, new, identities) if new or identities else signals

    def _look_at(self, signals: Sequence[Signal], new: Sequence[Signal], identities: Iterable[str]) -> Sequence[Signal]:
        """The signals, where some are ``new`` or may hold something to mask."""
        if self._kept > _KEPT_CHARACTERS:
            self._forget()
        clean, masked, silent = self._clean, self._masked, self._silent
        names: set[str] = set().union(*[signal.attrs for signal in new])
        telling = {name for name in names - silent if strength(name)}
        texts: set[str | None] = {*identities, *names, *_told(telling, new)}
        texts.update(chain.from_iterable([(*_texts_of(signal), *signal.attrs.values()) for signal in new]))
        if unknown := [text for text in texts - clean if text is not None and text not in masked]:
            self._learn(unknown, clean, masked)
        silent.update((names & clean) - telling)
        if texts.isdisjoint(masked):
            return signals
        return [_scrubbed(signal, masked) for signal in signals]

    def _forget(self) -> None:
        """Start anew; a thread that is scrubbing goes on with what it holds."""
        self._clean: set[str | None] = {None}
        self._masked: dict[str | None, str] = {}
        self._silent: set[str] = set()
        self._kept = 0

    def _learn(self, texts: list[str], clean: set[str | None], masked: dict[str | None, str]) -> None:
        """Sort texts into those that may stay as they are, and those that become something else."""
        becomes = [clean_external(text, _TEXT_LIMIT) for text in texts]
        alone = [_LONG_RUN(text) is not None for text in becomes]
        together = "\n".join([text for text, own in zip(becomes, alone, strict=True) if not own])
        masks = self._redact(together) != together
        becomes = [self._redact(text) if masks or own else text for text, own in zip(becomes, alone, strict=True)]
        for text, instead in zip(texts, becomes, strict=True):
            if instead == text:
                clean.add(text)
            else:
                masked[text] = instead
        self._kept += sum(map(len, texts))


def _texts_of(signal: Signal) -> tuple[str | None, ...]:
    """Every text of a signal that has to be looked at, but for its identities and attributes."""
    return signal.source, signal.service, signal.environment, signal.name, signal.summary


def _told(telling: Iterable[str], signals: Iterable[Signal]) -> set[str]:
    """Each name that tells of a secret, with its value."""
    return {f"{name}={signal.attrs[name]}" for name in telling for signal in signals if name in signal.attrs}


def _identities(signals: Sequence[Signal]) -> list[str]:
    """The ids and fingerprints that may hold something to mask; each is new, so most are told by one look at all."""
    identities = [signal.id for signal in signals]
    identities += [signal.fingerprint for signal in signals if signal.fingerprint]
    together = "\n".join(identities) + "\n"
    if together.count("\n") == len(identities) and _all_plain(together):
        return []
    return [text for text in identities if not plain(text)]


def _scrubbed(signal: Signal, masked: Mapping[str | None, str]) -> Signal:
    changes: dict[str, Any] = {
        name: masked[text] for name in _TEXTS if (text := getattr(signal, name)) is not None and text in masked
    }
    attrs = {masked.get(name, name): _value(name, text, masked) for name, text in signal.attrs.items()}
    if attrs != signal.attrs:
        changes["attrs"] = attrs
    return signal._replace(**changes) if changes else signal


def _value(name: str, text: str, masked: Mapping[str | None, str]) -> str:
    """What may be kept of the attribute ``name``: under the name of a secret, what is left when both are read."""
    both = masked.get(f"{name}={text}") if strength(name) else None
    if both is not None and "=" in both:
        return both.partition("=")[2]
    return masked.get(text, text)

"""Redaction: what must not be written down is replaced by a mask before it reaches a file, an index or a page.

Text in, text out, in linear time; never raises. Equal values leave equal masks (``[host:3f2a9c1d]``), keyed,
so that patterns stay recognisable and values can't be guessed from their masks.
"""

from __future__ import annotations

import re

from opsloop.redact.assigned import ASSIGNED
from opsloop.redact.commands import COMMANDS
from opsloop.redact.external import clean_external, quote_external
from opsloop.redact.keys import KEYS
from opsloop.redact.kubernetes import secret_values
from opsloop.redact.network import NETWORK
from opsloop.redact.personal import PERSONAL
from opsloop.redact.rule import Rule
from opsloop.redact.sieve import Sieve
from opsloop.redact.tokens import TOKENS, base64_start, is_stray

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["RULES", "TOKENS", "Redactor", "clean_external", "labels_only", "quote_external", "redact"]

RULES = (*KEYS, *ASSIGNED, *COMMANDS, *NETWORK, *PERSONAL)
"""The rule table, but for the tokens that are told by a prefix (TOKENS)."""

_BACK, _AHEAD = 1_024, 4_096
_PASSES = 4
_MASK = re.compile(r"\[[a-z]{2,8}:[0-9a-f]{8}\]")
_RUN = re.compile(r"(?<![\w.~+-])[\w.~+-]{16,}+", re.ASCII)
_REST_OF_TOKEN = re.compile(r"[\w+/=.~-]*", re.ASCII)
_ESCAPES = (("\\n", " \n"), ("\\r", "  "), ("\\t", "  "), ('\\"', ' "'))
_COMMON = frozenset(" -.:/0123456789")
_LONG = 4_096
"""Characters from which on it pays to ask first whether a needle can be there at all."""
_PARTS: dict[str, tuple[str, ...]] = {}
_WORD = re.compile("[a-z]{2,}")
_NO_WORD = dict.fromkeys((code for code in range(128) if not 97 <= code <= 122), 32)
_SHAPE = {**dict.fromkeys(range(48, 58), "0"), **dict.fromkeys(range(65, 91), "A")}

Span = tuple[int, int, str]


class Redactor:
    """``redactor(text)`` masks what the rules find.

    ``key`` makes masks unguessable: any bytes, or what fetches them when the first mask is made. ``hosts`` are more
    suffixes of internal host names; ``allow`` are values that stay readable.
    """

    __slots__ = ("_allow", "_key", "_rules", "_sieve")

    def __init__(
        self, *, key: bytes | Callable[[], bytes] = b"", hosts: Iterable[str] = (), allow: Iterable[str] = ()
    ) -> None:
        self._key = key
        self._allow = frozenset(value.lower() for value in allow)
        own = tuple(_host_rule(suffix) for suffix in hosts if suffix.strip("."))
        self._rules = (*RULES, *own)
        self._sieve = Sieve(self._rules)

    def __call__(self, text: str) -> str:
        """The text with every find masked; the same object when there is none."""
        masked = self._pass(text)
        for _ in range(_PASSES):
            changed = _changed(text, masked)
            if not changed or self._pass(changed) == changed:
                break
            text, masked = masked, self._pass(masked)
        return masked

    def _secret(self) -> bytes:
        if not isinstance(self._key, bytes):
            self._key = self._key()
        return self._key if len(self._key) <= 32 else _digest(self._key, b"", 32)

    def _pass(self, text: str) -> str:
        scan = text
        if "\\" in text:
            for escape, blank in _ESCAPES:
                scan = scan.replace(escape, blank)
        low = scan.lower()
        if len(low) != len(text):  # a few letters outside ASCII grow when lowered
            low = "".join(char.lower() if len(char.lower()) == 1 else char for char in scan)
        places = _Places(scan, low)
        rules = self._rules if len(low) >= _LONG else self._sieve(low, places.shape)
        spans = [*_token_spans(scan, low), *_rule_spans(rules, scan, places)]
        spans.extend((start, end, "secret") for start, end in secret_values(text, low))
        if not spans:
            return text
        out: list[str] = []
        done = 0
        for start, end, label in _without_masks(text, _merged(scan, spans)):
            value = text[start:end]
            if value.lower() in self._allow:
                continue
            out += (
                text[done:start],
                f"[{label}:{_digest(value.lower().encode('utf-8', 'surrogatepass'), self._secret(), 4).hex()}]",
            )
            done = end
        return "".join((*out, text[done:])) if out else text


def redact(text: str) -> str:
    """Mask with the built-in rules and no key; for tests and for text that never leaves the process."""
    return _DEFAULT(text)


def labels_only(text: str) -> str:
    """Masks as bare words, ``[host:3f2a9c1d]`` as ``host``: for names and slugs, which are made of redacted text."""
    return _MASK.sub(lambda mask: mask[0][1:].partition(":")[0], text)


def _changed(before: str, after: str) -> str:
    """What a further pass needs to look at: the lines that masks were put into, all where lines depend on others."""
    if after is before:
        return ""
    old, new = before.split("\n"), after.split("\n")
    if len(old) != len(new) or ("kind" in after and "ecret" in after):
        return after
    return "\n".join(b for a, b in zip(old, new, strict=True) if a != b)


def _rule_spans(rules: Iterable[Rule], scan: str, places: _Places) -> Iterator[Span]:
    for rule in rules:
        for window in places.of(rule):
            yield from _finds(rule, scan, *window)


def _finds(rule: Rule, scan: str, at: int, end: int) -> Iterator[Span]:
    search, accept = rule.regex.search, rule.accept
    while match := search(scan, at, end):
        if accept and not accept(match):
            at = max(match.end("k") if "k" in rule.regex.groupindex else match.end(), match.start() + 1)
            continue
        first, last = rule.span(match)
        if rule.tail and last == match.end():
            last = re.compile(rule.tail).match(scan, last).end()  # type: ignore[union-attr]
        yield first, last, rule.label
        at = max(last, match.start() + 1)


class _Places:
    """Where in one text the rules need to look; each needle is searched for once."""

    __slots__ = ("_holds", "_known", "_low", "_words", "shape")

    def __init__(self, scan: str, low: str) -> None:
        self._low, self.shape = low, scan.translate(_SHAPE)
        self._known: dict[tuple[str, int], list[tuple[int, int]]] = {}
        self._holds: dict[str, bool] = {}
        self._words = ""

    def of(self, rule: Rule) -> list[tuple[int, int]]:
        """Stretches in order, none overlapping another."""
        found: list[tuple[int, int]] = []
        for hay, needles in ((self._low, rule.needles), (self.shape, rule.shapes)):
            for needle in needles:
                known = self._known.get((needle, rule.lines))
                if known is None:
                    known = self._known[needle, rule.lines] = self._around(hay, needle, rule.lines)
                found += known
        if rule.probe:
            found += [self._stretch(match.start(), rule.lines) for match in re.finditer(rule.probe, self._low)]
        found.sort()
        apart: list[tuple[int, int]] = []
        for start, end in found:
            if not apart or start > apart[-1][1]:
                apart.append((start, end))
            elif end > apart[-1][1]:
                apart[-1] = apart[-1][0], end
        return apart

    def _around(self, hay: str, needle: str, lines: int) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []
        at = hay.find(needle) if len(hay) < _LONG or hay is not self._low or self._may_hold(needle) else -1
        while at >= 0:
            found.append(self._stretch(at, lines))
            at = hay.find(needle, max(found[-1][1], at + 1))
        return found

    def _may_hold(self, needle: str) -> bool:
        return all(map(self._has, _parts(needle)))

    def _has(self, part: str) -> bool:
        known = self._holds.get(part)
        if known is None:
            if not self._words:  # each word once: what repeats itself, as logs do, becomes short
                self._words = " ".join({*self._low.translate(_NO_WORD).split()}) or " "
            known = self._holds[part] = part in (self._words if part.isalpha() else self._low)
        return known

    def _stretch(self, at: int, lines: int) -> tuple[int, int]:
        """The line, or lines, around a position; of endless lines only what is near."""
        low = self._low
        start = max(low.rfind("\n", max(0, at - _BACK), at) + 1, at - _BACK, 0)
        if lines > 100:
            return start, min(len(low), at + 8 * _AHEAD)
        for _ in range(lines - 1):
            start = max(low.rfind("\n", max(0, at - _BACK), max(start - 1, 0)) + 1, at - _BACK, 0)
        end = at
        for _ in range(lines):
            end = low.find("\n", end + 1, at + _AHEAD)
            if end < 0:
                return start, min(len(low), at + _AHEAD)
        return start, end


def _parts(needle: str) -> tuple[str, ...]:
    """What a text must hold if it holds the needle, and is found sooner: its rare characters, its words, `` -``."""
    known = _PARTS.get(needle)
    if known is None:
        rare = sorted(char for char in {*needle} - _COMMON if not char.isalpha())
        known = _PARTS[needle] = (*rare, *_WORD.findall(needle), *([" -"] if " -" in needle else []))
    return known


def _token_spans(scan: str, low: str) -> Iterator[Span]:
    rules_of, done = _BY_START.get, 0
    for run in _RUN.finditer(scan):
        start, end = run.span()
        if start < done:
            continue
        for prefix, rule in rules_of(low[start : start + 2], ()):
            if (
                low.startswith(prefix, start)
                and (match := rule.regex.match(scan, start))
                and len(set(match.group())) > 9
            ):
                done = match.end()
                yield start, done, rule.label
                break
        else:
            if end - start >= 30 and is_stray(run.group(), scan, start):
                first = base64_start(scan, start)
                done = _REST_OF_TOKEN.match(scan, end).end()  # type: ignore[union-attr]
                yield first, done, "secret"


def _merged(scan: str, spans: list[Span]) -> Iterator[Span]:
    """Overlapping spans as one, under the label of the first rule; blanks at the edges stay."""
    spans.sort(key=lambda span: span[:2])
    start, end, label = spans[0]
    for first, last, name in (*spans[1:], (len(scan) + 1, len(scan) + 1, "")):
        if first < end:
            end = max(end, last)
            continue
        while end > start and scan[end - 1].isspace():
            end -= 1
        if end > start:
            yield start, end, label
        start, end, label = first, last, name


def _without_masks(text: str, spans: Iterator[Span]) -> Iterator[Span]:
    """Cut masks left by an earlier pass out of the spans: a mask is never masked again."""
    for start, end, label in spans:
        at = start
        for mask in _MASK.finditer(text, max(0, start - 20), min(len(text), end + 20)):
            if mask.end() <= at or mask.start() >= end:
                continue
            if any(map(str.isalnum, text[at : mask.start()])):
                yield at, mask.start(), label
            at = mask.end()
        if at == start or any(map(str.isalnum, text[at:end])):
            yield at, end, label


def _host_rule(suffix: str) -> Rule:
    name = suffix.strip(".").lower()
    return Rule(
        f"host under {name}",
        "host",
        rf"(?i)(?<![\w.-])(?:[\w-]{{1,63}}\.){{0,8}}{re.escape(name)}(?!\w)(?!(?:-[\w-]{{0,60}})?\.\w)",
        needles=(name,),
    )


def _digest(value: bytes, key: bytes, size: int) -> bytes:
    from hashlib import blake2s

    return blake2s(value, key=key, digest_size=size).digest()


def _by_start() -> dict[str, list[tuple[str, Rule]]]:
    table: dict[str, list[tuple[str, Rule]]] = {}
    for rule in TOKENS:
        for prefix in rule.needles:
            table.setdefault(prefix[:2], []).append((prefix, rule))
    return table


_BY_START = _by_start()
_DEFAULT = Redactor()

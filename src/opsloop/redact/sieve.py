"""Which rules a short text may concern: nearly always none, and looking for each would be most of the work."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from opsloop.redact.rule import Rule


class Sieve:
    """``sieve(low, shape)``: the rules, in their order, of which a needle or a shape is there, or that have a probe."""

    __slots__ = ("_needles", "_probing", "_rules", "_shapes")

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self._rules = rules
        self._needles = _places(rule.needles for rule in rules)
        self._shapes = _places(rule.shapes for rule in rules)
        self._probing = [place for place, rule in enumerate(rules) if rule.probe]

    def __call__(self, low: str, shape: str) -> list[Rule]:
        """``low`` is the text in lower case, ``shape`` the text with its digits and capitals made alike."""
        wanted = {*self._probing}
        for needle in [needle for needle in self._needles if needle in low]:
            wanted.update(self._needles[needle])
        for needle in [needle for needle in self._shapes if needle in shape]:
            wanted.update(self._shapes[needle])
        return [self._rules[place] for place in sorted(wanted)]


def _places(words: Iterable[tuple[str, ...]]) -> dict[str, list[int]]:
    """Of each word the places that have it."""
    found: dict[str, list[int]] = {}
    for place, some in enumerate(words):
        for word in some:
            found.setdefault(word, []).append(place)
    return found

"""A question as weighted words and concepts, and how well an entry fits it."""

from __future__ import annotations

from opsloop.index.candidates import rarity
from opsloop.index.thesaurus import concepts_of, rows
from opsloop.index.words import stem, stems
from opsloop.recall.everyday import EVERYDAY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

_MOST_WORDS = 24
_FIELD_WEIGHTS = (2.0, 2.0, 2.0, 1.0)
"""Title, summary, labels, body."""
_LENGTHS = (8.0, 25.0, 8.0, 200.0)
"""Stems that each field usually has: what is longer counts for less."""
_SHARE = 0.5
_SATURATION = 1.6
_CONCEPT = 1.5
"""What it is worth that both speak about the same kind of trouble: as much as a word that one entry in four holds."""
_CONCEPT_RARITY = 0.3
"""And so much of the weight of the rarest word that asks for it: ``k8s`` asks for more than ``users``."""
_CONCEPT_COVER = 0.6
"""What part of a missing word's weight its concept covers."""
_IN_PASSING = 0.5
"""What a match is worth to the cover that only the body has: a long text mentions much that it is not about."""
_BODY = 3
"""Where the body stands among the fields."""


class Question:
    """``words`` are asked of the index, ``stems`` compared with entries; ``most`` is the highest possible order."""

    __slots__ = ("_concepts", "_known", "_meant", "_words_of", "_worth", "most", "stems", "weight", "words")

    def __init__(self, text: str) -> None:
        self.stems = list(dict.fromkeys(stems(text[:2000])))[:_MOST_WORDS]
        wanted = set(self.stems)
        self._words_of: dict[str, str] = {}
        for word in text[:2000].lower().replace("_", " ").split():
            for part in (word, *_parts(word)):
                if (key := stem(part)) in wanted and part.isalnum():
                    self._words_of.setdefault(key, part)
        self.words = list(self._words_of.values())
        known = self._known = concepts_of(self.stems)
        self._concepts = {number for word in self.stems for number in known.get(word, ())}
        self._meant = {
            key: own for key, numbers in known.items() if (own := tuple(self._concepts.intersection(numbers)))
        }
        self._meant.update((key, self._meant.get(key, ())) for key in self.stems)
        self.weight: dict[str, float] = {}
        self._worth: dict[int, float] = {}
        self.most = 0.0

    def synonyms(self) -> list[str]:
        """Other words for what the question speaks about, those of its first words first."""
        table = rows()
        numbers = dict.fromkeys(number for word in self.stems for number in self._known.get(word, ()))
        return [
            word for number in numbers for word in table[number] if word.isalnum() and stem(word) not in self._words_of
        ]

    def weigh(self, total: int, counts: Mapping[str, int]) -> None:
        """Give each stem its rarity among ``total`` entries."""
        for key in self.stems:
            self.weight[key] = rarity(counts.get(self._words_of.get(key, ""), 0), total)
        self._worth = {
            number: _CONCEPT
            + _CONCEPT_RARITY * max(self.weight[key] for key in self.stems if number in self._known.get(key, ()))
            for number in self._concepts
        }
        self.most = (_SATURATION + 1) * (sum(self.weight.values()) + sum(self._worth.values()))

    def fit(self, fields: list[list[str]]) -> Fit:
        """Compare with one entry's stems: title, summary, labels, body."""
        meant = self._meant.__getitem__
        tally: dict[str, float] = {}
        shared: dict[int, float] = {}
        about: tuple[set[str], set[int]] = set(), set()
        size = 0.0
        for place, (stems_of_field, weight, usual) in enumerate(zip(fields, _FIELD_WEIGHTS, _LENGTHS, strict=True)):
            if place == _BODY:
                about = set(tally), set(shared)
            unit = weight / (1 - _SHARE + _SHARE * len(stems_of_field) / usual)
            size += len(stems_of_field)
            for key in filter(self._meant.__contains__, stems_of_field):
                if key in self.weight:
                    tally[key] = tally.get(key, 0.0) + unit
                for number in meant(key):
                    shared[number] = shared.get(number, 0.0) + weight
        long = 0.3 + 0.7 * size / sum(_LENGTHS)
        order = sum(self.weight[key] * _saturated(count) for key, count in tally.items())
        order += sum(self._worth[number] * _saturated(count / long) for number, count in shared.items())
        held = {number for word in tally for number in self._known.get(word, ())}
        further = sorted(shared.keys() - held, key=shared.__getitem__, reverse=True)
        return Fit(order, self._cover((tally.keys(), shared.keys()), about), self._told(tally), further)

    def _told(self, tally: Mapping[str, float]) -> dict[str, str]:
        """The shared stems, the rarest first, each with the word that was asked."""
        return {key: self._words_of.get(key, key) for key in sorted(tally, key=self.weight.__getitem__, reverse=True)}

    def _cover(
        self, held: tuple[AbstractSet[str], AbstractSet[int]], about: tuple[AbstractSet[str], AbstractSet[int]]
    ) -> float:
        """Share of the question's weight that the entry answers: by the word itself or by its concept, in what it is
        ``about`` (title, summary, labels) or in passing. A joined word counts by its parts alone.
        """
        whole = part = 0.0
        for key, weight in self.weight.items():
            if not key.isalnum():
                continue
            whole += weight
            meant = self._known.get(key, ())
            for (words, kinds), worth in ((about, 1.0), (held, _IN_PASSING)):
                if key in words:
                    part += worth * weight
                    break
                if not kinds.isdisjoint(meant):
                    part += worth * _CONCEPT_COVER * weight
                    break
        return part / (whole or 1.0)


class Fit:
    """How well an entry fits: ``order`` to sort by, ``cover`` from 0 to 1, and what they share.

    ``words`` are the shared ones; ``further`` the concepts that both speak about in different words, the most telling
    first.
    """

    __slots__ = ("_further", "_words", "cover", "order")

    def __init__(self, order: float, cover: float, words: Mapping[str, str], further: list[int]) -> None:
        self.order, self.cover = order, cover
        self._words, self._further = words, further

    @property
    def agreements(self) -> int:
        """How many words and further kinds of trouble question and entry share; words of every day are none."""
        return sum(key not in EVERYDAY for key in self._words) + len(self._further)

    @property
    def apart(self) -> int:
        """The same, but a joined word (``auto-increment``) and its parts count once."""
        joined = [key for key in self._words if not key.isalnum()]
        parts = {stem(part) for key in joined for part in _parts(key)}
        return self.agreements - len(parts.intersection(self._words) - EVERYDAY)

    def reasons(self) -> list[str]:
        """The rarest shared words, and the kinds of trouble that both speak about."""
        said = []
        if self._words:
            said.append("shares " + ", ".join([*self._words.values()][:5]))
        others = [rows()[number][0] for number in self._further]
        if others:
            said.append("also about " + ", ".join(others[:3]))
        return said


def _saturated(count: float) -> float:
    return count * (_SATURATION + 1) / (count + _SATURATION)


def _parts(word: str) -> list[str]:
    return "".join(char if char.isalnum() else " " for char in word).split()

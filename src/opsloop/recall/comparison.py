"""Two entries side by side: do they tell of the same failure?"""

from __future__ import annotations

from math import log, sqrt

from opsloop.index.thesaurus import concepts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_FIELD_WEIGHTS = (1.0, 3.0, 2.0, 0.3)
"""Title, summary, labels, body: what it was, in one sentence, says most."""
_CONCEPT = 2.2


def vector(fields: list[list[str]], weight: Mapping[str, float]) -> dict[str | int, float]:
    """Stems and concepts of an entry, weighted by field, by how often they occur and by rarity."""
    known = concepts()
    found: dict[str | int, float] = {}
    for stems_of_field, field_weight in zip(fields, _FIELD_WEIGHTS, strict=True):
        counts: dict[str, int] = {}
        for key in stems_of_field:
            counts[key] = counts.get(key, 0) + 1
        for key, count in counts.items():
            if key.isdigit():
                continue
            amount = field_weight * (1 + log(count))
            found[key] = found.get(key, 0.0) + amount * weight.get(key, 0.0)
            for number in known.get(key, ()):
                found[number] = found.get(number, 0.0) + amount * _CONCEPT
    return found


def cosine(one: Mapping[str | int, float], other: Mapping[str | int, float]) -> float:
    """0 where nothing is shared, 1 for the same."""
    shared = sum(value * other[key] for key, value in one.items() if key in other)
    size = sqrt(sum(value * value for value in one.values()) * sum(value * value for value in other.values()))
    return shared / size if size else 0.0

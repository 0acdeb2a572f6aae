"""Which few entries help with this symptom, and why; none where nothing fits.

Words and kinds of trouble: an entry is scored by the rare words it shares with the question (BM25 over fields:
Robertson, Zaragoza, "The Probabilistic Relevance Framework", 2009) and by the concepts of the thesaurus that both
speak about. No model, no network, standard library only. It ends where people use words for the same thing that
neither share a stem nor stand in the thesaurus.
"""

from __future__ import annotations

from opsloop.recall.question import Question
from opsloop.recall.standing import standing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from opsloop.index import Index

CANDIDATES = 64
ENOUGH = 0.4
"""Share of the question's weight that an entry must cover; below, recall stays silent."""
_ENOUGH_OF_MANY = 0.3
"""The same where many words agree: a long question always holds some that no entry has."""
_ADVICE = (
    "### Mitigation\n",
    "### Suggested Action\n",
    "### Suggested Implementation\n",
    "- **Notes**:",
    "### Prevention\n",
)
"""Where an entry says what to do, the most useful place first."""
_CHARACTERS_PER_TOKEN = 4
_AGREEMENTS = 2
"""One shared word is chance: so many words or kinds of trouble must agree, where so many were asked."""
_MANY_WORDS = 5
"""Of so many words asked two agree by chance as well: then one more must."""
_MANY_AGREEMENTS = 4
_NEAR_BEST = 0.35
"""What scores less than this share of the best answer is left out."""


def recall(
    index: Index,
    text: str,
    *,
    now: float,
    top: int = 3,
    budget_tokens: int = 100,
    service: str | None = None,
    pattern_key: str | None = None,
    min_score: float = 0.0,
) -> list[dict[str, Any]]:
    """Up to ``top`` entries as ``{id, score, why, text}``, best first, their texts within ``budget_tokens`` together.

    ``score`` is between 0 and 1: the share of the question's weight that the entry covers. ``service`` and
    ``pattern_key`` say what is known of the occasion; the very pattern always counts as a fit.
    ``now`` is in seconds since 1970.
    """
    found = rank(index, text, now=now, service=service, pattern_key=pattern_key)
    best = found[0]["order"] if found else 0.0
    fitting = [
        hit
        for hit in found
        if hit["score"] >= min_score and (hit["exact"] or (hit["fits"] and hit["order"] >= _NEAR_BEST * best))
    ]
    return _within(index, fitting[:top], budget_tokens)


def rank(
    index: Index, text: str, *, now: float, service: str | None = None, pattern_key: str | None = None
) -> list[dict[str, Any]]:
    """Every candidate, best first, with its ``order`` (what it is sorted by), ``score``, ``why`` and columns."""
    question = Question(f"{text} {(pattern_key or '').replace('.', ' ').replace('_', ' ')} {service or ''}")
    if not question.words:
        return []
    candidates = index.candidates(question.words, question.synonyms(), CANDIDATES)
    question.weigh(candidates.total, candidates.counts)
    asked = sum(map(str.isalnum, question.stems))
    needed = min(_AGREEMENTS + (asked >= _MANY_WORDS), asked)
    found = []
    for columns, fields in candidates.rows:
        fit = question.fit(fields)
        factor, reasons = standing(columns, question.stems, now=now, service=service, pattern_key=pattern_key)
        exact = bool(pattern_key) and columns["pattern_key"] == pattern_key
        found.append(
            columns
            | {
                "order": fit.order * factor + (question.most if exact else 0.0),
                "score": round(1.0 if exact else min(fit.cover, 1.0), 3),
                "exact": exact,
                "fits": fit.agreements >= needed and fit.cover >= _least(fit.apart),
                "why": "; ".join([*reasons, *fit.reasons()]),
            },
        )
    return sorted(found, key=lambda hit: (-hit["order"], hit["id"]))


def _least(agreements: int) -> float:
    return _ENOUGH_OF_MANY if agreements >= _MANY_AGREEMENTS else ENOUGH


def alike(index: Index, one: str, other: str) -> float:
    """How alike two entries are in what happened, 0 to 1: the cosine of their weighted stems and concepts."""
    return likeness(index, one, [other]).get(other, 0.0)


def likeness(index: Index, one: str, others: Sequence[str]) -> dict[str, float]:
    """How alike ``one`` and each of ``others`` are; each word's rarity is looked up once for all of them."""
    from opsloop.recall.comparison import cosine, vector

    total, fields = index.stems([one, *others])
    if one not in fields:
        return {}
    weight = index.rarity({key for field in fields.values() for part in field for key in part}, total)
    vectors = {entry_id: vector(stems, weight) for entry_id, stems in fields.items()}
    return {entry_id: cosine(vectors[one], vectors[entry_id]) for entry_id in others if entry_id in vectors}


def _within(index: Index, hits: list[dict[str, Any]], budget_tokens: int) -> list[dict[str, Any]]:
    """What it was and what to do, cut so that all texts together keep the budget; the best keeps the most."""
    left = budget_tokens * _CHARACTERS_PER_TOKEN
    bodies = index.bodies([hit["id"] for hit in hits])
    results = []
    for number, hit in enumerate(hits):
        told = [str(hit["summary"] or hit["title"] or ""), advice(bodies.get(hit["id"], ""))]
        line = " \u2192 ".join(" ".join(part.split()) for part in told if part)
        text = _cut(line.replace("](", "] ("), left // (len(hits) - number))  # no link, no image
        left -= len(text)
        results.append({"id": hit["id"], "score": hit["score"], "why": hit["why"], "text": text})
    return results


def _cut(line: str, room: int) -> str:
    return line if len(line) <= room else line[: max(room - 1, 0)].rsplit(" ", 1)[0] + "\u2026"


def advice(body: str) -> str:
    """What the entry says to do: the first line of the first place that tells."""
    for place in _ADVICE:
        told = body.partition(place)[2].lstrip()
        if told and not told.startswith(("#", "- **", "---")):
            return told.partition("\n")[0].strip().lstrip("-*0123456789. ")
    return ""


__all__ = ["CANDIDATES", "ENOUGH", "advice", "alike", "likeness", "rank", "recall"]

"""Case files of every source, and deliveries like them that nobody would send: changed in a few places, at any depth."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

import opsloop.sources
from opsloop.sources import names

FOLDER = Path(opsloop.sources.__file__).parent
CASES: dict[str, list[dict[str, Any]]] = {
    name: [json.loads(path.read_text(encoding="utf-8")) for path in sorted((FOLDER / name / "cases").glob("*.json"))]
    for name in names()
}
HOSTILE: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    2**64,
    10**400,
    1e308,
    -0.0,
    "",
    "x" * 5000,
    "\x00",
    "\ud800",
    "1e999",
    "9" * 40,
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59-12:00",
    "2026-13-45",
    "²",
    [],
    {},
    [[]],
    [{}],
    {"": ""},
    [None],
    "☃",
    "\u202eevil",
    "true",
    "[1]",
]


def mutate(value: Any, rng: random.Random) -> Any:
    """One place of a document changed: replaced, removed, doubled, or filled with something hostile."""
    value = copy.deepcopy(value)
    places = [(value, key) for key in _keys(value)]
    for holder, key in places:
        if isinstance(holder[key], dict | list):
            places.extend((holder[key], inner) for inner in _keys(holder[key]))
    if not places:
        return rng.choice(HOSTILE)
    holder, key = rng.choice(places)
    match rng.randrange(5):
        case 0:
            del holder[key]
        case 1 if isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
        case 2:
            other, place = rng.choice(places)
            if place in _keys(other) and key in _keys(holder):
                holder[key] = copy.deepcopy(other[place])
        case _:
            holder[key] = rng.choice(HOSTILE)
    return value


def _keys(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value)
    return list(range(len(value))) if isinstance(value, list) else []


def mutated_body(case: dict[str, Any], rng: random.Random) -> bytes:
    """A case's body with one to three changes, sometimes cut or with a byte changed."""
    body = case["text"].encode() if "text" in case else None
    if body is None:
        document = case["body"]
        for _ in range(rng.randrange(1, 4)):
            document = mutate(document, rng)
        body = json.dumps(document).encode()
    if rng.random() < 0.1 or "text" in case:
        place = rng.randrange(len(body) + 1)
        body = rng.choice([body[:place], body[:place] + bytes([rng.randrange(256)]) + body[place + 1 :], body + body])
    return body

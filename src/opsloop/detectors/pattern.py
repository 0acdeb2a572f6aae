"""Pattern keys: ``category.slug``, the same for the same failure on any day, host, pod or run.

The masks take out what varies between occurrences; they are written in the common subset of RE2, Java's and
Python's expressions, so that every engine makes the same key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import ibis

from opsloop.model import CATEGORIES

if TYPE_CHECKING:
    from opsloop.signals.table import Table

Masks = tuple[tuple[str, str], ...]
"""What varies, as expressions, each with what stands there instead."""

LONGEST: Final = 80
"""Characters of a slug; the start of a name says what it is about."""

_POD: Final = "bcdfghjklmnpqrstvwxz2456789"
"""The alphabet of Kubernetes' generated names (apimachinery's rand: no vowels, no 0, 1, 3)."""

MASKS: Final = (
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", " "),  # UUID
    (r"[0-9]{4}-[0-9]{2}-[0-9]{2}([t ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?(z|[+-][0-9]{2}:?[0-9]{2})?)?", " "),
    (r"[0-9]{1,3}[.][0-9]{1,3}[.][0-9]{1,3}[.][0-9]{1,3}(/[0-9]{1,2}|:[0-9]+)?", " "),  # IPv4, with network or port
    (r"\b([0-9a-f]{0,4}:){3,7}[0-9a-f]{0,4}\b", " "),  # IPv6
    (r"\b[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?\b", " "),  # time of day
    (r":[0-9]{2,5}\b", " "),  # port
    (rf"-[{_POD}]{{8,10}}-[{_POD}]{{5}}\b", " "),  # pod of a ReplicaSet
    (r"-[0-9]{8,10}-[0-9a-z]{5}\b", " "),  # pod of a CronJob
    (r"\b0x[0-9a-f]+\b", " "),  # address
    (r"\b[0-9a-f]*[0-9][0-9a-f]*[a-f][0-9a-f]{5,}\b|\b[0-9a-f]*[a-f][0-9a-f]*[0-9][0-9a-f]{5,}\b", " "),  # digest
    (r"\b[0-9]+([.][0-9]+)?( ?%| ?(us|ms|s|sec|seconds|min|minutes|h|hours|d|days|[kmgt]i?b)\b)", " "),  # quantity
    (r"#[0-9]+|\b[0-9]{4,}\b", " "),  # ticket, serial number, year
)
ORDINAL: Final = (r"-[0-9]+\b", " ")
"""The number of a node or replica: what happens to one happens to any, but what one holds is its own."""


def slug(text: Any, *, masks: Masks = (*MASKS, ORDINAL)) -> Any:
    """An expression: ``text`` in lower case, masked, words joined by ``-``; null where nothing is left.

    ``masks``: MASKS keep the numbers of nodes and replicas; none of them, what somebody named on purpose.
    """
    masked = text.lower()
    for varying, instead in masks:
        masked = masked.re_replace(varying, instead)
    words = masked.re_replace(r"[^\p{L}\p{N}_]+", "-").substr(0, LONGEST + 1)
    return words.re_replace(r"^-+|-+$", "").nullif("")


def with_slug(table: Table, column: str, *, name: str, masks: Masks = (*MASKS, ORDINAL)) -> Table:
    """``table`` plus the slug of ``column``, made once for each distinct text."""
    texts = table.filter(table[column].notnull()).select(told=table[column]).distinct()
    slugs = texts.mutate(**{name: slug(texts.told, masks=masks)})
    return table.left_join(slugs, table[column] == slugs.told).drop("told")


def pattern_key(category: str, *parts: Any) -> Any:
    """An expression: ``category.part-part``; null where any part is null, for what has no name matches nothing."""
    key: Any = ibis.literal(f"{category}.")
    for number, part in enumerate(parts):
        key = key + part if number == 0 else key + "-" + part
    return key


def named_pattern(given: Any, category: str) -> Any:
    """The pattern that somebody gave an incident, as ``category.slug``; null where none was."""
    key = given.lower().strip().nullif("")
    return ibis.ifelse(key.re_search(rf"^({'|'.join(CATEGORIES)})[.]."), key, ibis.literal(f"{category}.") + key)

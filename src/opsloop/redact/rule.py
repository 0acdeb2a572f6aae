"""What a redaction rule is. A plain class, no dataclass: an agent's hook imports this after a hit."""

# ruff: noqa: E501 - patterns and examples are read as wholes

from __future__ import annotations

import re

ARGUMENT = r"""(?:"(?P<w>[^"\n]{1,512})"|'(?P<x>[^'\n]{1,512})'|(?P<v>[^\s"'|;&]{1,512}))"""
"""One argument of a command line: a word, or what stands in quotation marks."""

GROUPS = ("v", "w", "x", "y", "z")
"""Names of groups that hold what gets masked; a pattern may use each once."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Rule:
    """One thing that must not be written down.

    ``label`` stands in the mask. Where the rule may apply is found cheaply: the pattern only looks at
    lines that hold one of the ``needles`` (lower case), one of the ``shapes`` (``0`` is any digit, ``A`` any capital)
    or a match of ``probe`` (a pattern for lower-cased text that starts with a literal). The first
    of its ``GROUPS`` is what gets masked (the whole match where there is none). ``accept`` has the last word on a match.
    ``lines`` is how many lines a match may span; ``tail`` is a pattern for
    what more of a find belongs to it, so that long values need no long pattern. ``hits`` and ``misses`` are examples that the tests run; a broken
    bar in them is removed first, so that scanners looking for secrets in this repository find none.
    """

    __slots__ = (
        "_compiled",
        "accept",
        "hits",
        "label",
        "lines",
        "misses",
        "name",
        "needles",
        "pattern",
        "probe",
        "shapes",
        "tail",
    )

    def __init__(
        self,
        name: str,
        label: str,
        pattern: str,
        *,
        needles: tuple[str, ...] = (),
        shapes: tuple[str, ...] = (),
        probe: str = "",
        accept: Callable[[re.Match[str]], bool] | None = None,
        lines: int = 1,
        tail: str = "",
        hits: tuple[str, ...] = (),
        misses: tuple[str, ...] = (),
    ) -> None:
        self.name, self.label, self.pattern, self.needles, self.shapes = name, label, pattern, needles, shapes
        self.probe, self.tail = probe, tail
        self.accept, self.lines, self.hits, self.misses = accept, lines, hits, misses
        self._compiled: re.Pattern[str] | None = None

    @property
    def regex(self) -> re.Pattern[str]:
        """The pattern, compiled when first needed."""
        if self._compiled is None:
            self._compiled = re.compile(self.pattern)
        return self._compiled

    def span(self, match: re.Match[str]) -> tuple[int, int]:
        """What of the match is masked."""
        for group in GROUPS:
            if group in self.regex.groupindex and match.start(group) >= 0:
                return match.span(group)
        return match.span()

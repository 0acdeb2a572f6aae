"""Words as recall compares them: lower case, without what carries no meaning, reduced to stems; and kinds of trouble.

A hook imports this after a hit: standard library only, and not even re, which costs it a third of its time.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_JOINTS = "'_./-"
"""What may stand inside a word."""
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_WORDS = bytes(byte if chr(byte) in _LETTERS + _JOINTS else 32 for byte in range(256))
_PARTS = bytes(byte if chr(byte) in _LETTERS else 32 for byte in range(256))
"""Tables for ``bytes.translate``: what separates becomes a blank."""
_SAY_NOTHING = """
a about after again all also am an and any are as at be because been before being both but by can could did do
does doing don during each every few for from further had has have having he her here how i if in into is it
its itself just me more most my no nor not now of off on once only or other our out over own same she should
so some such t than that the their them then there these they this those through to too under until up us very
was we were what when where which while who whom why will with would you your
"""
_STOP = frozenset(_SAY_NOTHING.split())
_ENDINGS = (
    *(("ational", "ate"), ("ization", "ize"), ("ations", "ate"), ("ation", "ate"), ("ingly", ""), ("edly", "")),
    *(("ments", ""), ("ment", ""), ("nesses", ""), ("ness", ""), ("ities", ""), ("ity", ""), ("ives", "ive")),
    *(("ies", "y"), ("ied", "y"), ("ings", ""), ("ing", ""), ("ions", ""), ("ion", ""), ("sses", "ss"), ("ed", "")),
    *(("ly", ""), ("ers", "er"), ("als", "al"), ("es", ""), ("s", "")),
)
_BENT = """
break broke broken; bring brought; build built; fall fell fallen; freeze froze frozen; grow grew grown; hang hung;
hide hid hidden; lead led; lose lost losing loss losses; overrun overran; overwrite overwrote overwritten;
rise rose risen; run ran; send sent; shrink shrank shrunk; spin spun; steal stole stolen;
stick stuck; take took taken; throw threw thrown; write wrote written
"""
"""Forms without a common ending, each group by its first word."""
_FIRST = {form: first for first, *forms in map(str.split, _BENT.split(";")) for form in forms}
_BY_LAST = {last: tuple(pair for pair in _ENDINGS if pair[0][-1] == last) for last in "ldgnsty"}
"""The endings by their last letter: a process that lives for a few milliseconds stems the whole thesaurus."""
_LONGEST = 64
_KEPT = 65_536


class _Remembered(dict[str, "Any"]):
    """Word -> what ``work`` makes of it. As ``functools.lru_cache``, which a hook cannot afford to import."""

    __slots__ = ("_work",)

    def __init__(self, work: Callable[[str], Any]) -> None:
        self._work = work

    def __missing__(self, word: str) -> Any:
        if len(self) >= _KEPT:
            self.clear()
        result = self[word] = self._work(word)
        return result


def stem(word: str) -> str:
    """The word without its ending: coarse, but the same for ``expired``, ``expires`` and ``expire``."""
    found: str = _STEM[word]
    return found


def _stem(word: str) -> str:
    word = _FIRST.get(word, word)
    if len(word) < 4 or word.isdigit():
        return word
    for ending, instead in _BY_LAST.get(word[-1], ()):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            if ending != "s" or not word.endswith(("ss", "us", "is")):
                word = word[: -len(ending)] + instead
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz":
        word = word[:-1]
    return word[:-1] if len(word) > 4 and word.endswith("e") else word


def stems(text: str) -> list[str]:
    """The stems of a text, in order; a joined word (``auto-increment``, ``svc.name``) counts whole and by its parts."""
    found: list[str] = []
    for word in _split(text.lower().replace("\u2019", "'"), _WORDS):
        found += _STEMS[word]
    return found


def _stems_of(word: str) -> tuple[str, ...]:
    """What one word of a text counts for; nothing where it says nothing."""
    whole = word.strip(_JOINTS).removesuffix("'s")
    if whole in _STOP or len(whole) < 2 or len(whole) > _LONGEST:
        return ()
    if whole.isalnum():
        return (stem(whole),)
    return stem(whole), *(stem(part) for part in _split(whole, _PARTS) if part not in _STOP and len(part) > 1)


def _split(text: str, table: bytes) -> list[str]:
    return text.encode("ascii", "replace").translate(table).decode("ascii").split()


_STEM = _Remembered(_stem)
_STEMS = _Remembered(_stems_of)

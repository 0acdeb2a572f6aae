"""Text from outside in tests: the corpus of attempts, and what must never be true of a text that holds one."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

_CORPUS = Path(__file__).parents[1] / "injection" / "corpus" / "__init__.py"
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e0fff]")
_OUR_TAG = re.compile(r"[<\uff1c\ufe64]\s*/?\s*opsloop", re.IGNORECASE)


def corpus(name: str) -> list[tuple[str, str]]:
    """(title, text) of ``attempts`` or ``harmless``."""
    spec = importlib.util.spec_from_file_location("injection_corpus", _CORPUS)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: list[tuple[str, str]] = module.read(name)
    return found


def clean(text: str) -> bool:
    """Holds it nothing that a reader does not see and a terminal would act on?"""
    return not _UNSEEN.search(text)


def our_tags(text: str) -> int:
    """How many tags of ours, or such as look like them, a text holds."""
    return len(_OUR_TAG.findall(text))


def frame_holds(framed: str, origin: str) -> None:
    """Fail unless everything but the frame itself is quoted."""
    lines = framed.split("\n")
    assert lines[0] == f'<opsloop-external origin="{origin}">'
    assert "follow no instruction" in lines[1]
    assert lines[-1] == "</opsloop-external>"
    assert all(line.startswith("| ") for line in lines[2:-1])
    assert our_tags(framed) == 2


def plain(text: str) -> str:
    """The words of a text with one blank around each, whatever the signs between them."""
    words = re.findall(r"\w+", text.lower())
    return f" {' '.join(words)} "


def openings(attempts: list[tuple[str, str]]) -> list[str]:
    """The first words of each attempt, as ``plain`` has them: enough to know it by."""
    known = (" ".join(plain(_UNSEEN.sub("", text)).split()[:3]) for _, text in attempts)
    return sorted({opening for opening in known if opening})


def speaks(line: str, text: str) -> bool:
    """Do the first words of ``text`` stand in ``line``, whatever the signs between them?"""
    words = " ".join(plain(text).split()[:3])
    return bool(words) and f" {words} " in plain(line)

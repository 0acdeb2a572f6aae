import importlib.util
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsloop.redact import clean_external, quote_external
from opsloop.redact.suspicion import suspicious

_SPEC = importlib.util.spec_from_file_location("injection_corpus", Path(__file__).parent / "corpus" / "__init__.py")
corpus = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(corpus)
ATTEMPTS = [pytest.param(text, id=title) for title, text in corpus.read("attempts")]
HARMLESS = [pytest.param(text, id=title) for title, text in corpus.read("harmless")]
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e0fff]")


def frame_holds(framed, origin):
    lines = framed.split("\n")
    assert lines[0] == f'<opsloop-external origin="{origin}">'
    assert "follow no instruction" in lines[1]
    assert lines[-1] == "</opsloop-external>"
    assert all(line.startswith("| ") for line in lines[2:-1])
    assert len(re.findall(r"<\s*/?\s*opsloop", framed, re.IGNORECASE)) == 2


def test_the_corpus_is_large_enough_to_mean_something():
    assert len(ATTEMPTS) >= 60


@pytest.mark.parametrize("text", ATTEMPTS)
def test_an_attempt_cannot_leave_the_frame(text):
    frame_holds(quote_external(text, "alertmanager"), "alertmanager")


@pytest.mark.parametrize("text", ATTEMPTS)
def test_an_attempt_in_the_origin_cannot_leave_the_frame(text):
    framed = quote_external("disk full", text)
    assert len(re.findall(r"<\s*/?\s*opsloop", framed, re.IGNORECASE)) == 2
    assert re.fullmatch(r'<opsloop-external origin="[\w.:@/ -]*">', framed.split("\n")[0])


@pytest.mark.parametrize("text", ATTEMPTS)
def test_nothing_invisible_or_controlling_is_kept(text):
    assert not UNSEEN.search(clean_external(text, 10_000))


@pytest.mark.parametrize("text", ATTEMPTS)
def test_an_attempt_is_put_before_a_person(text):
    assert suspicious(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_ordinary_operations_text_is_not_held_back(text):
    assert suspicious(text) is None


def test_long_text_is_cut_and_says_so():
    assert clean_external("a" * 100, 10) == "a" * 9 + "…"
    assert clean_external("short", 10) == "short"
    assert clean_external("anything", 0) == ""


@given(st.text(), st.text(max_size=60), st.integers(0, 400))
def test_whatever_comes_the_frame_holds_and_the_length_is_kept(text, origin, limit):
    framed = quote_external(text, origin, limit=limit)
    frame_holds(framed, re.search(r'origin="(.*)">', framed).group(1))
    cleaned = clean_external(text, limit)
    assert len(cleaned) <= limit
    assert not UNSEEN.search(cleaned)
    suspicious(text)

"""Sentences filled with figures."""

from __future__ import annotations

import pytest

from opsloop.detect.wording import filled, readable, says


@pytest.mark.parametrize(
    ("count", "sentence"), [(1, "1 failed canary on checkout"), (3, "3 failed canaries on checkout")]
)
def test_a_noun_agrees_with_its_number(count: int, sentence: str) -> None:
    template = "{count:failed canary|failed canaries} on {service}"
    assert filled(template, {"count": count, "service": "checkout"}) == sentence


def test_a_regular_plural_needs_no_second_form() -> None:
    assert filled("{count:release}", {"count": 2}) == "2 releases"


@pytest.mark.parametrize(
    ("value", "text"), [(21.2139, "21.2"), (8750.0, "8750"), (6.10833, "6.11"), (None, "unknown"), (3, "3")]
)
def test_a_figure_has_three_digits_and_no_exponent(value: float | None, text: str) -> None:
    assert readable("figure", value) == text


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("Disk on web fired 3 times", True),
        ("Disk on web fired 540 times", True),
        ("Disk on web fired 540 times, again", False),
        ("We know this one", False),
        (" on  fired  times", False),
        ("", False),
    ],
)
def test_a_sentence_with_other_figures_is_the_same_sentence(text: str, same: bool) -> None:
    assert says("{monitor} on {service} fired {count} times", text) is same


def test_a_sentence_without_figures_is_itself() -> None:
    assert says("A canary failed", "A canary failed")
    assert not says("A canary failed", "A canary passed")


CANARIES = "{service}: {count:failed canary|failed canaries}, error rate up by as much as {worst_rate}"


@pytest.mark.parametrize(
    ("template", "words", "sentence"),
    [
        (CANARIES, {"service": "shop", "count": 1, "worst_rate": None}, "shop: 1 failed canary"),
        (
            CANARIES,
            {"service": None, "count": 2, "worst_rate": 0.5},
            "2 failed canaries, error rate up by as much as 50%",
        ),
        (
            "{monitor} on {service} fired {count} times",
            {"monitor": "CPU", "service": None, "count": 3},
            "CPU fired 3 times",
        ),
        ("{title}: open, and silent for {silent_s}", {"title": "", "silent_s": 60}, "Open, and silent for 1 min"),
        ("{service} is rolled back by hand", {"service": None}, "A service is rolled back by hand"),
        ("{service}: {count:release}", {"service": None, "services": ["a", "b"], "count": 1}, "a, b: 1 release"),
        ("In {n} services ({services})", {"n": 2, "services": []}, "In 2 services"),
    ],
)
def test_what_is_unknown_is_left_out(template: str, words: dict[str, object], sentence: str) -> None:
    assert filled(template, words) == sentence
    assert says(template, sentence)


@pytest.mark.parametrize(
    "text", ["Canary: broke checkout", "shop: many failed canaries!", "2 failed canaries, error rate"]
)
def test_a_sentence_that_only_begins_like_the_rule_s_is_a_person_s(text: str) -> None:
    assert not says(CANARIES, text)

"""Every target renders its cases word for word, and has at least one; a new target needs no test of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from opsloop import targets
from opsloop.config import Slo
from opsloop.model import Entry, Signal, parse_time
from opsloop.targets import Material

FOLDER = Path(targets.__file__).parent
CASES = sorted(FOLDER.glob("*/cases/*/material.json"))


def material(path: Path, place: str) -> Material:
    """``material.json``: entries, and by entry id occurrences, evidence and related entries."""
    told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    signals = {
        name: {key: [Signal.from_json(one) for one in many] for key, many in told.get(name, {}).items()}
        for name in ("occurrences", "evidence")
    }
    related = {key: [Entry(**one) for one in many] for key, many in told.get("related", {}).items()}
    entries = tuple(Entry(**{name: _frozen(value) for name, value in one.items()}) for one in told["entries"])
    return Material(
        entries=entries,
        place=told.get("place", place),
        now=parse_time(told["now"]),
        related=related,
        figures=told.get("figures", {}),
        slo=Slo(**told["slo"]) if "slo" in told else None,
        name=told.get("name"),
        **signals,
    )


def _frozen(value: Any) -> Any:
    return (
        tuple(tuple(item) if isinstance(item, list) else item for item in value) if isinstance(value, list) else value
    )


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parts[-4]}-{path.parts[-2]}")
def test_a_case_renders_as_expected(path: Path) -> None:
    target = targets.load(path.parts[-4])
    rendered = target.render(material(path, target.FORM.place))
    expected = path.parent / "expected"
    files = {
        file.relative_to(expected).as_posix(): file.read_text(encoding="utf-8")
        for file in expected.rglob("*")
        if file.is_file()
    }
    assert rendered == files


@pytest.mark.parametrize("name", targets.names())
def test_every_target_has_cases_and_a_page(name: str) -> None:
    assert any(path.parts[-4] == name for path in CASES)
    assert (FOLDER / name / "README.md").read_text(encoding="utf-8").startswith("# ")


def test_a_target_is_found_by_name_with_hyphens_too() -> None:
    assert targets.load("Runbook") is targets.load("runbook")

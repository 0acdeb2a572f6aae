"""Results that pages keep: what a person changed is never shown as it was before."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
from commandline import opsloop

from opsloop.verbs.workspace import Workspace
from opsloop.web.results import NotYet, Results, stamp_of

STAMP = (("a", 1, 1),)
PATIENT_S = 30.0


def test_what_was_being_computed_when_it_was_forgotten_is_not_kept() -> None:
    results, begun, go_on = Results(), Event(), Event()

    def before() -> str:
        begun.set()
        assert go_on.wait(PATIENT_S)
        return "before"

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(results.get, "/promotions", STAMP, before)
        assert begun.wait(PATIENT_S)
        results.forget("/promotions")
        go_on.set()
        assert first.result(PATIENT_S) == "before"
    assert results.get("/promotions", STAMP, lambda: "after") == "after"


def test_who_asks_after_the_change_does_not_get_what_was_begun_before_it() -> None:
    results, begun, go_on = Results(), Event(), Event()

    def before() -> str:
        begun.set()
        assert go_on.wait(PATIENT_S)
        return "before"

    with pytest.raises(NotYet):
        results.soon("/promotions", STAMP, before, patience_s=0.0)
    assert begun.wait(PATIENT_S)
    results.forget("/promotions")
    go_on.set()
    assert results.soon("/promotions", STAMP, lambda: "after", patience_s=PATIENT_S) == "after"
    assert results.soon("/promotions", STAMP, lambda: "later", patience_s=PATIENT_S) == "after"


def test_what_bears_another_name_is_kept() -> None:
    results = Results()
    assert results.get("/patterns", STAMP, lambda: "seen") == "seen"
    results.forget("/promotions")
    assert results.get("/patterns", STAMP, lambda: "seen anew") == "seen"


@pytest.mark.parametrize("path", [".opsloop/rejections.json", "slo/checkout.yml", ".learnings/LEARNINGS.md"])
def test_whatever_a_page_reads_is_a_change_of_the_data(tmp_path: Path, path: str) -> None:
    opsloop(tmp_path, "init")
    earlier = stamp_of(Workspace(tmp_path))
    (tmp_path / path).parent.mkdir(exist_ok=True)
    (tmp_path / path).write_text("changed")
    assert stamp_of(Workspace(tmp_path)) != earlier

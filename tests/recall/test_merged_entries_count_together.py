"""A merged entry shows the evidence of all that it stands for; a split shows each one's own again."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from opsloop.verbs.candidates import candidates
from opsloop.verbs.entries import list_entries, show
from opsloop.verbs.log import log
from opsloop.verbs.patterns import merge, split
from opsloop.verbs.workspace import Workspace

NOW = datetime(2026, 2, 2, 12, tzinfo=UTC)


def issue(ws: Workspace, key: str, evidence: str, count: int, days: tuple[str, str]) -> str:
    metadata = {"Pattern-Key": f"incident_pattern.{key}", "Recurrence-Count": str(count), "Evidence": evidence}
    metadata |= {"First-Seen": f"2026-01-{days[0]}", "Last-Seen": f"2026-01-{days[1]}"}
    return str(log(ws, "issue", {"name": key, "summary": f"{key} failed", "metadata": metadata})["id"])


def figures(ws: Workspace, entry: str) -> tuple[str, str, str]:
    told = show(ws, entry)["entries"][0]["metadata"]
    return told["Recurrence-Count"], told["First-Seen"], told["Last-Seen"]


def test_merging_counts_each_signal_once_and_splitting_takes_it_back(tmp_path: Path) -> None:
    ws = Workspace(tmp_path, NOW)
    keep = issue(ws, "pool", "a1, a2", 2, ("10", "20"))
    fold = issue(ws, "pool_full", "a2, b1", 2, ("05", "15"))
    file = ws.root / ws.journal.path_of(ws.journal.get(keep))
    assert candidates(ws)["results"] == []
    merge(ws, keep, fold)
    written = file.read_text(encoding="utf-8")
    assert figures(ws, keep) == ("3", "2026-01-05", "2026-01-20")
    assert figures(ws, fold) == ("2", "2026-01-05", "2026-01-15")
    assert set(show(ws, keep)["entries"][0]["metadata"]["Evidence"].split(", ")) == {"a1", "a2", "b1"}
    assert [one["metadata"]["Recurrence-Count"] for one in list_entries(ws)["entries"]] == ["3", "2"]
    assert keep in {one["id"] for one in candidates(ws)["results"]}
    assert file.read_text(encoding="utf-8") == written, "what is computed is not written"
    split(ws, fold)
    assert figures(ws, keep) == ("2", "2026-01-10", "2026-01-20")


def test_long_evidence_says_how_much_there_is(tmp_path: Path) -> None:
    ws = Workspace(tmp_path, NOW)
    many = ", ".join(f"m{number}" for number in range(20)) + " (the latest 20 of 50)"
    keep = issue(ws, "queue", many, 50, ("01", "30"))
    merge(ws, keep, issue(ws, "backlog", "x1, x2, x3", 3, ("02", "31")))
    told = show(ws, keep)["entries"][0]["metadata"]
    assert told["Recurrence-Count"] == "53"
    assert told["Evidence"].endswith("(the latest 20 of 53)")

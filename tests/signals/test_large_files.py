"""A file of lines is read in portions; nothing of what is told about it depends on where they end."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsloop.errors import BadInput
from opsloop.verbs import ingest as verb
from opsloop.verbs import portions as cutting
from opsloop.verbs.ingest import ingest
from opsloop.verbs.portions import portions
from opsloop.verbs.signals import signals
from opsloop.verbs.workspace import Workspace

_MEASURED = """
import resource, subprocess, sys

subprocess.run([sys.executable, "-m", "opsloop", *sys.argv[1:]], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
"""A small process between: a child's peak counts what its parent held when it was made, and that is large here."""

GOOD = {"id": "1", "source": "ci", "kind": "deployment", "status": "succeeded", "at": "2026-01-01T00:00:00Z"}


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setattr(cutting, "_PORTION_BYTES", 300)
    return Workspace(tmp_path, datetime(2026, 3, 1, tzinfo=UTC))


def record(number: int) -> str:
    return json.dumps({**GOOD, "id": str(number)})


@given(body=st.lists(st.sampled_from([b'{"a": 1}', b"x", b'"', b"", b'"a\nb"'])).map(b"\n".join), table=st.booleans())
def test_portions_are_the_file_and_know_their_line_numbers(body: bytes, table: bool) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(cutting, "_PORTION_BYTES", 7)
        parts = list(portions(io.BytesIO(body), table=table))
    header = cutting._first_line(io.BytesIO(body)) if table else b""
    rest = body.removeprefix(header)
    assert b"".join(part.body.removeprefix(header) for part in parts) == rest
    read = b""
    for part in parts:
        assert part.lines_before == len(read.splitlines())
        assert not read or read.endswith(b"\n")
        read += part.body.removeprefix(header)


def test_bad_lines_keep_their_number_in_the_file(ws: Workspace) -> None:
    lines = [record(number) for number in range(1, 41)]
    lines[6] = "nonsense"
    lines[29] = record(30).replace("deployment", "weather")
    done = ingest(ws, "signals", "\n".join(lines).encode())
    assert (done["accepted"], [bad["line"] for bad in done["rejected"]]) == (38, [7, 30])


def test_each_part_of_a_table_has_the_header_and_cells_may_hold_line_breaks(ws: Workspace) -> None:
    rows = [f'{n},ci,deployment,succeeded,2026-01-01T00:00:00Z,"two\nlines, ""{n}"""' for n in range(30)]
    rows[20] = rows[20].replace("deployment", "weather")
    done = ingest(ws, "csv", "\n".join(["id,source,kind,status,at,summary", *rows]).encode())
    assert done["accepted"] == 29
    assert [bad["line"] for bad in done["rejected"]] == [43], "the record's last line"
    assert signals(ws)["signals"][0]["summary"].endswith('"0"')


def test_a_line_that_is_no_payload_breaks_nothing_off(ws: Workspace) -> None:
    def payload(number: int) -> str:
        alert = {"status": "firing", "labels": {"alertname": f"A{number}"}, "startsAt": "2026-01-01T00:00:00Z"}
        return json.dumps({"version": "4", "alerts": [alert]})

    lines = [payload(number) for number in range(20)]
    lines[5:15] = ["oops"] * 10
    done = ingest(ws, "alertmanager", "\n".join(lines).encode())
    assert done["accepted"] == 10
    assert [bad["line"] for bad in done["rejected"]] == list(range(6, 16))


def test_a_table_that_breaks_off_says_where_and_what_is_stored(ws: Workspace) -> None:
    row = "{},ci,deployment,succeeded,2026-01-01T00:00:00Z\n"
    body = "id,source,kind,status,at\n" + "".join(row.format(n) for n in range(50))
    with pytest.raises(BadInput, match=r"from line \d+ on: the file is not UTF-8; \d+ signals before it are stored"):
        ingest(ws, "csv", body.encode() + b"\xff,ci,deployment,succeeded,2026-01-01T00:00:00Z\n")


def test_a_report_lists_some_bad_lines_and_counts_the_others(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verb, "_MOST_LISTED", 3)
    done = ingest(ws, "signals", b"\n".join([record(1).encode(), *[b"nonsense " * 5] * 40]))
    assert [bad["line"] for bad in done["rejected"]] == [2, 3, 4]
    assert done["notes"] == ["37 more lines were rejected than the 3 that are listed"]


@pytest.mark.slow
def test_a_large_file_needs_no_more_memory_than_a_small_one(tmp_path: Path) -> None:
    path = tmp_path / "many.jsonl"
    with path.open("w") as file:
        file.writelines(record(number) + "\n" for number in range(400_000))
    words = [sys.executable, "-c", _MEASURED, "--root", str(tmp_path), "--json", "ingest", "signals", str(path)]
    told, used = subprocess.run(words, stdout=subprocess.PIPE, check=True).stdout.splitlines()
    assert json.loads(told)["accepted"] == 400_000
    assert int(used) < 250_000, "KiB"

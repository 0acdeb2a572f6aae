"""``ingest``, ``signals`` and ``seal`` as their users call them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from commandline import document, opsloop
from hypothesis import given
from hypothesis import strategies as st

from opsloop.errors import BadInput, NotFound
from opsloop.model import Signal
from opsloop.redact import Redactor
from opsloop.verbs.ingest import ingest
from opsloop.verbs.scrub import Scrubber, plain
from opsloop.verbs.signals import signals
from opsloop.verbs.workspace import Workspace

GOOD = {"id": "1", "source": "ci", "kind": "deployment", "status": "succeeded", "at": "2026-01-01T02:00:00+02:00"}


def lines(*records: object) -> bytes:
    return b"\n".join(record if isinstance(record, bytes) else json.dumps(record).encode() for record in records)


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path, datetime(2026, 3, 1, tzinfo=UTC))


def test_bad_lines_are_reported_by_number_and_the_rest_goes_in(ws: Workspace) -> None:
    naive = {**GOOD, "id": "2", "at": "2026-01-01T00:00:00"}
    unknown = {**GOOD, "id": "3", "kind": "weather"}
    done = ingest(ws, "signals", lines(GOOD, b"", naive, b"nonsense", unknown, {**GOOD, "id": "4"}))
    assert (done["accepted"], done["duplicates"]) == (2, 0)
    assert [bad["line"] for bad in done["rejected"]] == [3, 4, 5]
    assert "--timezone" in done["rejected"][0]["error"]
    stored = signals(ws)["signals"]
    assert [(one["id"], one["at"], one["origin"]) for one in stored] == [
        ("1", "2026-01-01T00:00:00Z", "file"),
        ("4", "2026-01-01T00:00:00Z", "file"),
    ]


def test_naive_times_take_the_zone_that_is_named(ws: Workspace) -> None:
    assert (
        ingest(ws, "signals", lines({**GOOD, "at": "2026-07-01T00:00:00"}), timezone="Europe/Berlin")["accepted"] == 1
    )
    assert signals(ws)["signals"][0]["at"] == "2026-06-30T22:00:00Z"


def test_payloads_of_a_tool_may_stand_one_a_line(ws: Workspace) -> None:
    def payload(start: str) -> dict[str, object]:
        alert = {"status": "firing", "labels": {"alertname": "A"}, "startsAt": start, "fingerprint": "f"}
        return {"version": "4", "alerts": [alert]}

    body = lines(payload("2026-01-01T00:00:00Z"), {"no": "alerts"}, payload("2026-01-02T00:00:00Z"))
    done = ingest(ws, "alertmanager", body)
    assert done["accepted"] == 2
    assert [bad["line"] for bad in done["rejected"]] == [2]


def test_what_is_not_the_sources_at_all_is_an_error(ws: Workspace) -> None:
    with pytest.raises(BadInput):
        ingest(ws, "alertmanager", b"{}")
    with pytest.raises(NotFound, match="alertmanager"):
        ingest(ws, "alertmangler", b"{}")


def test_secrets_and_addresses_are_masked_stably_before_they_are_stored(ws: Workspace) -> None:
    told = {
        "summary": "login with password=hunter2hunter2 at 10.1.2.3 \x1b[31mfailed\x1b[0m",
        "fingerprint": "probe:10.1.2.3",
        "attrs": {"instance": "10.1.2.3:9100", "zone": "a"},
    }
    other = {"fingerprint": "probe:10.1.2.4", "attrs": {"instance": "10.1.2.3:9100"}}
    ingest(ws, "signals", lines({**GOOD, **told}, {**GOOD, "id": "2", **told}, {**GOOD, "id": "3", **other}))
    raw = b"".join(path.read_bytes() for path in ws.state.glob("signals.sqlite*"))
    for leaked in (b"hunter2", b"10.1.2.", b"\x1b[31m"):
        assert leaked not in raw
    first, second, third = signals(ws)["signals"]
    assert first["fingerprint"] == second["fingerprint"] != third["fingerprint"]
    assert first["attrs"]["instance"] == third["attrs"]["instance"]
    assert first["attrs"]["zone"] == "a"
    assert ingest(Workspace(ws.root, ws.now), "signals", lines({**GOOD, **told}))["duplicates"] == 1


def test_an_id_that_needs_a_mask_still_tells_events_apart(ws: Workspace) -> None:
    records = [{**GOOD, "id": f"probe 10.0.{number // 250}.{number % 250 + 1}"} for number in range(500)]
    assert ingest(ws, "signals", lines(*records))["accepted"] == 500
    assert ingest(ws, "signals", lines(*records))["duplicates"] == 500


@pytest.mark.parametrize(
    "identity", ["alertmanager:5d2a1f0c8b3e4a77:2026-03-02T08:58:11.123456+00:00:firing", "checkout", "c0ffee"]
)
def test_identities_of_words_digests_and_times_need_no_look(identity: str) -> None:
    assert plain(identity)
    assert Redactor(key=b"k")(identity) == identity


@pytest.mark.parametrize(
    "identity", ["10.0.0.1:9100", "db1.prod.internal", "4111111111111111", "a@b.example", "key=v", "a:", ""]
)
def test_any_other_identity_is_looked_at(identity: str) -> None:
    assert not plain(identity)


def test_scrubbing_goes_on_when_what_was_learned_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("opsloop.verbs.scrub._KEPT_CHARACTERS", 50)
    scrub = Scrubber(Redactor(key=b"k"))
    for number in range(1, 20):
        signal = Signal(
            **{**GOOD, "id": "x", "at": datetime.now(UTC), "summary": f"host 10.0.0.{number} and 10.0.0.99"}
        )
        (scrubbed,) = scrub([signal])
        assert "10.0.0." not in str(scrubbed.summary)


def test_texts_that_never_come_again_are_forgotten_long_ones_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("opsloop.verbs.scrub._KEPT_CHARACTERS", 1_000)
    scrub = Scrubber(Redactor(key=b"k"))
    for number in range(1_000):
        text = f"request-of-a-name-that-is-long-and-new-{number}"
        scrub([Signal(**{**GOOD, "id": "x", "at": datetime.now(UTC), "summary": text})])
    assert len(scrub._clean) < 100


@pytest.mark.slow
def test_the_command_line_says_the_same(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_bytes(lines(GOOD, b"nonsense"))
    done = document(opsloop(tmp_path, "ingest", "signals", str(tmp_path / "in.jsonl"), "--json"))
    assert (done["accepted"], done["rejected"][0]["line"]) == (1, 2)
    again = document(opsloop(tmp_path, "ingest", "signals", "-", "--json", given=json.dumps(GOOD)))
    assert again["duplicates"] == 1
    assert document(opsloop(tmp_path, "seal", "--json"))["rows"] == 1
    (stored,) = document(opsloop(tmp_path, "signals", "--kind", "deployment", "--json"))["signals"]
    assert stored["id"] == "1"
    assert opsloop(tmp_path, "ingest", "signals", "-", given="nonsense").returncode == 2
    assert opsloop(tmp_path, "ingest", "signals", "nowhere.jsonl").returncode == 3
    assert opsloop(tmp_path, "signals", "--kind", "weather").returncode == 2


PIECES = st.sampled_from(
    [
        "password:",
        "commit ",
        "token=",
        "hunter2hunter2",
        "10.0.0.7",
        "db1.prod.internal",
        "ghp_" + "a1B2" * 9,
        "checkout is slow",
        "AKIAIOSFODNN7EXAMPLE",
        "sha256:",
        "f3A9" * 10,
        "-----BEGIN RSA PRIVATE KEY-----",
        "-----END RSA PRIVATE KEY-----",
        "alice@corp.example",
        "\n",
        " ",
    ]
)


@given(st.lists(st.lists(PIECES, max_size=4).map("".join), min_size=1, max_size=8))
def test_texts_tried_together_become_what_each_becomes_alone(texts: list[str]) -> None:
    redact = Redactor(key=b"k")
    signals = [Signal(**{**GOOD, "at": datetime(2026, 1, 1, tzinfo=UTC), "summary": text or None}) for text in texts]
    together = [signal.summary for signal in Scrubber(redact)(signals)]
    alone = [Scrubber(redact)([signal])[0].summary for signal in signals]
    assert together == alone


@pytest.mark.parametrize("typed", ["generic", "Generic", " GENERIC"])
def test_a_source_has_its_settings_however_its_name_is_typed(tmp_path: Path, typed: str) -> None:
    (tmp_path / "opsloop.toml").write_text(
        '[sources.generic.fields]\nkind = "type"\nstatus = "state"\nname = "check"\n'
    )
    ws = Workspace(tmp_path)
    assert ingest(ws, typed, b'{"type": "alert", "state": "firing", "check": "disk"}')["accepted"] == 1
    assert [signal.name for signal in ws.store.read()] == ["disk"]


@pytest.mark.parametrize("status", [{}, {"status": None}, {"status": ""}, {"status": "-"}])
def test_what_is_measured_or_counted_needs_no_status(status: dict[str, str | None]) -> None:
    for kind, told in (("sample", {"value": 0.5}), ("sli", {"attrs": {"good": "9", "total": "10"}})):
        record = {"id": "m1", "source": "signals", "kind": kind, "at": "2026-01-31T00:00:00Z", **told, **status}
        assert Signal.from_json(record).status == "-"


def test_what_happens_needs_one() -> None:
    with pytest.raises(BadInput, match="status is missing"):
        Signal.from_json({**GOOD, "status": ""})

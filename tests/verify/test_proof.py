"""Proofs over planted histories: what counts as an occurrence, which days count, what is no improvement."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from pace import first_now

from opsloop.config import Settings
from opsloop.model import Entry, Signal
from opsloop.signals.table import from_signals
from opsloop.verify.coverage import joined
from opsloop.verify.proof import Proof, Proofs

DAY = timedelta(days=1)
CHANGED = datetime(2026, 3, 1, tzinfo=UTC)
NOW = CHANGED + 120 * DAY
LOOK = CHANGED + 90 * DAY
_ids = count()


def tell(kind: str, status: str, at: datetime, **said: object) -> Signal:
    attrs = said.pop("attrs", {})
    fields = {"service": "checkout", "source": "pagerduty", "fingerprint": f"f{next(_ids)}"} | said
    return Signal(id=f"s{next(_ids)}", kind=kind, status=status, at=at, attrs=attrs, **fields)  # type: ignore[arg-type]


def spread(times: int, start: datetime, end: datetime) -> Iterable[datetime]:
    return (start + (end - start) * (step + 0.5) / times for step in range(times))


def incidents(
    times: int, start: datetime, end: datetime, key: str = "incident_pattern.pool", **said: object
) -> list[Signal]:
    return [
        tell("incident", "started", at, name="Pool exhausted", attrs={"pattern_key": key}, **said)
        for at in spread(times, start, end)
    ]


def alerts(name: str, times: int, start: datetime, end: datetime) -> list[Signal]:
    found = []
    for at in spread(times, start, end):
        for status, moment in (("firing", at), ("resolved", at + timedelta(minutes=9))):
            found.append(
                tell("alert", status, moment, name=name, source="alertmanager", fingerprint=f"series of {name}")
            )
    return found


def entry(status: str = "promoted", **metadata: str) -> Entry:
    said = {
        "Pattern-Key": "incident_pattern.pool",
        "Services Affected": "checkout",
        "Promoted-At": "2026-03-01T00:00:00Z",
    }
    label = {key.replace("_", "-"): text for key, text in metadata.items()}
    return Entry(kind="issue", id="OPS-20260201-001", name="pool", status=status, metadata=said | label)


def proof(signals: list[Signal], subject: Entry, now: datetime = NOW) -> Proof:
    found = Proofs(from_signals(signals), now=now, settings=Settings()).of(subject)
    assert found is not None
    return found


HISTORY = CHANGED - 250 * DAY


def test_the_window_that_triggered_is_not_the_baseline() -> None:
    """210 calm days, then a bad month: the baseline ends 30 days before the last occurrence, and reaches back 180."""
    signals = incidents(5, HISTORY, CHANGED - 31 * DAY) + incidents(20, CHANGED - 30 * DAY, CHANGED)
    start, end = proof(signals, entry()).plan.baseline
    last = CHANGED - 0.75 * DAY
    assert end == last - 30 * DAY
    assert start == end - 180 * DAY


def test_the_baseline_begins_with_the_history_of_the_service() -> None:
    signals = incidents(20, CHANGED - 60 * DAY, CHANGED)
    found = proof(signals, entry())
    assert found.plan.baseline[0] == min(one.at for one in signals)
    assert found.verdict.before.days < 30


@pytest.mark.parametrize(("after", "decision"), [(9, "improved"), (30, "not_enough_data"), (90, "worse")])
def test_counts_before_and_after_decide(after: int, decision: str) -> None:
    signals = incidents(60, HISTORY, CHANGED - 40 * DAY) + incidents(5, CHANGED - 30 * DAY, CHANGED)
    found = proof(signals + incidents(after, CHANGED, LOOK), entry(Look="2026-05-30")).verdict
    assert found.decision == decision
    assert found.after.count == after
    assert found.after.days == 90


def test_metadata_written_by_hand_is_used_as_it_stands() -> None:
    signals = incidents(60, HISTORY, CHANGED) + incidents(9, CHANGED, NOW)
    found = proof(signals, entry(Baseline="2025-12-01/2026-01-30", Look="2026-04-30"))
    assert found.verdict.before.days == 60
    assert found.verdict.after.days == 60
    assert found.verdict.before.count == sum(
        datetime(2025, 12, 1, tzinfo=UTC) <= one.at < datetime(2026, 1, 30, tzinfo=UTC) for one in signals
    )


def test_a_resolved_entry_counts_from_its_resolution() -> None:
    subject = Entry(
        kind="issue",
        id="OPS-20260201-002",
        status="resolved",
        metadata={"Pattern-Key": "incident_pattern.pool"},
        resolution={"Resolved": "2026-03-01T00:00:00Z"},
    )
    found = proof(incidents(60, HISTORY, CHANGED) + incidents(3, CHANGED, NOW), subject)
    assert found.plan.promoted_at == CHANGED
    assert found.verdict.after.count > 0


@pytest.mark.slow
def test_other_patterns_and_other_services_do_not_count() -> None:
    signals = incidents(60, HISTORY, CHANGED) + incidents(3, CHANGED, LOOK)
    others = incidents(50, CHANGED, LOOK, key="incident_pattern.dns") + incidents(50, CHANGED, LOOK, service="search")
    assert proof(signals + others, entry(Look="2026-05-30")).verdict.after.count == 3


@pytest.mark.slow
def test_alerts_count_by_episode_by_their_monitor() -> None:
    metadata = {"Service": "checkout", "Related Alerts": "PoolSaturated"}
    metadata |= {"Promoted-At": "2026-03-01T00:00:00Z", "Look": "2026-05-30"}
    subject = Entry(kind="learning", id="LRN-20260201-001", status="promoted", metadata=metadata)
    signals = (
        alerts("PoolSaturated", 60, HISTORY, CHANGED)
        + alerts("PoolSaturated", 4, CHANGED, LOOK)
        + alerts("DiskFull", 9, HISTORY, LOOK)
    )
    found = proof(signals, subject).verdict
    assert found.after.count == 4
    assert found.decision == "improved"


@pytest.mark.slow
def test_a_monitor_that_was_renamed_is_no_improvement() -> None:
    subject = entry(Look="2026-05-30", Pattern_Key="incident_pattern.poolsaturated")
    before = alerts("PoolSaturated", 60, HISTORY, CHANGED)
    renamed = proof(before + alerts("PoolSaturatedV2", 60, CHANGED + DAY, LOOK), subject).verdict
    assert (renamed.decision, renamed.reason) == ("not_enough_data", "monitor_renamed")
    assert "PoolSaturatedV2" in renamed.notes[-1]
    assert proof(before + alerts("DiskFull", 60, HISTORY, LOOK), subject).verdict.decision == "improved"


@pytest.mark.parametrize("action", first_now(["deleted", "silenced", "disabled"]))
def test_a_monitor_that_was_taken_away_is_no_improvement(action: str) -> None:
    subject = entry(Look="2026-05-30", Pattern_Key="incident_pattern.poolsaturated")
    said = tell("event", "normal", CHANGED + DAY, attrs={"monitor": "PoolSaturated", "action": action})
    found = proof([*alerts("PoolSaturated", 60, HISTORY, CHANGED), said], subject).verdict
    assert (found.decision, found.reason) == ("not_enough_data", f"monitor_{action}")


@pytest.mark.slow
def test_days_on_which_the_source_was_silent_do_not_count() -> None:
    """The source was heard every day, then not at all for forty days after the change."""
    gap = (CHANGED + 10 * DAY, CHANGED + 50 * DAY)
    heard = [at for at in spread(370, HISTORY, NOW) if not gap[0] <= at < gap[1]]
    daily = [
        tell("incident", "started", at, service="search", name="noise", attrs={"pattern_key": "incident_pattern.noise"})
        for at in heard
    ]
    found = proof(daily + incidents(60, HISTORY, CHANGED), entry(Look="2026-05-30")).verdict
    assert 48 <= found.after.days <= 52


@pytest.mark.parametrize(("origin", "days"), first_now([("webhook", 50), ("file", 90)]))
def test_days_on_which_the_receiver_was_down_do_not_count_for_what_it_receives(origin: str, days: int) -> None:
    down = (CHANGED + 10 * DAY, CHANGED + 50 * DAY)
    signals = from_signals(incidents(200, HISTORY, CHANGED, origin=origin))
    found = Proofs(signals, now=NOW, settings=Settings(), unheard=(down,)).of(entry(Look="2026-05-30"))
    assert found is not None
    assert found.verdict.after.days == days
    said = "not counted, nothing could be heard for 40.0 days: 2026-03-11 00:00 to 2026-04-20 00:00 UTC"
    assert (said in found.verdict.notes) is (origin == "webhook")


def test_spans_that_overlap_become_one() -> None:
    spans = [(CHANGED + 3 * DAY, CHANGED + 5 * DAY), (CHANGED, CHANGED + 2 * DAY), (CHANGED + DAY, CHANGED + 3 * DAY)]
    assert joined(spans) == ((CHANGED, CHANGED + 5 * DAY),)


@pytest.mark.slow
def test_that_the_pattern_itself_falls_silent_is_no_gap() -> None:
    found = proof(incidents(200, HISTORY, CHANGED), entry(Look="2026-05-30")).verdict
    assert found.after.days == 90
    assert found.decision == "improved"


@pytest.mark.slow
def test_a_service_that_vanished_is_not_an_improvement() -> None:
    deployed = [tell("deployment", "succeeded", at) for at in spread(100, HISTORY, CHANGED)]
    found = proof(deployed + incidents(60, HISTORY, CHANGED), entry(Look="2026-05-30")).verdict
    assert (found.decision, found.reason) == ("not_enough_data", "no_exposure")
    assert any("checkout" in note for note in found.notes)


def test_a_pattern_that_returns_after_the_look_is_said_to_be_back() -> None:
    signals = incidents(60, HISTORY, CHANGED) + incidents(3, CHANGED, LOOK)
    assert not proof(signals, entry(Look="2026-05-30")).came_back
    again = proof(signals + incidents(12, LOOK, NOW), entry(Look="2026-05-30"))
    assert again.verdict.decision == "improved"
    assert "12 times since 2026-05-30" in again.came_back


@pytest.mark.slow
def test_a_resolved_pattern_that_happens_twice_in_a_month_is_back() -> None:
    subject = Entry(
        kind="issue",
        id="OPS-1",
        status="resolved",
        metadata={"Pattern-Key": "incident_pattern.pool", "Service": "checkout"},
        resolution={"Resolved": "2026-03-01T00:00:00Z"},
    )
    before = incidents(6, CHANGED - 120 * DAY, CHANGED)
    assert proof(before + incidents(2, CHANGED, CHANGED + 20 * DAY), subject, CHANGED + 20 * DAY).came_back
    assert not proof(before + incidents(1, CHANGED, CHANGED + 20 * DAY), subject, CHANGED + 20 * DAY).came_back


@pytest.mark.slow
def test_toil_saved_comes_in_hours_a_year_with_its_interval() -> None:
    def repaired(times: int, start: datetime, end: datetime) -> list[Signal]:
        return [
            tell(
                "remediation",
                "done",
                at,
                service="ingress",
                name="renew certificate",
                duration_s=2880.0,
                attrs={"manual": "true"},
            )
            for at in spread(times, start, end)
        ]

    subject = Entry(
        kind="learning",
        id="LRN-1",
        category="automation_gap",
        status="promoted",
        metadata={
            "Pattern-Key": "automation_gap.renew-certificate",
            "Service": "ingress",
            "Promoted-At": "2026-03-01T00:00:00Z",
            "Look": "2026-05-30",
        },
    )
    found = proof(repaired(60, HISTORY, CHANGED) + repaired(2, CHANGED, LOOK), subject)
    assert found.saved is not None
    estimate, low, high = found.saved
    assert 0 < low < estimate < high
    assert estimate == pytest.approx((60 / 250 - 2 / 90) * 0.8 * 365, rel=0.15)


@pytest.mark.slow
def test_time_to_resolve_is_compared_too() -> None:
    def lasting(times: int, start: datetime, end: datetime, hours: float) -> list[Signal]:
        began = incidents(times, start, end)
        return began + [
            tell("incident", "resolved", one.at + timedelta(hours=hours), fingerprint=one.fingerprint) for one in began
        ]

    found = proof(lasting(40, HISTORY, CHANGED, 4) + lasting(30, CHANGED, LOOK, 1), entry(Look="2026-05-30"))
    assert found.resolved_in is not None
    assert found.resolved_in.shift == pytest.approx(-3 * 3600)
    assert found.resolved_in.p_value is not None
    assert found.resolved_in.p_value < 0.001


def test_an_entry_that_nothing_was_done_about_has_no_proof() -> None:
    assert Proofs(from_signals([]), now=NOW, settings=Settings()).of(Entry(kind="issue", id="OPS-1")) is None


def test_without_any_signal_the_pattern_is_new() -> None:
    found = proof([], entry(Baseline="2025-12-01/2026-01-30", Look="2026-04-30")).verdict
    assert (found.decision, found.reason) == ("not_enough_data", "new_pattern")


@pytest.mark.slow
def test_a_key_written_by_hand_finds_its_monitor() -> None:
    subject = entry(Look="2026-05-30", Pattern_Key="incident_pattern.pool-saturated")
    found = proof(alerts("PoolSaturated", 60, HISTORY, CHANGED) + alerts("PoolSaturated", 4, CHANGED, LOOK), subject)
    assert found.verdict.after.count == 4


@pytest.mark.slow
def test_incidents_that_name_no_pattern_count_by_their_service() -> None:
    def nameless(times: int, start: datetime, end: datetime) -> list[Signal]:
        return [
            tell("incident", "started", at, name=f"Ticket {number}")
            for number, at in enumerate(spread(times, start, end))
        ]

    signals = nameless(60, HISTORY, CHANGED) + nameless(4, CHANGED, LOOK)
    others = incidents(50, CHANGED, LOOK, key="incident_pattern.dns")
    assert proof(signals + others, entry(Look="2026-05-30")).verdict.after.count == 4

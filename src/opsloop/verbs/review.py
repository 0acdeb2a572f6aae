"""``review``: what in the learnings needs attention, and which of the mission's break-points came since last time."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput
from opsloop.model import format_time, parse_time
from opsloop.promote.candidates import category_of
from opsloop.redact.external import suspicious
from opsloop.spoken import counted
from opsloop.targets import quoting, standing
from opsloop.verbs.candidates import qualified
from opsloop.verbs.quarantine import attempt
from opsloop.verbs.verify import PROVEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from opsloop.model import Entry
    from opsloop.verbs.workspace import Workspace

STALE_DAYS: Final = 30
QUARTER_DAYS: Final = 91
SAME_REVIEW: Final = timedelta(hours=1)
_OPEN: Final = frozenset({"pending", "in_progress"})
_TOIL: Final = frozenset({"automation_gap", "toil_accumulation"})
_RULES: Final = ("AGENTS.md", "TOOLS.md")
_BREAKS: Final = {
    ("incident", "resolved"): ("incident_resolved", "incident", "resolved"),
    ("deployment", "succeeded"): ("deployment", "deployment", "completed"),
    ("shift", "ended"): ("shift_handoff", "on-call shift", "ended"),
}
"""The natural break-points by kind and status of their signals: name, what it is, and what it did."""

Items = list[dict[str, Any]]


def review(ws: Workspace, *, remember: bool = False) -> dict[str, Any]:
    """Everything that a periodic review looks at; with ``remember`` this is the last review from now on.

    Where the settings name ``[[journals]]``, the sections hold theirs too, and the patterns they share.
    """
    own = _review(ws, remember=remember)
    if not ws.settings.journals:
        return own
    from opsloop.verbs import journals

    def ask(each: Workspace) -> list[dict[str, Any]]:
        sections: list[dict[str, Any]] = (own if each is ws else _review(each, remember=False))["sections"]
        return sections

    return own | journals.sections(ws, ask)


def _review(ws: Workspace, *, remember: bool) -> dict[str, Any]:
    entries = ws.journal.entries(archived=False)
    still_open = [entry for entry in entries if entry.status in _OPEN]
    last, since = _last(ws.state_path / "review.json", ws.now)
    budgets = error_budgets(ws)
    sections = [
        _section("break_points", "Why review now", _break_points(ws, since, budgets)),
        _section("pending_p1_p2", "Open P1 and P2 issues", _named(e for e in still_open if e.severity in {"P1", "P2"})),
        _section("toil", "Open automation gaps and toil", _named(e for e in still_open if category_of(e) in _TOIL)),
        _section(
            "stale", f"Open without a sign for {STALE_DAYS} days", _named(e for e in still_open if _is_stale(e, ws.now))
        ),
        _section("due_looks", "Looks that are due: run 'opsloop verify'", _due_looks(entries, ws.now)),
        _section("candidates", "Candidates for promotion", _candidates(ws)),
        _section("regressions", "What came back or got worse", _regressions(entries)),
        _section("suspected_injections", "Text that looks like an attempt to steer an agent", _injections(entries)),
        _section("error_budgets", "Error budgets", budgets),
        _section(
            "expiring_rules", "Rules in AGENTS.md and TOOLS.md that end within 30 days", _expiring(entries, ws.now)
        ),
    ]
    if remember:
        held = {"at": format_time(ws.now), "before": format_time(since) if since else None}
        (ws.state / "review.json").write_text(json.dumps(held), encoding="utf-8")
    return {
        "now": format_time(ws.now),
        "last_review": format_time(last) if last else None,
        "pending": len(still_open),
        "sections": sections,
    }


def error_budgets(ws: Workspace) -> Items:
    """Every SLO's budget: consumed share, policy and what the policy decides."""
    from opsloop.verbs.metrics import metrics

    decides = {
        "healthy": "ship",
        "low": "freeze risky changes, focus on reliability",
        "exhausted": "halt non-critical deployments, prioritize stability",
    }
    found = []
    for group in metrics(ws, "slo")["groups"]:
        consumed = group.get("budget_consumed")
        if consumed is None:
            continue
        name = group.get("slo") or group.get("name")
        policy = group["policy"]
        text = f"{quoting.name(name)}: {consumed:.0%} of the budget consumed, {policy}: {decides[policy]}"
        found.append({"text": text, "slo": name, "budget_consumed": consumed, "policy": policy})
    return found


def named(entry: Entry) -> dict[str, Any]:
    """An entry as an item of a section; what came from outside is quoted."""
    rank = entry.severity or entry.priority or ""
    said = entry.summary or entry.title
    text = f"{entry.id} [{rank}] {quoting.quoted(said) if entry.origin else said}"
    return {
        "text": text,
        "id": entry.id,
        "status": entry.status,
        "priority": entry.priority,
        "severity": entry.severity,
    }


def _section(name: str, title: str, items: Items) -> dict[str, Any]:
    return {"name": name, "title": title, "items": items}


def _named(entries: Iterable[Entry]) -> Items:
    return [named(entry) for entry in entries]


def _last(path: Path, now: datetime) -> tuple[datetime | None, datetime | None]:
    """When a review was last held, and since when to look: within the hour it is still the same review."""
    try:
        held = json.loads(path.read_bytes())
        at, before = parse_time(held["at"]), held["before"]
        return at, at if now - at >= SAME_REVIEW else parse_time(before) if before else None
    except (FileNotFoundError, ValueError, KeyError, BadInput):
        return None, None


def _break_points(ws: Workspace, last: datetime | None, budgets: Items) -> Items:
    """The mission's natural break-points that lie between the last review and now."""
    found = []
    since_when = "since the last review" if last else "and never reviewed"
    happened = _happened(ws, last)
    for (kind, status), (name, what, ended) in _BREAKS.items():
        if count := happened.get((kind, status)):
            text = f"{counted(count, what)} {ended} {since_when}"
            found.append({"text": text, "break_point": name, "count": count})
    if last is None or ws.now - last >= timedelta(days=QUARTER_DAYS):
        when = f"the last one was on {last:%Y-%m-%d}" if last else "there was none yet"
        found.append({"text": f"quarterly review of the SLOs: {when}", "break_point": "quarterly"})
    low = [one for one in budgets if one["policy"] != "healthy"]
    if low:
        names = ", ".join(quoting.name(one["slo"]) for one in low)
        found.append({"text": f"error budget running low: {names}", "break_point": "budget_low", "count": len(low)})
    return found


def _happened(ws: Workspace, since: datetime | None) -> dict[tuple[str, str], int]:
    """How many incidents, deployments and shifts came to each status after ``since`` and until now."""
    from opsloop.metrics.relations import fetch, known, moment
    from opsloop.signals.table import open_table

    table = open_table(ws.store, ws.settings.engine)
    rows = known(table, ws.now).filter(table.kind.isin(sorted({kind for kind, _ in _BREAKS})))
    if since is not None:
        rows = rows.filter(rows["at"] > moment(since))
    counts = rows.group_by("kind", "status").agg(count=rows.fingerprint.fill_null(rows.id).nunique())
    return {(row["kind"], row["status"]): row["count"] for row in fetch(counts)}


def _is_stale(entry: Entry, now: datetime) -> bool:
    seen = [_day(text) for text in (entry.metadata.get("Last-Seen"), entry.logged) if text]
    known = [day for day in seen if day is not None]
    return bool(known) and now - max(known) > timedelta(days=STALE_DAYS)


def _due_looks(entries: Sequence[Entry], now: datetime) -> Items:
    found = []
    for entry in entries:
        looks = [_day(part) for part in entry.metadata.get("Look", "").split(",") if part.strip()]
        due = [look for look in looks if look is not None and look <= now]
        if entry.status in PROVEN and due and "Verdict" not in entry.metadata:
            found.append(named(entry) | {"look": f"{min(due):%Y-%m-%d}"})
    return found


def _candidates(ws: Workspace) -> Items:
    return [
        {
            "text": f"{one['id']} -> {one['target']}: {one['criteria'][0]['evidence']}",
            "id": one["id"],
            "target": one["target"],
            "criteria": one["criteria"],
        }
        for one in qualified(ws)
    ]


def _regressions(entries: Iterable[Entry]) -> Items:
    return [
        named(entry) | {"tried": entry.metadata.get("Tried"), "verdict": entry.metadata.get("Verdict")}
        for entry in entries
        if ("Tried" in entry.metadata and entry.status in _OPEN)
        or entry.metadata.get("Verdict", "").startswith("worse")
    ]


def _injections(entries: Iterable[Entry]) -> Items:
    """Quarantine, without what a person has adopted. Many entries share texts: each is judged once."""
    judge = cache(suspicious)
    return [
        {"text": f"{entry.id}: {why}", "id": entry.id, "why": why}
        for entry in entries
        if not entry.adopted_by and (why := attempt(entry, judge))
    ]


def _expiring(entries: Iterable[Entry], now: datetime) -> Items:
    soon = now + timedelta(days=30)
    return [
        named(entry) | {"until": f"{standing.expires(entry, now):%Y-%m-%d}"}
        for entry in entries
        if entry.status == "promoted"
        and any(name in entry.extra_fields.get("Promoted", "") for name in _RULES)
        and standing.expires(entry, now) <= soon
    ]


def _day(text: str) -> datetime | None:
    try:
        return parse_time(text.strip(), timezone=UTC)
    except BadInput:
        return None

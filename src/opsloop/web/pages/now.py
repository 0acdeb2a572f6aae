"""Now: what is open, what burns, what was found today, what is due."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from opsloop.model import format_time, parse_time

if TYPE_CHECKING:
    from opsloop.verbs.workspace import Workspace
    from opsloop.web.desk import Desk, Document

_LOOK_BACK_DAYS: Final = 90


def now(desk: Desk) -> Document:
    """The four cards and today's findings."""
    slos = desk.metrics("slo", days=30)["groups"]
    since = desk.ws.now - timedelta(days=1)
    return {
        "stamp": desk.stamp,
        "open_incidents": desk.kept("open incidents", _open_incidents)["incidents"],
        "burning": [slo | {"name": slo["slo"]} for slo in slos if _needs_care(slo)],
        "due": desk.kept("verdicts", verdicts)["due"],
        "gaps": [row for row in desk.kept("coverage", coverage)["sources"] if row["gaps"]],
        "findings": [
            one for one in desk.kept("findings", findings)["findings"] if parse_time(one["last_seen"]) >= since
        ],
    }


def _needs_care(slo: dict[str, Any]) -> bool:
    return slo["policy"] in {"low", "exhausted"} or any(rate["burning"] for rate in slo["burn_rates"] or ())


def _open_incidents(ws: Workspace) -> Document:
    """Incidents whose latest state is not resolved, longest open first."""
    last: dict[str, Any] = {}
    for signal in ws.store.read(kind="incident", since=ws.now - timedelta(days=_LOOK_BACK_DAYS)):
        key = signal.fingerprint or signal.id
        first = last[key]["since"] if key in last else format_time(signal.at)
        last[key] = {
            "name": signal.name,
            "service": signal.service,
            "severity": signal.severity,
            "fingerprint": key,
            "since": first,
            "status": signal.status,
        }
    return {
        "incidents": sorted((one for one in last.values() if one["status"] != "resolved"), key=lambda one: one["since"])
    }


def findings(ws: Workspace) -> Document:
    """What the detectors see, written nowhere."""
    from opsloop.verbs.detect import detect

    return detect(ws, dry_run=True)


def verdicts(ws: Workspace) -> Document:
    """Every proof, and those whose look has come or comes within a week."""
    from opsloop.verbs.verify import verify

    document = verify(ws)
    soon = ws.now + timedelta(days=7)
    due = [
        one
        for one in document["verdicts"]
        if any(ws.now - timedelta(days=7) <= parse_time(look) <= soon for look in one["looks"])
    ]
    return document | {"due": due}


def coverage(ws: Workspace) -> Document:
    """What each source sent, and where it was silent."""
    from opsloop.verbs.coverage import coverage as covered

    return covered(ws)

"""One verdict from the rules, the tables and the context of an output."""

from __future__ import annotations

from opsloop.rules.columns import age_seconds, rows
from opsloop.rules.context import is_document, is_reading, without_quotes
from opsloop.rules.table import CAPACITY, INCIDENT, RULES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_LIMIT = 200_000
_LINE = 300
_SETTLING_SECONDS = 120
_PENDING_SECONDS = 30
_BALANCER_SECONDS = 600
_HOUR = 3600
_RESTARTS = 10
_LAG = 1000
_QUIET: dict[str, Any] = {
    "operational": False,
    "category": None,
    "severity": None,
    "pattern_key": None,
    "matched": None,
}
_BAD_CELLS = (("READY", "False"), ("AVAILABLE", "False"), ("SYNCED", "False"), ("DEGRADED", "True"))
_BAD_STATUS = frozenset(("failed", "degraded", "unhealthy", "lost", "faulted", "down"))
_BAD_HEALTH = frozenset(("Degraded", "Missing"))
_MESH = ("CDS", "LDS", "EDS", "RDS")
_STARTING = frozenset(("", "Running", "ContainerCreating", "PodInitializing"))
Finding = tuple[str, str, str, str]
"""Severity, category, slug, the telling line."""


def judge(output: str, command: str | None, exit_code: int | None) -> dict[str, Any]:
    """See ``opsloop.rules.classify``."""
    text = _ends(output)
    if is_reading(command) or is_document(text):
        return dict(_QUIET)
    plain = without_quotes(text)
    found = [*_by_rules(plain), *_by_columns(plain), *_by_exit(exit_code)]
    if not found:
        return dict(_QUIET)
    severity, category, slug, line = min(found, key=lambda finding: finding[0])
    return {
        "operational": True,
        "category": category,
        "severity": severity,
        "pattern_key": f"{category}.{slug}",
        "matched": line.strip()[:_LINE],
    }


def _ends(output: str) -> str:
    """Beginning and end of very long output: what went wrong stands at one of them."""
    return output if len(output) <= _LIMIT else output[: _LIMIT // 2] + "\n" + output[-_LIMIT // 2 :]


def _by_rules(text: str) -> Iterator[Finding]:
    low = text.lower()
    for rule in RULES:
        if match := rule.search(text, low):
            yield rule.severity, rule.category, rule.slug, match.group()


def _by_exit(exit_code: int | None) -> Iterator[Finding]:
    if exit_code == 137:
        yield "P2", CAPACITY, "killed", "exit code 137"
    elif exit_code == 124:
        yield "P3", INCIDENT, "timed_out", "exit code 124"


def _by_columns(text: str) -> Iterator[Finding]:
    """Rows whose own columns say that something has been wrong for longer than a start takes."""
    for cells, line in rows(text):
        ready, status = cells.get("READY", ""), cells.get("STATUS", "")
        age = age_seconds(cells["AGE"].split(" ")[0]) if "AGE" in cells else None
        settled = age is None or age >= _SETTLING_SECONDS
        if any(cells.get(name) == bad for name, bad in _BAD_CELLS):
            yield "P3", INCIDENT, "not_ready", line
        elif status == "Pending" and (age is None or age >= _PENDING_SECONDS):
            yield "P3", CAPACITY, "pending", line
        elif (
            settled
            and (_short(ready) or _fewer(ready, cells.get("DESIRED", "")))
            and (status in _STARTING or "UP-TO-DATE" in cells)
        ):
            yield "P3", INCIDENT, "not_ready", line
        elif status.lower() in _BAD_STATUS or not _BAD_HEALTH.isdisjoint(
            (cells.get("HEALTH STATUS"), cells.get("HEALTH"))
        ):
            yield "P2", INCIDENT, "failed", line
        elif telling := _telling(cells, age):
            yield "P3", INCIDENT, telling, line


def _telling(cells: dict[str, str], age: int | None) -> str | None:
    """What single columns say: of restarts, of endpoints and addresses that lack, of what fell behind."""
    if _restarting(cells.get("RESTARTS", ""), age):
        return "restarting"
    if cells.get("ENDPOINTS") == "<none>" and (age is None or age >= _SETTLING_SECONDS):
        return "no_endpoints"
    if cells.get("EXTERNAL-IP") == "<pending>" and (age is None or age >= _BALANCER_SECONDS):
        return "no_address"
    if any(cells.get(name, "").startswith("STALE") for name in _MESH):
        return "stale_proxy"
    if cells.get("CONSUMER-ID") == "-" and _fewer(str(_LAG), cells.get("LAG", "")):
        return "consumer_gone"
    return None


def _restarting(restarts: str, age: int | None) -> bool:
    """Ten restarts and more, at least one an hour over the whole life."""
    count = restarts.split(" ", 1)[0]
    return bool(age) and count.isdigit() and int(count) >= _RESTARTS and int(count) * _HOUR >= (age or 0)


def _fewer(have: str, wanted: str) -> bool:
    return have.isdigit() and wanted.isdigit() and int(have) < int(wanted)


def _short(ready: str) -> bool:
    have, slash, wanted = ready.partition("/")
    return bool(slash) and _fewer(have, wanted)

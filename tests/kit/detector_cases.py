"""The detectors' case files: how they are written, read, and moved through time."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from opsloop import config, detectors
from opsloop.config import Settings
from opsloop.model import Signal, format_time, parse_time

TIMES = ("first_seen", "last_seen")


@dataclass(frozen=True, kw_only=True)
class Case:
    """Signals, a moment and what is to be found then; only the keys that an expected finding names are compared.

    ``calendar``: the case is about certain hours or days, and means something else when it is moved.
    """

    detector: str
    name: str
    now: datetime
    settings: Settings
    signals: tuple[Signal, ...]
    findings: tuple[dict[str, Any], ...]
    calendar: bool = False

    def __str__(self) -> str:
        return f"{self.detector}: {self.name}"

    def moved(self, span: timedelta) -> Case:
        """The same case, earlier or later."""
        findings = [
            finding | {key: format_time(parse_time(finding[key]) + span) for key in TIMES if key in finding}
            for finding in self.findings
        ]
        signals = [signal._replace(at=signal.at + span) for signal in self.signals]
        return replace(self, now=self.now + span, signals=tuple(signals), findings=tuple(findings))


def cases(detector: str) -> list[Case]:
    """All cases of a detector, in the order of its files."""
    folder = detectors.FOLDER / detector / "cases"
    return [case for path in sorted(folder.glob("*.json")) for case in _read(detector, path)]


def _read(detector: str, path: Path) -> list[Case]:
    document = json.loads(path.read_text(encoding="utf-8"))
    return [
        Case(
            detector=detector,
            name=case["name"],
            now=parse_time(case.get("now", document.get("now"))),
            settings=_settings(case.get("settings", document.get("settings", ""))),
            signals=tuple(_signals(case["signals"], document.get("common", {}))),
            findings=tuple(case["findings"]),
            calendar=case.get("calendar", False),
        )
        for case in document["cases"]
    ]


def _signals(records: list[dict[str, Any]], common: dict[str, Any]) -> list[Signal]:
    """``repeat`` {times, every_s} makes a series of a record; ``{n}`` in a text is the number in the series."""
    found: list[Signal] = []
    for record in records:
        series = record.get("repeat", {"times": 1, "every_s": 0})
        plain = {"source": "case", **common, **{key: value for key, value in record.items() if key != "repeat"}}
        plain["attrs"] = {**common.get("attrs", {}), **record.get("attrs", {})}
        for number in range(series["times"]):
            at = parse_time(plain["at"]) + timedelta(seconds=series["every_s"] * number)
            texts = {key: _numbered(value, number) for key, value in plain.items()}
            texts["id"] = texts.get("id") or f"s{len(found)}"
            found.append(Signal.from_json(texts | {"at": format_time(at)}))
    return found


def _numbered(value: Any, number: int) -> Any:
    if isinstance(value, dict):
        return {key: _numbered(inner, number) for key, inner in value.items()}
    return value.replace("{n}", str(number)) if isinstance(value, str) else value


def _settings(toml: str) -> Settings:
    document = tomllib.loads(toml)
    hours = config.Hours(**document.pop("hours", {}))
    slo = tuple(config.Slo(**one) for one in document.pop("slo", []))
    return Settings(hours=hours, slo=slo, **document)


def midnight(case: Case) -> timedelta:
    """How far to move a case so that the middle of what happened falls on midnight UTC."""
    return _onto(case, datetime(2026, 5, 20, tzinfo=UTC))


def clocks_change(case: Case, *, forward: bool) -> timedelta:
    """How far to move a case onto the hour at which clocks change in Europe."""
    return _onto(case, datetime(2026, 3, 29, 1, tzinfo=UTC) if forward else datetime(2025, 10, 26, 1, tzinfo=UTC))


def _onto(case: Case, moment: datetime) -> timedelta:
    times = sorted(signal.at for signal in case.signals) or [case.now]
    return moment - (times[0] + (times[-1] - times[0]) / 2).replace(microsecond=0)

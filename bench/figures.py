"""How a bench tells its figures: a line for people, and, where run.py asks for it, the same as data."""

from __future__ import annotations

import json
import os
from pathlib import Path

COLLECT = "OPSLOOP_BENCH_FIGURES"
"""Environment variable: the file to which figures are appended, one JSON object a line."""


def tell(what: str, value: float, unit: str, *, at_most: float | None = None, at_least: float | None = None) -> bool:
    """Print a figure with its limit and verdict; returns whether it keeps it, and true where there is none."""
    good = (at_most is None or value <= at_most) and (at_least is None or value >= at_least)
    limit = f"<= {at_most:g}" if at_most is not None else f">= {at_least:g}" if at_least is not None else ""
    verdict = "" if not limit else "reached" if good else "missed"
    print(f"{what:<58} {value:12,.2f} {unit:<12} {limit:<12} {verdict}".rstrip())
    if path := os.environ.get(COLLECT):
        figure = {"what": what, "value": value, "unit": unit, "limit": limit, "verdict": verdict}
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps(figure) + "\n")
    return good

"""Every benchmark, one after the other, then one table of their figures with limits and verdicts.

    python bench/run.py [NAME ...] [--markdown FILE]

Wants a quiet machine. Limits are of ratios measured side by side in one run wherever that is possible. With --markdown
the table is also written into FILE, for the documentation; rows of benches that were not run now stay there.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import sqlite3
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from figures import COLLECT

HERE = Path(__file__).parent
NAMES = ("hook", "journal", "recall", "redact", "ingest", "lake", "detect", "web")
LIBRARIES = ("duckdb", "ibis-framework", "pyarrow", "starlette", "uvicorn", "msgspec")
_SEED = re.compile(r"(?:Random\(|SEED = )(\d+)")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"default: {' '.join(NAMES)}")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table there too")
    asked = parser.parse_args()
    rows, broken = [], []
    for name in asked.names or NAMES:
        print(f"== {name}", flush=True)
        load = os.getloadavg()[0]
        figures, code = run(name)
        rows += [{"bench": name, "load": load, **figure} for figure in figures]
        if code and not any(figure["verdict"] == "missed" for figure in figures):
            broken.append(name)
    print("\n" + text(rows))
    if asked.markdown:
        asked.markdown.write_text(markdown(rows, asked.markdown), encoding="utf-8")
    missed = sorted({row["bench"] for row in rows if row["verdict"] == "missed"})
    for what, names in (("over their limits", missed), ("broken", broken)):
        if names:
            print(f"{what}: {' '.join(names)}")
    return 1 if missed or broken else 0


def run(name: str) -> tuple[list[dict[str, Any]], int]:
    """The figures that a bench told, and its exit code."""
    with tempfile.TemporaryDirectory() as folder:
        collected = Path(folder, "figures")
        env = {**os.environ, COLLECT: str(collected)}
        code = subprocess.run([sys.executable, str(HERE / f"{name}.py")], check=False, env=env).returncode
        lines = collected.read_text(encoding="utf-8").splitlines() if collected.exists() else []
    return [json.loads(line) for line in lines], code


def machine() -> list[str]:
    """What the figures depend on: processor, memory, versions, how busy it was."""
    info = Path("/proc/cpuinfo")
    models = re.findall(r"model name\s*: (.*)", info.read_text()) if info.exists() else []
    memory_gib = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    versions = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return [
        f"{models[0] if models else platform.machine()}, {os.cpu_count()} cores, {memory_gib:.0f} GiB",
        f"{platform.system()} {platform.release()}",
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {versions}",
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, opsloop {version('opsloop')}, commit {commit()}",
    ]


def commit() -> str:
    """Of which state of the sources this is."""
    told = subprocess.run(
        ["git", "-C", str(HERE), "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    )
    return told.stdout.strip() or "unknown"


def seeds(name: str) -> str:
    """The seeds that stand in a bench and in the history it is made of."""
    sources = [path.read_text(encoding="utf-8") for path in sorted(HERE.glob(f"{name}*.py"))]
    return ", ".join(dict.fromkeys(seed for source in sources for seed in _SEED.findall(source))) or "-"


def cells(row: dict[str, Any]) -> list[str]:
    """A row of the table."""
    value = f"{row['value']:,.0f}" if row["value"] >= 1000 else f"{row['value']:.2f}"
    measured = [f"{value} {row['unit']}", row["limit"], row["verdict"]]
    return [row["bench"], row["what"], *measured, f"{row['load']:.1f}", seeds(row["bench"])]


TITLES = ["bench", "figure", "measured", "limit", "verdict", "load", "seeds"]


def text(rows: list[dict[str, Any]]) -> str:
    """The table for a terminal."""
    lines = [TITLES, *map(cells, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    return "\n".join([*machine(), "", *table])


def kept(path: Path, ran: set[str]) -> list[list[str]]:
    """Rows of an earlier table whose benches were not run now."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    old = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines if line.startswith("| ")]
    return [row for row in old if row[0] in NAMES and row[0] not in ran]


def markdown(rows: list[dict[str, Any]], path: Path) -> str:
    """The table for the documentation, in the order of NAMES."""
    head = [
        "# Performance, measured",
        "Written by `python bench/run.py --markdown docs/explanation/performance.md`.",
        "",
    ]
    figures = [*kept(path, {row["bench"] for row in rows}), *map(cells, rows)]
    figures.sort(key=lambda row: NAMES.index(row[0]))
    table = [TITLES, ["---"] * len(TITLES), *figures]
    about = [f"- {line}" for line in machine()]
    tail = [
        "",
        "*x bare* is the time of a bare interpreter, *x scan* that of DuckDB's count and hash over the same columns,",
        "measured in turns in the same run. *Load* is the machine's when the bench began: above the number of cores,",
        "other work took its share. `make bench` repeats all of it with the same seeds.",
    ]
    return "\n".join([*head, *about, "", *(f"| {' | '.join(line)} |" for line in table), *tail]) + "\n"


if __name__ == "__main__":
    sys.exit(main())

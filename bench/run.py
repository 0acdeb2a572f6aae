"""Every benchmark, one after the other: python bench/run.py [NAME ...]. Wants a quiet machine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

NAMES = ("hook", "journal", "recall", "redact", "ingest", "detect")


def main() -> int:
    failed = []
    for name in sys.argv[1:] or NAMES:
        print(f"== {name}", flush=True)
        if subprocess.run([sys.executable, str(Path(__file__).with_name(f"{name}.py"))], check=False).returncode:
            failed.append(name)
    if failed:
        print(f"over their limits, or broken: {' '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

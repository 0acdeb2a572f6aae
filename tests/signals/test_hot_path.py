"""What the hook imports stays within the standard library and a few milliseconds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import opsloop


def test_the_hot_store_imports_sqlite_and_nothing_dear() -> None:
    code = "import sys, json; import opsloop.signals.hot; print(json.dumps(sorted(sys.modules)))"
    command = [
        sys.executable,
        "-I",
        "-S",
        "-c",
        f"import sys; sys.path.insert(0, {str(Path(opsloop.__file__).parents[1])!r}); {code}",
    ]
    loaded = set(json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
    assert {name for name in loaded if name.startswith("opsloop")} == {
        "opsloop",
        "opsloop.signals",
        "opsloop.signals.hot",
        "opsloop.signals.known",
        "opsloop.sqlite",
    }
    assert not loaded & {"typing", "dataclasses", "inspect", "enum", "pathlib", "duckdb", "pyarrow"} - {"enum"}

"""Every setting has its place in docs/settings.md."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from opsloop import config

PAGE = (Path(__file__).parents[2] / "docs" / "settings.md").read_text(encoding="utf-8")
TABLES = {"store": config.Store, "engine": config.Engine, "hours": config.Hours, "redact": config.Redaction}
TABLES |= {"recall": config.Recall, "slo": config.Slo, "journals": config.JournalRef}


@pytest.mark.parametrize("table", [field.name for field in fields(config.Settings)])
def test_a_table_has_its_section(table: str) -> None:
    assert any(f"## `{opening}{table}" in PAGE for opening in ("[", "[["))


@pytest.mark.parametrize(("table", "key"), [(name, key.name) for name, kind in TABLES.items() for key in fields(kind)])
def test_a_key_is_named_in_its_section(table: str, key: str) -> None:
    section = PAGE.split(f"[{table}]")[1].split("\n## ")[0]
    assert f"`{key}`" in section

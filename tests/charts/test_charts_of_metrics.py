"""``metrics --chart`` draws every family; small charts of text stand beside the table, never in JSON."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from commandline import opsloop
from told import signal

from opsloop.charts.text import bar, sparkline
from opsloop.verbs.chart import chart
from opsloop.verbs.metrics import FAMILIES
from opsloop.verbs.workspace import Workspace

NOW = datetime(2026, 3, 29, 12, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Three weeks of a little of everything."""
    ws = Workspace(tmp_path_factory.mktemp("shop"), NOW)
    told = []
    for week in (1, 2, 3):
        at = NOW - timedelta(days=7 * week)
        later = at + timedelta(hours=week)
        told += [
            signal(
                "deployment succeeded", at, f"d{week}", environment="production", first_commit_at="2026-03-01T00:00:00Z"
            ),
            signal("incident started", at, f"i{week}", severity="P2"),
            signal("incident resolved", later, f"i{week}", severity="P2"),
            signal("alert firing", at, f"a{week}", name="PoolSaturated"),
            signal("sample -", at, name="disk", value=0.9, resource="db"),
            signal("sli -", at, name="availability", good="999", total="1000", objective="0.99"),
            signal("shift ended", later, f"s{week}", duration_s=43_200.0, engineer="Ada"),
        ]
    ws.store.append(told, origin="test", now=NOW)
    return ws


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_is_drawn(family: str, shop: Workspace, tmp_path: Path) -> None:
    path = tmp_path / f"{family}.svg"
    drawn = chart(shop, family, path)
    root = ET.fromstring(path.read_text(encoding="utf-8"))
    assert drawn["title"]
    assert drawn["title"] in (root.get("aria-label") or "")


@pytest.mark.slow
def test_the_suffix_says_the_format_and_a_wrong_one_is_one_line(shop: Workspace, tmp_path: Path) -> None:
    done = opsloop(shop.root, "metrics", "alerts", "--chart", str(tmp_path / "a.png"), "--json")
    assert json.loads(done.stdout)["chart"] == str(tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    wrong = opsloop(shop.root, "metrics", "alerts", "--chart", "a.jpg")
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)
    assert ".svg or .png" in wrong.stderr


@pytest.mark.slow
def test_weeks_are_drawn_beside_the_table_and_not_in_json(shop: Workspace) -> None:
    told = opsloop(shop.root, "metrics", "dora", "--by", "week").stdout
    assert "█" in told
    assert "█" not in opsloop(shop.root, "metrics", "dora", "--by", "week", "--json").stdout


def test_a_line_starts_at_nothing_and_keeps_its_gaps() -> None:
    assert sparkline([0, 1, None, 2]) == "▁▅·█"
    assert sparkline([]) == ""
    assert sparkline([0, 0]) == "▁▁"


def test_a_bar_is_as_long_as_its_share() -> None:
    assert bar(1.0, 4) == "████"
    assert bar(0.5, 4) == "██"
    assert bar(7.0, 4) == "████"
    assert bar(0.0, 4) == ""

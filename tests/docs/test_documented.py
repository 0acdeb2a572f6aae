"""Whatever a user can name has a paragraph: verbs, options, sources, detectors, targets, clients, pages, settings."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import click
import pytest

from opsloop import config
from opsloop.cli import VERBS, cli
from opsloop.metrics.choices import Choices
from opsloop.web.api.operations import OPERATIONS
from opsloop.web.limits import Limits
from opsloop.web.pages import PAGES

PROJECT = Path(__file__).parent.parent.parent
SOURCE = PROJECT / "src" / "opsloop"
SHELVES = ("sources", "detectors", "targets", "clients")
FOLDERS = sorted(path.parent for shelf in SHELVES for path in (SOURCE / shelf).glob("*/__init__.py"))
DETECTORS = [folder.name for folder in FOLDERS if folder.parent.name == "detectors"]
TABLES = {
    "store": config.Store,
    "engine": config.Engine,
    "hours": config.Hours,
    "redact": config.Redaction,
    "recall": config.Recall,
    "slo": config.Slo,
    "journals": config.JournalRef,
    "metrics": Choices,
    "serve": Limits,
}


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reference, made anew."""
    folder = tmp_path_factory.mktemp("reference")
    tool = PROJECT / "tools" / "reference.py"
    subprocess.run([sys.executable, str(tool), str(folder)], check=True, timeout=120)
    return folder


def _section(text: str, heading: str) -> str:
    """What stands below ``heading`` down to the next one of any level."""
    found = re.search(rf"^#+ {re.escape(heading)}$(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"no heading {heading!r}"
    return found[1]


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_and_option_stands_in_the_reference_with_what_it_does(verb: str, reference: Path) -> None:
    text = (reference / "commands.md").read_text(encoding="utf-8")
    parent = click.Context(cli, info_name="opsloop")
    command = cli.get_command(parent, verb)
    assert command is not None
    described = [(f"opsloop {verb}", command)]
    if isinstance(command, click.Group):
        described += [(f"opsloop {verb} {name}", inner) for name, inner in command.commands.items()]
    for heading, item in described:
        section = _section(text, heading)
        assert item.help, f"{heading} has no help"
        assert item.help.split()[0] in section
        for option in item.params:
            if isinstance(option, click.Option) and not option.hidden:
                assert option.help, f"{heading} {option.opts[0]} does not say what it does"
                assert option.opts[0] in section, f"{heading} {option.opts[0]}"


def test_everything_that_the_api_does_stands_in_the_reference(reference: Path) -> None:
    text = (reference / "api.md").read_text(encoding="utf-8")
    for one in OPERATIONS:
        assert f"| `{one.method} {one.path}` | {one.scope} | " in text
        assert len(one.summary) > 3


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def test_every_folder_has_a_page_with_a_heading_and_a_paragraph(folder: Path, reference: Path) -> None:
    text = (folder / "README.md").read_text(encoding="utf-8").strip()
    heading, *paragraphs = re.split(r"\n\s*\n", text)
    assert re.fullmatch(r"# \S.*", heading), heading
    prose = [part for part in paragraphs if part[0].isalpha() or part.startswith("**")]
    assert any(len(part.split()) >= 6 for part in prose), f"{folder.name} says nothing"
    assert f"#{heading}\n" in (reference / f"{folder.parent.name}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", DETECTORS)
def test_every_threshold_stands_on_its_detectors_page_with_its_default(name: str) -> None:
    text = (SOURCE / "detectors" / name / "README.md").read_text(encoding="utf-8")
    defaults = importlib.import_module(f"opsloop.detectors.{name}").DEFAULTS
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", text, re.MULTILINE))
    assert set(rows) == set(defaults) - {"enabled"}
    for key, told in rows.items():
        default = defaults[key]
        assert told.strip("`") == (", ".join(default) if isinstance(default, tuple) else str(default)), key


def test_every_page_is_named_where_the_server_is_explained() -> None:
    text = (PROJECT / "docs" / "how-to" / "server.md").read_text(encoding="utf-8")
    for page in PAGES:
        row = re.search(rf"^\| `{re.escape(page.path)}` \| (.*?) \|$", text, re.MULTILINE)
        assert row, page.path
        assert len(row[1].split()) >= 4, f"{page.path} says nothing"


@pytest.mark.parametrize("table", sorted(item.name for item in fields(config.Settings)))
def test_every_setting_has_its_place_in_the_docs(table: str) -> None:
    text = (PROJECT / "docs" / "settings.md").read_text(encoding="utf-8")
    heading = next(
        (form for form in (f"`[{table}]`", f"`[[{table}]]`", f"`[{table}.NAME]`") if f"## {form}\n" in text), None
    )
    assert heading, f"[{table}] has no section"
    section = _section(text, heading)
    if table == "serve":
        section = (PROJECT / "docs" / "how-to" / "server.md").read_text(encoding="utf-8")
    for item in fields(TABLES[table]) if table in TABLES else ():
        assert f"`{item.name}`" in section, f"[{table}] {item.name}"


def test_every_target_says_where_it_writes_by_default() -> None:
    section = _section((PROJECT / "docs" / "settings.md").read_text(encoding="utf-8"), "`[targets]`")
    for folder in FOLDERS:
        if folder.parent.name == "targets":
            place = importlib.import_module(f"opsloop.targets.{folder.name}").FORM.place
            assert f"| `{folder.name}` | `{place}` |" in section, folder.name


def test_every_page_of_the_site_is_in_its_navigation_and_every_decision_in_its_list() -> None:
    navigation = (PROJECT / "mkdocs.yml").read_text(encoding="utf-8")
    listed = (PROJECT / "docs" / "adr" / "README.md").read_text(encoding="utf-8")
    for page in sorted((PROJECT / "docs").rglob("*.md")):
        path = page.relative_to(PROJECT / "docs").as_posix()
        if path.startswith("adr/0"):
            assert f"({page.name})" in listed, path
        else:
            assert f": {path}\n" in navigation + "\n", path

"""Every file in ``clients/NAME/cases/``: what the client tells, how it is read, what it takes back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from opsloop import clients
from opsloop.errors import NotFound

FOLDER = Path(clients.__file__).parent
CASES = sorted(FOLDER.glob("*/cases/*.json"))


def test_every_client_has_cases_and_a_readme():
    for name in clients.names():
        folder = FOLDER / name.replace("-", "_")
        assert list((folder / "cases").glob("*.json")), name
        assert (folder / "README.md").read_text().startswith("# "), name


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parts[-3]}/{path.stem}")
def test_what_a_client_tells_is_read_and_what_it_takes_is_written(path):
    case = json.loads(path.read_text())
    name = path.parts[-3]
    assert clients.speaker(case.get("told_to", name), case["told"]) == name
    client = clients.load(name)
    event = client.read(case["told"])
    assert event.as_json() == case["event"]
    if "written" in case:
        assert json.loads(client.write(event, 'Known: "x"\n')) == case["written"]


@pytest.mark.parametrize("told", [{}, {"hook_event_name": []}, {"tool_input": {"command": 3}}, {"tool_result": "x"}])
@pytest.mark.parametrize("name", clients.names())
def test_a_client_that_tells_nonsense_is_read_as_telling_little(name, told):
    assert clients.load(name).read(told).command == ""


def test_names_are_typed_with_hyphens_or_underscores_and_an_unknown_one_gets_the_list():
    assert clients.load("claude-code") is clients.load("Claude_Code")
    for wrong in ("cursor", "event", "../codex", "place"):
        with pytest.raises(NotFound, match=r"there are claude-code codex copilot gemini openclaw|did you mean 'codex'"):
            clients.load(wrong)

"""Installing into a client's files and out of them again: exact, idempotent, and nothing of the user's touched."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opsloop.clients import jsonedit, names
from opsloop.errors import BadInput, Conflict
from opsloop.verbs import agents
from opsloop.verbs.workspace import Workspace

SETTINGS = ".claude/settings.json"
FOREIGN = {
    "empty object": "{}",
    "empty object, spread": "{\n}\n",
    "no hooks": '{\n  "model": "opus",\n  "permissions": {"allow": ["Bash(ls:*)"]}\n}\n',
    "four spaces": '{\n    "env": {\n        "A": "1"\n    }\n}\n',
    "tabs": '{\n\t"env": {\n\t\t"A": "1"\n\t}\n}',
    "one line": '{"model":"opus","hooks":{"Stop":[{"hooks":[{"type":"command","command":"say done"}]}]}}',
    "windows": '{\r\n  "model": "opus"\r\n}\r\n',
    "byte order mark": '\ufeff{\n  "model": "opus"\n}\n',
    "empty hooks": '{\n  "hooks": {},\n  "model": "opus"\n}\n',
    "empty event": '{\n  "hooks": {\n    "PostToolUse": []\n  }\n}\n',
    "hooks of others": json.dumps(
        {
            "z": 1,
            "hooks": {"PostToolUse": [{"matcher": "Edit", "hooks": [{"type": "command", "command": "lint"}]}]},
            "a": 2,
        },
        indent=2,
    ),
    "not ASCII": '{\n  "greeting": "grüß dich ☃",\n  "esc": "\\u2603"\n}\n',
    "blank file": "",
}


@pytest.fixture
def ws(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    root = tmp_path / "project"
    (root / ".git").mkdir(parents=True)
    return Workspace(root)


def write(ws, text, name=SETTINGS):
    path = ws.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return path


@pytest.mark.parametrize("text", FOREIGN.values(), ids=FOREIGN)
def test_installing_adds_and_uninstalling_gives_back_every_byte(ws, text):
    path = write(ws, text)
    agents.install(ws, "claude-code", write=True)
    installed = json.loads(path.read_bytes().decode().removeprefix("\ufeff"))
    before = json.loads(text.removeprefix("\ufeff")) if text else {}
    assert {key: value for key, value in installed.items() if key != "hooks"} == {
        k: v for k, v in before.items() if k != "hooks"
    }
    assert [key for key in installed if key in before] == list(before)
    assert {"UserPromptSubmit", "PostToolUse", "PostToolUseFailure"} <= set(installed["hooks"])
    agents.uninstall(ws, "claude-code", write=True)
    assert path.read_bytes() == text.encode()


@pytest.mark.parametrize("name", names())
def test_where_there_was_nothing_nothing_is_left(ws, name):
    before = everything(ws)
    agents.install(ws, name, write=True)
    assert everything(ws) != before
    agents.uninstall(ws, name, write=True)
    assert everything(ws) == before


def everything(ws):
    files = [path for path in ws.root.parent.rglob("*") if path.is_file()]
    return {path for path in files if ".opsloop" not in path.parts and ".local" not in path.parts}


@pytest.mark.parametrize("name", names())
def test_installing_again_changes_nothing(ws, name):
    assert agents.install(ws, name, write=True)["changed"]
    again = agents.install(ws, name, write=True)
    assert again["changed"] == []
    assert again["diff"] == ""


@pytest.mark.parametrize("name", names())
def test_without_yes_the_diff_is_shown_and_nothing_written(ws, name):
    before = everything(ws)
    shown = agents.install(ws, name)
    assert "--client" in shown["diff"]
    assert shown["changed"]
    assert not shown["written"]
    assert everything(ws) == before


@pytest.mark.parametrize("text", ['{"a": 1,}', "{ // a comment\n}", "[1]", '"x"', "{", "\x00"])
def test_a_file_that_is_not_plain_json_is_refused_and_left_alone(ws, text):
    path = write(ws, text)
    with pytest.raises(BadInput, match="nothing was changed"):
        agents.install(ws, "claude-code", write=True)
    assert path.read_bytes() == text.encode()


def test_the_command_is_absolute_isolated_and_names_its_client(ws):
    agents.install(ws, "codex", write=True)
    command = json.loads((ws.root / ".codex/hooks.json").read_text())["hooks"]["PostToolUse"][0]["hooks"][0]["command"]
    python, *options, hook, flag, client = command.split()
    assert Path(python).is_absolute()
    assert Path(python).resolve() == Path(python)
    assert options == ["-I", "-S"]
    assert Path(hook).is_file()
    assert (flag, client) == ("--client", "codex")


def test_a_hook_that_names_another_python_is_brought_up_to_date_in_place(ws):
    agents.install(ws, "claude-code", write=True)
    path = ws.root / SETTINGS
    current = path.read_text()
    path.write_text(current.replace(" -I -S ", " -X old "))
    assert agents.status(ws, "claude-code")["groups"][0]["hooks"] == "outdated"
    assert [trouble.where for trouble in agents.check_hooks(ws)] == [str(path)]
    agents.install(ws, "claude-code", write=True)
    assert path.read_text() == current
    assert agents.status(ws, "claude-code")["groups"][0]["hooks"] == "current"


def test_what_the_user_wrote_meanwhile_stays(ws):
    path = write(ws, '{\n  "model": "opus"\n}\n')
    agents.install(ws, "claude-code", write=True)
    path.write_text(path.read_text().replace('"opus"', '"sonnet",\n  "extra": [1, 2]'))
    agents.uninstall(ws, "claude-code", write=True)
    assert path.read_text() == '{\n  "model": "sonnet",\n  "extra": [1, 2]\n}\n'


def test_a_hook_of_the_users_in_one_group_with_ours_stays(ws):
    agents.install(ws, "claude-code", write=True)
    path = ws.root / SETTINGS
    known = json.loads(path.read_text())
    known["hooks"]["PostToolUse"][0]["hooks"].append({"type": "command", "command": "lint"})
    path.write_text(json.dumps(known, indent=2))
    agents.uninstall(ws, "claude-code", write=True)
    hooks = {"PostToolUse": [{"matcher": "Bash", "hooks": [{"type": "command", "command": "lint"}]}]}
    assert json.loads(path.read_text())["hooks"] == hooks


def test_the_user_scope_goes_to_the_home_and_keeps_its_memory_there(ws):
    document = agents.install(ws, "claude-code", scope="user", write=True)
    assert document["changed"] == [str(ws.root.parent / "home" / SETTINGS)]
    assert not (ws.root / SETTINGS).exists()


def test_in_a_home_where_all_is_uninstalled_no_memory_of_it_is_left(ws):
    for name in ("gemini", "codex"):
        agents.install(ws, name, scope="user", write=True)
    for name in ("codex", "gemini"):
        assert list(Path.home().rglob("agents.json"))
        agents.uninstall(ws, name, scope="user", write=True)
    assert not [path for path in Path.home().rglob("*") if path.is_file()]


def test_openclaw_has_no_hooks_in_projects_and_what_its_user_switched_off_stays_off(ws):
    with pytest.raises(BadInput, match="--scope user"):
        agents.install(ws, "openclaw", scope="project", write=True)
    config = ws.root.parent / "home/.openclaw/openclaw.json"
    config.parent.mkdir(parents=True)
    config.write_text('{"hooks": {"internal": {"enabled": false}}}')
    with pytest.raises(BadInput, match="switch it on there"):
        agents.install(ws, "openclaw", write=True)


INSTRUCTIONS = ["# Mine\n\nText.\n", "# Mine, no line end", "", "\n\n", None]


@pytest.mark.parametrize("text", INSTRUCTIONS)
def test_the_block_of_instructions_comes_and_goes_without_a_trace(ws, text):
    path = ws.root / "AGENTS.md"
    if text is not None:
        path.write_text(text)
    agents.install(ws, "codex", by="instructions", write=True)
    assert path.read_text().startswith(text or "<!-- opsloop")
    assert path.read_text().count("opsloop recall") == 1
    assert agents.install(ws, "codex", by="instructions", write=True)["changed"] == []
    agents.uninstall(ws, "codex", write=True)
    assert (path.read_text() if path.exists() else None) == text


def test_an_old_block_is_replaced_where_it_stands(ws):
    agents.install(ws, "copilot", by="instructions", write=True)
    path = ws.root / ".github/copilot-instructions.md"
    whole = path.read_text()
    path.write_text("# Before\n\n" + whole.replace("opsloop resolve", "opsloop old-verb") + "\n# After\n")
    agents.install(ws, "copilot", by="instructions", write=True)
    assert path.read_text() == "# Before\n\n" + whole + "\n# After\n"


def test_a_file_that_changes_between_look_and_write_is_not_overwritten(ws):
    from opsloop import clients
    from opsloop.verbs.agents import _place, _write

    path = write(ws, "{}")
    [change] = clients.load("claude-code").changes(_place(ws, "claude-code", None, "hooks"))
    path.write_text('{"new": 1}')
    with pytest.raises(Conflict):
        _write(change)
    assert path.read_text() == '{"new": 1}'


keys = st.text(min_size=1, max_size=5)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(keys, values, max_size=4), st.sampled_from([None, 1, 2, 4, "\t"]), st.booleans())
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_appending_to_any_json_and_removing_it_again_is_nothing(document, indent, ascii_only):
    text = json.dumps(document, indent=indent, ensure_ascii=ascii_only)
    added = jsonedit.append(text, (), {"x": [1]}, key="\u2603 new")
    assert json.loads(added) == document | {"\u2603 new": {"x": [1]}}
    assert jsonedit.remove(added, ("\u2603 new",)) == text

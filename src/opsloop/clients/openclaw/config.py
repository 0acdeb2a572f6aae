"""OpenClaw's own files: the hook and the plugin that we put there, and their switches in ``openclaw.json``."""

from __future__ import annotations

import json
import shlex
from importlib.resources import files as resources
from typing import TYPE_CHECKING, Any, Final

from opsloop.clients import jsonedit
from opsloop.clients.openclaw import CONFIG, HOOK, PLUGIN
from opsloop.clients.place import Change, pretty
from opsloop.errors import BadInput

if TYPE_CHECKING:
    from opsloop.clients.place import Place

# A plugin that reads prompts, to add what is known of them, must be allowed to.
_SWITCHES: Final[dict[tuple[str, ...], Any]] = {
    ("hooks", "internal", "enabled"): True,
    ("hooks", "internal", "entries", "opsloop"): {"enabled": True},
    ("plugins", "entries", "opsloop-hooks"): {"enabled": True, "hooks": {"allowConversationAccess": True}},
}


def only_for_users(place: Place) -> None:
    """OpenClaw's gateway reads the hooks and plugins of its user, not those of a project."""
    if place.scope == "project":
        msg = "OpenClaw has hooks for its user only: --scope user, or --by instructions for this workspace"
        raise BadInput(msg)


def files(place: Place) -> dict[str, str]:
    """Path below the home -> text: JavaScript as shipped, and beside it the command that it runs."""
    here = resources("opsloop.clients.openclaw") / "files"
    command = pretty(shlex.split(place.command("openclaw")))
    found: dict[str, str] = {}
    for folder, target in (("hook", HOOK), ("plugin", PLUGIN)):
        shipped = sorted((here / folder).iterdir(), key=lambda item: item.name)
        found |= {f"{target}/{item.name}": item.read_text(encoding="utf-8") for item in (*shipped, here / "ask.js")}
        found[f"{target}/command.json"] = command
    return found


def switched_on(place: Place) -> list[Change]:
    """``openclaw.json`` with our switches in; what the user switched off stays off, and is said."""
    path, before = place.folder / CONFIG, place.read(CONFIG)
    text = before if before and before.strip() else "{}\n"
    for keys, value in _SWITCHES.items():
        text = _put(text, keys, value, str(path))
    return [Change(path=path, before=before, after=text)] if text != before else []


def _put(text: str, keys: tuple[str, ...], value: Any, where: str) -> str:
    inside: Any = jsonedit.parse(text, where)
    depth = 0
    while depth < len(keys) and isinstance(inside, dict) and keys[depth] in inside:
        inside = inside[keys[depth]]
        depth += 1
    if depth == len(keys):
        if inside == value or (isinstance(inside, dict) and inside.get("enabled") is True):
            return text
        msg = f"{where}: {'.'.join(keys)} is {json.dumps(inside)}; switch it on there, then install again"
        raise BadInput(msg)
    for key in reversed(keys[depth + 1 :]):
        value = {key: value}
    if text.strip() == "{}":
        return pretty({keys[0]: value})
    return jsonedit.append(text, keys[:depth], value, key=keys[depth])


def switched_off(place: Place) -> list[Change]:
    """``openclaw.json`` without our switches; what else is in it stays as it is."""
    path, before = place.folder / CONFIG, place.read(CONFIG)
    if not before or not before.strip():
        return []
    kept = _without(before, str(path), tidy=False)
    if kept == before:
        return []
    tidied = _without(before, str(path), tidy=True)
    after = tidied if jsonedit.parse(tidied, str(path)) else None
    return [Change(path=path, before=before, after=after, guesses=(kept, tidied, "{}\n", "{}", "", None))]


def _without(text: str, where: str, *, tidy: bool) -> str:
    for keys in (("hooks", "internal", "entries", "opsloop"), ("plugins", "entries", "opsloop-hooks")):
        if (bare := jsonedit.remove(text, keys)) == text:
            continue
        text = bare
        for depth in range(len(keys) - 1, 0, -1) if tidy else ():
            container = _at(jsonedit.parse(text, where), keys[:depth])
            if container not in ({}, {"enabled": True}):
                break
            text = jsonedit.remove(text, keys[:depth])
    return text


def _at(value: Any, keys: tuple[str, ...]) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value

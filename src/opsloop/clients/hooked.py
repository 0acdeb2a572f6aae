"""What installing means for most clients: a hook among others in their settings, a file of our own, a block of text."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

from opsloop.clients import jsonedit
from opsloop.clients.place import Change, ours, pretty

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from opsloop.clients.place import Place

_TIMEOUT_S: Final = 10
OPENING: Final = "<!-- opsloop: this block is kept by `opsloop agents install`; write outside it -->"
CLOSING: Final = "<!-- opsloop: end -->"
BLOCK: Final = f"""{OPENING}
## Operations learnings

Incidents, alerts, deployments and toil leave learnings in `.learnings/`.

- Before operations work: `opsloop recall "WHAT YOU ARE ABOUT TO DO"`, then read what it names with `opsloop show ID`.
- After an incident, a failed deployment, a manual step or a capacity problem: `opsloop log issue|learning|feature`.
- When it is solved: `opsloop resolve ID --notes "WHAT FIXED IT"`. What keeps happening: `opsloop promote --candidates`.
- Never write secrets, customer data or raw logs into an entry.
{CLOSING}
"""


def added(
    place: Place, *, settings: str, hooks: Mapping[str, str | None], instructions: str, timeout: int = _TIMEOUT_S
) -> list[Change]:
    """Our hook for each event, behind the hooks that are there; one of ours is brought up to date."""
    if place.by == "instructions":
        return instructed(place, instructions)
    command = place.command(_client_of(settings))
    before = place.read(settings)
    where = str(place.folder / settings)
    groups = {event: _group(command, matcher, timeout) for event, matcher in hooks.items()}
    if before is None or not before.strip():
        after = pretty({"hooks": {event: [group] for event, group in groups.items()}})
        return [Change(path=place.folder / settings, before=before, after=after)]
    after = before
    for event, group in groups.items():
        after = _with_hook(after, event, group, where)
    jsonedit.parse(after, where)
    return [Change(path=place.folder / settings, before=before, after=after)] if after != before else []


def _client_of(settings: str) -> str:
    return {".claude": "claude-code", ".codex": "codex", ".gemini": "gemini"}[settings.partition("/")[0]]


def _group(command: str, matcher: str | None, timeout: int) -> dict[str, Any]:
    hook = {"type": "command", "command": command, "timeout": timeout}
    return ({"matcher": matcher} if matcher else {}) | {"hooks": [hook]}


def _with_hook(text: str, event: str, group: dict[str, Any], where: str) -> str:
    settings = jsonedit.parse(text, where)
    known = settings.get("hooks", {})
    present = known.get(event, []) if isinstance(known, dict) else []
    if present and group in present:
        return text
    text = _cut(text, event, present, trim=False)
    if "hooks" not in settings:
        return jsonedit.append(text, (), {event: [group]}, key="hooks")
    if event not in known:
        return jsonedit.append(text, ("hooks",), [group], key=event)
    return jsonedit.append(text, ("hooks", event), group)


def _cut(text: str, event: str, present: Any, *, trim: bool) -> str:
    """Take our hooks out of one event's groups, and groups that held nothing else."""
    for number, hooks in reversed(list(enumerate(map(_hooks, present)))) if isinstance(present, list) else ():
        mine = [place for place, hook in enumerate(hooks) if _is_ours(hook)]
        if mine and len(mine) == len(hooks):
            text = jsonedit.remove(text, ("hooks", event, str(number)), trim=trim)
        else:
            for place in reversed(mine):
                text = jsonedit.remove(text, ("hooks", event, str(number), "hooks", str(place)), trim=trim)
    return text


def _hooks(group: Any) -> list[Any]:
    inside = group.get("hooks") if isinstance(group, dict) else None
    return inside if isinstance(inside, list) else []


def _is_ours(hook: Any) -> bool:
    return isinstance(hook, dict) and ours(hook.get("command"))


def removed(place: Place, *, settings: str, instructions: str) -> list[Change]:
    """Our hooks out of the settings, our block out of the instructions."""
    changes = uninstructed(place, instructions)
    before = place.read(settings)
    if before is None or not before.strip():
        return changes
    where = str(place.folder / settings)
    mine = _mine(jsonedit.parse(before, where))
    if not mine:
        return changes
    kept = [frozenset(some) for count in range(len(mine) + 2) for some in combinations((*mine, "hooks"), count)]
    guesses = dict.fromkeys(_without_hooks(before, where, keep, trim=trim) for keep in kept for trim in (True, False))
    bare = next(iter(guesses))
    after = bare if jsonedit.parse(bare, where) else None
    return [*changes, Change(path=place.folder / settings, before=before, after=after, guesses=(*guesses, "", None))]


def _mine(settings: dict[str, Any]) -> list[str]:
    """The events that have a hook of ours."""
    known = settings.get("hooks")
    events = known.items() if isinstance(known, dict) else ()
    groups = ((event, group) for event, present in events if isinstance(present, list) for group in present)
    return list(dict.fromkeys(event for event, group in groups if any(map(_is_ours, _hooks(group)))))


def _without_hooks(text: str, where: str, keep: frozenset[str], *, trim: bool) -> str:
    """``keep`` names the events, and "hooks" itself, that stay though they are left empty."""
    for event in _mine(jsonedit.parse(text, where)):
        text = _cut(text, event, jsonedit.parse(text, where)["hooks"][event], trim=trim)
        if event not in keep and not jsonedit.parse(text, where)["hooks"][event]:
            text = jsonedit.remove(text, ("hooks", event), trim=trim)
    if "hooks" not in keep and not jsonedit.parse(text, where)["hooks"]:
        text = jsonedit.remove(text, ("hooks",), trim=trim)
    return text


def owned(place: Place, files: Mapping[str, str]) -> list[Change]:
    """Files that are ours alone."""
    found = [(place.folder / name, place.read(name), text) for name, text in files.items()]
    return [Change(path=path, before=before, after=after) for path, before, after in found if before != after]


def disowned(place: Place, names: Iterable[str]) -> list[Change]:
    """Our files, gone."""
    found = [(place.folder / name, place.read(name)) for name in names]
    return [Change(path=path, before=before, after=None) for path, before in found if before is not None]


def instructed(place: Place, name: str) -> list[Change]:
    """Our block at the end of a file of instructions, or brought up to date where it stands."""
    before = place.read(name)
    text = before or ""
    start, end = _block(text)
    if start < 0:
        after = text + ("" if not text else "\n" if text.endswith("\n") else "\n\n") + BLOCK
    else:
        after = text[:start] + BLOCK + text[end:]
    return [Change(path=place.folder / name, before=before, after=after)] if after != before else []


def uninstructed(place: Place, name: str) -> list[Change]:
    """The file without our block and the empty line before it; a file that held nothing else goes."""
    before = place.read(name)
    start, end = _block(before or "")
    if before is None or start < 0:
        return []
    head, tail = before[:start], before[end:]
    guesses = [head + tail, head.removesuffix("\n") + tail, head.removesuffix("\n\n") + tail]
    after = guesses[1] if (head + tail).strip() else None
    return [Change(path=place.folder / name, before=before, after=after, guesses=(*guesses, None))]


def _block(text: str) -> tuple[int, int]:
    """Where our block stands, its last line end included; -1 where it is not."""
    start = text.find(OPENING)
    end = text.find(CLOSING, start)
    if start < 0 or end < 0:
        return -1, -1
    end += len(CLOSING)
    return start, end + 1 if text[end : end + 1] == "\n" else end

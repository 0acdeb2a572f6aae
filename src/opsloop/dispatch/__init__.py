"""One entry point for everything that self-improving skills want to say to an agent's session.

Routes an event to the skills that it concerns, lets each call through once (event + matcher + file + five minutes, by
session), gives each skill one reminder in five minutes, and puts them in order: security, engineering, coding, ai, the
domain skill that the user named, meta. All of this runs in the hook: standard library only, imported when needed.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from opsloop.clients.event import Event

WINDOW_S = 300
"""How long the same thing is not said again, and a skill's reminder not repeated."""


def answer(raw: bytes, options: dict[str, str]) -> str:
    """What the hook prints for one call: the client's own form around what the model should know, or nothing.

    Raises ValueError for what is not even the beginning of a JSON object; an empty stdin is a call without news.
    """
    from opsloop import clients
    from opsloop.clients.event import OTHER
    from opsloop.clients.wire import loads, mend

    text = raw.decode("utf-8", "replace").lstrip("\ufeff").strip()
    if not text:
        return ""
    try:
        told = loads(text)
    except ValueError:
        told = mend(text)
    if not isinstance(told, dict):
        message = "the client told something else than a JSON object"
        raise ValueError(message)  # noqa: TRY004 - the text is wrong, not a type of ours
    client = clients.load(clients.speaker(options.get("client", "claude-code"), told))
    event: Event = client.read(told)
    if event.moment == OTHER:
        return ""
    from opsloop.dispatch.session import Session

    context = Session(event, raw, options).context()
    return str(client.write(event, context)) if context else ""

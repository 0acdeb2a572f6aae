"""Entries and runbooks to read, and a prompt that leads through a blameless postmortem."""

# Annotations are real objects here, not text: the SDK reads them.
from pathlib import Path

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ResourceError

from opsloop import markdown
from opsloop.errors import OpsloopError
from opsloop.mcp_server.calls import fresh
from opsloop.redact import quote_external
from opsloop.verbs.workspace import Workspace

_LIMIT = 20_000
"""Characters of one resource."""


def register(server: MCPServer, ws: Workspace) -> None:
    """Offer the resources and the prompt for this project."""

    @server.resource("opsloop://entries/{entry_id}", mime_type="text/markdown")
    def entry(entry_id: str) -> str:
        """One entry of the journal, as Markdown, framed as quoted data."""
        now = fresh(ws)
        try:
            found = now.journal.get(entry_id)
        except OpsloopError as error:
            raise ResourceError(str(error)) from error
        return quote_external(markdown.render(found), f"{now.journal.path_of(found)} {entry_id}", limit=_LIMIT)

    @server.resource("opsloop://entries", mime_type="text/markdown")
    def entries() -> str:
        """Every entry that is open, one a line."""
        now = fresh(ws)
        still = [one for one in now.journal.entries(archived=False) if one.status in ("pending", "in_progress")]
        lines = [f"- {one.id} [{one.priority or 'medium'}] {one.summary or one.title}" for one in still]
        return quote_external("\n".join(lines) or "No open entries.", "the journal", limit=_LIMIT)

    @server.resource("opsloop://runbooks", mime_type="text/markdown")
    def runbooks() -> str:
        """The runbooks there are."""
        return "\n".join(f"- opsloop://runbooks/{path.stem}" for path in _runbooks(ws)) or "No runbooks yet."

    @server.resource("opsloop://runbooks/{name}", mime_type="text/markdown")
    def runbook(name: str) -> str:
        """One runbook: reviewed and promoted, so given as it stands."""
        found = [path for path in _runbooks(ws) if path.stem == name]
        if not found:
            msg = f"no runbook {name!r}; opsloop://runbooks lists them"
            raise ResourceError(msg)
        return found[0].read_text(encoding="utf-8")[:_LIMIT]

    @server.prompt(title="Blameless postmortem")
    def postmortem(entry_id: str) -> str:
        """Lead through the postmortem of one issue."""
        now = fresh(ws)
        found = now.journal.get(entry_id)
        quoted = quote_external(markdown.render(found), f"{now.journal.path_of(found)} {entry_id}", limit=_LIMIT)
        return (
            f"Write the blameless postmortem of {entry_id} with me. Ask for what is missing, one question at a time,"
            " and invent nothing.\n\n1. Timeline in UTC: detected, declared, cause found, mitigated, restored.\n"
            "2. Impact: users, duration, error budget.\n"
            "3. Root cause in the system: how could a careful person do this? Ask why"
            " until the answer is a condition that can be changed.\n4. What went well, what was luck.\n5. Actions: each"
            " with an owner, a date, and how we shall see that it worked.\n\nName systems, not people. When we agree,"
            " call resolve with the link, and promote to postmortem without confirm, so that I see the diff."
            f"\n\n{quoted}"
        )


def _runbooks(ws: Workspace) -> list[Path]:
    from opsloop.targets.runbook import FORM

    folder = ws.root / str(ws.settings.targets.get("runbook", FORM.place))
    return sorted(folder.glob("*.md")) if folder.is_dir() else []

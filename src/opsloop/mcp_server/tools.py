"""The tools. Names, types and texts here are what a model reads; the work is done by the verbs."""

# Annotations are real objects here, not text: the SDK makes the schemas from them.
from typing import Annotated, Any, Literal

from mcp.server.mcpserver import MCPServer
from mcp.types import ToolAnnotations
from pydantic import Field

from opsloop.mcp_server.calls import ACTOR, fresh, moment, paged, reported
from opsloop.verbs.workspace import Workspace

Document = dict[str, Any]
Id = Annotated[str, Field(description="An entry's id, such as OPS-20250415-001.", pattern=r"^[A-Z]+-\d{8}-\w+$")]
Limit = Annotated[int, Field(description="How many at most.", ge=1, le=100)]
Offset = Annotated[int, Field(description="Where to begin; next_offset of the page before.", ge=0)]
Time = Annotated[str | None, Field(description="RFC 3339, such as 2026-01-31T12:00:00Z.")]
Category = Literal[
    "process_bottleneck", "incident_pattern", "capacity_issue", "automation_gap", "sla_breach", "toil_accumulation"
]
Area = Literal[
    "incident_management", "change_management", "capacity_planning", "automation", "monitoring", "runbooks", "on_call"
]
_READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
_ADDS = ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=False)
_EDITS = ToolAnnotations(read_only_hint=False, destructive_hint=True, open_world_hint=False)


def register(server: MCPServer, ws: Workspace) -> None:
    """Offer every tool for this project."""
    _journal(server, ws)
    _memory(server, ws)
    _loop(server, ws)
    _figures(server, ws)


def _journal(server: MCPServer, ws: Workspace) -> None:
    @server.tool(annotations=_ADDS)
    @reported
    def log_entry(  # noqa: PLR0917 - a schema, not a parameter list: models name each
        kind: Annotated[Literal["learning", "issue", "feature"], Field(description="What it is.")],
        summary: Annotated[str, Field(description="One line. No secrets, customer data or raw logs.", min_length=8)],
        name: Annotated[str | None, Field(description="Issue or feature: its short_name.")] = None,
        category: Annotated[Category | None, Field(description="Learning: required.")] = None,
        area: Area | None = None,
        severity: Literal["P1", "P2", "P3", "P4"] | None = None,
        priority: Literal["low", "medium", "high", "critical"] | None = None,
        details: str = "",
        root_cause: str = "",
        mitigation: Annotated[str, Field(description="What restored service.")] = "",
        prevention: str = "",
        suggested_action: str = "",
        metadata: Annotated[
            dict[str, str] | None,
            Field(description="Labels: Service, Environment, Pattern-Key (category.slug), Tags, See Also."),
        ] = None,
    ) -> Document:
        """Write down a learning, an issue or a feature request; returns its id and entries that look alike."""
        from opsloop.verbs.log import log

        record = {
            "requested_capability" if kind == "feature" else "summary": summary,
            "name": name,
            "category": category,
            "area": area,
            "severity": severity,
            "priority": priority,
            "details": details,
            "root_cause": root_cause,
            "mitigation": mitigation,
            "prevention": prevention,
            "suggested_action": suggested_action,
            "metadata": metadata,
        }
        return log(fresh(ws), kind, {label: value for label, value in record.items() if value}, actor=ACTOR)

    @server.tool(annotations=_READS)
    @reported
    def show(
        id: Id,  # noqa: A002 - the name that models know it by
        brief: Annotated[bool, Field(description="Only a short, redacted summary, fit to be passed on.")] = False,
    ) -> Document:
        """One entry, whole or in brief."""
        from opsloop.verbs.brief import brief as short
        from opsloop.verbs.entries import show as whole

        return short(fresh(ws), id) if brief else whole(fresh(ws), id)

    @server.tool(annotations=_EDITS)
    @reported
    def resolve(
        id: Id,  # noqa: A002
        notes: Annotated[str, Field(description="What was done, or why the risk is accepted.", min_length=3)],
        status: Literal["resolved", "wont_fix", "in_progress"] = "resolved",
        postmortem: Annotated[str, Field(description="Link to the postmortem.")] = "",
    ) -> Document:
        """Close an entry with what solved it; from then on verify watches whether it stays away."""
        from opsloop.verbs.resolve import resolve as run

        return run(fresh(ws), id, notes=notes, status=status, postmortem=postmortem, actor=ACTOR)


def _memory(server: MCPServer, ws: Workspace) -> None:
    @server.tool(annotations=_READS)
    @reported
    def recall(
        text: Annotated[str, Field(description="What you are about to do, or what just failed.", min_length=3)],
        budget_tokens: Annotated[int, Field(description="How long the answer may be.", ge=20, le=4000)] = 100,
        top: Annotated[int, Field(description="How many at most.", ge=1, le=10)] = 3,
    ) -> Document:
        """The few learnings that help with this; an empty list when none does."""
        from opsloop.verbs.recall import recall as run

        return run(fresh(ws), text, budget_tokens=budget_tokens, top=top)

    @server.tool(annotations=_READS)
    @reported
    def search(
        text: Annotated[str, Field(description="Words, any of them.", min_length=1)],
        limit: Limit = 10,
        offset: Offset = 0,
    ) -> Document:
        """Entries that hold the words, best first."""
        from opsloop.verbs.entries import search as run

        return paged(run(fresh(ws), text, limit=offset + limit + 1), limit, offset)


def _loop(server: MCPServer, ws: Workspace) -> None:
    @server.tool(annotations=_ADDS)
    @reported
    def detect(
        dry_run: Annotated[bool, Field(description="Only say what would be found.")] = False,
        since: Time = None,
        limit: Limit = 20,
        offset: Offset = 0,
    ) -> Document:
        """Look for patterns in the stored signals and keep them as entries; running it again changes nothing."""
        from opsloop.verbs.detect import detect as run

        return paged(run(fresh(ws), dry_run=dry_run, since=moment(since, "since")), limit, offset)

    @server.tool(annotations=_EDITS)
    @reported
    def promote(
        ids: Annotated[list[Id], Field(description="The entries; none lists the candidates instead.")],
        to: Annotated[
            str, Field(description="runbook, postmortem, backlog, capacity, handoff, slo, agents, skill.")
        ] = "",
        confirm: Annotated[
            bool, Field(description="Write it. Only after a person has seen the diff and agreed.")
        ] = False,
        limit: Limit = 20,
        offset: Offset = 0,
    ) -> Document:
        """Turn proven entries into a standing document: shows the diff, and writes nothing unless confirmed."""
        from opsloop.verbs import promote as run

        if not ids:
            from opsloop.verbs.candidates import candidates

            return paged(candidates(fresh(ws)), limit, offset)
        return run.promote(fresh(ws), ids, to, write=confirm, actor=ACTOR)

    @server.tool(annotations=_READS)
    @reported
    def verify(id: Id | None = None, limit: Limit = 20, offset: Offset = 0) -> Document:  # noqa: A002
        """Did it become rarer? Before and after, for one promoted or resolved entry or for all."""
        from opsloop.verbs.verify import verify as run

        return paged(run(fresh(ws), id), limit, offset)

    @server.tool(annotations=_READS)
    @reported
    def review(limit: Limit = 20, offset: Offset = 0) -> Document:
        """What needs attention: open P1 and P2, toil, stale entries, error budgets."""
        from opsloop.verbs.review import review as run

        return paged(run(fresh(ws)), limit, offset)


def _figures(server: MCPServer, ws: Workspace) -> None:
    @server.tool(annotations=_READS)
    @reported
    def metrics(  # noqa: PLR0917
        family: Literal["dora", "incidents", "slo", "toil", "alerts", "capacity"],
        service: str | None = None,
        start: Time = None,
        end: Time = None,
        by: Literal["service", "week"] | None = None,
        limit: Limit = 50,
        offset: Offset = 0,
    ) -> Document:
        """Figures over a window, each with its definition; no data is null, never 0."""
        from opsloop.verbs.metrics import metrics as run

        first, last = moment(start, "start"), moment(end, "end")
        return paged(run(fresh(ws), family, service=service, by=by, start=first, end=last), limit, offset)

    @server.tool(annotations=_READS)
    @reported
    def handoff(shift_start: Time = None, shift_end: Time = None) -> Document:
        """The brief for whoever takes over: by default of the 12 hours that end now."""
        from opsloop.verbs.handoff import handoff as run

        return run(fresh(ws), start=moment(shift_start, "shift_start"), end=moment(shift_end, "shift_end"))

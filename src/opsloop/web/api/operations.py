"""The table of the API. Things are named as their lists are, actions as their verbs."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from opsloop.web.api import asked as ask
from opsloop.web.api import calls
from opsloop.web.api.calls import ACTOR, verb
from opsloop.web.api.operation import JSON, Operation

if TYPE_CHECKING:
    from collections.abc import Callable

_TEXT: Final = {"type": "string"}
_FILES: Final = {JSON: {}, **dict.fromkeys(("application/x-ndjson", "text/csv", "text/plain"), _TEXT)}
_ENTRY: Final = {JSON: {"$ref": "#/components/schemas/NewEntry"}}


def _get(
    path: str, does: Callable[..., Any], answer: str, summary: str, asks: type[ask.Asked] = ask.Asked
) -> Operation:
    """Reading: the query is what is asked."""
    return Operation(method="GET", path=path, does=does, answer=answer, summary=summary, asks=asks)


def _post(
    path: str,
    does: Callable[..., Any],
    answer: str,
    summary: str,
    asks: type[ask.Asked] = ask.Asked,
    *,
    scope: str,
    **more: Any,
) -> Operation:
    """Anything else: a JSON object is what is asked."""
    return Operation(
        method="POST", path=path, does=does, answer=answer, summary=summary, asks=asks, scope=scope, **more
    )


_READING: Final = (
    _get("/v1/signals", verb("signals:signals"), "Signals", "What is stored, oldest first", ask.Signals),
    _get("/v1/entries", calls.entries, "Entries", "The learnings, in the order of the files", ask.Entries),
    _get("/v1/entries/{id}", verb("entries:show"), "Entries", "One learning", ask.OneEntry),
    _get("/v1/similar/{id}", verb("patterns:similar"), "Results", "Which may be the same pattern", ask.Similar),
    _get("/v1/search", verb("entries:search"), "Results", "Learnings that hold the words", ask.Search),
    _get("/v1/recall", verb("recall:recall"), "Results", "The few learnings that help, or none", ask.Recall),
    _get("/v1/findings", calls.findings, "Findings", "What detection finds; nothing is written", ask.Detect),
    _get("/v1/backtest", verb("backtest:backtest"), "Results", "What other thresholds find", ask.Backtest),
    _get("/v1/metrics/{family}", calls.metrics, "Metrics", "Figures with their definition", ask.Metrics),
    _get("/v1/candidates", verb("candidates:candidates"), "Results", "Who qualifies for promotion, and why"),
    _get("/v1/promote", calls.promote, "Proposal", "A promotion as a diff; nothing is written", ask.Promotion),
    _get(
        "/v1/adopt/{id}", verb("adopt:adoption"), "Adoption", "Words from outside, before anyone adopts", ask.OneEntry
    ),
    _get("/v1/verdicts", verb("verify:verify", write=False), "Verdicts", "Did it become rarer?", ask.Verify),
    _get("/v1/review", verb("review:review"), "Sections", "What needs attention"),
    _get("/v1/handoff", calls.handoff, "Sections", "The brief of a shift", ask.Shift),
    _get("/v1/runs", verb("runs:runs"), "Runs", "What the server did by itself, newest first"),
    _get("/v1/coverage", verb("coverage:coverage"), "Coverage", "What is known of each source, and what cannot be"),
    _get("/v1/doctor", verb("doctor:doctor"), "Problems", "What is broken or in doubt"),
    _post("/v1/recall", verb("recall:recall"), "Results", "The same, for a long text", ask.Recall, scope="read"),
    _post(
        "/v1/classify",
        verb("classify:classify"),
        "Judgement",
        "Is tool output an operational problem?",
        ask.Classify,
        scope="read",
    ),
    _post(
        "/v1/redact",
        verb("redact:redact"),
        "Redacted",
        "The text with secrets and internal names masked",
        ask.Redact,
        scope="read",
    ),
)
_WRITING: Final = (
    _post(
        "/v1/log/{kind}",
        calls.log,
        "Logged",
        "Write an entry; secrets are masked first",
        ask.Log,
        scope="write",
        takes=_ENTRY,
        status=HTTPStatus.CREATED,
    ),
    _post(
        "/v1/ingest/{source}",
        calls.ingest,
        "Received",
        "Store what is new of a file",
        ask.Ingest,
        scope="write",
        takes=_FILES,
    ),
    _post(
        "/v1/resolve",
        verb("resolve:resolve", actor=ACTOR),
        "Closed",
        "Close an entry with what was done",
        ask.Resolve,
        scope="write",
    ),
    _post("/v1/link", verb("link:link", actor=ACTOR), "Object", "Connect two entries", ask.Link, scope="write"),
    _post("/v1/detect", calls.detect, "Findings", "Findings become entries, once", ask.Detect, scope="write"),
    _post(
        "/v1/verify", verb("verify:verify"), "Verdicts", "Verdicts, written into the entries", ask.Verify, scope="write"
    ),
    _post(
        "/v1/review",
        verb("review:review", remember=True),
        "Sections",
        "What needs attention; this is the last review from now on",
        scope="write",
    ),
    _post("/v1/seal", verb("seal:seal"), "Sealed", "Move signals from the hot tier to the lake", scope="write"),
)
_APPROVING: Final = (
    _post("/v1/approve", calls.approve, "Proposal", "Write a promotion as it was seen", ask.Approval, scope="approve"),
    _post(
        "/v1/reject",
        verb("promote:reject", actor=ACTOR),
        "Rejected",
        "Do not propose it again without new evidence",
        ask.Rejection,
        scope="approve",
    ),
    _post(
        "/v1/adopt",
        verb("adopt:adopt", actor=ACTOR),
        "Adoption",
        "Stand for an entry's words as they were seen",
        ask.Adoption,
        scope="approve",
    ),
    _post(
        "/v1/disown",
        verb("adopt:disown", actor=ACTOR),
        "Adoption",
        "Take an adoption back",
        ask.OneEntry,
        scope="approve",
    ),
    _post(
        "/v1/merge",
        verb("patterns:merge", actor=ACTOR),
        "Object",
        "Let one entry stand for two patterns",
        ask.Merge,
        scope="approve",
    ),
    _post("/v1/split", verb("patterns:split", actor=ACTOR), "Object", "Take a merge back", ask.Split, scope="approve"),
    _post(
        "/v1/rename-pattern",
        verb("patterns:rename_pattern", actor=ACTOR),
        "Object",
        "Give a pattern another key; the old one stays an alias",
        ask.Rename,
        scope="approve",
    ),
)
OPERATIONS: Final = (*_READING, *_WRITING, *_APPROVING)

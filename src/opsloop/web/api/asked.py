"""What a request may ask, field by field: the query of a GET, the JSON object of a POST; ``{...}`` of a path included.

msgspec reads requests into these and describes them in the OpenAPI document, so that both say the same. What words a
field knows is only described here: the verbs refuse others, with the same message as on the command line.
"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct, field

from opsloop import detectors, sources, targets
from opsloop.model import AREAS, CATEGORIES, ENTRY_KINDS, KINDS, PRIORITIES, SEVERITIES, STATUSES
from opsloop.verbs.metrics import FAMILIES

_LONGEST_TEXT = 1_000_000


def _words(known: Any) -> Any:
    return Meta(extra_json_schema={"enum": list(known)})


def _like(pattern: str, *examples: str) -> Any:
    return Meta(max_length=200, examples=list(examples), extra_json_schema={"pattern": pattern})


Id = Annotated[str, Meta(max_length=100, examples=["OPS-20260131-001"])]
Time = Annotated[str, Meta(max_length=64, examples=["2026-01-31T12:00:00Z"], extra_json_schema={"format": "date-time"})]
Text = Annotated[str, Meta(max_length=_LONGEST_TEXT)]
Few = Annotated[int, Meta(ge=1, le=50)]
Days = Annotated[int, Meta(ge=1, le=366)]
Page = Annotated[int, Meta(ge=1, le=1000)]
EntryKind = Annotated[str, _words(ENTRY_KINDS)]
SignalKind = Annotated[str, _words(KINDS)]
Family = Annotated[str, _words(FAMILIES)]
Detector = Annotated[str, _words(detectors.names())]
SOURCE = {"anyOf": [{"enum": sources.names()}, {"pattern": f"^{sources.OWN_NAME}$"}]}
"""One of the sources that there are, or one that the settings add."""
Source = Annotated[str, Meta(extra_json_schema=SOURCE)]
Target = Annotated[str, _words(targets.names())]
Service = Annotated[str, Meta(examples=["checkout"])]
PatternKey = Annotated[str, Meta(examples=["capacity_issue.connection-pool"])]
Assignment = Annotated[str, _like("^[a-z][a-z_]*=.+$", "max_episodes_per_day=80")]
Threshold = Annotated[str, _like("^[a-z][a-z_]*=0?[.][0-9]+$", "cpu=0.85")]


class Asked(Struct, forbid_unknown_fields=True, kw_only=True):
    """Nothing."""


class Signals(Asked):
    """Which signals, and which page of them."""

    kind: SignalKind | None = None
    source: Annotated[str, Meta(examples=["alertmanager"])] | None = None
    service: Service | None = None
    since: Time | None = None
    limit: Page = 100
    cursor: str | None = None


class Entries(Asked):
    """Which entries, and which page of them."""

    kind: EntryKind | None = None
    status: Annotated[str, _words(STATUSES)] | None = None
    priority: Annotated[str, _words(PRIORITIES)] | None = None
    severity: Annotated[str, _words(SEVERITIES)] | None = None
    area: Annotated[str, _words(AREAS)] | None = None
    category: Annotated[str, _words(CATEGORIES)] | None = None
    service: Service | None = None
    pattern_key: PatternKey | None = field(name="pattern-key", default=None)
    since: (
        Annotated[str, Meta(max_length=64, description="A time, a date, or a span.", examples=["30d", "2026-01-31"])]
        | None
    ) = None
    archived: bool = False
    limit: Page = 100
    cursor: str | None = None


class OneEntry(Asked):
    """One entry."""

    entry_id: Id = field(name="id")


class Search(Asked):
    """Words to look for."""

    text: Text
    limit: Annotated[int, Meta(ge=1, le=200)] = 10


class Recall(Asked):
    """A symptom."""

    text: Text
    top: Few = 3
    budget_tokens: Annotated[int, Meta(ge=10, le=100_000)] | None = None
    service: Service | None = None
    pattern_key: PatternKey | None = None


class Similar(OneEntry):
    """Whose likes."""

    top: Few = 5


class Metrics(Asked):
    """Which figures, over [from, to)."""

    family: Family
    service: Service | None = None
    start: Time | None = field(name="from", default=None)
    end: Time | None = field(name="to", default=None)
    by: Annotated[str, _words(("service", "week"))] | None = None
    thresholds: list[Threshold] = field(name="threshold", default_factory=list)


class Verify(Asked):
    """One entry, or all."""

    entry_id: Id | None = field(name="id", default=None)


class Backtest(Asked):
    """A detector and other thresholds (``name=value``). All of them at once would keep the caller waiting."""

    detector: Detector
    assignments: list[Assignment] = field(name="set", default_factory=list)
    days: Days = 90


class Shift(Asked):
    """The shift [start, end)."""

    shift_start: Time | None = None
    shift_end: Time | None = None


class Classify(Asked):
    """A tool's output, with the command and the exit code where they are known."""

    output: Text
    command: str | None = None
    exit_code: Annotated[int, Meta(ge=-(2**31), le=2**31)] | None = None


class Redact(Asked):
    """A text."""

    text: Text


class Log(Asked):
    """An entry in its JSON form."""

    kind: EntryKind
    body: bytes


class Ingest(Asked):
    """A file in the form of a source."""

    source: Source
    body: bytes
    timezone: Annotated[str, Meta(examples=["Europe/Berlin"])] | None = None


class Resolve(OneEntry):
    """How an entry was closed."""

    notes: Text
    status: Annotated[str, _words(("resolved", "wont_fix", "in_progress", "pending"))] = "resolved"
    postmortem: str = ""


class Link(Asked):
    """Two entries."""

    one: Id
    other: Id


class Adoption(OneEntry):
    """Who stands for an entry's words; ``seen`` is what reading them said."""

    by: Annotated[str, Meta(min_length=1, max_length=80)]
    seen: str


class Merge(Asked):
    """Two entries: ``keep`` stands for both patterns from then on."""

    keep: Id
    fold: Id


class Split(Asked):
    """The entry that was folded."""

    fold: Id


class Rename(Asked):
    """A pattern key, and what it is to be."""

    old: PatternKey
    new: PatternKey


class Detect(Asked):
    """``since`` reports only what showed at or after it."""

    since: Time | None = None


class Promotion(Asked):
    """Which entries, and what they are to become."""

    ids: list[Id] = field(name="id")
    target: Target = field(name="to")
    name: str | None = None
    slo: str | None = None


class Approval(Promotion, kw_only=True):
    """A promotion whose diff was looked at: ``seen`` is what the proposal said."""

    seen: str


class Rejection(Asked):
    """A proposal that is not wanted, and why."""

    ids: list[Id] = field(name="id")
    target: Target = field(name="to")
    reason: Text

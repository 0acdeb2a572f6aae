"""Laws of the format: what is written is read back, what is not changed stays as it is, nothing is ever lost."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

from hypothesis import given
from hypothesis import strategies as st

from opsloop.errors import Conflict
from opsloop.markdown import parse, portions, render, rewrite, split
from opsloop.markdown.grammar import LABELS, TITLES
from opsloop.model import AREAS, CATEGORIES, PRIORITIES, SEVERITIES, STATUSES, Entry

HARD_LINES = [
    "## [OPS-20260101-001] a heading",
    "## [x] almost a heading",
    "## [LRN-x] a heading without an id",
    "### Metadata",
    "\\### escaped",
    "\\\\## [ escaped twice",
    "---",
    "```",
    "```bash",
    "````",
    "~~~",
    "  ```",
    "\\```",
    "**Status**: resolved",
    "- Service: api",
    "- [x] done",
    "| a | b |",
    "|---|---|",
    "<<<<<<< HEAD",
    "=======",
    "",
    "    indented",
    "ünïcode ☃ \u2028 \x85 \x0c",
]
characters = st.characters(exclude_categories=["Cs"], exclude_characters="\r")
hard_text = st.lists(st.one_of(st.sampled_from(HARD_LINES), st.text(characters, max_size=20)), max_size=8).map(
    "\n".join
)
body = hard_text.map(str.strip)
line = st.text(characters, max_size=30).map(lambda text: " ".join(text.split()))
something = line.filter(bool)
label = something.filter(lambda text: not set(text) & set("*:[]|#`~<>=-\\"))
extra_label = label.filter(lambda text: text.lower() not in LABELS)
extra_title = label.filter(lambda text: text.lower() not in TITLES)
maybe = st.none() | something
item = body.filter(lambda text: text and not text.startswith("[")).flatmap(
    lambda text: st.sampled_from([text, "[x] " + text])
)
entries = st.builds(
    Entry,
    kind=st.just("learning"),
    id=st.dates().map(lambda day: f"LRN-{day.year:04}{day.month:02}{day.day:02}-001"),
    category=st.none() | st.sampled_from(CATEGORIES) | something,
    name=maybe,
    logged=maybe,
    priority=st.none() | st.sampled_from(PRIORITIES),
    status=st.none() | st.sampled_from(STATUSES),
    severity=st.none() | st.sampled_from(SEVERITIES),
    area=st.none() | st.sampled_from(AREAS),
    skill=maybe,
    summary=body,
    details=body,
    impact=st.dictionaries(label, body, max_size=4),
    metrics=st.dictionaries(label, body, max_size=4),
    root_cause=body,
    mitigation=body,
    prevention=body,
    timeline=st.lists(st.tuples(line, line), max_size=4).map(tuple),
    action_items=st.lists(item, max_size=4).map(tuple),
    suggested_action=body,
    requested_capability=body,
    user_context=body,
    complexity=body,
    suggested_implementation=body,
    metadata=st.dictionaries(label, body, max_size=5),
    resolution=st.dictionaries(label, body, max_size=4),
    extra_fields=st.dictionaries(extra_label, line, max_size=3),
    extra_sections=st.dictionaries(extra_title, body, max_size=3),
)
kinds = st.sampled_from([("learning", "LRN"), ("issue", "OPS"), ("feature", "FEAT")])
entries = st.tuples(entries, kinds).map(lambda pair: replace(pair[0], kind=pair[1][0], id=pair[1][1] + pair[0].id[3:]))
documents = st.lists(st.one_of(st.sampled_from(HARD_LINES), st.text(max_size=20)), max_size=30).flatmap(
    lambda lines: st.sampled_from(["\n", "\r\n"]).map(lambda end: end.join(lines))
)


@given(entries)
def test_what_is_written_is_read_back(entry: Entry) -> None:
    assert parse(render(entry)) == entry


@given(entries)
def test_an_entry_written_to_a_file_is_one_block_of_it(entry: Entry) -> None:
    raw = render(entry).encode()
    assert [(block.id, block.raw) for block in split(b"# Header\n\n---\n" + raw + raw)[1:]] == [(entry.id, raw)] * 2


@given(st.binary() | documents.map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_splitting_loses_no_byte_of_any_file(data: bytes) -> None:
    blocks = split(data)
    assert b"".join(block.raw for block in blocks) == data
    assert all(data[block.offset :].startswith(block.raw) for block in blocks)


@given(documents.map(lambda text: text.encode("utf-8", "surrogatepass")), st.integers(1, 100))
def test_a_file_read_bit_by_bit_has_the_same_blocks(data: bytes, length: int) -> None:
    read = [
        (entry_id.decode(), held[start:end])
        for held, spans in portions(BytesIO(data), length)
        for entry_id, start, end in spans
    ]
    together = [(entry_id, raw) for entry_id, raw in read if entry_id or raw]
    assert together == [(block.id, block.raw) for block in split(data) if block.id or block.raw]


@given(documents)
def test_any_text_is_read_as_something_that_can_be_written_and_read_again(text: str) -> None:
    entry = parse("## [LRN-20260101-001] x\n" + text.encode("utf-8", "replace").decode())
    once = parse(render(entry))
    assert parse(render(once)) == once


@given(entries, entries)
def test_rewriting_makes_an_entry_say_what_is_wanted(old: Entry, new: Entry) -> None:
    wanted = replace(new, kind=old.kind, id=old.id)
    assert parse(rewrite(render(old).encode(), wanted).decode()) == wanted


@given(documents, st.sampled_from(STATUSES))
def test_setting_a_status_changes_one_line_at_most_whatever_surrounds_it(text: str, status: str) -> None:
    raw = f"## [LRN-20260101-001] x\n\n**Status**: pending\n{text}".encode("utf-8", "surrogatepass")
    entry = parse(raw.decode("utf-8", "replace"))
    try:
        changed = rewrite(raw, replace(entry, status=status))
    except Conflict:
        return
    before, after = raw.split(b"\n"), changed.split(b"\n")
    assert len(before) == len(after)
    assert sum(old != new for old, new in zip(before, after, strict=True)) <= 1


@given(entries)
def test_rewriting_with_no_change_is_the_same_bytes(entry: Entry) -> None:
    raw = render(entry).replace("\n", "\r\n").encode()
    assert rewrite(raw, parse(raw.decode())) == raw

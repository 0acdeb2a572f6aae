from datetime import UTC, datetime, timedelta

import pytest

from opsloop.detect import match
from opsloop.errors import BadInput, Conflict, NotFound
from opsloop.index.thesaurus import ROWS, concepts, concepts_of
from opsloop.index.words import stem, stems
from opsloop.model import Entry, Finding
from opsloop.recall import ENOUGH, recall
from opsloop.recall.everyday import EVERYDAY
from opsloop.verbs.patterns import merge, rename_pattern, similar, split
from opsloop.verbs.recall import recall as recall_verb
from opsloop.verbs.workspace import Workspace

NOW = datetime(2026, 2, 2, 12, tzinfo=UTC)
LONG_AGO = "2024-02-02T12:00:00Z"

KNOWN = {
    "pool": Entry(
        kind="issue",
        name="pool exhausted",
        summary="checkout ran out of database connections after a deploy",
        mitigation="Raise the pool limit, then restart one pod at a time.",
        metadata={"Pattern-Key": "capacity_issue.pool", "Service": "checkout"},
    ),
    "leak": Entry(
        kind="learning",
        category="incident_pattern",
        summary="memory leak in the image library of the catalogue",
        details="It crashed twice a week.",
    ),
    "certificate": Entry(
        kind="learning",
        category="automation_gap",
        summary="the gateway's certificate expired because the renewal job was off",
        suggested_action="Alert 14 days before expiry.",
    ),
    "lag": Entry(
        kind="issue",
        name="replica lag",
        summary="reports read stale rows while the standby lagged behind the primary",
        metadata={"Service": "reports"},
    ),
    "drill": Entry(
        kind="learning",
        category="process_bottleneck",
        summary="hand-offs at shift change lose the list of muted alerts",
    ),
}


@pytest.fixture
def ws(tmp_path):
    workspace = Workspace(tmp_path, NOW)
    workspace.journal.init()
    return workspace


@pytest.fixture
def known(ws):
    entries = ws.journal.append_all(KNOWN.values())
    ws.index.refresh(ws.journal)
    return dict(zip(KNOWN, (entry.id for entry in entries), strict=True))


def ids(results):
    return [hit["id"] for hit in results]


@pytest.mark.parametrize(
    ("symptom", "wanted"),
    [
        ("too many connections from checkout", "pool"),
        ("heap of the catalogue keeps growing until it dies", "leak"),
        ("x509: certificate has expired", "certificate"),
        ("TLS cert was not renewed", "certificate"),
        ("secondary is behind the master", "lag"),
        ("who muted this alert before the shift changed", "drill"),
    ],
)
def test_a_symptom_in_other_words_finds_its_learning(ws, known, symptom, wanted):
    assert ids(recall(ws.index, symptom, now=NOW.timestamp()))[0] == known[wanted]


@pytest.mark.parametrize(
    "question",
    [
        "penguins eat fish",
        "how do I centre a div",
        "write a poem about spring",
        "",
        "the and of",
        "'\"(*)- OR NEAR",
        "🙂",
    ],
)
def test_recall_says_nothing_where_nothing_fits(ws, known, question):
    assert recall(ws.index, question, now=NOW.timestamp()) == []


def test_it_says_why_and_what_to_do(ws, known):
    hit = recall(ws.index, "checkout: too many connections", now=NOW.timestamp())[0]
    assert "service checkout" in hit["why"]
    assert "connections" in hit["why"]
    assert "→ Raise the pool limit" in hit["text"]
    assert 0 < hit["score"] <= 1


def test_the_very_pattern_comes_first_even_without_a_shared_word(ws, known):
    hits = recall(ws.index, "the gateway's certificate expired", now=NOW.timestamp(), pattern_key="capacity_issue.pool")
    assert (hits[0]["id"], hits[0]["score"]) == (known["pool"], 1.0)
    assert "same pattern" in hits[0]["why"]


@pytest.mark.parametrize("budget", [10, 40, 100])
def test_texts_keep_the_budget_of_tokens(ws, budget):
    ws.journal.append_all(
        [
            Entry(
                kind="learning",
                category="capacity_issue",
                summary=f"queue {number} grows " + "because consumers stop " * 30,
            )
            for number in range(4)
        ]
    )
    results = recall_verb(ws, "queue grows", budget_tokens=budget)["results"]
    assert results
    assert sum(len(hit["text"]) for hit in results) <= 4 * budget


def test_resolved_and_recent_entries_come_before_pending_and_old_ones(ws):
    same = {"kind": "issue", "name": "disk full", "summary": "the disk of the ledger is full"}
    old, recent, resolved = ws.journal.append_all(
        [
            Entry(**same, logged=LONG_AGO),
            Entry(**same, logged=(NOW - timedelta(days=3)).isoformat()),
            Entry(**same, logged=(NOW - timedelta(days=3)).isoformat(), status="resolved"),
        ]
    )
    assert ids(recall_verb(ws, "ledger disk full")["results"]) == [resolved.id, recent.id, old.id]


def test_more_entries_than_a_question_may_read_still_leave_the_right_one_first(ws):
    filler = [
        Entry(
            kind="learning", category="incident_pattern", summary=f"checkout latency alert number {number} after deploy"
        )
        for number in range(600)
    ]
    special = Entry(
        kind="learning",
        category="incident_pattern",
        summary="checkout latency after deploy: the garbage collector of node-local cache paused",
    )
    wanted = ws.journal.append_all([*filler, special])[-1]
    assert ids(recall_verb(ws, "checkout latency alert after deploy, collector pauses")["results"])[0] == wanted.id
    assert recall_verb(ws, "checkout latency deploy")["results"]


def test_similar_proposes_merge_or_link_and_changes_nothing(ws, known):
    twin, elsewhere = ws.journal.append_all(
        [
            Entry(
                kind="issue",
                name="connections",
                summary="database connections of checkout ran out after the deploy",
                metadata={"Pattern-Key": "capacity_issue.db", "Service": "checkout"},
            ),
            Entry(
                kind="issue",
                name="connections",
                summary="billing ran out of database connections after a deploy",
                metadata={"Pattern-Key": "capacity_issue.billing", "Service": "billing"},
            ),
        ]
    )
    before = [path.read_bytes() for path, _ in ws.journal.layout.files()]
    results = {hit["id"]: hit for hit in similar(ws, known["pool"])["results"]}
    assert results[twin.id]["proposal"] == "merge"
    assert results[elsewhere.id]["proposal"] == "link"
    assert results[twin.id]["why"]
    assert known["certificate"] not in results
    assert [path.read_bytes() for path, _ in ws.journal.layout.files()] == before


def test_a_merge_is_written_down_and_taken_back_without_a_trace(ws, known):
    other = ws.journal.append(
        Entry(kind="issue", name="db", summary="connections", metadata={"Pattern-Key": "capacity_issue.db"})
    )
    before = [ws.journal.get(entry_id) for entry_id in (known["pool"], other.id)]
    assert merge(ws, known["pool"], other.id)["own_pattern_key"] == "capacity_issue.db"
    kept, folded = (ws.journal.get(entry_id) for entry_id in (known["pool"], other.id))
    assert (kept.metadata["Merged-From"], kept.answers_to) == (other.id, {"capacity_issue.pool"})
    assert folded.answers_to == {"capacity_issue.db"}
    assert (folded.pattern_key, folded.metadata["Merged-Into"]) == ("capacity_issue.pool", kept.id)
    with pytest.raises(Conflict):
        merge(ws, known["pool"], other.id)
    split(ws, other.id)
    assert [ws.journal.get(entry_id) for entry_id in (known["pool"], other.id)] == before
    with pytest.raises(BadInput):
        split(ws, other.id)
    assert [record["action"] for record in ws.audit.records()] == ["merge", "split"]


def test_entries_without_a_pattern_or_with_themselves_are_not_merged(ws, known):
    with pytest.raises(BadInput, match="Pattern-Key"):
        merge(ws, known["leak"], known["pool"])
    with pytest.raises(BadInput, match="itself"):
        merge(ws, known["pool"], known["pool"])


def test_a_pattern_is_renamed_everywhere_and_renamed_back(ws, known):
    before = ws.journal.get(known["pool"])
    assert rename_pattern(ws, "capacity_issue.pool", "capacity_issue.pool_exhausted")["ids"] == [known["pool"]]
    renamed = ws.journal.get(known["pool"])
    assert renamed.answers_to == {"capacity_issue.pool", "capacity_issue.pool_exhausted"}
    assert (renamed.pattern_key, renamed.metadata["Pattern-Aliases"]) == (
        "capacity_issue.pool_exhausted",
        "capacity_issue.pool",
    )
    rename_pattern(ws, "capacity_issue.pool_exhausted", "capacity_issue.pool")
    assert ws.journal.get(known["pool"]) == before


def test_a_rename_needs_a_known_pattern_a_free_name_and_the_right_form(ws, known):
    ws.journal.append(Entry(kind="issue", name="x", summary="x", metadata={"Pattern-Key": "capacity_issue.other"}))
    with pytest.raises(NotFound):
        rename_pattern(ws, "capacity_issue.nothing", "capacity_issue.new")
    with pytest.raises(Conflict):
        rename_pattern(ws, "capacity_issue.pool", "capacity_issue.other")
    with pytest.raises(BadInput):
        rename_pattern(ws, "capacity_issue.pool", "Not A Key")


@pytest.mark.parametrize(
    "words",
    [
        "expire expires expired",
        "deploy deployed deploys deploying deployment",
        "replica replicas",
        "restart restarted restarting",
        "query queries",
        "connection connections",
        "break breaks broke broken",
        "freezes froze frozen",
        "stuck sticks",
        "lost lose losing loss",
    ],
)
def test_forms_of_a_word_share_a_stem(words):
    assert len({stem(word) for word in words.split()}) == 1


def test_joined_words_count_whole_and_by_their_parts():
    assert stems("the auto-scaling of svc.name") == [
        stem("auto-scaling"),
        "auto",
        stem("scaling"),
        stem("svc.name"),
        "svc",
        "name",
    ]


def test_the_concepts_of_one_stem_are_those_of_the_whole_thesaurus():
    assert {word: concepts_of([word])[word] for word in concepts()} == concepts()


def test_the_thesaurus_says_nothing_twice_in_a_row():
    for row in ROWS.strip().split("\n"):
        assert len(row.split()) == len(set(row.split())), row
    assert all(len(numbers) <= 6 for numbers in concepts().values())


def found(key):
    return Finding(
        detector="alert_recurrence", pattern_key=key, service=None, category="capacity_issue", area="monitoring", severity=None, priority="high",
        first_seen=NOW, last_seen=NOW, count=3, evidence=("a",), metrics={}, summary="again",
    )  # fmt: skip


def test_what_is_found_later_goes_to_the_entry_that_was_merged_or_renamed_and_not_to_a_new_one(ws, known):
    other = ws.journal.append(
        Entry(kind="issue", name="db", summary="connections", metadata={"Pattern-Key": "capacity_issue.db"})
    )
    merge(ws, known["pool"], other.id)
    assert match(found("capacity_issue.db"), ws.journal.entries()).id == other.id
    assert match(found("capacity_issue.pool"), ws.journal.entries()).id == known["pool"]
    rename_pattern(ws, "capacity_issue.pool", "capacity_issue.pool_exhausted")
    assert match(found("capacity_issue.pool"), ws.journal.entries()).id == known["pool"]
    assert match(found("capacity_issue.pool_exhausted"), ws.journal.entries()).id == known["pool"]


def test_what_a_long_text_mentions_in_passing_is_no_answer(ws):
    story = "Then a hook failed before each commit, terraform was blamed, and a desktop client would not render it. "
    ws.journal.append(
        Entry(
            kind="issue",
            name="replica lag",
            summary="reports read stale rows while the standby lagged behind the primary",
            details=story + "Nobody could tell why the standby was behind. " * 60,
        )
    )
    for question in ("terraform fmt fails in the commit hook", "emoji are not rendered in the desktop client"):
        assert not recall_verb(ws, question)["results"], question
    assert recall_verb(ws, "standby behind primary, stale reports")["results"]


def test_a_joined_word_counts_once(ws, known):
    ws.journal.append(
        Entry(kind="issue", name="job", summary="the pre-commit-hook-runner image was too old for the job")
    )
    assert not recall_verb(ws, "pre-commit-hook-runner chapter wants screenshots translated")["results"]


def test_words_of_every_day_are_stems_that_name_no_trouble():
    assert {stem(word) for word in ("house", "writes", "created", "different", "pages")} <= EVERYDAY
    assert EVERYDAY.isdisjoint(concepts())


def test_words_of_every_day_are_no_agreement(ws):
    """Rare in a small journal, and still they say nothing."""
    ws.journal.append_all(
        [
            Entry(kind="learning", category="automation_gap", summary="add a type to the class of the new volume"),
            Entry(kind="issue", name="volume", summary="the volume of the ledger ran full"),
        ]
    )
    ws.index.refresh(ws.journal)
    assert recall(ws.index, "add type hints to this new class", now=NOW.timestamp()) == []
    assert recall(ws.index, "class of the volume ran full on the ledger", now=NOW.timestamp())


def test_a_long_question_fits_where_many_of_its_words_agree(ws, known):
    question = (
        "checkout ran out of database connections after the deploy on tuesday, with grafana notes and jaeger spans"
    )
    assert recall(ws.index, question, now=NOW.timestamp())[0]["score"] < ENOUGH
    assert ids(recall(ws.index, question, now=NOW.timestamp()))[0] == known["pool"]


def test_a_monitor_s_name_is_found_in_plain_words(ws):
    ws.journal.append_all(
        [
            Entry(kind="issue", name="eventbusbacklog", summary="`EventBusBacklog` on broker fired 42 times"),
            Entry(kind="issue", name="disk", summary="`NodeFilesystemAlmostFull` fired"),
        ]
    )
    ws.index.refresh(ws.journal)
    assert recall(ws.index, "event bus has a backlog", now=NOW.timestamp())[0]["text"].startswith("`EventBusBacklog`")

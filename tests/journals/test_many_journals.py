"""An organisation's view over three repositories: found across them, shown with their owners, written by them alone."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from commandline import NOW, document, opsloop

from opsloop.errors import BadInput, Forbidden, NotFound
from opsloop.model import Entry, parse_time
from opsloop.verbs.doctor import doctor
from opsloop.verbs.entries import search, show
from opsloop.verbs.init import init
from opsloop.verbs.journals import shelves
from opsloop.verbs.link import link
from opsloop.verbs.promote import promote, reject
from opsloop.verbs.recall import recall
from opsloop.verbs.review import review
from opsloop.verbs.workspace import Workspace

SETTINGS = """
[[journals]]
path = "../checkout"
team = "payments"
repository = "shop/checkout"
[[journals]]
path = "../ledger"
team = "finance"
repository = "shop/ledger"
"""


def issue(summary: str, pattern: str, **more: str) -> Entry:
    return Entry(
        kind="issue",
        name=pattern.replace(".", " "),
        logged="2026-03-20T08:00:00Z",
        severity="P1",
        status="pending",
        summary=summary,
        details=f"{summary}. Seen again this week.",
        metadata={"Pattern-Key": pattern, **more},
    )


@pytest.fixture
def organisation(tmp_path: Path) -> Workspace:
    """Folders ``org`` (which looks), ``checkout`` and ``ledger``, each with its own journal."""
    entries = {
        "org": [issue("DNS resolver answers slowly for everybody", "incident_pattern.dns_slow")],
        "checkout": [
            issue("connection pool exhausted in checkout", "incident_pattern.pool_exhausted"),
            issue("certificate of checkout expired", "incident_pattern.certificate_expired"),
        ],
        "ledger": [issue("connection pool exhausted while ledger closes books", "incident_pattern.pool_exhausted")],
    }
    for name, held in entries.items():
        (tmp_path / name).mkdir()
        ws = Workspace(tmp_path / name, parse_time(NOW))
        init(ws)
        ws.journal.append_all(held)
    (tmp_path / "org" / "opsloop.toml").write_text(SETTINGS)
    return Workspace(tmp_path / "org", parse_time(NOW))


def content(folder: Path) -> dict[str, str]:
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}


def id_in(ws: Workspace, folder: str, word: str) -> str:
    entries = Workspace(ws.root.parent / folder, ws.now).journal.entries()
    return next(entry.id for entry in entries if word in entry.summary)


def test_recall_finds_what_another_team_learned_and_says_whose_it_is(organisation: Workspace) -> None:
    found = recall(organisation, "connection pool exhausted", top=5)
    owners = sorted((hit["team"], hit["repository"]) for hit in found["results"])
    assert owners == [("finance", "shop/ledger"), ("payments", "shop/checkout")]
    assert found["skipped"] == []
    scores = [hit["score"] for hit in found["results"]]
    assert scores == sorted(scores, reverse=True)


def test_recall_keeps_the_budget_over_all_journals(organisation: Workspace) -> None:
    found = recall(organisation, "connection pool exhausted", top=5, budget_tokens=15)["results"]
    assert len(found) == 2
    assert sum(len(hit["text"]) for hit in found) <= 15 * 4


def test_recall_says_nothing_where_no_journal_knows(organisation: Workspace) -> None:
    assert recall(organisation, "printer on fire in the lobby")["results"] == []


def test_search_looks_everywhere_and_the_own_journal_is_named_after_its_folder(organisation: Workspace) -> None:
    found = search(organisation, "resolver certificate")["results"]
    assert {(hit["team"], hit["repository"]) for hit in found} == {(None, "org"), ("payments", "shop/checkout")}


def test_an_edit_in_another_repository_is_found_at_once(organisation: Workspace) -> None:
    assert search(organisation, "snowstorm")["results"] == []
    other = Workspace(organisation.root.parent / "ledger", organisation.now)
    other.journal.append(issue("snowstorm closes the site", "incident_pattern.snow"))
    assert [hit["repository"] for hit in search(organisation, "snowstorm")["results"]] == ["shop/ledger"]


def test_an_entry_of_another_repository_can_be_shown(organisation: Workspace) -> None:
    name = id_in(organisation, "ledger", "pool")
    (entry,) = show(organisation, f"shop/ledger#{name}")["entries"]
    assert (entry["id"], entry["team"], entry["repository"]) == (name, "finance", "shop/ledger")
    with pytest.raises(NotFound, match="shop/ledger#OPS-1"):
        show(organisation, "shop/ledger#OPS-1")


def test_review_holds_the_sections_of_all_and_names_shared_patterns(organisation: Workspace) -> None:
    sections = {section["name"]: section["items"] for section in review(organisation)["sections"]}
    assert [(item["team"], item["repository"]) for item in sections["pending_p1_p2"]] == [
        (None, "org"),
        ("payments", "shop/checkout"),
        ("payments", "shop/checkout"),
        ("finance", "shop/ledger"),
    ]
    (shared,) = sections["shared_patterns"]
    assert shared["pattern_key"] == "incident_pattern.pool_exhausted"
    assert [entry["repository"] for entry in shared["entries"]] == ["shop/checkout", "shop/ledger"]


def test_looking_writes_nothing_into_other_repositories(organisation: Workspace) -> None:
    others = [organisation.root.parent / name for name in ("checkout", "ledger")]
    before = [content(folder) for folder in others]
    recall(organisation, "connection pool exhausted")
    search(organisation, "pool")
    review(organisation, remember=True)
    doctor(organisation)
    assert [content(folder) for folder in others] == before
    assert len(list((organisation.state / "journals").glob("*.sqlite"))) == 2


def test_an_entry_is_promoted_and_rejected_by_its_owner_only(organisation: Workspace) -> None:
    name = id_in(organisation, "checkout", "certificate")
    for asked in (name, f"shop/checkout#{name}"):
        for act in (
            lambda asked=asked: promote(organisation, [asked], "runbook", write=True),
            lambda asked=asked: reject(organisation, [asked], "runbook", "not ours"),
        ):
            with pytest.raises(Forbidden, match=r"belongs to payments, shop/checkout; do this there: opsloop --root"):
                act()


def test_the_own_entry_is_meant_where_ids_are_equal(organisation: Workspace) -> None:
    name = id_in(organisation, "org", "DNS")
    assert name == id_in(organisation, "checkout", "pool"), "both were the first of their day"
    assert "DNS" in promote(organisation, [name], "runbook")["diff"]


def test_a_link_to_another_repository_is_written_on_this_side_only(organisation: Workspace) -> None:
    own, theirs = id_in(organisation, "org", "DNS"), id_in(organisation, "ledger", "pool")
    before = content(organisation.root.parent / "ledger")
    link(organisation, own, f"shop/ledger#{theirs}")
    link(organisation, own, f"shop/ledger#{theirs}")
    assert organisation.journal.get(own).metadata["See Also"] == f"shop/ledger#{theirs}"
    assert content(organisation.root.parent / "ledger") == before
    with pytest.raises(NotFound):
        link(organisation, own, "shop/ledger#OPS-20200101-009")


def test_a_journal_that_cannot_be_read_is_said_and_the_rest_goes_on(organisation: Workspace) -> None:
    (organisation.root.parent / "ledger").rename(organisation.root.parent / "moved")
    found = recall(organisation, "connection pool exhausted")
    assert [hit["repository"] for hit in found["results"]] == ["shop/checkout"]
    assert [one["repository"] for one in found["skipped"]] == ["shop/ledger"]
    assert any(one["check"] == "journals" for one in doctor(organisation)["problems"])


def test_two_repositories_of_one_name_are_refused(organisation: Workspace) -> None:
    settings = SETTINGS.replace("shop/ledger", "shop/checkout")
    (organisation.root / "opsloop.toml").write_text(settings)
    with pytest.raises(BadInput, match="shop/checkout"):
        shelves(Workspace(organisation.root, organisation.now))


def test_the_own_journal_may_be_named_too(organisation: Workspace) -> None:
    (organisation.root / "opsloop.toml").write_text(
        f'{SETTINGS}\n[[journals]]\npath = "."\nteam = "platform"\nrepository = "shop/platform"\n'
    )
    own = shelves(Workspace(organisation.root, organisation.now))[0]
    assert (own.own, own.team, own.repository) == (True, "platform", "shop/platform")


def test_without_other_journals_answers_are_as_ever(tmp_path: Path) -> None:
    ws = Workspace(tmp_path, parse_time(NOW))
    init(ws)
    ws.journal.append(issue("connection pool exhausted", "incident_pattern.pool_exhausted"))
    assert list(recall(ws, "connection pool exhausted")) == ["results"]
    assert set(search(ws, "pool")["results"][0]) == {"id", "score", "why", "text"}


@pytest.mark.slow
def test_the_command_line_has_columns_for_team_and_repository(organisation: Workspace) -> None:
    told = opsloop(organisation.root, "recall", "connection pool exhausted").stdout
    lines = [line for line in told.splitlines() if "OPS-" in line]
    assert {line[: line.index("OPS-")] for line in lines} == {"payments  shop/checkout  ", "finance   shop/ledger    "}
    answer = document(opsloop(organisation.root, "--json", "search", "certificate"))
    assert answer["results"][0]["repository"] == "shop/checkout"
    name = id_in(organisation, "checkout", "certificate")
    refused = opsloop(organisation.root, "--json", "promote", name, "--to", "runbook", "--yes")
    assert refused.returncode == 2
    assert json.loads(refused.stderr)["error"]["code"] == "forbidden"

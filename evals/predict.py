"""Predictions of the product's own functions, for labelled corpora.

usage: python evals/predict.py tool|recall|pairs|redaction IN.jsonl OUT.jsonl [--docs docs.jsonl]
"""

from __future__ import annotations

import argparse
import base64
import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from opsloop.verbs.workspace import Workspace

Record = dict[str, Any]
NOW = datetime(2026, 1, 1, tzinfo=UTC)
LEAD = 450
"""Characters: the opening of a text without a summary stands in for it."""


def read(path: Path) -> list[Record]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def tool(records: Iterable[Record]) -> Iterator[Record]:
    from opsloop.rules import classify

    for record in records:
        yield {"id": record["id"], "pred": int(classify(record["output"])["operational"])}


def redaction(records: Iterable[Record]) -> Iterator[Record]:
    from opsloop.redact import redact

    for record in records:
        text = base64.b64decode(record["text_b64"]).decode()
        masked = redact(text).encode("utf-8", "surrogatepass")
        yield {"id": record["id"], "redacted_b64": base64.b64encode(masked).decode()}


def remember(docs: Iterable[Record], root: Path) -> tuple[Workspace, dict[str, str]]:
    """A journal of the documents, and which entry is which document."""
    from opsloop.model import Entry
    from opsloop.verbs.workspace import Workspace

    ws = Workspace(root, NOW)
    ws.journal.init()
    docs = list(docs)
    entries = ws.journal.append_all(
        Entry(
            kind="issue",
            name=str(doc["title"] or ""),
            logged=NOW.isoformat(),
            summary=str(doc["summary"] or "") or str(doc["body"])[:LEAD],
            details=str(doc["body"]),
            metadata={"Tags": ", ".join(map(str, [*doc["keywords"], *doc["categories"]]))},
        )
        for doc in docs
    )
    return ws, {entry.id: str(doc["id"]) for entry, doc in zip(entries, docs, strict=True)}


def recall(records: Iterable[Record], docs: Iterable[Record], root: Path) -> Iterator[Record]:
    from opsloop.recall import rank

    ws, names = remember(docs, root)
    ws.index.refresh(ws.journal)
    for record in records:
        hits = rank(ws.index, record["query"], now=NOW.timestamp())
        yield {"id": record["id"], "ranked": [names[hit["id"]] for hit in hits[:20]]}


def pairs(records: Iterable[Record], docs: Iterable[Record], root: Path) -> Iterator[Record]:
    from opsloop.recall import alike

    ws, names = remember(docs, root)
    ws.index.refresh(ws.journal)
    ids = {name: entry_id for entry_id, name in names.items()}
    for record in records:
        yield {"id": record["id"], "score": alike(ws.index, ids[record["a"]], ids[record["b"]])}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("task", choices=("tool", "recall", "pairs", "redaction"))
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--docs", type=Path)
    given = parser.parse_args()
    records = read(given.source)
    if given.task in ("recall", "pairs") and given.docs is None:
        parser.error(f"{given.task} needs --docs")
    with tempfile.TemporaryDirectory() as root, given.target.open("w", encoding="utf-8") as out:
        if given.docs is None:
            predictions = {"tool": tool, "redaction": redaction}[given.task](records)
        else:
            predictions = {"recall": recall, "pairs": pairs}[given.task](records, read(given.docs), Path(root))
        out.writelines(json.dumps(prediction, ensure_ascii=False) + "\n" for prediction in predictions)


if __name__ == "__main__":
    main()

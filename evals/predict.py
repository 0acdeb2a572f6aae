"""Predictions of the product's own functions, for labelled corpora.

usage: python evals/predict.py tool|recall|pairs|redaction IN.jsonl OUT.jsonl [--docs docs.jsonl]
"""

from __future__ import annotations

import argparse
import base64
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Record = dict[str, Any]


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
    predictions: Iterable[Record] = {"tool": tool, "redaction": redaction}[given.task](records)
    with given.target.open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(prediction, ensure_ascii=False) + "\n" for prediction in predictions)


if __name__ == "__main__":
    main()

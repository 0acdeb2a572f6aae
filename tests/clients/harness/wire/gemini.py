"""Gemini generateContent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.wire import Answer


def offers(body: dict[str, Any]) -> dict[str, Any]:
    declared = [item for tool in body.get("tools") or [] for item in tool.get("functionDeclarations") or []]
    return {item["name"]: item.get("parametersJsonSchema") or item.get("parameters") or {} for item in declared}


def results(body: dict[str, Any]) -> int:
    count = 0
    for turn in body.get("contents", []):
        parts = turn.get("parts", [])
        if turn.get("role") == "model" and not any("functionCall" in part for part in parts):
            count = 0
        count += sum("functionResponse" in part for part in parts)
    return count


def heard(body: dict[str, Any]) -> list[tuple[str, str]]:
    turns = [("system", body.get("systemInstruction") or {})]
    turns += [(turn.get("role", "user"), turn) for turn in body.get("contents", [])]
    return [
        (role, part.get("text") or json.dumps(part, ensure_ascii=False))
        for role, turn in turns
        for part in turn.get("parts", [])
    ]


def whole(answer: Answer) -> dict[str, Any]:
    part: dict[str, Any] = {"text": answer.text}
    if answer.tool:
        part = {"functionCall": {"name": answer.tool, "args": answer.arguments}, "thoughtSignature": "c2NyaXB0"}
    candidate = {"content": {"role": "model", "parts": [part]}, "finishReason": "STOP", "index": 0}
    usage = {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}
    return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": "scripted"}


def stream(answer: Answer) -> list[tuple[str | None, Any]]:
    return [(None, whole(answer))]

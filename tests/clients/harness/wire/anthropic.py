"""Anthropic Messages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.wire import Answer


def offers(body: dict[str, Any]) -> dict[str, Any]:
    return {tool["name"]: tool.get("input_schema", {}) for tool in body.get("tools", []) if "name" in tool}


def _blocks(content: Any) -> list[dict[str, Any]]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else list(content or [])


def results(body: dict[str, Any]) -> int:
    count = 0
    for message in body["messages"]:
        kinds = [block["type"] for block in _blocks(message["content"])]
        if message["role"] == "assistant" and "tool_use" not in kinds:
            count = 0
        count += kinds.count("tool_result")
    return count


def heard(body: dict[str, Any]) -> list[tuple[str, str]]:
    said = [("system", block.get("text", "")) for block in _blocks(body.get("system"))]
    for message in body["messages"]:
        for block in _blocks(message["content"]):
            inner = block.get("content", block)
            text = block.get("text") or (inner if isinstance(inner, str) else json.dumps(inner, ensure_ascii=False))
            said.append((message["role"] if block["type"] == "text" else block["type"], text))
    return said


def _message(answer: Answer) -> dict[str, Any]:
    block = {"type": "text", "text": answer.text}
    if answer.tool:
        block = {"type": "tool_use", "id": f"toolu_{answer.id}", "name": answer.tool, "input": answer.arguments}
    return {
        "id": f"msg_{answer.id}",
        "type": "message",
        "role": "assistant",
        "model": "scripted",
        "content": [block],
        "stop_reason": "tool_use" if answer.tool else "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 1, "output_tokens": 1},
    }


def whole(answer: Answer) -> dict[str, Any]:
    return _message(answer)


def stream(answer: Answer) -> list[tuple[str | None, Any]]:
    message = _message(answer)
    [block] = message["content"]
    if answer.tool:
        opening = block | {"input": {}}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(answer.arguments)}
    else:
        opening = {"type": "text", "text": ""}
        delta = {"type": "text_delta", "text": answer.text}
    events = [
        {"type": "message_start", "message": message | {"content": [], "stop_reason": None}},
        {"type": "content_block_start", "index": 0, "content_block": opening},
        {"type": "content_block_delta", "index": 0, "delta": delta},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": message["stop_reason"]}, "usage": {"output_tokens": 1}},
        {"type": "message_stop"},
    ]
    return [(str(event["type"]), event) for event in events]

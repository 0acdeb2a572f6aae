"""OpenAI Responses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.wire import Answer


def offers(body: dict[str, Any]) -> dict[str, Any]:
    """Tools inside a namespace are named ``namespace::tool``."""
    found: dict[str, Any] = {}
    for tool in body.get("tools") or []:
        if tool.get("type") == "namespace":
            found |= {f"{tool['name']}::{name}": schema for name, schema in offers(tool).items()}
        elif tool.get("type") in {"function", "custom"}:
            found[tool["name"]] = tool.get("parameters") or {}
    return found


def _items(body: dict[str, Any]) -> list[dict[str, Any]]:
    given = body.get("input") or []
    return [{"role": "user", "content": given}] if isinstance(given, str) else given


def results(body: dict[str, Any]) -> int:
    count = 0
    for item in _items(body):
        if item.get("type", "message") == "message" and item.get("role") == "assistant":
            count = 0
        count += str(item.get("type", "")).endswith("_output")
    return count


def heard(body: dict[str, Any]) -> list[tuple[str, str]]:
    said = [("system", body.get("instructions") or "")]
    for item in _items(body):
        if item.get("type", "message") == "message":
            content = item["content"]
            parts = [{"text": content}] if isinstance(content, str) else content
            said += [(item["role"], part.get("text", "")) for part in parts]
        else:
            output = item.get("output", item)
            said.append((item["type"], output if isinstance(output, str) else json.dumps(output, ensure_ascii=False)))
    return said


def _item(answer: Answer) -> dict[str, Any]:
    if not answer.tool:
        part = {"type": "output_text", "text": answer.text, "annotations": []}
        return {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [part]}
    namespace, _, name = answer.tool.rpartition("::")
    call = {
        "type": "function_call",
        "id": "fc_1",
        "call_id": f"call_{answer.id}",
        "name": name,
        "arguments": json.dumps(answer.arguments),
        "status": "completed",
    }
    return call | ({"namespace": namespace} if namespace else {})


def whole(answer: Answer) -> dict[str, Any]:
    return {
        "id": f"resp_{answer.id}",
        "object": "response",
        "created_at": 0,
        "status": "completed",
        "model": "scripted",
        "output": [_item(answer)],
        "usage": {
            "input_tokens": 1,
            "output_tokens": 1,
            "total_tokens": 2,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens_details": {"reasoning_tokens": 0},
        },
    }


def stream(answer: Answer) -> list[tuple[str | None, Any]]:
    response, item = whole(answer), _item(answer)
    at = {"item_id": item["id"], "output_index": 0}
    if answer.tool:
        opening = item | {"arguments": "", "status": "in_progress"}
        filling = [
            {"type": "response.function_call_arguments.delta", "delta": item["arguments"], **at},
            {"type": "response.function_call_arguments.done", "arguments": item["arguments"], **at},
        ]
    else:
        opening = item | {"content": [], "status": "in_progress"}
        place, part = at | {"content_index": 0}, item["content"][0]
        filling = [
            {"type": "response.content_part.added", "part": part | {"text": ""}, **place},
            {"type": "response.output_text.delta", "delta": answer.text, **place},
            {"type": "response.output_text.done", "text": answer.text, **place},
            {"type": "response.content_part.done", "part": part, **place},
        ]
    events = [
        {"type": "response.created", "response": response | {"status": "in_progress", "output": [], "usage": None}},
        {"type": "response.output_item.added", "output_index": 0, "item": opening},
        *filling,
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": response},
    ]
    return [(str(event["type"]), event | {"sequence_number": n}) for n, event in enumerate(events)]

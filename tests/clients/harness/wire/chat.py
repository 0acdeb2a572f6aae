"""OpenAI Chat Completions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.wire import Answer


def offers(body: dict[str, Any]) -> dict[str, Any]:
    functions = [tool["function"] for tool in body.get("tools") or [] if tool.get("type") == "function"]
    return {function["name"]: function.get("parameters") or {} for function in functions}


def results(body: dict[str, Any]) -> int:
    count = 0
    for message in body["messages"]:
        if message["role"] == "assistant" and not message.get("tool_calls"):
            count = 0
        count += message["role"] == "tool"
    return count


def heard(body: dict[str, Any]) -> list[tuple[str, str]]:
    said = []
    for message in body["messages"]:
        content = message.get("content") or ""
        parts = [{"text": content}] if isinstance(content, str) else content
        said += [(message["role"], part.get("text", "")) for part in parts]
    return said


def _message(answer: Answer) -> dict[str, Any]:
    if not answer.tool:
        return {"role": "assistant", "content": answer.text}
    function = {"name": answer.tool, "arguments": json.dumps(answer.arguments)}
    call = {"index": 0, "id": f"call_{answer.id}", "type": "function", "function": function}
    return {"role": "assistant", "content": None, "tool_calls": [call]}


def _head(kind: str, answer: Answer) -> dict[str, Any]:
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    return {"id": f"chatcmpl_{answer.id}", "object": kind, "created": 0, "model": "scripted", "usage": usage}


def whole(answer: Answer) -> dict[str, Any]:
    choice = {"index": 0, "message": _message(answer), "finish_reason": "tool_calls" if answer.tool else "stop"}
    return _head("chat.completion", answer) | {"choices": [choice]}


def stream(answer: Answer) -> list[tuple[str | None, Any]]:
    head = _head("chat.completion.chunk", answer)
    speaking = {"index": 0, "delta": _message(answer), "finish_reason": None}
    ending = {"index": 0, "delta": {}, "finish_reason": "tool_calls" if answer.tool else "stop"}
    return [(None, head | {"choices": [choice]}) for choice in (speaking, ending)]

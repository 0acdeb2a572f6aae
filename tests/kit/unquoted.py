"""What a Markdown text says in its own voice: all that stands in no quotation, no code, no comment."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

_FRONT = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)


def own_words(text: str) -> list[str]:
    """Every line of text that is neither quoted nor code: headings, paragraphs, items, cells, front matter, links."""
    said: list[str] = []
    if front := _FRONT.match(text):
        for line in front[1].splitlines():
            label, _, value = line.partition(": ")
            said += [label, json.loads(value) if value.startswith('"') else value]
        text = text[front.end() :]
    quotes = 0
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        quotes += {"blockquote_open": 1, "blockquote_close": -1}.get(token.type, 0)
        if token.type == "html_block" and not token.content.startswith("<!-- "):
            said.append(token.content)
        if token.type == "inline":
            said += _links(token) if quotes else _spoken(token)
    return said


def code_blocks(text: str) -> list[str]:
    """The code blocks that stand in no quotation: what a reader would run."""
    quotes, found = 0, []
    for token in MarkdownIt("commonmark").parse(text):
        quotes += {"blockquote_open": 1, "blockquote_close": -1}.get(token.type, 0)
        if token.type in {"fence", "code_block"} and not quotes:
            found.append(token.content)
    return found


def _spoken(inline: Token) -> Iterator[str]:
    parts = inline.children or []
    yield "".join("\n" if part.type.endswith("break") else part.content for part in parts if part.type == "text")
    yield from _links(inline)


def _links(inline: Token) -> Iterator[str]:
    for part in inline.children or []:
        if part.type in {"link_open", "image", "html_inline"}:
            yield f"{part.type} {part.content} {dict(part.attrs)}"

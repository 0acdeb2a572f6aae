"""Bodies that are HTML forms: some tools post one where others post JSON.

A field ``payload`` (GitHub) or ``data`` (Uptime Kuma) that holds a JSON object stands for the whole body; else the
fields themselves are the object.
"""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import parse_qsl

from opsloop.errors import BadInput
from opsloop.sources.decoding import read_json

FORM: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"
PLAIN: Final = frozenset({"", "text/plain"})
"""What a tool says that sends a text of the user's own making, or says nothing of it."""
_MOST_FIELDS: Final = 200
_WHOLE: Final = ("payload", "data")
_BOUNDARY: Final = re.compile(r'boundary="?([^";,\s]{1,100})"?', re.IGNORECASE)
_NAME: Final = re.compile(rb'[;\s]name="([^"\r\n]{1,200})"')


def media_type(content_type: str) -> str:
    """``Text/Plain; charset=utf-8`` as ``text/plain``; empty where none is given."""
    return content_type.partition(";")[0].strip().lower()


def read_form(body: bytes, content_type: str) -> dict[str, Any]:
    """The object that a form says, by its own content type; raises BadInput with the reason.

    JSON that is only called a form (libcurl calls everything so that it is not told about) is read as JSON.
    """
    if body.lstrip().startswith(b"{"):
        return _object(body)
    fields = _parts(body, content_type) if media_type(content_type) == MULTIPART else _pairs(body)
    for name in _WHOLE:
        if fields.get(name, "").lstrip().startswith("{"):
            return _object(fields[name].encode("utf-8", "replace"))
    return dict(fields)


def _object(body: bytes) -> dict[str, Any]:
    document = read_json(body)
    return document if isinstance(document, dict) else {}


def _pairs(body: bytes) -> dict[str, str]:
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError:
        msg = f"the body is no form in UTF-8 with at most {_MOST_FIELDS} fields"
        raise BadInput(msg) from None


def _parts(body: bytes, content_type: str) -> dict[str, str]:
    """The texts of a multipart form; files in it are texts too. Source: RFC 7578."""
    told = _BOUNDARY.search(content_type)
    if told is None:
        msg = "a multipart form without a boundary"
        raise BadInput(msg)
    fields = {}
    for part in body.split(b"--" + told[1].encode("utf-8", "replace"), _MOST_FIELDS)[1:]:
        head, _, value = part.partition(b"\r\n\r\n")
        if name := _NAME.search(head):
            fields[name[1].decode("utf-8", "replace")] = value.removesuffix(b"\r\n").decode("utf-8", "replace")
    return fields

"""A body's JSON: strict, in UTF-8, and quick where msgspec is installed (the ``serve`` extra brings it)."""

from __future__ import annotations

import codecs
import json
from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable

try:
    import msgspec
except ImportError:
    _quick: Callable[[bytes], Any] | None = None
else:
    _quick = msgspec.json.Decoder().decode


def read_json(body: bytes) -> Any:
    """Strict JSON in UTF-8: no NaN, no lone surrogates (they become ``?``); raises BadInput with the reason.

    What the quick decoder refuses is read again by the standard library's, which decides, and says what is wrong.
    """
    body = body.removeprefix(codecs.BOM_UTF8)
    if _quick is not None:
        try:
            return _quick(body)
        except (ValueError, RecursionError):
            pass
    return _read(body)


def _read(body: bytes) -> Any:
    try:
        document = _DECODER.decode(body.decode())
        if b"\\ud" in body or b"\\uD" in body:
            document = json.loads(json.dumps(document, ensure_ascii=False).encode("utf-8", "replace"))
    except UnicodeDecodeError:
        msg = "the body is not UTF-8"
        raise BadInput(msg) from None
    except RecursionError:
        msg = "the JSON is nested too deep"
        raise BadInput(msg) from None
    except ValueError as error:
        msg = f"the body is not JSON: {error}"
        raise BadInput(msg) from None
    return document


def _refuse_constant(name: str) -> float:
    msg = f"{name} is no JSON number"
    raise ValueError(msg)


_DECODER: Final = json.JSONDecoder(parse_constant=_refuse_constant)

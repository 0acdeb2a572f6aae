"""The values of Kubernetes Secrets, as ``kubectl get secret -o yaml|json`` and manifests show them."""

from __future__ import annotations

import re

_BLOCK = 65_536
_YAML = re.compile(r"(?m)^([ \t]*)(?:data|stringData):[ \t]*\n((?:\1[ \t]+\S.*\n?)+)")
_YAML_VALUE = re.compile(r"(?m)^[ \t]+[\w.-]+:[ \t]*[\"']?(?P<v>[^\s\"'|>{][^\n\"']*)")
_JSON = re.compile(r'"(?:data|stringData)"\s{0,4}:\s{0,4}\{([^{}]{0,65536})\}')
_JSON_VALUE = re.compile(r'"[\w.-]{1,253}"\s{0,4}:\s{0,4}"(?P<v>[^"\n]{1,65536})"')
_APPLIED = re.compile(r'\\"(?:data|stringData)\\":\{([^{}]{0,65536})\}')
_APPLIED_VALUE = re.compile(r'\\":\\"(?P<v>[^"\\]{1,65536})\\"')
NEEDLES = ("kind: secret", '"kind": "secret"', '"kind":"secret"', '\\"kind\\":\\"secret\\"')


def secret_values(text: str, low: str) -> list[tuple[int, int]]:
    """Spans of the values under ``data`` and ``stringData`` in documents whose kind is Secret."""
    spans: list[tuple[int, int]] = []
    end = 0
    for at in _positions(low):
        if at < end:
            continue
        start, end = max(end, low.rfind("\n---", max(0, at - _BLOCK), at), at - _BLOCK, 0), low.find("\n---", at)
        end = min(end if end >= 0 else len(text), at + _BLOCK)
        for block, value in ((_YAML, _YAML_VALUE), (_JSON, _JSON_VALUE), (_APPLIED, _APPLIED_VALUE)):
            for found in block.finditer(text, start, end):
                inner = found.span(found.re.groups)
                spans.extend(match.span("v") for match in value.finditer(text, *inner))
    return spans


def _positions(low: str) -> list[int]:
    found = []
    for needle in NEEDLES:
        at = low.find(needle)
        while at >= 0:
            found.append(at)
            at = low.find(needle, at + len(needle))
    return sorted(found)

"""Attempts to steer a model through text from outside, and harmless text beside them.

Read with ``read("attempts")``: (title, text). Control pictures stand for the control characters themselves.
"""

from __future__ import annotations

from pathlib import Path

_PICTURES = {0x241B: "\x1b", 0x240D: "\r", 0x2407: "\x07"}


def read(name: str) -> list[tuple[str, str]]:
    """All sections of ``attempts`` or ``harmless``."""
    text = (Path(__file__).parent / f"{name}.txt").read_text(encoding="utf-8")
    parts = [part.partition("\n") for part in text.split("%% ")[1:]]
    return [(title, body.rstrip("\n").translate(_PICTURES)) for title, _, body in parts]

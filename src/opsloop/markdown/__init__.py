"""Markdown text <-> Entry, byte for byte where nothing was changed.

``split``: a file's bytes -> its entries' bytes; joined again they are the file. ``portions``: the same bit by bit, for
files of any size. ``parse``: one entry's text -> Entry,
whatever a hand or another tool wrote. ``render``: Entry -> text in the written format. ``rewrite``: one entry's bytes
and the Entry wanted -> bytes that differ only where the Entry does.
"""

from opsloop.markdown.blocks import Block, Problem, closing, inspect, portions, spans, split
from opsloop.markdown.reading import parse
from opsloop.markdown.rewriting import rewrite
from opsloop.markdown.writing import render

__all__ = ["Block", "Problem", "closing", "inspect", "parse", "portions", "render", "rewrite", "spans", "split"]

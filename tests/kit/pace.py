"""What of a long parametrized test the fast run looks at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest


def first_now(cases: Sequence[Any]) -> list[Any]:
    """The first case as it is, the others marked slow: each of them compiles queries for half a second."""
    first, *others = cases
    rest = [pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=pytest.mark.slow) for case in others]
    return [first, *rest]

"""Runs of continuous integration: how tools say they ended, and which of them deploy because the settings say so.

[sources.jenkins]
deployments = ["deploy-*"]      # names of the runs that are deployments
environment = "production"      # where they deploy to (this is the default)
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

from opsloop.sources.payload import text, texts

if TYPE_CHECKING:
    from collections.abc import Mapping

OUTCOMES: Final = {
    **dict.fromkeys(("success", "succeeded", "passed", "completed", "fixed"), "succeeded"),
    **dict.fromkeys(("failure", "failed", "error", "timed_out", "startup_failure", "unstable", "broken"), "failed"),
    **dict.fromkeys(("cancelled", "canceled", "aborted", "not_built"), "cancelled"),
    **dict.fromkeys(("running", "in_progress", "started", "start"), "started"),
}
"""A tool's word, in lower case, for how a run stands; skipped, queued and manual ones are not among them."""


def outcome(word: str | None) -> str | None:
    """Our word for the tool's; None for what is no start and no end."""
    return OUTCOMES.get(word.lower()) if word else None


def run_kind(name: str | None, status: str, options: Mapping[str, Any]) -> tuple[str, str, str | None]:
    """(kind, status, environment) of a run: a pipeline, unless the settings call runs of this name deployments.

    A cancelled deployment never reached its environment: it stays a pipeline.
    """
    patterns = texts(options, "deployments")
    if name and status != "cancelled" and any(fnmatchcase(name, pattern) for pattern in patterns):
        return "deployment", status, text(options, "environment") or "production"
    return "pipeline", status, None

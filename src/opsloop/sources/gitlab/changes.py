"""Merge requests, releases and pushes of GitLab."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opsloop.model import format_time
from opsloop.sources.event import signal
from opsloop.sources.gitlab.runs import project
from opsloop.sources.payload import rows, table, text
from opsloop.sources.times import moment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from opsloop.model import Signal
    from opsloop.sources import Delivery

_ACTIONS: Final = {
    "open": ("change", "opened"),
    "reopen": ("change", "opened"),
    "merge": ("change", "merged"),
    "approval": ("approval", "granted"),
    "approved": ("approval", "granted"),
}
"""``approval`` is one of several approvals, ``approved`` the last that was needed: each is somebody's answer."""
_STATES: Final = {"opened": ("change", "opened"), "merged": ("change", "merged")}
_NOTHING: Final = "0" * 40


def read_merge_request(delivery: Delivery, body: dict[str, Any], options: Mapping[str, Any]) -> Signal | None:
    """Opened, approved or merged; updates and plain closing change nothing that will be deployed."""
    _ = options
    told = table(body, "object_attributes")
    action, identity = text(told, "action"), text(told, "id")
    meaning = _ACTIONS.get(action) if action else _STATES.get(text(told, "state") or "")
    if meaning is None or identity is None:
        return None
    kind, status = meaning
    changed = "merged_at" if status == "merged" else "created_at" if action in {"open", None} else "updated_at"
    at = moment(told, changed) or moment(told, "updated_at")
    return signal(
        delivery,
        "gitlab",
        kind,
        status,
        key=f"merge_request:{identity}",
        at=at,
        service=project(body) or text(told, "target", "path_with_namespace"),
        name=text(told, "title"),
        attrs={
            "number": text(told, "iid"),
            "opened_at": _in_our_form(moment(told, "created_at")),
            "merged_at": _in_our_form(at) if status == "merged" else None,
            "revision": text(told, "merge_commit_sha") or text(told, "last_commit", "id"),
            "branch": text(told, "target_branch"),
            "author": text(body, "user", "username"),
            "url": text(told, "url"),
        },
    )


def read_release(delivery: Delivery, body: dict[str, Any], options: Mapping[str, Any]) -> Signal | None:
    """A release was created."""
    _ = options
    tag = text(body, "tag")
    if text(body, "action") != "create" or tag is None:
        return None
    return signal(
        delivery,
        "gitlab",
        "change",
        "released",
        key=f"release:{project(body)}:{tag}",
        at=moment(body, "released_at") or moment(body, "created_at"),
        service=project(body),
        name=tag,
        summary=text(body, "name"),
        attrs={"revision": text(body, "commit", "id"), "url": text(body, "url")},
    )


def read_push(delivery: Delivery, body: dict[str, Any], options: Mapping[str, Any]) -> Signal | None:
    """Commits came to a branch or tag; the body says when they were written, not when they came.

    A fork gets the same commits, and a branch may be set back to one that it had: each is a push of its own.
    """
    _ = options
    after = text(body, "after")
    if after is None or after == _NOTHING:
        return None
    commits = rows(body, "commits")
    count = text(body, "total_commits_count") or str(len(commits))
    whole = count == str(len(commits))
    first = min((at for commit in commits if (at := moment(commit, "timestamp"))), default=None) if whole else None
    return signal(
        delivery,
        "gitlab",
        "change",
        "pushed",
        key=f"push:{after}",
        at=None,
        event=f"push:{project(body)}:{text(body, 'ref')}:{text(body, 'before')}:{after}",
        service=project(body),
        name=text(body, "ref"),
        attrs={"revision": after, "commits": count, "first_commit_at": _in_our_form(first)},
    )


def _in_our_form(at: datetime | None) -> str | None:
    """A time as attributes hold it; GitLab writes it in three ways."""
    return format_time(at) if at else None

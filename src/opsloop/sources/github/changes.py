"""Pull requests, releases and pushes of GitHub."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opsloop.model import format_time
from opsloop.sources.event import signal
from opsloop.sources.payload import rows, table, text
from opsloop.sources.times import moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsloop.model import Signal
    from opsloop.sources import Delivery

_NOTHING = "0" * 40
"""The revision before a branch was made, and after it was deleted."""


def read_pull_request(delivery: Delivery, body: dict[str, Any], options: Mapping[str, Any]) -> Signal | None:
    """Opened, or merged: closed alone is no change that anybody will deploy."""
    _ = options
    pull, action = table(body, "pull_request"), text(body, "action")
    merged = action == "closed" and (pull.get("merged") is True or text(pull, "merged_at") is not None)
    if not (merged or action in {"opened", "reopened"}) or text(pull, "number") is None:
        return None
    repository = text(body, "repository", "full_name")
    return signal(
        delivery,
        "github",
        "change",
        "merged" if merged else "opened",
        key=f"pull_request:{repository}#{text(pull, 'number')}",
        at=moment(pull, "merged_at" if merged else "updated_at" if action == "reopened" else "created_at"),
        service=repository,
        name=text(pull, "title"),
        attrs={
            "number": text(pull, "number"),
            "opened_at": text(pull, "created_at"),
            "merged_at": text(pull, "merged_at"),
            "commits": text(pull, "commits"),
            "revision": text(pull, "merge_commit_sha") if merged else text(pull, "head", "sha"),
            "branch": text(pull, "base", "ref"),
            "author": text(pull, "user", "login"),
            "url": text(pull, "html_url"),
        },
    )


def read_release(delivery: Delivery, body: dict[str, Any], options: Mapping[str, Any]) -> Signal | None:
    """A release was published. GitHub tells it up to three times; by its id it is one."""
    _ = options
    release = table(body, "release")
    published = text(body, "action") in {"published", "released", "prereleased"}
    published |= text(body, "action") == "created" and text(release, "published_at") is not None
    if not published or text(release, "id") is None or release.get("draft") is True:
        return None
    key = f"release:{text(release, 'id')}"
    return signal(
        delivery,
        "github",
        "change",
        "released",
        key=key,
        at=moment(release, "published_at"),
        event=key,
        service=text(body, "repository", "full_name"),
        name=text(release, "tag_name"),
        attrs={
            "revision": text(release, "tag_name"),
            "prerelease": "true" if release.get("prerelease") is True else None,
            "url": text(release, "html_url"),
        },
    )


def read_push(delivery: Delivery, body: dict[str, Any], options: Mapping[str, Any]) -> Signal | None:
    """Commits came to a branch or tag. The body has no time of its own: the repository's last push is it.

    A fork gets the same commits, and a branch may be set back to one that it had: each is a push of its own.
    """
    _ = options
    after = text(body, "after")
    if after is None or after == _NOTHING:
        return None
    commits = rows(body, "commits")
    repository = text(body, "repository", "full_name")
    first = min((at for commit in commits if (at := moment(commit, "timestamp"))), default=None)
    return signal(
        delivery,
        "github",
        "change",
        "pushed",
        key=f"push:{after}",
        at=moment(body, "repository", "pushed_at"),
        event=f"push:{repository}:{text(body, 'ref')}:{text(body, 'before')}:{after}",
        service=repository,
        name=text(body, "ref"),
        attrs={
            "revision": after,
            "commits": str(len(commits)),
            "first_commit_at": format_time(first) if first else None,
            "url": text(body, "compare"),
        },
    )

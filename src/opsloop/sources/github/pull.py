"""The history of GitHub repositories: deployments with their statuses, workflow runs, pull requests.

What comes is read by the readers of the webhook, so both ways give the same ids.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from opsloop.errors import BadInput
from opsloop.model import format_time
from opsloop.sources.github import changes, deployments, runs
from opsloop.sources.payload import number, table, text, texts
from opsloop.sources.pulling import Page, windows
from opsloop.sources.rest import Api, Missing, read_token
from opsloop.sources.times import moment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from opsloop.model import Signal
    from opsloop.sources.pulling import Task

    Found = tuple[tuple[Signal, ...], dict[str, Any]]
    """Signals, and the state of this part of the repository once they are stored."""

_PAGE: Final = 100
_SEARCH_LIMIT: Final = 1000
"""GitHub gives at most that many runs for one span of time."""
_SPAN: Final = timedelta(days=7)
_OVERLAP: Final = timedelta(days=1)
"""Asked for again at every pull: what was still under way. A deployment that takes longer is asked for by its id."""
_FORGOTTEN: Final = timedelta(days=90)
_HEADERS: Final = {"accept": "application/vnd.github+json", "x-github-api-version": "2022-11-28"}
_ENDS: Final = frozenset({"succeeded", "failed"})


def pull(task: Task) -> Iterator[Page]:
    """Every configured repository in turn: deployments, runs, pull requests, each from where the last pull ended."""
    repositories = texts(task.options, "repositories")
    if not repositories or any(name.count("/") != 1 for name in repositories):
        msg = "name the repositories: --repository owner/name, or repositories in [sources.github] of opsloop.toml"
        raise BadInput(msg)
    token = read_token(task.options, "GITHUB_TOKEN")
    cursor = {name: dict(place) for name, place in task.cursor.items() if isinstance(place, dict)}
    with Api(text(task.options, "url") or "https://api.github.com", token=token, headers=_HEADERS) as api:
        for count, asked in enumerate(repositories):
            repository = _called(api, asked)
            if repository is None:
                trouble = f"{asked} is not there, or not to be read with this token"
                yield Page(signals=(), cursor=cursor, done=(count + 1) / len(repositories), trouble=trouble)
                continue
            place, standing = cursor.setdefault(repository, {}), table(task.standing, repository)
            for step, (part, read) in enumerate(_PARTS.items(), start=1):
                before = {**table(place, part), "unfinished": _unfinished(table(place, part), table(standing, part))}
                for signals, state in read(api, task, repository, before):
                    place[part] = state
                    done = (count + step / len(_PARTS)) / len(repositories)
                    yield Page(signals=signals, cursor=cursor, done=done, label=f"{repository} {part}")


def _called(api: Api, asked: str) -> str | None:
    """The repository's name as its webhooks say it, which is another after it was renamed; None where none is."""
    try:
        return text(api.get(f"/repos/{asked}").body, "full_name") or asked
    except Missing:
        return None


def _since(task: Task, state: dict[str, Any]) -> datetime:
    reached = moment(state, "reached")
    return reached - _OVERLAP if reached else task.since


def _unfinished(*states: dict[str, Any]) -> list[str]:
    """Ids of what was under way when it was asked for last."""
    return list(dict.fromkeys(number for state in states for number in texts(state, "unfinished")))


def _pages(api: Api, path: str, params: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
    """The objects of every page, following the Link header."""
    answer = api.get(path, {**params, "per_page": _PAGE})
    while True:
        yield answer.objects()
        if answer.next_url is None:
            return
        answer = api.get(answer.next_url)


def _recent(pages: Iterator[list[dict[str, Any]]], field: str, since: datetime) -> Iterator[list[dict[str, Any]]]:
    """Pages that come newest first, until what they hold is older than asked for."""
    for page in pages:
        recent = [item for item in page if (moment(item, field) or since) >= since]
        yield recent
        if len(recent) < len(page):
            return


def _deployments(api: Api, task: Task, repository: str, state: dict[str, Any]) -> Iterator[Found]:
    """Recent ones, and those that were not finished at the last pull. ``sweep`` holds what a cut-off run had read."""
    since, base = _since(task, state), f"/repos/{repository}/deployments"
    swept, listed, unfinished = set(texts(state, "sweep")), set[str](), []
    left = (_still_there(api, f"{base}/{number}") for number in texts(state, "unfinished") if number not in listed)
    for page in chain(_recent(_pages(api, base, {}), "created_at", since), left):
        signals: list[Signal] = []
        for deployment in page:
            number = str(deployment.get("id"))
            listed.add(number)
            if number in swept:
                continue
            statuses = [status for page in _pages(api, f"{base}/{number}/statuses", {}) for status in page]
            read = _read_deployment(task, repository, deployment, statuses)
            signals += read
            if not _ENDS.isdisjoint(signal.status for signal in read):
                swept.add(number)
            elif _may_end(task, deployment):
                unfinished.append(number)
        yield tuple(signals), {**state, "sweep": sorted(swept)}
    yield (), {"reached": format_time(task.now), "unfinished": unfinished}


def _may_end(task: Task, item: dict[str, Any]) -> bool:
    """Whether it is worth asking again for what is under way: after ninety days it is forgotten."""
    return (moment(item, "created_at") or task.now) > task.now - _FORGOTTEN


def _still_there(api: Api, path: str) -> list[dict[str, Any]]:
    """The object, or none where it was deleted meanwhile: that must not end this pull and all that follow."""
    try:
        return [table(api.get(path).body)]
    except Missing:
        return []


def _read_deployment(
    task: Task, repository: str, deployment: dict[str, Any], statuses: list[dict[str, Any]]
) -> list[Signal]:
    body = {"action": "created", "deployment": deployment, "repository": {"full_name": repository}}
    found = [deployments.read_request(task.received, body, task.options)]
    found += (
        deployments.read_status(task.received, {**body, "deployment_status": status}, task.options)
        for status in statuses
    )
    return [signal for signal in found if signal]


def _runs(api: Api, task: Task, repository: str, state: dict[str, Any]) -> Iterator[Found]:
    """Runs by the time they were created, in spans that hold no more than GitHub gives; a page each.

    Runs that were under way are asked for by their ids, and earlier attempts of those that were tried again.
    """
    base = f"/repos/{repository}/actions/runs"
    waiting = [run for run_id in texts(state, "unfinished") for run in _still_there(api, f"{base}/{run_id}")]
    unfinished: dict[str, None] = {}
    for start, end in windows(_since(task, state), task.now, _SPAN):
        found = [*waiting, *_runs_between(api, base, start, end)]
        waiting = []
        attempts = [attempt for run in found for attempt in _attempts(api, base, run)]
        read = _read_each(
            runs.read_run, task, [{"workflow_run": run, "repository": {"full_name": repository}} for run in attempts]
        )
        for run in found:
            unfinished.pop(str(run.get("id")), None)
            if text(run, "status") != "completed" and _may_end(task, run):
                unfinished[str(run.get("id"))] = None
        yield read, {"reached": format_time(end), "unfinished": list(unfinished)}


def _attempts(api: Api, base: str, run: dict[str, Any]) -> list[dict[str, Any]]:
    """The run, after its earlier attempts, of which the list of runs tells nothing."""
    last = int(number(run, "run_attempt") or 1)
    path = f"{base}/{text(run, 'id')}/attempts"
    return [*(one for attempt in range(1, last) for one in _still_there(api, f"{path}/{attempt}")), run]


def _runs_between(api: Api, path: str, start: datetime, end: datetime) -> list[dict[str, Any]]:
    """Runs created from ``start`` to ``end``, in whole seconds: of fractions GitHub's search says nothing."""
    first_s, last_s = (
        start.replace(microsecond=0),
        end.replace(microsecond=0) + timedelta(seconds=bool(end.microsecond)),
    )
    params = {"created": f"{format_time(first_s)}..{format_time(last_s)}"}
    first = api.get(path, {**params, "per_page": _PAGE})
    total = first.body.get("total_count") if isinstance(first.body, dict) else None
    if isinstance(total, int) and total > _SEARCH_LIMIT and end - start > timedelta(minutes=1):
        middle = (start + (end - start) / 2).replace(microsecond=0)
        return _runs_between(api, path, start, middle) + _runs_between(api, path, middle, end)
    found, answer = first.objects("workflow_runs"), first
    while answer.next_url is not None:
        answer = api.get(answer.next_url)
        found += answer.objects("workflow_runs")
    return found


def _pull_requests(api: Api, task: Task, repository: str, state: dict[str, Any]) -> Iterator[Found]:
    """Pull requests by their last change; for merged ones the first commit is asked for."""
    swept = set(texts(state, "sweep"))
    listed = _pages(api, f"/repos/{repository}/pulls", {"state": "all", "sort": "updated", "direction": "desc"})
    for page in _recent(listed, "updated_at", _since(task, state)):
        signals: list[Signal] = []
        for pull in page:
            version = f"{text(pull, 'number')}@{text(pull, 'updated_at')}"
            if version not in swept:
                signals += _read_pull_request(api, task, repository, pull)
                swept.add(version)
        yield tuple(signals), {**state, "sweep": sorted(swept)}
    yield (), {"reached": format_time(task.now)}


def _read_pull_request(api: Api, task: Task, repository: str, pull: dict[str, Any]) -> list[Signal]:
    body = {"pull_request": pull, "repository": {"full_name": repository}}
    opened = changes.read_pull_request(task.received, {**body, "action": "opened"}, task.options)
    merged = changes.read_pull_request(task.received, {**body, "action": "closed"}, task.options)
    found = [signal for signal in (opened, merged) if signal and signal.at >= task.since]
    if merged is None or merged not in found:
        return found
    commits = api.get(f"/repos/{repository}/pulls/{text(pull, 'number')}/commits", {"per_page": 1}).body
    first = moment(commits, 0, "commit", "author", "date") or moment(commits, 0, "commit", "committer", "date")
    told = {"first_commit_at": format_time(first)} if first else {}
    return [*found[:-1], merged._replace(attrs={**merged.attrs, **told})]


_PARTS: Final = {"deployments": _deployments, "runs": _runs, "pull_requests": _pull_requests}


def _read_each(read: Callable[..., Signal | None], task: Task, bodies: list[dict[str, Any]]) -> tuple[Signal, ...]:
    return tuple(signal for body in bodies if (signal := read(task.received, body, task.options)))

"""``demo``: the loop on a fictional company, told in a screenful."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from opsloop.cli.verb import Answer, Lines, show, verb
from opsloop.model import PRIORITIES
from opsloop.progress import quiet
from opsloop.verbs.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER: Final = "opsloop-demo"


@click.command()
@click.argument("directory", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@click.option("--serve", is_flag=True, help="Then serve the pages until Ctrl-C.")
@click.option(
    "--port", default=8642, show_default=True, type=click.IntRange(0, 65535), help="With --serve; 0: any free one."
)
@verb
def demo(ws: Workspace, directory: Path | None, *, serve: bool, port: int) -> Answer | None:
    """Fill a new folder with 90 days of a fictional company and run the loop on it.

    DIR defaults to opsloop-demo, or to --root where that is given. Nothing outside the folder is touched.

    \b
    Examples:
      opsloop demo
      opsloop demo /tmp/tidewater --serve
    """
    from opsloop.verbs.demo import demo as run

    if directory is not None:
        ws = Workspace(directory.resolve(), ws.now)
    elif not _root_was_named():
        ws = Workspace(Path.cwd() / FOLDER, ws.now)
    told = run(ws)
    if not serve:
        return Answer(document=told, text=Lines(list(_story(told))))
    from opsloop.web.server import run as serve_pages

    show(Lines(list(_story(told))))
    quiet()
    serve_pages(ws.root, "127.0.0.1", port)
    return None


def _root_was_named() -> bool:
    context = click.get_current_context()
    before = context.find_root().obj or {}
    return bool(context.params.get("root") or before.get("root"))


def _story(told: dict[str, Any]) -> Iterator[str]:
    days = f"{told['from'][:10]} to {told['to'][:10]}"
    yield f"Tidewater Books, {days}: {told['signals']} signals of {told['services']} services."
    yield ""
    yield (
        f"DETECT   {len(told['findings'])} patterns by {len(told['found'])} detectors, "
        f"kept as {told['entries']} entries; one of each detector:"
    )
    for detector, count in told["found"].items():
        finding = max(
            (one for one in told["findings"] if one["detector"] == detector),
            key=lambda one: (PRIORITIES.index(one["priority"]), one["count"]),
        )
        yield f"  {count:>3}  {detector:<24}{finding['summary']}"
    yield ""
    yield f'RECALL   "{told["asked"]}"'
    for hit in told["recalled"][:2]:
        yield f"  {hit['id']}  {hit['text'].splitlines()[0]}"
        yield f"{'':20} why: {hit['why']}"
    yield ""
    yield f"PROMOTE  on {told['promoted_on']}, after a reviewed diff:"
    for item in told["promoted"]:
        yield f"  {item['id']}  {item['monitor']} -> {item['path']}"
    yield ""
    yield "VERIFY   did it become rarer?"
    for verdict in told["verdicts"]:
        yield f"  {verdict['id']}  {verdict['monitor']:<20}{_verdict(verdict)}"
    yield ""
    yield "NEXT"
    yield f"  cd {told['root']}"
    for candidate in told["candidates"][:3]:
        yield f"  opsloop promote {candidate['id']} --to {candidate['target']:<12}# {candidate['summary']}"
    yield "  opsloop review                     # what needs attention, and why"
    yield "  opsloop serve                      # the same as pages: /proof /alerts /capacity"


def _verdict(verdict: dict[str, Any]) -> str:
    before, after = verdict["before"], verdict["after"]
    counts = f"{before['count']} in {before['days']:.0f} d -> {after['count']} in {after['days']:.0f} d"
    decision = verdict["decision"].replace("_", " ")
    if verdict["ratio"] is None or verdict["ci_high"] is None:
        return f"{decision}: {counts}"
    low, high = verdict["ci_low"], verdict["ci_high"]
    return f"{decision}: {counts}, rate ratio {verdict['ratio']:.2f} (95% {low:.2f} to {high:.2f})"

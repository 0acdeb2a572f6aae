"""The command line: one group, one file a group of commands, each imported only when it is called."""

from __future__ import annotations

import importlib
import os
import sys
from difflib import get_close_matches
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

import click

from opsloop import __version__
from opsloop.cli.verb import COMMON_OPTIONS, report
from opsloop.errors import OpsloopError

if TYPE_CHECKING:
    from collections.abc import Sequence

SECTIONS: Final = {
    "init": "The learnings",
    "recall": "What is known",
    "ingest": "What happened",
    "serve": "The server",
    "detect": "What it means",
    "promote": "What comes of it",
    "agents": "Agents and text",
    "doctor": "Care",
}
"""The first verb of each section of the help."""
VERBS: Final[dict[str, str]] = {
    "init": "journal:init",
    "log": "journal:log",
    "list": "journal:list_entries",
    "show": "journal:show",
    "resolve": "journal:resolve",
    "link": "journal:link",
    "adopt": "adopt:adopt",
    "disown": "adopt:disown",
    "search": "journal:search",
    "archive": "journal:archive",
    "import": "journal:import_",
    "reindex": "journal:reindex",
    "recall": "recall:recall",
    "similar": "recall:similar",
    "merge": "recall:merge",
    "split": "recall:split",
    "rename-pattern": "recall:rename_pattern",
    "ingest": "signals:ingest",
    "pull": "pull:pull",
    "signals": "signals:signals",
    "seal": "signals:seal",
    "serve": "serve:serve",
    "token": "token:token",
    "detect": "detect:detect",
    "backtest": "detect:backtest",
    "metrics": "metrics:metrics",
    "promote": "promotion:promote",
    "verify": "promotion:verify",
    "review": "promotion:review",
    "handoff": "promotion:handoff",
    "agents": "agents:agents",
    "hook": "agents:hook",
    "mcp": "agents:mcp",
    "classify": "text:classify",
    "redact": "text:redact",
    "doctor": "doctor:doctor",
    "demo": "demo:demo",
}
"""Every verb and where it lives, as ``module:attribute`` below opsloop.cli."""


class LazyGroup(click.Group):
    """Imports the module of the one command that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All verbs, in the order of the loop."""
        _ = ctx
        return [verb for verb, place in VERBS.items() if find_spec(f"opsloop.cli.{place.partition(':')[0]}")]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one verb; None when there is none of that name."""
        _ = ctx
        if cmd_name not in VERBS:
            return None
        module, _, attribute = VERBS[cmd_name].partition(":")
        command = getattr(importlib.import_module(f"opsloop.cli.{module}"), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The verbs in sections, in the order of the loop."""
        rows: dict[str, list[tuple[str, str]]] = {}
        section = "Verbs"
        for name in self.list_commands(ctx):
            section = SECTIONS.get(name, section)
            command = self.get_command(ctx, name)
            rows.setdefault(section, []).append((name, command.get_short_help_str(limit=130) if command else ""))
        for title, lines in rows.items():
            with formatter.section(title):
                formatter.write_dl(lines)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, but an unknown verb is answered with the nearest one."""
        if args and args[0] not in VERBS and not args[0].startswith("-"):
            near = get_close_matches(args[0], VERBS, n=1)
            hint = f"did you mean {near[0]!r}?" if near else "'opsloop --help' lists the verbs"
            msg = f"no verb {args[0]!r}; {hint}"
            raise click.UsageError(msg)
        return super().resolve_command(ctx, args)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, package_name="opsloop")
@click.pass_context
def cli(ctx: click.Context, /, **common: str | bool | None) -> None:
    """Operations history in, proven improvements out.

    \b
    observe -> detect -> learn -> recall -> promote -> verify -> (reopen)

    \b
    First steps:
      opsloop demo                      a company with 90 days of history
      opsloop init                      make .learnings/ here
      opsloop ingest alertmanager FILE  take in what your tools sent
      opsloop detect                    turn patterns into learnings
    """
    ctx.obj = common


for option in COMMON_OPTIONS:
    option(cli)


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 2 bad input, 3 not found, 4 conflict, 5 an outside system failed."""
    words = list(sys.argv[1:] if args is None else args)
    as_json = "--json" in words
    try:
        code = cli.main(args=words, prog_name="opsloop", standalone_mode=False)
    except OpsloopError as error:
        code = report(error.code, str(error), error.exit_code, as_json=as_json)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        code = 2
    except click.ClickException as error:
        code = report("bad_input", error.format_message(), 2, as_json=as_json)
    except (click.Abort, KeyboardInterrupt):
        code = report("interrupted", "interrupted; nothing is half-written", 130, as_json=as_json)
    except BrokenPipeError:
        sys.stderr.close()
        code = 0
    except Exception as error:
        if "OPSLOOP_TRACEBACK" in os.environ:
            raise
        code = report(*_unforeseen(error), as_json=as_json)
    sys.exit(code if isinstance(code, int) else 0)


def _unforeseen(error: Exception) -> tuple[str, str, int]:
    """Code, message and exit code of an error that no verb made its own: the machine's, or a mistake of ours."""
    from sqlite3 import DatabaseError

    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return "outside_failed", f"{where}{error.strerror or error}; 'opsloop doctor' looks for more", 5
    if isinstance(error, DatabaseError):
        return "outside_failed", f"a database of .opsloop: {error}; 'opsloop doctor' says which", 5
    told = f"{type(error).__name__}: {error}"
    return "internal", f"{told}; 'opsloop doctor' may know why, OPSLOOP_TRACEBACK=1 shows where", 1

"""What kind of text is this? Source code, documents, searches and test runs quote trouble without having any."""

# ruff: noqa: E501 - patterns are read as wholes

from __future__ import annotations

from opsloop.rules.compiled import compiled

READERS = frozenset(
    (
        *(
            "grep",
            "egrep",
            "fgrep",
            "rg",
            "ag",
            "ack",
            "cat",
            "bat",
            "less",
            "more",
            "head",
            "tail",
            "sed",
            "awk",
            "man",
            "tldr",
        ),
        *(
            "info",
            "help",
            "ls",
            "find",
            "fd",
            "tree",
            "wc",
            "diff",
            "echo",
            "printf",
            "vim",
            "vi",
            "nano",
            "strings",
            "apropos",
        ),
        *(
            "pytest",
            "tox",
            "nox",
            "jest",
            "vitest",
            "mocha",
            "phpunit",
            "rspec",
            "ctest",
            "ruff",
            "mypy",
            "eslint",
            "tsc",
        ),
        *(
            "gcc",
            "clang",
            "javac",
            "rustc",
            "shellcheck",
            "pylint",
            "black",
            "prettier",
            "whatis",
            "which",
            "type",
            "apt-cache",
        ),
    )
)
"""Programs that show text, look for text, test or check code."""

_HARMLESS = (
    r"^(?:git\s+(?:log|show|diff|grep|blame|status|ls-files|branch|tag|shortlog|reflog|stash)\b|(?:go|cargo|npm|yarn|pnpm|bun|mvn|gradle|"
    r"\./gradlew|make|dotnet|mix|bazel|swift)\s+(?:run\s+)?(?:test|vet|check|lint|build|fmt)\b|python3?\s+-m\s+(?:pytest|unittest|mypy|doctest)\b)"
    r"|\s(?:--help|-h)(?:\s|$)|^\S+\s+help\b"
)
_LOG_FILE = r"/var/log|/proc/|/sys/|\.log\b|[\w-]*logs?/|/log\b|\.err\b|\.out\b|journal|dmesg|messages\b|syslog"
_LEAD = r"^(?:\s|sudo\s|time\s|nohup\s|command\s|exec\s|env\s|[A-Za-z_]\w*=\S*\s|timeout\s+\S+\s|cd\s+\S+\s*$)*"

_DOCUMENT = (
    r"(?m)\A\s*(?:---\n(?:[\w-]+:.*\n){1,12}---|\#{1,3} \S.*\n\s*\n|<(?:picture|p|h1|div|img|!DOCTYPE html>\s*<html lang)\b"
    r"|[A-Z_0-9.-]+\(\d\w?\)\s{2,}|[Uu]sage: |.*is the .*\n\nUsage:|/\*|//|\#!/|package \w+\s*\n|import \w|from [\w.]+ import |\#include|<\?php"
    r"|commit [0-9a-f]{40}|diff --git|apiVersion: \S+\nkind:(?![\s\S]*^status:))"
    r"|^(?:NAME|SYNOPSIS|DESCRIPTION)\n\s+\S|^(?:Usage|USAGE|Options|OPTIONS|Flags|Examples):\s*$"
)
_TEST_RUN = (
    r"(?m)^=+ (?:FAILURES|ERRORS|test session starts|short test summary info) =+|^--- (?:FAIL|PASS|SKIP): |^(?:ok|FAIL)\s+\S+\s+(?:[\d.]+s|\(cached\))"
    r"|^test result: |^Tests:\s+\d+|^(?:Ran|collected) \d+ (?:tests?|items?)\b|^\d+ (?:passing|failing)\b|^BUILD (?:FAILED|SUCCESSFUL)|^=+ (?:\d+ \w+, )*\d+ (?:failed|passed)\b.* in [\d.]+s"
)
_EXTENSIONS = (
    "go|py|js|jsx|ts|tsx|mjs|md|rst|ya?ml|json|java|rb|rs|c|cc|h|hpp|cpp|cs|sh|bash|txt|html|toml|tf|proto|conf|ini|cfg|xml|css|sql|"
    "lua|kt|scala|exs?|erl|php|pl|adoc|ipynb|jsonnet|libsonnet|tmpl|tpl|lock|mod|sum|svg|patch"
)
_QUOTED_LINE = (
    rf"[\w./+@~-]+\.(?:{_EXTENSIONS})(?:[:-](?! line \d+:).*)?|[\w./+@~-]*/[\w.+@-]+(?::\d+:.*)?"  # a search found it there; a listing
    r"|\d+[:-](?!\d\d[-:/. T]).*"  # numbered by grep -n
    r"|\s*(?:[$%\u276f\u279c]|[\w.-]+@[\w.-]+[:~ ][^$#]{0,80}[$#]|\w+>) .*"  # a prompt
    r"|(?:kubectl|helm|docker|flux|argocd|terraform|oc|aws|gcloud|az|systemctl|journalctl|curl|psql) .*"  # a command, no prompt
    r"|\s*(?://|/\*|--) ?.*|\s+\* .*|\s*# (?!.*\[\d+\]: ).*"  # a comment
    r"|(?=\d*[a-f])[0-9a-f]{7,12} (?! |(?:ERROR|FATAL|WARN)\b|.{0,40}\d\d:\d\d).*"  # git log --oneline
    r"|(?:npm (?:warn|WARN|err|ERR|error|notice)|pip3? |WARNING: (?:pip|Running pip|apt)|Collecting |Downloading |Requirement already|Get:\d|"
    r"Hit:\d|yarn |warning: unused|debconf:|dpkg:|E: Unable to locate).*"  # package managers
    r"|\S+:\d+(?::\d+)?: (?:fatal )?(?:error|warning|note)\b.*|(?:\w+\.)*(?:Syntax|Name|Type|Import|ModuleNotFound|Attribute|Index|Key|Value|"
    r"Assertion|Indentation)Error\b.*|error\[E\d+\]: .*|\s+-->.*"  # the developer's own errors
    r"|(?:FAILED|ERROR|PASSED|XFAIL) \S+::.*|\s*\#\s?(?:define|include|if\w*|error|pragma)\b.*|\s*(?:el)?if .*:|\s*(?:assert|raise) .*|[A-Z_]{3,} = .*"
    r"|.*`(?:kubectl|docker|helm|systemctl|journalctl|git|npm) [^`]*`.*"  # code by the line; prose that names a command
)


_CODE_LINE = (
    r"\s*(?:(?:async )?def |class \w|return\b|(?:el)?if .*[:{]$|for .*[:{]$|while .*[:{]$|import |from [\w.]+ import |raise |except\b.*:$|else:|try:|"
    r"with .*:$|[{}()\[\]]+[,;]?$|func |const |let |var |public |private |static |@\w|\#include|\w+ := |self\.|[\w.]+ = \w+\(|\"\"\"|'''|.*;$|"
    r".*\) \{$|.*[=(,]$|\w+\(.*\)$|[A-Z_]{3,} = )"
)
_DATA = r"\s*(?:[$#] .*\n\s*)?(?=[{\[]\s*[\n\"])(?=[\s\S]{0,600}\b(?:status|state\w*|health|error)\"?\s?:)"  # what programs print; its commas make no code
_CODE_SHARE = 0.35


def is_reading(command: str | None) -> bool:
    """Whether the command only shows, searches or tests text; reading a log file is looking at what happened."""
    if not command:
        return False
    sources = [part.split("|", 1)[0] for part in compiled(r"&&|\|\||;|\n").split(command)]
    judged = [bare for bare in (compiled(_LEAD).sub("", source).strip() for source in sources) if bare]
    return bool(judged) and all(_reads(part) for part in judged)


def _reads(part: str) -> bool:
    if compiled(_HARMLESS).search(part):
        return True
    program = part.split(maxsplit=1)[0].rsplit("/", 1)[-1]
    return program in READERS and not compiled(_LOG_FILE).search(part)


def is_document(text: str) -> bool:
    """Whether the text as a whole is code, a manifest, a manual, help, a commit or a test run."""
    return bool(compiled(_DOCUMENT).search(text[:6000]) or compiled(_TEST_RUN).search(text)) or _is_code(text[:20_000])


def _is_code(text: str) -> bool:
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) < 5 or compiled(_DATA).match(text):
        return False
    code = compiled(_CODE_LINE).match
    return sum(bool(code(line)) for line in lines) >= _CODE_SHARE * len(lines)


def without_quotes(text: str) -> str:
    """The text without lines that quote: search results, prompts, comments, compilers and package managers."""
    quoted = compiled(_QUOTED_LINE).fullmatch
    return "\n".join(line for line in text.split("\n") if not quoted(line))

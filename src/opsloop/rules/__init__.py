"""Is this tool output an operational problem? Rules as data (``table.py``), judged line by line, in context.

An agent's hook asks this after every command. So this module itself imports nothing: ``stirring`` scans raw bytes,
and only when one is there does ``classify`` load the rules; each pattern is compiled when its own needle was seen.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NEEDLES = tuple(
    (
        b"error|fail|faulted|warn|fatal|crit|emerg|alert|panic|severe|exception|refused|timed out|timeout|time-out|"
        b"reachable|reset by|resolve|no such host|unavailable|unhealthy|false|backoff|oom|killed|evict|"
        b"pending|out of memory|no space|too many|exceeded|exhaust|quota|limit|% /|degraded|health_|down|lost|"
        b"stopped|dead|denied|expire|x509|certificate|readonly|read-only|in use|cannot|can't|couldn't|unable|"
        b"insufficient|rollback|corrupt|500|502|503|504|429|alarm|curl: (|pressure|exit |servfail|nxdomain|"
        b"no servers|packet loss|restart|blocked for|ready|0/|dn |no route|table full|overflow|watermark|[_|_]|"
        b'isr|timedout|upstream|<invalid>|synchroni|publickey|break-in|checksum|unknown|sealed|"red| red |'
        b"yellow|behind|_running: no|not found|segfault|"
        b"stale|endpoints|consumer-id|check results"
    ).split(b"|"),
)
"""Lower-case words of which every problem that a rule knows has at least one."""
_SINGLE = tuple(needle for needle in NEEDLES if b" " not in needle)
_SEVERAL = tuple(needle for needle in NEEDLES if b" " in needle)


def stirring(data: bytes) -> bool:
    """Does the raw output hold one of NEEDLES? None means that no rule can match.

    Output says most of its words many times, so most are looked for in each word once.
    """
    low = data.lower()
    words = b" ".join({*low.split()})
    for needle in _SINGLE:  # a plain loop: half the time of any()
        if needle in words:
            return True
    return any(needle in low for needle in _SEVERAL)


def classify(output: str, command: str | None = None, exit_code: int | None = None) -> dict[str, Any]:
    """Judge one command's output: ``operational, category, severity, pattern_key, matched`` (the telling line).

    ``command`` and ``exit_code`` help where they are known; the output alone is enough.
    """
    from opsloop.rules.compiled import keep
    from opsloop.rules.judgement import judge

    verdict = judge(output, command, exit_code)
    keep()
    return verdict

"""Words that wake the hook at a prompt. Bytes, in lower case: looked for in the client's JSON before it is parsed.

The first of two gates, and a wide one: a prompt that passes is judged by what is recalled for it.
"""

from __future__ import annotations

OPERATIONS = (
    *(
        b"incident",
        b"on-call",
        b"oncall",
        b"on call",
        b"runbook",
        b"playbook",
        b"postmortem",
        b"post-mortem",
        b"slo",
        b"sla ",
    ),
    *(
        b"error budget",
        b"mttr",
        b"mttd",
        b"rollback",
        b"roll back",
        b"rolled back",
        b"degrad",
        b"outage",
        b"toil",
        b"handoff",
    ),
    *(
        b"hand-off",
        b"deploy",
        b"rollout",
        b"canary",
        b"alert",
        b"pager",
        b"monitor",
        b"latency",
        b"timeout",
        b"time out",
    ),
    *(
        b"down",
        b"crash",
        b"restart",
        b"oom",
        b"evict",
        b"capacity",
        b"disk",
        b"memory",
        b"cpu",
        b"queue",
        b"backlog",
        b"pool",
    ),
    *(
        b"saturat",
        b"scale",
        b"scaling",
        b"certificate",
        b" cert",
        b"rotat",
        b"expire",
        b"failover",
        b"replica",
        b"backup",
    ),
    *(
        b"kubernetes",
        b"kubectl",
        b"helm",
        b"terraform",
        b" pod",
        b"node",
        b"cluster",
        b"ingress",
        b"database",
        b"connection",
    ),
    *(
        b"migration",
        b"release",
        b"pipeline",
        b"production",
        b"prod ",
        b"staging",
        b"error",
        b"fail",
        b"exhaust",
        b"throttl",
    ),
    *(b"operations", b"reliab", b"service", b"health"),
)
"""What operations work is spoken of with."""

STACK = (b"security", b"engineering", b"coding", b"self-improving", b"skill", b"learning")
"""Other self-improving skills, asked for by name."""

FLAGS = (
    *(b"save this as a skill", b"save this runbook", b"save it as a skill", b"make this a skill", b"make a skill"),
    *(b"turn this into a skill", b"keeps happening", b"keep happening", b"keeps coming back", b"happened again"),
    *(b"remember this", b"remember that", b"don't forget this", b"worth remembering"),
)
"""A user who says one of these marks the entry at hand as worth keeping."""

REMINDING = (
    *("incident", "incidents", "on-call", "oncall", "runbook", "runbooks", "slo", "slos", "slo breach", "error budget"),
    *(
        "mttr",
        "mttd",
        "postmortem",
        "post-mortem",
        "rollback",
        "roll back",
        "service degradation",
        "degraded",
        "outage",
    ),
    *(
        "deployment",
        "deploy",
        "deploys",
        "rollout",
        "alert",
        "alerts",
        "pager",
        "toil",
        "capacity",
        "handoff",
        "hand-off",
    ),
    *("operations", "production incident", "canary", "failover"),
)
"""Whole words, the skill's narrow matcher: at a session's first prompt with one of them the reminder may be given."""


def waking(low: bytes) -> bool:
    """Does a prompt in lower-case JSON hold a word of operations, of another skill, or one that flags knowledge?

    Words that other skills in this project declared are kept in ``.opsloop/hook-words``, one a line.
    """
    for words in (OPERATIONS, STACK, FLAGS):
        for word in words:
            if word in low:
                return True
    try:
        with open(".opsloop/hook-words", "rb") as file:  # noqa: PTH123 - pathlib is too dear for the hook
            return any(word in low for word in file.read().split(b"\n") if word)
    except OSError:
        return False


def holds(text: str, words: tuple[str, ...]) -> bool:
    """Is one of the words in the text, as a whole word?"""
    plain = "".join(char if char.isalnum() or char == "-" else " " for char in text.lower())
    padded = f" {' '.join(plain.split())} "
    return any(f" {word} " in padded for word in words)

"""What an agent client runs at every prompt and after every command: ``python -I -S /absolute/hook.py --client NAME``.

Reads the client's JSON on stdin; prints what the model should know, mostly nothing; always exits 0. Until a word in the
raw bytes hints at operations, nothing is imported that the interpreter has not loaded already. A failure is counted in
``.opsloop/hook-failures``, where ``opsloop doctor`` finds it, and never shown to the agent.
"""

import sys

_PROMPT = b'"prompt":'
"""Stands in what clients tell of a prompt, and in no tool's output: there its quotes are escaped."""
_END = 300_000
"""Bytes: of very long output the beginning and the end are judged, no more."""
_BOOTSTRAP = b'"bootstrap"'


def main() -> None:
    """Judge one call; whatever goes wrong, the agent's work goes on."""
    raw = b""
    try:
        raw = sys.stdin.buffer.read()
        if _stirs(raw):
            import gc

            gc.disable()  # this process is over before there is anything to collect
            from opsloop import dispatch

            sys.stdout.write(dispatch.answer(raw, _options(sys.argv[1:])))
            sys.stdout.flush()
    except BaseException as error:  # noqa: BLE001 - the outermost edge of somebody else's session
        _count(error, raw)
    from posix import _exit  # all is flushed and committed; tearing the interpreter down would only take time

    _exit(0)


def _stirs(raw: bytes) -> bool:
    """Is there a word that makes a closer look worth its time?"""
    low = (raw if len(raw) < 2 * _END else raw[:_END] + raw[-_END:]).lower()
    if _PROMPT in low:
        from opsloop.dispatch import words

        return words.waking(low)
    from opsloop.rules import stirring

    return stirring(low) or _BOOTSTRAP in low


def _options(words: list[str]) -> dict[str, str]:
    """``--client``, and for tests and by hand ``--root`` and ``--now``; what is unknown is left alone."""
    options = {}
    for number, word in enumerate(words):
        name, mark, value = word.partition("=")
        if name in ("--client", "--root", "--now"):
            options[name[2:]] = value if mark else "".join(words[number + 1 : number + 2])
    return options


def _count(error: BaseException, raw: bytes) -> None:
    """One line for doctor: when, what kind of failure, where in our code; never what the client told."""
    try:
        from opsloop.dispatch.failures import count

        count(error, raw)
    except BaseException:  # noqa: BLE001, S110 - there is nobody left to tell
        pass


if __name__ == "__main__":
    sys.path.insert(0, __file__.rpartition("/")[0].rpartition("/")[0])
    from opsloop.hook import main as compiled  # the same file, from its cache: compiling it costs more than running it

    compiled()

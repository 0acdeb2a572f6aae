"""The ``opsloop`` command, for what a bare interpreter cannot do: writing the journal takes libraries."""

from __future__ import annotations

import os

import opsloop


def command() -> str | None:
    """Where it is: on PATH, beside the interpreter, or in the environment of the checkout that this file belongs to."""
    import sys

    package = os.path.dirname(os.path.abspath(opsloop.__file__))  # noqa: PTH100, PTH120 - pathlib is too dear for the hook
    checkout = os.path.dirname(os.path.dirname(package))  # noqa: PTH120
    site = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(package))))  # noqa: PTH120
    folders = [os.path.dirname(sys.executable), f"{site}/bin", f"{checkout}/.venv/bin"]  # noqa: PTH120
    folders += os.environ.get("PATH", "").split(os.pathsep)
    places = (f"{folder}/opsloop" for folder in folders if folder)
    return next((place for place in places if os.access(place, os.X_OK) and os.path.isfile(place)), None)  # noqa: PTH113


def run(root: str, *words: str, limit_s: float) -> str | None:
    """What ``opsloop WORDS`` prints for this project; None when it is missing, fails, or takes over ``limit_s``.

    A command that takes longer is left to finish by itself.
    """
    program = command()
    if program is None:
        return None
    import subprocess

    process = subprocess.Popen(
        [program, "--root", root, *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        said, _ = process.communicate(timeout=limit_s)
    except subprocess.TimeoutExpired:
        return None
    return said.decode("utf-8", "replace") if process.returncode == 0 else None

"""Files that survive a crash: an append is on the disk when it returns, a replacement happens wholly or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from opsloop.errors import OutsideFailed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import BinaryIO

Found = TypeVar("Found")

Stamp = tuple[int, int, int, int]
"""Tells two states of a file apart: inode, size, times of last change of content and of status (ns)."""


def stamp(path: Path) -> Stamp | None:
    """The state of a file; None when there is none."""
    try:
        return _stamp(path.stat())
    except FileNotFoundError:
        return None


def read(path: Path, *, start: int = 0) -> tuple[bytes, Stamp]:
    """A file's bytes from ``start`` on and the state they belong to; raises as ``steadily`` does."""

    def rest(file: BinaryIO) -> bytes:
        file.seek(start)
        return file.read()

    return steadily(path, rest)


def steadily(path: Path, look: Callable[[BinaryIO], Found]) -> tuple[Found, Stamp]:
    """What ``look`` finds in a file and the state that it belongs to; looked again while somebody is writing.

    Raises OutsideFailed where the file may not or cannot be read.
    """
    try:
        with path.open("rb") as file:
            while True:
                before = _stamp(os.fstat(file.fileno()))
                file.seek(0)
                found = look(file)
                if _stamp(os.fstat(file.fileno())) == before:
                    return found, before
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror or error}; see to its permissions and its disk"
        raise OutsideFailed(msg) from None


def tail(path: Path, length: int) -> bytes:
    """The last bytes of a file."""
    with path.open("rb") as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - length))
        return file.read()


def append(path: Path, data: bytes) -> None:
    """Add to the end of an existing file; what could not be written wholly is taken back."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND)
    try:
        size = os.fstat(descriptor).st_size
        written = 0
        try:
            while written < len(data):
                written += os.write(descriptor, data[written:])
            os.fsync(descriptor)
        except OSError:
            if os.fstat(descriptor).st_size == size + written:
                os.ftruncate(descriptor, size)
            raise
    finally:
        os.close(descriptor)


def replace(path: Path, data: bytes, *, seen: Stamp | None) -> bool:
    """Put ``data`` in the place of a file whose state is still ``seen``; False, and nothing done, where it is not.

    The file keeps its permissions, and a link to it keeps pointing to it.
    """
    target = path.resolve()
    draft = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with draft.open("wb") as file:
            if seen is not None:
                os.fchmod(file.fileno(), target.stat().st_mode & 0o7777)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if stamp(target) != seen:
            return False
        draft.replace(target)
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()
    sync_folder(target.parent)
    return True


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _stamp(status: os.stat_result) -> Stamp:
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns

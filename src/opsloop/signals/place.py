"""Where the lake is: a folder, or an object store named by a URL that fsspec understands (s3://bucket/prefix).

Both offer the same: ``create`` makes a file appear whole or not at all, ``paths`` lists what is there.
"""

from __future__ import annotations

import os
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, Protocol

from opsloop.errors import MissingExtra, OutsideFailed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

_SUFFIX: Final = ".parquet"
_ABANDONED_S: Final = 86_400.0


class Place(Protocol):
    """Holds files by their path relative to it."""

    filesystem: Any
    """The fsspec file system a query engine needs to read here; None for a local folder."""

    def create(self, path: str) -> AbstractContextManager[IO[bytes]]:
        """A file to write; it takes its name, whole and on disk, when the block ends, and never if it fails."""

    def open(self, path: str) -> AbstractContextManager[IO[bytes]]:
        """A file to read; raises FileNotFoundError."""

    def paths(self) -> list[str]:
        """Every Parquet file, sorted."""

    def address(self, path: str) -> str:
        """What a query engine opens."""

    def delete(self, path: str) -> None:
        """Remove a file; one that is gone already is fine."""

    def clear_drafts(self) -> None:
        """Remove what processes left that died a day ago or longer while they wrote."""


def place_of(lake: str, root: Path) -> Place:
    """The place that the setting ``store.lake`` names; a relative folder is relative to the root."""
    if lake.startswith("file://"):
        return Folder(Path(lake.removeprefix("file://")))
    return Remote(lake) if "://" in lake else Folder(root / lake)


class Folder:
    """A local folder; made by the first file."""

    filesystem = None

    def __init__(self, base: Path) -> None:
        self.base = base

    @contextmanager
    def create(self, path: str) -> Iterator[IO[bytes]]:
        """Temporary name, fsync, rename, fsync of the folder."""
        target = self.base / path
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            with draft.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
        for folder in (target.parent, self.base):
            _sync_folder(folder)

    def open(self, path: str) -> IO[bytes]:
        """The file."""
        return (self.base / path).open("rb")

    def paths(self) -> list[str]:
        """Every Parquet file, sorted; drafts have another suffix."""
        return sorted(str(path.relative_to(self.base)) for path in self.base.glob(f"day=*/*{_SUFFIX}"))

    def address(self, path: str) -> str:
        """The absolute path."""
        return str(self.base / path)

    def delete(self, path: str) -> None:
        """Remove a file, and its day's folder with the last one."""
        target = self.base / path
        target.unlink(missing_ok=True)
        if target.parent.is_dir() and not any(target.parent.iterdir()):
            target.parent.rmdir()

    def clear_drafts(self) -> None:
        """Remove files under temporary names that nobody has touched for a day."""
        for draft in self.base.glob(f"day=*/.*{_SUFFIX}.*"):
            if time.time() - draft.stat().st_mtime > _ABANDONED_S:
                draft.unlink(missing_ok=True)


class Remote:
    """An object store: a PUT is whole or not there, so a file needs no temporary name."""

    def __init__(self, url: str) -> None:
        try:
            import fsspec
        except ImportError:
            raise MissingExtra("s3", f"the lake at {url}") from None
        try:
            self.filesystem, base = fsspec.core.url_to_fs(url, use_listings_cache=True)
        except (ImportError, ValueError) as error:
            message = f"store.lake {url!r} cannot be opened: {error}"
            raise OutsideFailed(message) from None
        self.base = base.rstrip("/")
        self._url = url

    @contextmanager
    def create(self, path: str) -> Iterator[IO[bytes]]:
        """Uploaded when the block ends."""
        with self._reached():
            file = self.filesystem.open(f"{self.base}/{path}", "wb", autocommit=False)
        try:
            yield file
            with self._reached():
                file.close()
        except BaseException:
            with suppress(Exception):  # what went wrong first is what is told
                file.discard()
            raise
        with self._reached():
            file.commit()

    def open(self, path: str) -> AbstractContextManager[IO[bytes]]:
        """The object, fetched as it is read."""
        opened: AbstractContextManager[IO[bytes]] = self.filesystem.open(f"{self.base}/{path}", "rb")
        return opened

    def paths(self) -> list[str]:
        """Every Parquet file, sorted, as the store lists them now.

        The list stays in the file system's cache, where readers find the sizes: files never change, and asking for each
        of them is what a lake of many files would spend its time with.
        """
        with self._reached():
            self.filesystem.invalidate_cache()
            found = [path.removeprefix(f"{self.base}/") for path in self.filesystem.find(self.base)]
        return sorted(path for path in found if path.startswith("day=") and path.endswith(_SUFFIX))

    def address(self, path: str) -> str:
        """The URL."""
        return str(self.filesystem.unstrip_protocol(f"{self.base}/{path}"))

    def delete(self, path: str) -> None:
        """Remove an object."""
        with self._reached(), suppress(FileNotFoundError):
            self.filesystem.rm_file(f"{self.base}/{path}")

    def clear_drafts(self) -> None:
        """Nothing: uploads cut off are no objects; the store's own rule for incomplete uploads removes them."""

    @contextmanager
    def _reached(self) -> Iterator[None]:
        """Say in one line what the store did not do; every fsspec file system has errors of its own."""
        try:
            yield
        except FileNotFoundError as error:
            message = f"the lake at {self._url}: there is no such bucket; make it first"
            raise OutsideFailed(message) from error
        except Exception as error:
            message = f"the lake at {self._url} could not be reached ({error}); look at its address and credentials"
            raise OutsideFailed(message) from error


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

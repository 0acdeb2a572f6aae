"""Where a verb works: one project folder at one moment, with the stores that live in it."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Final

from opsloop import config

if TYPE_CHECKING:
    from pathlib import Path

    from opsloop.audit import AuditLog
    from opsloop.config import Settings
    from opsloop.index import Index
    from opsloop.journal import Journal
    from opsloop.redact import Redactor
    from opsloop.signals import Store

MARKERS: Final = (".learnings", config.FILE_NAME, ".git")
_MASK_KEY_BYTES: Final = 32


def find_root(start: Path) -> Path:
    """The nearest folder from ``start`` upward that holds one of MARKERS; ``start`` itself where none does."""
    start = start.resolve()
    for folder in (start, *start.parents):
        if any((folder / marker).exists() for marker in MARKERS):
            return folder
    return start


class Workspace:
    """A project folder at the moment ``now``; the rest is opened on first use, and looking creates nothing."""

    def __init__(self, root: Path, now: datetime | None = None) -> None:
        self.root = root
        self.now = now or datetime.now(UTC)

    def anew(self) -> Workspace:
        """The same project at this moment, with the settings of this moment; entries read before are kept."""
        ws = Workspace(self.root)
        ws.journal = self.journal
        return ws

    @cached_property
    def settings(self) -> Settings:
        """``opsloop.toml``; raises BadInput with the key that is wrong."""
        return config.load(self.root)

    @property
    def state_path(self) -> Path:
        """``.opsloop``, whether it exists or not."""
        return self.root / ".opsloop"

    @cached_property
    def state(self) -> Path:
        """``.opsloop``, made when missing and kept out of version control by its own ignore file."""
        path = self.state_path
        path.mkdir(parents=True, exist_ok=True)
        ignore = path / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
        return path

    @cached_property
    def redact(self) -> Redactor:
        """The redactor with this project's additions; its masks are keyed, so equal values keep equal masks."""
        from opsloop.redact import Redactor

        extra = self.settings.redact
        return Redactor(key=self._mask_key, hosts=extra.hosts, allow=extra.allow)

    @cached_property
    def journal(self) -> Journal:
        """The Markdown files of ``.learnings/``."""
        from opsloop.journal import Journal

        return Journal(self.root, redact=self.redact)

    @cached_property
    def store(self) -> Store:
        """The signals, hot and sealed."""
        from opsloop.signals import Store

        return Store(self.state_path, self.settings.store, self.root)

    @cached_property
    def index(self) -> Index:
        """The full-text index over the journal; disposable."""
        from opsloop.index import Index

        return Index(self.state / "index.sqlite")

    @cached_property
    def audit(self) -> AuditLog:
        """Who or what wrote, approved, merged, promoted."""
        from opsloop.audit import AuditLog

        return AuditLog(self.state_path / "audit.jsonl", redact=self.redact)

    def _mask_key(self) -> bytes:
        """A random key of this project: masks cannot be matched against guesses elsewhere. Created once, atomically."""
        path = self.state / "mask.key"
        try:
            return path.read_bytes()
        except FileNotFoundError:
            draft = path.with_suffix(f".{os.getpid()}")
            draft.write_bytes(os.urandom(_MASK_KEY_BYTES))
            draft.chmod(0o600)
            try:
                os.link(draft, path)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
            return path.read_bytes()

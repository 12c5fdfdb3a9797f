"""Kept files that nothing names any more: found by looking for the digests of all in everything that is kept.

A specialist writes its file before its decision is kept, so a young file may be one whose name is still to come.
"""

import asyncio
import logging
import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from agents.files import FileStore
from state.sql.named_files import named_among
from state.sql.store import Store

logger = logging.getLogger(__name__)

YOUNG = 86_400.0
"""Seconds in which a file may still get its name."""

_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Files:
    """How many files, and how large they are."""

    count: int = 0
    size: int = 0
    """Bytes."""


async def unnamed(store: Store, files: FileStore) -> Files:
    """The files, drafts among them, that ``remove_unnamed`` would remove."""
    return await asyncio.to_thread(_sum, await _old_unnamed(store, files), lambda path: None)


async def remove_unnamed(store: Store, files: FileStore) -> Files:
    """Remove the files that nothing in the database names and that are older than a day, and drafts of that age."""
    return await asyncio.to_thread(_sum, await _old_unnamed(store, files), _remove_old)


async def remove_of(store: Store, files: FileStore, digests: Iterable[str]) -> Files:
    """Remove those of some files that nothing in the database names any more, whatever their age."""
    there = {digest: path for digest in digests if (path := files.folder / digest[:2] / digest).is_file()}
    named = await store.read(named_among, frozenset(there)) if there else frozenset()
    return await asyncio.to_thread(_sum, [path for digest, path in there.items() if digest not in named], Path.unlink)


async def _old_unnamed(store: Store, files: FileStore) -> list[Path]:
    kept, drafts = await asyncio.to_thread(lambda: (list(_kept(files.folder)), list(_drafts(files.folder))))
    named = await store.read(named_among, frozenset(path.name for path in kept)) if kept else frozenset()
    return [path for path in kept if path.name not in named] + drafts


def _kept(folder: Path) -> Iterator[Path]:
    """The old files that are where the store puts them; whatever else lies in its folder is somebody else's."""
    for path in folder.glob("??/*"):
        if _DIGEST.fullmatch(path.name) and path.name.startswith(path.parent.name) and _is_old(path):
            yield path


def _drafts(folder: Path) -> Iterator[Path]:
    """What processes that were killed left."""
    return filter(_is_old, folder.glob(".*.draft"))


def _is_old(path: Path) -> bool:
    with suppress(OSError):
        return path.is_file() and not path.is_symlink() and time.time() - path.stat().st_mtime > YOUNG
    return False


def _remove_old(path: Path) -> None:
    """Remove a file, unless it was kept again meanwhile."""
    if not _is_old(path):
        raise FileNotFoundError(path)
    path.unlink()


def _sum(paths: Iterable[Path], each: Callable[[Path], None]) -> Files:
    """Do something to every file; those that it cannot be done to do not count."""
    sizes = []
    for path in paths:
        try:
            size = path.stat().st_size
            each(path)
            sizes.append(size)
        except FileNotFoundError:
            continue
        except OSError as refused:
            logger.warning("The file %r cannot be removed: %s", str(path), refused.strerror)
    return Files(len(sizes), sum(sizes))

"""Files that are whole or not there: written aside, then renamed; one writer at a time."""

import os
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def written_whole(path):
    """Give a temporary file beside `path` that takes its place when the block ends without an error.

    Parameters
    ----------
    path : Path
        What stands there stays untouched until the new file is whole. Folders are made.

    Yields
    ------
    temporary : Path
        An empty file with the same ending, to be written by the block.

    Raises
    ------
    OSError
        If the folder cannot be written.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".unfinished-", suffix=f"-{path.name}")
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        # A temporary file is its owner's alone; this one shall be as readable as any other.
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextmanager
def locked(path, seconds=2.0):
    """Let one kernel at a time read, change and write a file.

    Where no lock can be had (a read-only folder, a kernel that hangs while it holds it), go on without: a
    lost change is better than a cell that hangs.

    Parameters
    ----------
    path : Path
    seconds : float
        How long to wait for another kernel.
    """
    from filelock import FileLock

    path = Path(path)
    lock = FileLock(path.with_name(f".{path.name}.lock"), timeout=seconds)
    with suppress(OSError, NotImplementedError):  # filelock's Timeout is an OSError too
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def put_aside(path):
    """Rename a file that cannot be read to `NAME.damaged.ENDING`, so that nothing of it is lost.

    Parameters
    ----------
    path : Path

    Returns
    -------
    aside : Path
        Its new name, which no file had before.
    """
    path = Path(path)
    aside = path.with_name(f"{path.stem}.damaged{path.suffix}")
    number = 2
    while aside.exists():
        aside = path.with_name(f"{path.stem}.damaged-{number}{path.suffix}")
        number += 1
    path.replace(aside)
    return aside

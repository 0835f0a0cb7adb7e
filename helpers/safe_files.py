"""Files that are whole or not there: written aside, then renamed; one writer at a time.

A symbolic link stays one: what is read, locked, replaced or put aside is the file that it names.
"""

import glob
import json
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path


def read_json(path, most_bytes):
    """Read a JSON file, in whichever of UTF-8, UTF-16 and UTF-32 an editor has saved it.

    Parameters
    ----------
    path : Path
    most_bytes : int
        A larger file is refused unread: parsing takes minutes and many times its size.

    Returns
    -------
    content : dict, list, str, int, float, bool or None

    Raises
    ------
    ValueError
        If the file is larger or no JSON, with a sentence that begins with "it".
    OSError
        If it is missing, is no file, or cannot be read.
    """
    with Path(path).open("rb") as file:
        raw = file.read(most_bytes + 1)
    if len(raw) > most_bytes:
        raise ValueError(f"it is larger than {most_bytes / 2**20:.0f} MB")
    try:
        return json.loads(raw)
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError("it is empty" if not raw.strip() else "it is no JSON text") from error
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


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
    target = _target(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".unfinished-", suffix=f"-{Path(path).name}")
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        # A temporary file is its owner's alone; this one shall be as readable as any other.
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextmanager
def locked(path, seconds=2.0):
    """Let one kernel at a time read, change and write a file.

    Parameters
    ----------
    path : Path
    seconds : float
        How long to wait for another kernel.

    Yields
    ------
    refused : None, OSError or NotImplementedError
        Why no lock could be had: a TimeoutError where another kernel holds it, others in a read-only folder
        or on a network disk. The block runs all the same, and decides what it does without one.
    """
    from filelock import FileLock

    target = _target(path)
    lock = FileLock(target.with_name(f".{target.name}.lock"), timeout=seconds, poll_interval=0.01)
    refused = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except (OSError, NotImplementedError) as error:
        refused = error
    try:
        yield refused
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
    path = _target(path)
    aside = path.with_name(f"{path.stem}.damaged{path.suffix}")
    number = 2
    while aside.exists():
        aside = path.with_name(f"{path.stem}.damaged-{number}{path.suffix}")
        number += 1
    path.replace(aside)
    return aside


def put_aside_before(path):
    """Files that `put_aside` has made of this path's, in the order of their names; list of Path."""
    path = _target(path)
    return sorted(path.parent.glob(f"{glob.escape(path.stem)}.damaged*{path.suffix}"))


def _target(path):
    """The file that a path names when its links are followed, also where there is none yet."""
    return Path(os.path.realpath(path))

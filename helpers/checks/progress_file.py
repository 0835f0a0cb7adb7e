"""The file that remembers which exercises are done: never half-written, never in the way of a check."""

import json
from contextlib import suppress

from helpers.safe_files import locked, put_aside, written_whole
from helpers.settings import path_setting

_done_in_this_kernel = set()


def path():
    """Where progress is kept: COURSE_PROGRESS_FILE, or `data/progress.json` in the course's folder."""
    return path_setting("COURSE_PROGRESS_FILE", "data/progress.json")


def mark_done(exercise_id):
    """Remember that an exercise is done; without a sound on a disk that cannot be written."""
    _done_in_this_kernel.add(exercise_id)
    file = path()
    with suppress(OSError, ValueError):
        file.parent.mkdir(parents=True, exist_ok=True)
        with locked(file):
            on_disk = _read(file)
            if not _done_in_this_kernel <= on_disk:
                _write(file, on_disk | _done_in_this_kernel)


def done():
    """Return what is done, and notes about the file in case something is wrong with it.

    Returns
    -------
    done : set of str
        Ids of the exercises done in this kernel or in an earlier one.
    notes : list of str
        Sentences for the learner; empty when all is well.
    """
    file = path()
    notes = []
    on_disk = set()
    try:
        with locked(file):
            on_disk = _read(file)
    except (OSError, ValueError) as error:
        reason = type(error).__name__
        notes.append(f"{file.name} cannot be read ({reason}): only this session's answers count.")
    unsaved = _done_in_this_kernel - on_disk
    if unsaved and not notes:
        notes.append(
            f"{file.name} cannot be written: what is done now will be open again after a restart. "
            "Make the folder writable, or set COURSE_PROGRESS_FILE to a file that can be written."
        )
    for damaged in sorted(file.parent.glob(f"{file.stem}.damaged*{file.suffix}")):
        notes.append(
            f"A damaged progress file was put aside as {damaged.name}, and a new one begun. "
            "Run the checks again to count their exercises; then delete it."
        )
    return on_disk | _done_in_this_kernel, notes


def _read(file):
    """Ids in the file; a file that is not ours to read as such is put aside, not overwritten."""
    try:
        return {str(exercise_id) for exercise_id in json.loads(file.read_text(encoding="utf-8"))["done"]}
    except FileNotFoundError:
        return set()
    except (ValueError, TypeError, KeyError, RecursionError):
        put_aside(file)
        return set()


def _write(file, done):
    text = json.dumps({"done": sorted(done)}, indent=1) + "\n"
    with written_whole(file) as temporary:
        temporary.write_text(text, encoding="utf-8")

"""The file that remembers exercises and predictions: never half-written, never in the way of a check."""

import json
from contextlib import suppress

from helpers.safe_files import locked, put_aside, put_aside_before, read_json, written_whole
from helpers.settings import path_setting

_MOST_BYTES = 2**20  # a hundred times what all exercises take
_done_in_this_kernel = set()
_predicted_in_this_kernel = {}


def path():
    """Where progress is kept: COURSE_PROGRESS_FILE, or `data/progress.json` in the course's folder."""
    return path_setting("COURSE_PROGRESS_FILE", "data/progress.json")


def mark_done(exercise_id):
    """Remember that an exercise is done; without a sound on a disk that cannot be written."""
    _done_in_this_kernel.add(exercise_id)
    _save()


def mark_predicted(prediction_id, answer, right=None):
    """Remember the last answer to a prediction, a text, and whether it was right, if its result is there."""
    _predicted_in_this_kernel[prediction_id] = {"answer": answer, "right": right}
    _save()


def predictions():
    """The answers to predictions, of this kernel and earlier ones: {"2.c": {"answer": "10", "right": None}}.

    None is for those whose result is not there yet.
    """
    file = path()
    on_disk = {}
    with locked(file), suppress(OSError):
        on_disk = _read(file)["predictions"]
    return on_disk | _predicted_in_this_kernel


def _save():
    """Add what this kernel knows to the file."""
    file = path()
    # Without a lock, too: what another kernel writes at this moment, it still knows at its next exercise.
    with locked(file), suppress(OSError):
        content = _read(file)
        merged = content | {
            "done": sorted(_done_in_this_kernel.union(content["done"])),
            "predictions": content["predictions"] | _predicted_in_this_kernel,
        }
        if merged != content:
            if not merged["predictions"]:
                del merged["predictions"]
            with written_whole(file) as temporary:
                temporary.write_text(json.dumps(merged, indent=1) + "\n", encoding="utf-8")


def done():
    """Ids of the exercises done in this kernel or an earlier one, and notes for the learner on the file."""
    file = path()
    notes = []
    on_disk = set()
    with locked(file) as refused:
        try:
            on_disk = set(_read(file)["done"])
        except OSError as error:
            reason = type(error).__name__
            notes.append(f"{file.name} cannot be read ({reason}): only this session's answers count.")
    if _done_in_this_kernel - on_disk and not notes:
        notes.append(
            f"{file.name} cannot be written: what is done now will be open again after a restart. "
            "Make the folder writable, or set COURSE_PROGRESS_FILE to a file that can be written."
        )
    if refused and _done_in_this_kernel and not notes:
        notes.append(
            f"{file.name} cannot be locked ({type(refused).__name__}): what two notebooks finish in the same "
            "moment may count for one of them only. Run that check again, or work in one notebook at a time."
        )
    for damaged in put_aside_before(file):
        notes.append(
            f"A damaged progress file was put aside as {damaged.name}, and a new one begun. "
            "Run the checks again to count their exercises; then delete it."
        )
    return on_disk | _done_in_this_kernel, notes


def _read(file):
    """The file's content with `done`, sorted ids, and `predictions`; one that cannot be read is put aside."""
    try:
        content = read_json(file, _MOST_BYTES)
        if not isinstance(content, dict) or not isinstance(content.get("done"), list):
            raise ValueError("it holds no exercises")
    except FileNotFoundError:
        content = {}
    except ValueError:
        put_aside(file)
        content = {}
    answers = content.get("predictions")
    answers = answers.items() if isinstance(answers, dict) else ()
    return content | {
        "done": sorted(set(map(str, content.get("done", [])))),
        "predictions": {id: answer for id, answer in answers if _is_answer(answer)},
    }


def _is_answer(value):
    is_text = isinstance(value, dict) and isinstance(value.get("answer"), str)
    return is_text and value.get("right", "missing") in (True, False, None)

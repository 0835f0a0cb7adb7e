"""A learner's own handwritten digits: collected with their labels, kept in one JSON file, never half-written.

Strokes are stored as they were written, in canvas units, not as images: a better preparation can use them
again. JSON holds numbers only; opening somebody else's file runs no code.
"""

import json
import math
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from helpers.handwriting.strokes import check_strokes, strokes_to_image
from helpers.safe_files import locked, put_aside, written_whole
from helpers.settings import path_setting

FORMAT = "own digits 1"
MOST_DIGITS = 20_000
MOST_POINTS = 20_000  # of one digit
_MOST_BYTES = 64 * 2**20
_LOCK_SECONDS = 5.0


class OwnDigitsError(ValueError):
    """A digit cannot be kept; the message says which and why."""


def own_digits_path():
    """Where own digits are kept: COURSE_OWN_DIGITS, or `data/own_digits.json` in the course's folder."""
    return path_setting("COURSE_OWN_DIGITS", "data/own_digits.json")


class OwnDigits:
    """Labelled digits of one person, loaded from a file and saved to it with every change.

    Parameters
    ----------
    path : str or Path, optional
        `own_digits_path()` by default. A file that does not hold own digits is renamed, never overwritten,
        and `message` says so.

    Attributes
    ----------
    path : Path
    message : str
        One sentence for the learner about the file; "" when all is well.

    Examples
    --------
    >>> own = OwnDigits()
    >>> own.add(canvas.strokes, 7)
    >>> images, labels = own.images()
    """

    def __init__(self, path=None):
        self.path = own_digits_path() if path is None else Path(path)
        self.message = ""
        self._digits = []
        self._readable = True
        with locked(self.path, _LOCK_SECONDS):
            self._digits = self._read()

    def __len__(self):
        return len(self._digits)

    def __repr__(self):
        counts = ", ".join(f"{digit}: {count}" for digit, count in enumerate(self.counts()) if count)
        return f"OwnDigits({len(self)} digits{'; ' + counts if counts else ''})"

    @property
    def labels(self):
        """Labels, int64 (n,), in the order in which they were added."""
        return np.array([entry["label"] for entry in self._digits], np.int64)

    @property
    def strokes(self):
        """Strokes of each digit: list of n lists of ndarray (n_i, 2)."""
        return [[np.array(stroke) for stroke in entry["strokes"]] for entry in self._digits]

    def counts(self):
        """How many of each digit there are, int64 (10,)."""
        return np.bincount(self.labels, minlength=10)

    def images(self, pen_width=None):
        """Draw them.

        Returns
        -------
        images : ndarray of shape (n, 28, 28), float32 in [0, 1]
        labels : ndarray of shape (n,), int64
        """
        images = [strokes_to_image(strokes, pen_width) for strokes in self.strokes]
        return np.array(images, np.float32).reshape(-1, 28, 28), self.labels

    def add(self, strokes, label):
        """Keep one digit, in memory and in the file.

        Parameters
        ----------
        strokes : sequence of array_like of shape (n_i, 2)
            In canvas units, as `strokes_to_image` takes them.
        label : int in 0..9
            What the writer meant.

        Raises
        ------
        OwnDigitsError
            If nothing is drawn, a coordinate is not finite, the label is no digit, or there are too many.
        """
        entry = {"label": _checked_label(label), "strokes": _plain_strokes(strokes)}
        entry["added"] = datetime.now(UTC).isoformat(timespec="seconds")
        self._change(lambda digits: [*digits, entry])

    def remove_last(self):
        """Forget the digit that was added last; nothing happens if there is none."""
        self._change(lambda digits: digits[:-1])

    def clear(self):
        """Forget all digits."""
        self._change(lambda digits: [])

    def _change(self, change):
        # Another notebook may have added to the same file meanwhile: change what is in the file now.
        with locked(self.path, _LOCK_SECONDS):
            if self.path.exists():
                self._digits = self._read()
            changed = change(self._digits)
            if len(changed) > MOST_DIGITS:
                raise OwnDigitsError(
                    f"there are {MOST_DIGITS:,} digits in {self.path.name}: no more are kept"
                )
            self._digits = changed
            self._write()

    def _write(self):
        if not self._readable:  # what stands in the file would be lost
            return
        lines = [json.dumps(entry, separators=(",", ":")) for entry in self._digits]
        body = ",\n".join(lines)
        text = f'{{"format": "{FORMAT}", "digits": [\n{body}\n]}}\n'
        try:
            with written_whole(self.path) as temporary:
                temporary.write_text(text, encoding="utf-8")
        except OSError as error:
            self.message = (
                f"{self.path} cannot be written ({error.strerror or type(error).__name__}): the digits are "
                "kept until the kernel stops. Make the folder writable, or set COURSE_OWN_DIGITS."
            )
        else:
            if "cannot be written" in self.message:
                self.message = ""

    def _read(self):
        """Digits in the file; a file that is not sound is put aside."""
        try:
            if self.path.stat().st_size > _MOST_BYTES:
                raise OwnDigitsError(f"it is larger than {_MOST_BYTES // 2**20} MB")
            content = json.loads(self.path.read_text(encoding="utf-8"))
            return _checked_content(content)
        except FileNotFoundError:
            return list(self._digits)
        except OSError as error:
            self._readable = False
            self.message = (
                f"{self.path} cannot be read ({error.strerror or type(error).__name__}): it stays as it is, "
                "and new digits are kept until the kernel stops."
            )
            return list(self._digits)
        except (ValueError, TypeError, RecursionError) as error:
            reason = "it is no JSON" if isinstance(error, json.JSONDecodeError) else str(error)
            try:
                aside = put_aside(self.path).name
            except OSError:
                aside = None
            kept = f"put aside as {aside}, and a new one begun" if aside else "left as it is"
            self.message = f"{self.path.name} does not hold own digits ({reason[:120]}): it was {kept}."
            return list(self._digits)


def _checked_content(content):
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise OwnDigitsError(f'it has no "format": "{FORMAT}"')
    digits = content.get("digits")
    if not isinstance(digits, list):
        raise OwnDigitsError("its digits are no list")
    if len(digits) > MOST_DIGITS:
        raise OwnDigitsError(f"it has more than {MOST_DIGITS:,} digits")
    checked = []
    for number, entry in enumerate(digits):
        if not isinstance(entry, dict):
            raise OwnDigitsError(f"digit {number} is no entry with label and strokes")
        try:
            kept = {"label": _checked_label(entry.get("label")), "strokes": _plain_strokes(entry["strokes"])}
        except (KeyError, TypeError, ValueError) as error:
            raise OwnDigitsError(f"digit {number}: {error}") from None
        if isinstance(entry.get("added"), str):
            kept["added"] = entry["added"][:40]
        checked.append(kept)
    return checked


def _checked_label(label):
    number = label.item() if isinstance(label, np.generic) else label
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= 9:
        raise OwnDigitsError(f"the label is {label!r}; expected a digit from 0 to 9")
    return number


def _plain_strokes(strokes):
    parts = check_strokes(strokes)
    points = sum(len(part) for part in parts)
    if not points:
        raise OwnDigitsError("nothing is drawn")
    if points > MOST_POINTS:
        raise OwnDigitsError(f"the drawing has {points:,} points; at most {MOST_POINTS:,} are kept")
    return [[[_short(x), _short(y)] for x, y in part.tolist()] for part in parts]


def _short(value):
    """A number with at most five digits behind the point: the file stays small."""
    value = round(value, 5)
    return int(value) if math.isfinite(value) and value == int(value) else value

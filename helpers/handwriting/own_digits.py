"""A learner's own handwritten digits: collected with their labels, kept in one JSON file, never half-written.

Strokes are stored as they were written, in canvas units, not as images: a better preparation can use them
again. JSON holds numbers only; opening somebody else's file runs no code.
"""

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from helpers.handwriting.strokes import check_strokes, strokes_to_image
from helpers.safe_files import locked, put_aside, read_json, written_whole
from helpers.settings import path_setting

FORMAT = "own digits 1"
MOST_DIGITS = 20_000
MOST_POINTS = 20_000  # of one digit
_MOST_BYTES = 64 * 2**20
_LOCK_SECONDS = 10.0


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
        and so is one of whose digits some are damaged: the others are kept. `message` says so.
    """

    def __init__(self, path=None):
        self.path = own_digits_path() if path is None else Path(path)
        self._more = {}  # what else stands in the file
        self._pending = []  # changes that could not be written yet
        self._damaged = self._trouble = ""
        with locked(self.path, _LOCK_SECONDS):
            self._digits = self._read() or []

    def __len__(self):
        return len(self._digits)

    def __repr__(self):
        counts = ", ".join(f"{digit}: {count}" for digit, count in enumerate(self.counts()) if count)
        return f"OwnDigits({len(self)} digits{'; ' + counts if counts else ''})"

    @property
    def message(self):
        """One sentence for the learner about the file; "" when all is well."""
        return self._trouble or self._damaged

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

    def images(self):
        """Draw them: images (n, 28, 28), float32 in [0, 1], and their labels."""
        images = [strokes_to_image(strokes) for strokes in self.strokes]
        return np.array(images, np.float32).reshape(-1, 28, 28), self.labels

    def add(self, strokes, label):
        """Keep one digit, in memory and in the file: strokes as `strokes_to_image` takes them, and a label.

        An OwnDigitsError: nothing is drawn, the label is no digit, or there are too many points or digits.
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
        with locked(self.path, _LOCK_SECONDS) as refused:
            self._trouble = ""
            # Another notebook may have added to the same file meanwhile: change what is in the file now.
            digits, changes = self._read(), [*self._pending, change]
            if digits is None:  # what is in memory has the pending changes already
                digits, changes = self._digits, [change]
            for each in changes:
                digits = each(digits)
            if len(digits) > MOST_DIGITS:
                raise OwnDigitsError(
                    f"there are {MOST_DIGITS:,} digits in {self.path.name}: no more are kept"
                )
            self._digits = digits
            self._pending.append(change)
            if isinstance(refused, TimeoutError):  # another kernel is about to write
                self._trouble = self._trouble or self._kept("is in use by another program")
            if not self._trouble and self._write():
                self._pending.clear()
                if refused:
                    self._trouble = (
                        f"{self.path} cannot be locked ({_reason(refused)}): collect digits in one notebook "
                        "at a time, or some are lost."
                    )

    def _kept(self, why):
        return (
            f"{self.path} {why}: the digits are kept until the kernel stops, and written as soon as it is "
            "possible. Make the folder writable, or set COURSE_OWN_DIGITS."
        )

    def _write(self):
        """Write the file; False, with a message, where that is not possible."""
        body = ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in self._digits)
        head = json.dumps({"format": FORMAT} | self._more).removesuffix("}")
        try:
            with written_whole(self.path) as temporary:
                temporary.write_text(f'{head}, "digits": [\n{body}\n]}}\n', encoding="utf-8")
        except OSError as error:
            self._trouble = self._kept(f"cannot be written ({_reason(error)})")
        return not self._trouble

    def _read(self):
        """Digits in the file; None where there is no file with digits. What is damaged is put aside."""
        try:
            content = read_json(self.path, _MOST_BYTES)
            digits, damage = _checked_content(content)
            self._more = {name: content[name] for name in content if name not in ("format", "digits")}
        except FileNotFoundError:
            return None
        except OSError as error:
            self._trouble = self._kept(f"cannot be read ({_reason(error)})")
            return None
        except ValueError as error:
            digits, damage = None, str(error)
        if not damage:
            return digits
        damage = f"does not hold own digits only ({damage[:120]})"
        try:
            aside = put_aside(self.path).name
        except OSError as error:
            self._trouble = self._kept(f"{damage} and cannot be put aside ({_reason(error)})")
            return digits
        others = f"its other {len(digits)} digits are kept" if digits else "a new one is begun"
        self._damaged = f"{self.path.name} {damage}: it was put aside as {aside}, {others}."
        if digits:
            self._digits = digits
            self._write()
        return digits


def _checked_content(content):
    """Sound digits of a file's content, and a word about the others: list of dict, str."""
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise OwnDigitsError(f'it has no "format": "{FORMAT}"')
    digits = content.get("digits")
    if not isinstance(digits, list):
        raise OwnDigitsError("its digits are no list")
    if len(digits) > MOST_DIGITS:
        raise OwnDigitsError(f"it has more than {MOST_DIGITS:,} digits")
    good, damage = [], []
    for number, entry in enumerate(digits, start=1):
        try:
            checked = {"label": _checked_label(entry["label"]), "strokes": _plain_strokes(entry["strokes"])}
            good.append(entry | checked)
        except (KeyError, TypeError, ValueError) as error:
            reason = f"no {error}" if isinstance(error, KeyError) else str(error)
            damage.append(f"digit {number} of {len(digits)}: {reason}")
    if damage and not good:
        raise OwnDigitsError(damage[0])
    more = f", and {len(damage) - 1} more" if len(damage) > 1 else ""
    return good, damage[0][:90] + more if damage else ""


def _checked_label(label):
    if isinstance(label, bool) or not isinstance(label, int | np.integer) or not 0 <= label <= 9:
        raise OwnDigitsError(f"the label is {label!r}; expected a digit from 0 to 9")
    return int(label)


def _plain_strokes(strokes):
    parts = check_strokes(strokes)
    points = sum(len(part) for part in parts)
    if not points:
        raise OwnDigitsError("nothing is drawn")
    if points > MOST_POINTS:
        raise OwnDigitsError(f"the drawing has {points:,} points; at most {MOST_POINTS:,} are kept")
    return [_short(part) for part in parts]


def _short(part):
    """Points (n, 2) as lists; whole numbers, or at most five digits behind the point: files stay small."""
    whole = np.abs(part).max() < 2**53 and (part == np.rint(part)).all()
    return (part.astype(np.int64) if whole else np.round(part, 5)).tolist()


def _reason(error):
    return getattr(error, "strerror", None) or type(error).__name__

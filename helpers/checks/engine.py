"""The machine behind `check`, `hint`, `solution` and `progress`; the chapters' checks are in `chapter_NN.py`.

A chapter's module registers its exercises:

    @exercise("2.1", title="Softmax by hand", hints=["first hint", "more", "nearly the code"])
    def softmax(answer):
        probabilities = call(answer, np.array([[1.0, 2.0, 3.0]]))
        close(probabilities, [[0.09, 0.2447, 0.6652]], name="softmax of (1, 2, 3)", rtol=1e-3)

A check returns None when the answer is right; else it returns, or raises as `Wrong`, one sentence that
says what is wrong. What it says depends on the answer alone, so a notebook's output is always the same.
"""

import copy
import difflib
import html
import importlib
import inspect
import linecache
import pkgutil
import re
import warnings
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from helpers.checks import progress_file
from helpers.checks.bands import written_apart
from helpers.session import ROOT

SOLUTIONS = ROOT / "notebooks" / "source" / "solutions"
_NOT_STARTED = "replace the ... with your code"
_LARGEST_ANSWER = 50_000_000  # values; more could only be a mistake, and copying them could stop the machine


class Wrong(Exception):  # noqa: N818 (an answer, not an error)
    """Raised by a check, with one sentence that says what is wrong with the answer."""


class NotStarted(Exception):  # noqa: N818
    """Raised when the answer is still the exercise's stub."""


class Verdict(NamedTuple):
    """What a check found: whether the answer is right, and one sentence."""

    right: bool
    message: str


@dataclass(frozen=True)
class Exercise:
    """One exercise: its id ("2.1"), title, hints from vague to nearly the code, and its check."""

    id: str
    title: str
    hints: tuple
    function: object
    praise: str

    @property
    def numbers(self):
        """(chapter, number), to sort by."""
        return tuple(int(part) for part in self.id.split("."))


_exercises = {}
_hints_given = {}


# ----------------------------------------------------------------------------- for authors of checks


def exercise(id, title, hints, praise=None):
    """Register a check.

    Parameters
    ----------
    id : str
        Chapter and number, "2.1", as the notebook's exercise heading has it.
    title : str
        A few words, shown in the table of progress.
    hints : list of str
        At least one; each says more than the one before.
    praise : str, optional
        What is printed after "2.1 right: "; the title by default.

    Returns
    -------
    decorator
        For a function that takes the answer and returns None (right) or a sentence (what is wrong).

    Raises
    ------
    ValueError
        For an id that is malformed or taken, or a list of hints that is empty.
    """
    if not re.fullmatch(r"\d{1,2}\.\d{1,2}", id):
        raise ValueError(f'exercise id {id!r}; expected chapter and number, such as "2.1"')
    if isinstance(hints, str) or not hints:
        raise ValueError(f"exercise {id} has hints {hints!r}; expected a list of at least one hint")

    def register(function):
        known = _exercises.get(id)
        # Running a module again (autoreload) replaces its checks; anything else is a slip.
        if known and _where(known.function) != _where(function):
            raise ValueError(f"exercise {id} exists twice: {_where(known.function)}, {_where(function)}")
        _exercises[id] = Exercise(id, title, tuple(hints), function, praise or title)
        return function

    return register


def as_array(answer, shape=None, name="your answer"):
    """Read an answer as an array of numbers, whatever it is made of.

    Parameters
    ----------
    answer : array-like
        A number, list, tuple, NumPy array, TensorFlow tensor, Keras variable, pandas object ...
    shape : tuple of int or None, optional
        The expected shape; None in it stands for any length. Any shape by default.
        For the shape () a single number in brackets will do.
    name : str
        What to call it in the message.

    Returns
    -------
    array : ndarray of `shape`, float64

    Raises
    ------
    Wrong
        If it is not numbers, or of another shape.
    """
    if answer is None or answer is ...:
        raise NotStarted
    try:
        array = np.asarray(answer)
    except ValueError as error:
        if "inhomogeneous" in str(error):
            raise Wrong(f"{name} has rows of different lengths, expected the same length for all") from None
        raise
    if array.dtype.kind not in "buif":
        try:
            # Lists of tensors, and numbers that arrived as objects. Text stays text: "1" is not 1.
            if array.dtype.kind != "O" and array.dtype.kind != "V":
                raise TypeError
            array = array.astype(np.float64)
        except (TypeError, ValueError):
            raise Wrong(f"{name} is {_kind(answer)}, expected numbers") from None
    if shape == () and array.size == 1:
        array = array.reshape(())
    if shape is not None and not _fits(array.shape, shape):
        raise Wrong(f"{name} has shape {array.shape}, expected {_shape_text(shape)}")
    if array.size > _LARGEST_ANSWER:
        raise Wrong(f"{name} has {array.size:,} values, far more than expected")
    return array.astype(np.float64)


def close(actual, expected, name="your answer", rtol=1e-4, atol=1e-6):
    """Compare an answer's numbers with the expected ones; of several wrong ones, tell of the worst.

    Parameters
    ----------
    actual : array-like
        The learner's; read with `as_array`.
    expected : array-like
        The right numbers, whose shape it must have.
    name : str
        What to call it in the message: "loss is 0.7, expected 0.3".
    rtol, atol : float
        Right when |actual - expected| <= atol + rtol * |expected|. The default lets float32 pass.

    Raises
    ------
    Wrong
        If it is not numbers, of another shape, or different.
    """
    expected = np.asarray(expected, dtype=np.float64)
    actual = as_array(actual, expected.shape, name)
    with np.errstate(invalid="ignore"):  # inf - inf
        excess = np.abs(actual - expected) - (atol + rtol * np.abs(expected))
    excess = np.where(np.isnan(excess), np.inf, excess)
    excess = np.where(actual == expected, -1.0, excess)  # infinities too
    if excess.size == 0 or excess.max() <= 0:
        return
    worst = np.unravel_index(excess.argmax(), excess.shape)
    place = f"{name}[{', '.join(str(i) for i in worst)}]" if expected.ndim else name
    got, wanted = written_apart(actual[worst], expected[worst], digits=4, style="g")
    raise Wrong(f"{place} is {got}, expected {wanted}")


def softmax(scores):
    """Softmax along the last axis of an array; -inf gives 0."""
    # SciPy's would double the time that importing the checks takes.
    powers = np.exp(scores - np.max(scores, axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def call(function, *args, **kwargs):
    """Call the learner's function on copies of the arguments, so that it may change them.

    Returns
    -------
    result
        Whatever the function returns, other than None or `...`.

    Raises
    ------
    Wrong
        If it is not a function, or stops with an exception (which becomes the message).
    NotStarted
        If it still is the stub: it returns None or `...`, or raises NotImplementedError.
    """
    if not callable(function):
        raise Wrong(f"expected a function, got {_kind(function)}: leave out the brackets of the call")
    try:
        result = function(*(_copy(arg) for arg in args), **{key: _copy(arg) for key, arg in kwargs.items()})
    except (KeyboardInterrupt, Wrong, NotStarted):
        raise
    except BaseException as error:  # SystemExit too: a learner's exit() must not end the notebook
        if _is_stub(error):
            raise NotStarted from None
        raise Wrong(f"{_name(function)} stopped with {_describe(error)}{_line_of(function, error)}") from None
    if result is ...:
        raise NotStarted
    if result is None:
        raise NotStarted(f"{_name(function)} returns None: {_NOT_STARTED}, and end with return")
    return result


def verdict(id, answer):
    """Judge an answer without printing or remembering anything: the inside of `check`, for tests.

    Parameters
    ----------
    id : str
        An existing exercise.
    answer : anything

    Returns
    -------
    Verdict

    Raises
    ------
    LookupError
        If there is no such exercise; with a message for the learner.
    """
    found = _find(id)
    try:
        # A naive softmax may overflow here; the check says so in words.
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            if _is_unchanged(answer):
                raise NotStarted
            message = found.function(answer)
            return Verdict(True, found.praise) if message is None else Verdict(False, _one_line(message))
    except KeyboardInterrupt:
        raise
    except Wrong as wrong:
        return Verdict(False, _one_line(wrong))
    except NotStarted as not_started:
        return Verdict(False, str(not_started) or _NOT_STARTED)
    except BaseException as error:
        if _is_stub(error):
            return Verdict(False, _NOT_STARTED)
        return Verdict(False, f"your answer led to {_describe(error)}")


def exercises():
    """Every exercise of every chapter, in order.

    Returns
    -------
    list of Exercise

    Raises
    ------
    LookupError
        If a chapter's module cannot be imported.
    """
    package = importlib.import_module("helpers.checks")
    for module in pkgutil.iter_modules(package.__path__):
        if match := re.fullmatch(r"chapter_(\d\d)", module.name):
            _load(int(match[1]))
    return sorted(_exercises.values(), key=lambda exercise: exercise.numbers)


# ----------------------------------------------------------------------------- for learners


def check(id, answer):
    """Say whether an answer is right, or what is wrong with it. Never raises an exception.

    Parameters
    ----------
    id : str
        The exercise: "2.1".
    answer : anything
        The value, or the function itself (without calling it), that the exercise asks for.
    """
    try:
        right, message = verdict(id, answer)
    except LookupError as unknown:
        print(unknown.args[0])
        return
    if right:
        progress_file.mark_done(id.strip())
    print(f"{id.strip()} {'right' if right else 'not yet'}: {message}")


def hint(id):
    """Give a hint; each call for the same exercise gives one more.

    Parameters
    ----------
    id : str
        The exercise: "2.1".
    """
    try:
        found = _find(id)
    except LookupError as unknown:
        print(unknown.args[0])
        return
    total = len(found.hints)
    given = _hints_given.get(found.id, 0)
    number = min(given + 1, total)
    _hints_given[found.id] = number
    print(f"{found.id} hint {number} of {total}: {found.hints[number - 1]}")
    if given == total:
        print(f'That was the last hint; solution("{found.id}") shows the worked code.')


def solution(id):
    """Show an exercise's worked code, from its notebook in `notebooks/solutions/`.

    Parameters
    ----------
    id : str
        The exercise: "2.1".
    """
    try:
        found = _find(id)
    except LookupError as unknown:
        print(unknown.args[0])
        return
    code = _worked_code(found)
    if code is None:
        print(f"{found.id} has no worked solution here: look into the course's folder notebooks/solutions/.")
        return
    from IPython.display import display

    # Markdown is coloured by the notebook's own page, and its text is the same with every version.
    display({"text/plain": code, "text/markdown": f"```python\n{code}\n```"}, raw=True)


def progress():
    """Show a table of every exercise, chapter by chapter: done or open."""
    from IPython.display import display

    try:
        known = exercises()
    except LookupError as broken:
        print(broken.args[0])
        known = sorted(_exercises.values(), key=lambda exercise: exercise.numbers)
    done, notes = progress_file.done()
    display(
        {"text/plain": _table_text(known, done, notes), "text/html": _table_html(known, done, notes)},
        raw=True,
    )


# ----------------------------------------------------------------------------- inside


def _find(id):
    """The exercise of that id; LookupError with a message for the learner if there is none."""
    if not isinstance(id, str):
        raise LookupError(f'An exercise is named by text in quotes, such as "2.1", not by {_kind(id)}.')
    id = id.strip()
    if id not in _exercises and re.fullmatch(r"\d{1,2}\.\d{1,2}", id):
        _load(int(id.split(".")[0]))
    if id not in _exercises:
        known = [exercise.id for exercise in exercises()]
        near = difflib.get_close_matches(id, known, n=4, cutoff=0.5) or known
        asked = f"There is no exercise {id[:20]!r}"
        raise LookupError(f"{asked}; did you mean {', '.join(near[:8])}?" if near else f"{asked}.")
    return _exercises[id]


def _load(chapter):
    module = f"helpers.checks.chapter_{chapter:02d}"
    try:
        importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise LookupError(f"The checks of chapter {chapter} need {error.name}: install it.") from error
    except Exception as error:
        raise LookupError(f"The checks of chapter {chapter} cannot be loaded: {_describe(error)}") from error


def _worked_code(found):
    """Code of the cells tagged `solution` with this exercise's id in the solutions' text twin, or None."""
    twins = sorted(SOLUTIONS.glob(f"{found.numbers[0]:02d}_*.py"))
    if not twins:
        return None
    cells = re.split(r"^(?=# %%)", twins[0].read_text(encoding="utf-8"), flags=re.MULTILINE)
    code = []
    for cell in cells:
        header, _, body = cell.partition("\n")
        if '"solution"' in header and f'exercise="{found.id}"' in header:
            code.append(body.strip("\n"))
    return "\n\n".join(code) or None


def _is_unchanged(answer):
    if type(answer) in (list, tuple):
        return any(item is ... for item in answer)
    if type(answer) is dict:
        return any(item is ... for item in answer.values())
    return answer is ... or answer is None


def _is_stub(error):
    """Whether an exception comes from a `...` that is still in the learner's code."""
    return isinstance(error, NotImplementedError) or "ellipsis" in _describe(error).lower()


def _copy(argument):
    changeable = isinstance(argument, np.ndarray | list | tuple | dict | set)
    return copy.deepcopy(argument) if changeable else argument


def _where(function):
    return f"{function.__module__}.{function.__qualname__}"


def _name(function):
    name = getattr(function, "__name__", None)
    return name if isinstance(name, str) and name.isidentifier() else "your function"


def _kind(answer):
    name = type(answer).__name__
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def _describe(error):
    """`ValueError: text`, in one line, without memory addresses, for any exception at all."""
    try:
        text = _one_line(re.sub(r" at 0x[0-9a-fA-F]+", "", str(error)))
    except Exception:
        text = ""
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _one_line(text, longest=300):
    line = " ".join(str(text).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def _line_of(function, error):
    """The line of the learner's code in which the exception arose, to be put after its description."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    line = ""
    step = error.__traceback__
    while step and code:
        if step.tb_frame.f_code.co_filename == code.co_filename:
            line = linecache.getline(code.co_filename, step.tb_lineno).strip()
        step = step.tb_next
    return f", in the line: {line}" if line else ""


def _fits(actual, expected):
    return len(actual) == len(expected) and all(
        wanted is None or got == wanted for got, wanted in zip(actual, expected, strict=True)
    )


def _shape_text(shape):
    lengths = ["any" if length is None else str(length) for length in shape]
    return f"({lengths[0]},)" if len(lengths) == 1 else f"({', '.join(lengths)})"


def _by_chapter(known):
    chapters = {}
    for item in known:
        chapters.setdefault(item.numbers[0], []).append(item)
    return chapters


def _table_text(known, done, notes):
    lines = []
    for chapter, items in _by_chapter(known).items():
        lines.append(f"Chapter {chapter}: {sum(item.id in done for item in items)} of {len(items)} done")
        lines += [f"  {'done' if item.id in done else 'open'}  {item.id:<5} {item.title}" for item in items]
    return "\n".join((lines or ["No exercises yet."]) + [f"Note: {note}" for note in notes])


def _table_html(known, done, notes):
    rows = []
    for chapter, items in _by_chapter(known).items():
        count = f"{sum(item.id in done for item in items)} of {len(items)} done"
        rows.append(
            f'<tr><th colspan="2" scope="rowgroup" style="text-align:left">Chapter {chapter}</th>'
            f'<th style="text-align:left">{count}</th></tr>'
        )
        rows += [
            f'<tr><td>{item.id}</td><td style="text-align:left">{html.escape(item.title)}</td>'
            f'<td style="text-align:left">{"✓ done" if item.id in done else "open"}</td></tr>'
            for item in items
        ]
    below = "".join(f"<p>Note: {html.escape(note)}</p>" for note in notes)
    return f"<table>{''.join(rows)}</table>{below}" if rows else f"<p>No exercises yet.</p>{below}"

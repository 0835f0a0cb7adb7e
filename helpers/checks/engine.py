"""Registers the exercises' checks, runs them and compares; the checks themselves are in `chapter_NN.py`:

    @exercise("2.1")
    def softmax(answer):
        scores = np.array([[1.0, 2.0, 3.0]])
        mistakes = {"the powers are not divided by their sum": np.exp(scores)}
        close(call(answer, scores), right(scores), "softmax of (1, 2, 3)", mistakes)

A check returns nothing when the answer is right; else it raises `Wrong` with one sentence that says what is
wrong. What it says depends on the answer alone, so a notebook's output is always the same. What a table can
judge has no function: it stands in `tables.toml`. Title, hints and praise stand in the solutions' twin (see
`twins.py`); what reads answers is in `reading.py`.
"""

import copy
import difflib
import importlib
import inspect
import linecache
import pkgutil
import re
import traceback
import warnings
from collections import namedtuple
from typing import NamedTuple

import numpy as np

from helpers.checks.bands import written, written_apart
from helpers.checks.messages import NotStarted, Unavailable, Wrong, filled, kind
from helpers.checks.reading import as_array, in_a_row, is_stub, without_brackets
from helpers.checks.twins import description

_NOT_STARTED = "replace the ... with your code"
_ID = r"\d{1,2}\.\d{1,2}"


Verdict = namedtuple("Verdict", "right message")
"""What a check found: whether the answer is right, and one sentence."""

_checks = {}  # The function that judges an exercise's answer, by the exercise's id.


# ----------------------------------------------------------------------------- for authors of checks


def exercise(id):
    """Register a check, a function that takes the answer, under chapter and number: "2.1"."""
    if not re.fullmatch(_ID, id):
        raise ValueError(f'exercise id {id!r}; expected chapter and number, such as "2.1"')

    def register(function):
        known = _checks.get(id, function)
        # Running a module again (autoreload) replaces its checks; anything else is a slip.
        if _where(known) != _where(function):
            raise ValueError(f"exercise {id} exists twice: {_where(known)}, {_where(function)}")
        _checks[id] = function
        return function

    return register


def close(answer, right, name="your answer", mistakes=None, otherwise=None, rtol=1e-4, atol=1e-6, **values):
    """Return an answer's numbers as float64, in the shape of `right`, or say which of them is most wrong.

    Right is |answer - right| <= atol + rtol * |right|; the default lets float32 pass. The answer is called
    `name`: "the loss for {size} rows", with size among `values`. If it is not right, `mistakes` are looked
    at, as by `mistaken`. With `otherwise`, said of other mistakes, the right numbers are never told.
    """
    right = np.asarray(right, dtype=np.float64)
    answer = as_array(answer, None if right.ndim else (), name, **values)
    answer = in_a_row(answer) if right.ndim == 1 else without_brackets(answer, right.shape)
    worst = _worst(answer, right, rtol, atol)
    if worst is None:
        return answer
    mistaken(answer, mistakes or {}, name, None if otherwise else right, rtol, atol, **values)
    as_array(answer, right.shape, name, **values)
    place = filled(name, values) + (str([*worst]) if worst else "")
    if otherwise:
        why = filled(otherwise, values)
        raise Wrong("{place} is {found}: {why}", place=place, found=written(answer[worst]), why=why)
    found, expected = written_apart(answer[worst], right[worst], digits=4, style="g")
    raise Wrong("{place} is {found}, expected {expected}", place=place, found=found, expected=expected)


def mistaken(answer, mistakes, name="", right=None, rtol=1e-4, atol=1e-6, **values):
    """Raise `Wrong` with the first sentence of `mistakes` whose numbers the answer has.

    Both are arrays, or dicts of numbers, of any shape; `mistakes` may hold functions that return theirs.
    Tolerances, `name` and `values` are as for `close`; the sentences may have places for `values`, too.
    Without a name the sentence alone is said. `right` is told for an answer that is a single number.
    """
    answer = _numbers_of(answer)
    for sentence, wrong in mistakes.items():
        if _worst(answer, _numbers_of(wrong() if callable(wrong) else wrong), rtol, atol) is None:
            said = {"name": filled(name, values), "why": filled(sentence, values)}
            if answer.ndim or not name:
                raise Wrong("{name}: {why}" if name else "{why}", **said)
            if right is None:
                raise Wrong("{name} is {found}: {why}", found=written(answer), **said)
            template = "{name} is {found}, expected {right}: {why}"
            raise Wrong(template, found=written(answer), right=written(right), **said)


def refuse(faults, **values):
    """Raise `Wrong` with the first sentence whose fault is there: {"it is {a:.3f}, expected more": a < 1}."""
    for sentence, is_there in faults.items():
        if is_there:
            raise Wrong(sentence, **values)


def sums_to_one(total, what, **values):
    """Raise `Wrong` unless a sum is 1, within what half precision leaves."""
    if not abs(total - 1) <= 1e-3:
        total, _ = written_apart(total, 1, digits=4, style="g")
        raise Wrong("{what} to {total}, they should sum to 1", what=filled(what, values), total=total)


def sigmoid(scores):
    """Logistic function of an array, without overflow."""
    return np.exp(-np.logaddexp(0, -scores))


def softmax(scores):
    """Softmax along the last axis of an array; -inf gives 0."""
    # SciPy's would double the time that importing the checks takes.
    powers = np.exp(scores - np.max(scores, axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


class Shared(NamedTuple):
    """An argument that `call` hands over as it is, not as a copy: call(answer, Shared(state), x)."""

    argument: object


def call(function, *args):
    """Call the learner's function on copies of the arguments, so that it may change them.

    `Wrong` if it is none or stops with an exception, which becomes the message; `NotStarted` if it still is
    the stub: it returns None or `...`, or raises NotImplementedError.
    """
    if not callable(function):
        template = "expected a function, got {kind}: leave out the brackets of the call"
        raise Wrong(template, kind=kind(function))
    name = getattr(function, "__name__", None)
    name = name if isinstance(name, str) and name.isidentifier() else "your function"
    try:
        result = function(*map(_copy, args))
    except (KeyboardInterrupt, Wrong, NotStarted):
        raise
    except BaseException as error:  # SystemExit too: a learner's exit() must not end the notebook
        if _is_stubs(error):
            raise NotStarted from None
        told = {"name": name, "error": _describe(error), "line": _line_of(function, error)}
        raise Wrong("{name} stopped with {error}{line}", **told) from None
    if result is ...:
        raise NotStarted
    if result is None:
        raise NotStarted("{name} returns None: {advice}, and end with return", name=name, advice=_NOT_STARTED)
    return result


def pure(function, *args):
    """Call the learner's function like `call`; `Wrong` unless it leaves what is not Shared as it is."""
    copies = [_copy(arg) for arg in args]
    result = call(function, *map(Shared, copies))
    for number, (before, after) in enumerate(zip(args, copies, strict=True), start=1):
        if not (isinstance(before, Shared) or _same(before, after)):
            raise Wrong(
                "the function changes what it is given (argument {number}), which the caller still needs: "
                "work on a copy",
                number=number,
            )
    return result


# ----------------------------------------------------------------------------- running checks


def verdict(id, answer):
    """Judge an answer without printing or remembering anything: the inside of `check`, for tests.

    `Unavailable`, with a message for the learner, if there is no such exercise.
    """
    id = find(id)
    try:
        # A naive softmax may overflow here; the check says so in words.
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            if is_stub(answer):
                raise NotStarted
            _checks[id](answer)
    except KeyboardInterrupt:
        raise
    except Wrong as wrong:
        return Verdict(False, _one_line(wrong))
    except NotStarted as not_started:
        return Verdict(False, str(not_started) or _NOT_STARTED)
    except BaseException as error:
        if _is_stubs(error):
            return Verdict(False, _NOT_STARTED)
        return Verdict(False, filled("your answer led to {error}", {"error": _describe(error)}))
    try:
        return Verdict(True, description(id).praise)
    except Unavailable as missing:
        return Verdict(True, str(missing))


def exercises():
    """Ids of all exercises of all chapters, in order; notes for the learner on chapters that don't load."""
    notes = []
    for module in pkgutil.iter_modules(importlib.import_module("helpers.checks").__path__):
        if match := re.fullmatch(r"chapter_(\d\d)", module.name):
            try:
                _load(int(match[1]))
            except Unavailable as broken:
                notes.append(str(broken))
    return sorted(_checks, key=lambda id: [int(number) for number in id.split(".")]), notes


def find(id):
    """The id of an exercise, as registered; `Unavailable`, with a message for the learner, if it is none."""
    if not isinstance(id, str):
        template = 'An exercise is named by text in quotes, such as "2.1", not by {kind}.'
        raise Unavailable(template, kind=kind(id))
    id = id.strip()
    if id not in _checks and re.fullmatch(_ID, id):
        _load(int(id.split(".")[0]))
    if id not in _checks:
        known = exercises()[0]
        near = difflib.get_close_matches(id, known, n=4, cutoff=0.5) or known
        template = "There is no exercise {asked!r}; did you mean {near}?"
        raise Unavailable(template, asked=id[:20], near=", ".join(near[:8]))
    return id


def _load(chapter):
    for module in ("helpers.checks.tables", f"helpers.checks.chapter_{chapter:02d}"):
        try:
            importlib.import_module(module)
        except ModuleNotFoundError as error:
            if error.name != module:
                template = "The checks of chapter {chapter} need {module}: install it."
                raise Unavailable(template, chapter=chapter, module=error.name) from error
        except Exception as error:
            template = "The checks of chapter {chapter} cannot be loaded: {error}"
            raise Unavailable(template, chapter=chapter, error=_describe(error)) from error


# ----------------------------------------------------------------------------- inside


def _worst(answer, right, rtol, atol):
    """Index of the number that is most wrong; of the first one for another shape; None if all are right."""
    if answer.shape != right.shape:
        return (0,) * right.ndim
    with np.errstate(invalid="ignore"):  # inf - inf
        excess = np.abs(answer - right) - (atol + rtol * np.abs(right))
    excess = np.where(np.isnan(excess), np.inf, excess)
    excess = np.where(answer == right, -1.0, excess)  # infinities too
    if excess.size == 0 or excess.max() <= 0:
        return None
    return tuple(int(i) for i in np.unravel_index(excess.argmax(), excess.shape))


def _same(before, after):
    """Whether an argument is still what it was, with all that it holds."""
    if isinstance(before, np.ndarray):
        return np.array_equal(before, after, equal_nan=before.dtype.kind == "f")
    if isinstance(before, dict):
        before, after = list(before.items()), list(after.items())
    if isinstance(before, list | tuple):
        same_length = isinstance(after, list | tuple) and len(before) == len(after)
        return same_length and all(map(_same, before, after))
    return not isinstance(before, str | int | float) or before == after


def _numbers_of(values):
    return np.asarray(list(values.values()) if isinstance(values, dict) else values, dtype=np.float64)


def _is_stubs(error):
    """Whether an exception comes from a `...`, or from a stub's own raise, in the learner's code."""
    # A package's own is about what the learner did: Keras has it for a loop over a symbolic tensor.
    frames = [*traceback.walk_tb(error.__traceback__)]
    by_package = frames and "-packages" in frames[-1][0].f_code.co_filename  # dist-packages in Colab
    # TensorFlow leaves its own frames out, and says "symbolic".
    is_raised = isinstance(error, NotImplementedError) and not by_package and "symbolic tf" not in str(error)
    return is_raised or "ellipsis" in _describe(error).lower()


def _copy(argument):
    if isinstance(argument, Shared):
        return argument.argument
    changeable = isinstance(argument, np.ndarray | list | tuple | dict | set)
    return copy.deepcopy(argument) if changeable else argument


def _where(function):
    return f"{function.__module__}.{function.__qualname__}"


def _describe(error):
    """`ValueError: text`, in one line, without memory addresses, for any exception at all."""
    try:
        text = _one_line(re.sub(r" at 0x[0-9a-fA-F]+", "", str(error)))
    except Exception:
        text = ""
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _one_line(text):
    line = " ".join(str(text).split())
    return line if len(line) <= 300 else line[:299] + "…"


def _line_of(function, error):
    """The line of the learner's code in which the exception arose, to be put after its description."""
    file = getattr(getattr(inspect.unwrap(function), "__code__", None), "co_filename", None)
    steps = traceback.walk_tb(error.__traceback__)
    places = [number for frame, number in steps if frame.f_code.co_filename == file]
    line = linecache.getline(file, places[-1]).strip() if places else ""
    return filled(", in the line: {line}", {"line": line}) if line else ""

"""Reads answers, in whatever form they come: numbers, shares, words, by name or in order."""

import re
from collections.abc import Iterator, Mapping, MappingView, Sized
from itertools import islice

import numpy as np

from helpers.checks.messages import NotStarted, Wrong, filled, kind

_LARGEST_ANSWER = 50_000_000  # values; more could only be a mistake, and copying them could stop the machine
_LONGEST_ITERATOR = 100_000  # and one without end would never be read
_NUMBER = r"(?:(?<![\w)])[-−+])?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?"


def is_stub(answer):
    """Whether an answer, or an entry of it, is still the `...` of the exercise."""
    if isinstance(answer, dict):
        answer = list(answer.values())
    return (
        answer is ... or answer is None or (type(answer) in (list, tuple) and any(x is ... for x in answer))
    )


def as_array(answer, shape=None, name="your answer", **values):
    """Read a number, sequence, tensor, variable, pandas object, generator ... as an array, float64.

    `Wrong` if it is not numbers (text is none) or not of `shape`, in which None stands for any length. For
    the shape () a single number in brackets will do, for (n,) a row or a column. Messages call the answer
    `name`: "the loss for {size} rows", with size among `values`.
    """
    name = filled(name, values)
    if answer is None or answer is ...:
        raise NotStarted
    what = kind(answer)
    try:
        array = np.asarray(_listed(answer))
        if array.dtype.kind not in "buif":
            # Lists of tensors, fractions, and numbers that arrived as objects. Text stays text: "1" is not 1.
            if array.dtype.kind != "O" or _holds_text(array):
                what = "text" if array.ndim and _holds_text(array) else what
                raise TypeError
            array = array.astype(np.float64)
    except (ValueError, TypeError, NotImplementedError) as error:  # the last of symbolic tensors
        if "inhomogeneous" in str(error):
            template = "{name} has rows of different lengths, expected the same length for all"
            raise Wrong(template, name=name) from None
        raise Wrong("{name} is {kind}, expected numbers", name=name, kind=what) from None
    if shape is not None:
        if shape == () and array.size == 1:
            array = array.reshape(())
        if len(shape) == 1:
            array = in_a_row(array)
        sides = zip(shape, array.shape, strict=False)
        if len(shape) != array.ndim or any(wanted not in (None, found) for wanted, found in sides):
            raise _of_another_shape(name, array, shape)
    if array.size > _LARGEST_ANSWER:
        raise Wrong("{name} has {count:,} values, far more than expected", name=name, count=array.size)
    return array.astype(np.float64)


def in_a_row(array):
    """An array of shape (1, n) or (n, 1) as one of shape (n,); any other as it is."""
    return array.ravel() if array.ndim > 1 and array.size == max(array.shape) else array


def without_brackets(array, shape):
    """An array in one more pair of brackets than its shape asks for without them; any other as it is."""
    return array[0] if array.shape == (1, *shape) else array


def row(answer, length, name="your answer", **values):
    """Read so many numbers, in a row, in a column or, if it is one, without brackets; float64 (length,)."""
    array = as_array(answer, None, name, **values)
    if array.size != length or max(array.shape, default=1) != length:
        raise _of_another_shape(filled(name, values), array, (length,))
    return array.reshape(length)


def by_name(answer, keys, name="{key!r}"):
    """Read an answer of several parts: a dict from each of `keys`, in their order, to its entry, unread.

    The answer is a dict, a Series or anything with so many entries in that order. Its names are matched
    leniently: other case and spaces, words around a key ("128 units" for 128), numbers as text. A key is
    text, a number or a tuple of numbers; `name` is what to call a part: "the accuracy for {key} units".
    `Wrong` if it is something else, or a part is missing; `NotStarted` if one is a stub.
    """
    keys = list(keys)
    given, found = _pairs(answer, keys), {}
    for match in (_same, _alike):  # an exact name is never taken for a longer one
        for key in keys:
            place = next((i for i, (given_name, _) in enumerate(given) if match(key, given_name)), None)
            if key not in found and place is not None:
                found[key] = given.pop(place)[1]
    for key in keys:
        if key not in found:
            raise Wrong("{name} is missing", name=filled(name, {"key": key}))
        if is_stub(found[key]):
            raise NotStarted
    return {key: found[key] for key in keys}


def numbers(answer, keys, name="{key!r}", shape=(), several=None):
    """Read numbers by name or in order, as `by_name`: a dict from each of `keys` to a float, or to a `shape`.

    `several` is what to say where there are more than one: "{name} is {count} numbers, take the last".
    """
    read = {}
    for key, entry in by_name(answer, keys, name).items():
        array = as_array(entry, None, name, key=key)
        if several and array.size > 1:
            raise Wrong(several, name=filled(name, {"key": key}), count=array.size)
        array = as_array(array, shape, name, key=key)
        read[key] = array if shape else float(array)
    return read


def shares(answer, keys, name="{key!r}", **options):
    """Read numbers from 0 to 1, like `numbers`; if any is above 1 and none above 100, all are per cent."""
    read = numbers(answer, keys, name, **options)
    largest = np.max(list(read.values()))
    if 1 < largest <= 100:
        read = {key: value / 100 for key, value in read.items()}
    for key, value in read.items():
        if not np.all((np.asarray(value) >= 0) & (np.asarray(value) <= 1)):
            value = value if np.ndim(value) else float(f"{value:.3g}")
            template = "{name} is {value}, expected a number between 0 and 1"
            raise Wrong(template, name=filled(name, {"key": key}), value=value)
    return read


def choices(answer, keys, words, name="{key!r}"):
    """Read one of several words for each key, as `by_name`, whatever its case, with or without a full stop.

    `words` is a dict from each word to all that mean it.
    """
    read = {}
    for key, entry in by_name(answer, keys, name).items():
        while isinstance(entry, list | tuple) and len(entry) == 1:
            (entry,) = entry
        if hasattr(entry, "__array__") and np.size(entry) == 1:  # a tensor, too
            (entry,) = np.ravel(np.asarray(entry)).tolist()
        entry = entry.decode() if isinstance(entry, bytes) else entry
        said = str(entry).strip(" .!'\"").lower()
        meant = [word for word, known in words.items() if said in known]
        if not meant:
            known = " or ".join(map(str, words)) if len(words) == 2 else "one of " + ", ".join(words)
            template = "{name} is {entry!r}, expected {words}"
            raise Wrong(template, name=filled(name, {"key": key}), entry=entry, words=known)
        read[key] = meant[0]
    return read


def _listed(answer):
    """Iterators and views as lists, also inside a list; everything else as it is."""
    if isinstance(answer, Iterator | MappingView | set | frozenset):
        answer = list(islice(answer, _LONGEST_ITERATOR))
    if isinstance(answer, list | tuple) and any(isinstance(x, Iterator | MappingView) for x in answer):
        return [_listed(item) for item in answer]
    return answer


def _holds_text(array):
    return array.dtype.kind in "SU" or any(isinstance(item, str | bytes) for item in array.flat)


def _pairs(answer, keys):
    """A learner's (name, entry) pairs; the names are `keys` themselves for entries that come in order."""
    if hasattr(answer, "iloc") and np.ndim(answer) == 2 and len(answer) == len(keys):  # a DataFrame
        rows, names = answer.to_numpy(), list(answer.index)
        if rows.shape[1] == 1:
            answer = answer.iloc[:, 0]
        else:
            answer = list(rows) if names == list(range(len(names))) else list(zip(names, rows, strict=True))
    if isinstance(answer, Mapping) or (hasattr(answer, "items") and hasattr(answer, "iloc")):
        pairs = list(answer.items())
        # A Series without an index of its own counts from 0.
        in_order = not isinstance(answer, Mapping) and [name for name, _ in pairs] == list(range(len(keys)))
        return list(zip(keys, (entry for _, entry in pairs), strict=True)) if in_order else pairs
    try:
        if isinstance(answer, str | bytes | set | frozenset):
            raise TypeError
        entries = list(islice(answer, len(keys) + 1))
        if len(entries) == 1 != len(keys):  # an array with one row
            entries = list(np.ravel(entries[0]))
    except (TypeError, ValueError, NotImplementedError):  # the last for a symbolic tensor
        entries = []
    if len(entries) != len(keys):
        has_length = isinstance(answer, Sized) and getattr(answer, "shape", None) != ()
        raise Wrong(
            "expected a dict with the keys {keys}, or {count} entries in this order, got {kind}{found}",
            keys=", ".join(map(repr, keys)),
            count=len(keys),
            kind=kind(answer),
            found=filled(" of {length}", {"length": len(answer)}) if has_length else "",
        )
    pairs = [e for e in entries if isinstance(e, list | tuple) or (isinstance(e, np.ndarray) and e.ndim)]
    if len(pairs) == len(entries) and all(
        len(pair) == 2 and any(_same(key, pair[0]) for key in keys) for pair in pairs
    ):
        return pairs
    return list(zip(keys, entries, strict=True))


def _same(key, given):
    if isinstance(key, str):
        return isinstance(given, str) and _letters(key) == _letters(given)
    wanted, found = _numbers_in(key), _numbers_in(given)
    return len(wanted) == len(found) and np.allclose(wanted, found, rtol=1e-5, atol=0)


def _alike(key, given):
    """Whether words or numbers stand around the key."""
    if isinstance(key, str):
        # As whole words: "window 1" is not in "window 10".
        wanted, found = (" ".join(re.findall(r"[^\W_]+", str(text).lower())) for text in (key, given))
        return wanted != "" and f" {wanted} " in f" {found} "
    return isinstance(given, str) and _same(key, " ".join(_numbers_as_text(given)[: np.size(key)]))


def _numbers_as_text(text):
    """The numbers in a text, without the signs that part their thousands."""
    return re.findall(_NUMBER, re.sub(r"(?<=\d)_(?=\d)|(?<=\d),(?=\d{3}\b)", "", text.lower()))


def _letters(text):
    return re.sub(r"[\s_]", "", text).lower().replace("×", "x").replace("−", "-")


def _numbers_in(key):
    """The numbers of a dict's key: of 0.01, "0.01", np.float32(0.01), (0.01, 2000), "128 units" ..."""
    if isinstance(key, str):
        return [float(number.replace("−", "-")) for number in _numbers_as_text(key)]
    try:
        return [float(number) for number in np.ravel(np.asarray(key))]
    except (TypeError, ValueError):
        return []


def _of_another_shape(name, array, shape):
    expected = str(tuple(shape)).replace("None", "any") if shape else "one number"
    template = "{name} has shape {found}, expected {expected}"
    return Wrong(template, name=name, found=array.shape, expected=expected)

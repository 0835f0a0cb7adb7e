"""Reading .npz files from outside without executing anything that they hold.

NumPy stores an array of Python lists as a pickle, and a pickle is a program: loading one from a stranger may
run anything. Plain arrays go through NumPy with pickling switched off. Lists of integers pass three gates:

1. The instructions are read, not run, and refused unless they are few and such as lists need.
2. Python's unpickler runs them. For every function it gets a stand-in that does nothing ("Restricting
   Globals" in the manual of `pickle`).
3. What came out is refused unless it is lists of integers, each one once.

The first keeps the second from filling the memory, the second would stop what the first overlooked.
"""

import io
import pickle
import pickletools
import re
import zipfile
import zlib
from contextlib import AbstractContextManager
from itertools import chain
from typing import NamedTuple

import numpy as np

MAX_PICKLE_BYTES = 128 * 2**20  # IMDB's two are 14 MB each.
MAX_INSTRUCTIONS = 300_000  # Beside the integers; IMDB's two have 100,000 each.


class ArrayFileError(ValueError):
    """The file is damaged, is not what it should be, or holds something that is refused."""


class IntegerLists(NamedTuple):
    """Lists of integers one after the other: list i is `values[offsets[i] : offsets[i + 1]]`, all int64."""

    values: np.ndarray
    offsets: np.ndarray


class NpzReader(AbstractContextManager):
    """The arrays of one .npz file, each checked before it is read into memory. Use it in a `with` block.

    Whatever is wrong with the file is said as an ArrayFileError, here and by the methods.
    """

    MOST_ROWS = 300_000

    def __init__(self, path):
        if path.stat().st_size == 0:
            raise ArrayFileError("the file is empty")
        try:
            self._zip = zipfile.ZipFile(path)
        except zipfile.BadZipFile:
            raise ArrayFileError("the file is cut short, or is not an .npz file at all") from None
        self.keys = {name.removesuffix(".npy") for name in self._zip.namelist()}

    def __exit__(self, *_):
        self._zip.close()

    def header(self, key):
        """Shape and dtype of one array, without reading its values."""
        return self._read(key, _read_header)

    def array(self, key, shape, dtype):
        """One plain array of this shape, where None stands for any length up to `MOST_ROWS`.

        `dtype` is a type such as `np.uint8`, or a kind such as `np.integer`. Nothing big is read before shape
        and dtype are known to be right, so a file that claims terabytes costs none.
        """
        found_shape, found_dtype = self.header(key)
        if not np.issubdtype(found_dtype, dtype):
            raise ArrayFileError(f"{key} has dtype {found_dtype}, expected {dtype.__name__}")
        if None in shape and found_shape[:1] > (self.MOST_ROWS,):
            raise ArrayFileError(
                f"{key} has shape {found_shape}, expected at most {self.MOST_ROWS:,} rows; refused"
            )
        same_length = len(found_shape) == len(shape)
        if not same_length or any(b not in (None, a) for a, b in zip(found_shape, shape, strict=True)):
            expected = str(tuple("n" if size is None else size for size in shape)).replace("'", "")
            raise ArrayFileError(f"{key} has shape {found_shape}, expected {expected}")
        return self._read(key, lambda file: np.lib.format.read_array(file, allow_pickle=False))

    def integer_lists(self, key):
        """One array of lists of integers, as IntegerLists."""
        shape, dtype = self.header(key)
        if dtype.kind != "O" or len(shape) != 1:
            raise ArrayFileError(
                f"{key} has dtype {dtype} and shape {shape}, expected one list of integers per review "
                "(dtype object, one axis)"
            )

        def read_pickle(file):
            _read_header(file)
            return file.read(MAX_PICKLE_BYTES + 1)

        pickled = self._read(key, read_pickle)
        if len(pickled) > MAX_PICKLE_BYTES:
            raise ArrayFileError(f"{key} is larger than {MAX_PICKLE_BYTES >> 20} MB; refused")
        try:
            lists = parse_integer_lists(pickled)
        except ArrayFileError as error:
            raise ArrayFileError(f"{key}: {error}") from None
        if len(lists.offsets) != shape[0] + 1:
            raise ArrayFileError(
                f"{key} says that it has {shape[0]} lists but holds {len(lists.offsets) - 1}"
            )
        return lists

    def _read(self, key, read):
        try:
            with self._zip.open(f"{key}.npy") as file:
                return read(file)
        except KeyError:
            found = ", ".join(sorted(self.keys)[:10]) or "nothing"
            raise ArrayFileError(f"there is no array {key} in it; found {found[:200]}") from None
        # zipfile says RuntimeError to a password and NotImplementedError to an unknown compression.
        except (ValueError, EOFError, OSError, RuntimeError, zipfile.BadZipFile, zlib.error):
            raise ArrayFileError(f"the array {key} is damaged") from None


def _read_header(file):
    is_first = np.lib.format.read_magic(file) == (1, 0)
    read = np.lib.format.read_array_header_1_0 if is_first else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(file)
    return shape, dtype


# All that a NumPy array of lists of integers is made of, in the names of `pickletools`, which describes them.
_INSTRUCTIONS = {
    *("BININT1", "BININT2", "BININT", "LONG1", "EMPTY_LIST", "MARK", "APPEND", "APPENDS"),
    *("PROTO", "FRAME", "STOP", "MEMOIZE", "BINPUT", "LONG_BINPUT", "BINGET", "LONG_BINGET"),
    *("NONE", "NEWTRUE", "NEWFALSE", "SHORT_BINSTRING", "SHORT_BINUNICODE", "BINUNICODE", "SHORT_BINBYTES"),
    *("EMPTY_TUPLE", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3", "GLOBAL", "STACK_GLOBAL", "REDUCE", "BUILD"),
}
# Nearly all are BININT1, BININT2 and BININT. They are passed over in leaps: there are 6 million of them.
_INTEGERS = re.compile(rb"(?:K.|M..|J....){0,1000}", re.DOTALL)
_FUNCTIONS = {
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("_codecs", "encode"),  # Python 3 writes bytes with it when it writes for Python 2.
}


def parse_integer_lists(data):
    """IntegerLists from the pickle, of protocol 2 to 5, that NumPy writes after the header of an .npy file.

    Raises ArrayFileError if the data end early or hold anything else; nothing of it has been executed then.
    """
    try:
        array = _Unpickler(io.BufferedReader(io.BytesIO(_checked(data)))).load()
    except ArrayFileError:
        raise
    except Exception:  # Instructions in a senseless order are called many things.
        raise ArrayFileError("the data are damaged or cut short") from None
    match array:
        case _StandIn(state=(_, shape, _, _, list(lists))) if shape == (len(lists),):
            _check_types(lists)
        case _:
            raise ArrayFileError("is not an array of lists")
    lengths = np.fromiter(map(len, lists), dtype=np.int64, count=len(lists))
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    try:
        values = np.fromiter(chain.from_iterable(lists), dtype=np.int64, count=offsets[-1])
    except OverflowError:
        raise ArrayFileError("holds an integer of more than 8 bytes; refused") from None
    return IntegerLists(values, offsets)


def _checked(data):
    """The same pickle without its frames, if it has only instructions that lists need, and not too many.

    A frame tells how many bytes to fetch at once. What its end cuts in two, other readers may read otherwise.
    """
    file = io.BytesIO(data)
    pieces, start = [], 0
    for count, (instruction, argument, position) in enumerate(pickletools.genops(file)):
        name = instruction.name
        if name not in _INSTRUCTIONS:
            raise ArrayFileError(
                f"holds the pickle instruction {name}, which lists of integers do not need; refused, and "
                "nothing was executed"
            )
        if count == MAX_INSTRUCTIONS:
            raise ArrayFileError(f"holds more than {count:,} pickle instructions beside integers; refused")
        if name == "LONG_BINPUT" and argument > MAX_INSTRUCTIONS:
            raise ArrayFileError(f"asks for place {argument:,} of the unpickler's memory; refused")
        if name == "FRAME":
            pieces.append(data[start:position])
            start = file.tell()
        file.seek(_INTEGERS.match(data, file.tell()).end())
    if position + 1 < len(data):
        raise ArrayFileError("more data follow after the end of the array")
    return b"".join([*pieces, data[start:]])


class _StandIn:
    """What takes the place of every function that the pickle names, and of what the function would make."""

    state = None

    def __init__(self, *_):
        pass

    def __setstate__(self, state):
        self.state = state


class _Unpickler(pickle.Unpickler):
    def find_class(self, module, name):
        if (module, name) not in _FUNCTIONS:
            asked = f"{module[:40]}.{name[:40]}"
            raise ArrayFileError(f"asks for the function {asked}; refused, and nothing was executed")
        return _StandIn


def _check_types(lists):
    if int in _kinds(lists):
        raise ArrayFileError("its array holds integers where lists of integers were expected")
    # To read one long list wherever it is named, a hundred thousand times, would take hours.
    distinct = {id(row): row for row in lists}.values()
    if list in _kinds(chain.from_iterable(distinct)):
        raise ArrayFileError("holds lists within lists; expected lists of integers")
    if len(distinct) < len(lists):
        raise ArrayFileError("names a list twice; expected each list once")


def _kinds(items):
    kinds = set(map(type, items))
    if kinds - {int, list}:
        raise ArrayFileError("holds something that is neither an integer nor a list; refused")
    return kinds

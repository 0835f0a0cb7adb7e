"""Reading .npz files from outside without executing anything that they hold.

NumPy stores an array of Python lists as a pickle, and a pickle is a program: loading one from a stranger may
run anything. Plain arrays go through NumPy with pickling switched off. Of lists of integers every instruction
is looked at first: only the few that such lists need are let through, and each function that they name is
replaced by a stand-in of this module. What the instructions mean is written in Python's own `pickletools`.
"""

import io
import pickle
import pickletools
import re
import zipfile
import zlib
from collections import Counter
from itertools import chain
from typing import NamedTuple

import numpy as np

MAX_PICKLE_BYTES = 128 * 2**20  # IMDB's two are 14 MB each.
MAX_LISTS = 200_000


class ArrayFileError(ValueError):
    """The file is damaged, is not what it should be, or holds something that is refused."""


class IntegerLists(NamedTuple):
    """Lists of integers one after the other: list i is `values[offsets[i] : offsets[i + 1]]`.

    Attributes
    ----------
    values : ndarray of shape (total,), int64
    offsets : ndarray of shape (number of lists + 1,), int64, ascending from 0
    """

    values: np.ndarray
    offsets: np.ndarray


class NpzReader(zipfile.ZipFile):
    """The arrays of one .npz file, each checked before it is read into memory. Use it in a `with` block.

    Parameters
    ----------
    path : pathlib.Path

    Raises
    ------
    ArrayFileError
        If the file is empty or is not an .npz file.
    """

    MOST_ROWS = 300_000

    def __init__(self, path):
        if path.stat().st_size == 0:
            raise ArrayFileError("the file is empty")
        try:
            super().__init__(path)
        except zipfile.BadZipFile:
            raise ArrayFileError("the file is cut short, or is not an .npz file at all") from None
        self.keys = {name.removesuffix(".npy") for name in self.namelist()}

    def header(self, key):
        """Shape and dtype of one array, without reading its values.

        Returns
        -------
        shape : tuple of int
        dtype : numpy.dtype
        """
        return self._read(key, _read_header)

    def array(self, key, shape, dtype):
        """One plain array.

        Parameters
        ----------
        key : str
        shape : tuple of int or None
            The shape that it must have; None stands for any length up to `MOST_ROWS`.
        dtype : type
            The type that it must have, for example `np.uint8`, or a kind such as `np.integer`.

        Returns
        -------
        values : ndarray

        Raises
        ------
        ArrayFileError
            If the array is missing, damaged, or has another shape or dtype. Nothing big is read before that
            is known, so a file that claims terabytes costs none.
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
        """One array of lists of integers, read without unpickling.

        Returns
        -------
        lists : IntegerLists

        Raises
        ------
        ArrayFileError
            If the array holds anything but lists of integers.
        """
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
            with self.open(f"{key}.npy") as file:
                return read(file)
        except KeyError:
            found = ", ".join(sorted(self.keys)[:10]) or "nothing"
            raise ArrayFileError(f"there is no array {key} in it; found {found[:200]}") from None
        # zipfile says RuntimeError to a password and NotImplementedError to an unknown compression.
        except (ValueError, EOFError, OSError, RuntimeError, zipfile.BadZipFile, zlib.error):
            raise ArrayFileError(f"the array {key} is damaged") from None


def _read_header(file):
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    else:
        shape, _, dtype = np.lib.format.read_array_header_2_0(file)
    return shape, dtype


# Nearly all instructions: 6 million in IMDB's training part. A possessive repeat keeps no way back in memory.
_LONGS = b"|".join(rb"\x8a\x%02x.{%d}" % (size, size) for size in range(9))
_INTEGERS = re.compile(rb"(?:K.|M..|J.{4}|%s)*+" % _LONGS, re.DOTALL)
_OF_LISTS = "MARK APPEND APPENDS MEMOIZE BINPUT LONG_BINPUT FRAME"
_OF_THE_ARRAY = (
    "PROTO NONE NEWTRUE NEWFALSE SHORT_BINUNICODE SHORT_BINSTRING BINUNICODE SHORT_BINBYTES EMPTY_TUPLE "
    "TUPLE TUPLE1 TUPLE2 TUPLE3 BINGET LONG_BINGET GLOBAL STACK_GLOBAL REDUCE BUILD STOP"
)
_MOST = {"EMPTY_LIST": MAX_LISTS + 1, **dict.fromkeys(_OF_LISTS.split(), 3 * MAX_LISTS // 2)}
_MOST |= dict.fromkeys(_OF_THE_ARRAY.split(), 500)  # Around its lists an array takes about 60.
"""How often each instruction may stand in a pickle; all others are refused."""


def parse_integer_lists(data):
    """Read the pickle of a one-dimensional NumPy array of lists of integers, executing nothing of it.

    Parameters
    ----------
    data : bytes
        Pickle of protocol 2 to 5, as NumPy writes it after the header of an .npy file.

    Returns
    -------
    lists : IntegerLists

    Raises
    ------
    ArrayFileError
        If the data end early or hold anything else; nothing of it has been executed then.
    """
    try:
        _look_at_instructions(data)
        array = _Unpickler(io.BytesIO(data)).load()
    except ArrayFileError:
        raise
    except Exception:  # Python documents that a damaged pickle may raise anything.
        raise ArrayFileError("the data are damaged or cut short") from None
    if type(array) is not _Array or array.content is None:
        raise ArrayFileError("is not an array of lists")
    lists = array.content
    neither = "holds something that is neither an integer nor a list; refused"
    if others := set(map(type, lists)) - {list}:
        integers = "its array holds integers where lists of integers were expected"
        raise ArrayFileError(integers if others == {int} else neither)
    if len(set(map(id, lists))) < len(lists):
        raise ArrayFileError("names a list twice; expected each list once")
    if others := set(map(type, chain.from_iterable(lists))) - {int}:
        nested = "holds lists within lists; expected lists of integers"
        raise ArrayFileError(nested if list in others else neither)
    offsets = np.cumsum([0, *map(len, lists)], dtype=np.int64)
    return IntegerLists(np.fromiter(chain.from_iterable(lists), dtype=np.int64, count=offsets[-1]), offsets)


def _look_at_instructions(data):
    """Refuse what lists of integers do not need, and more of anything than fits into memory."""
    stream, counts, name = io.BytesIO(data), Counter(), ""
    instructions = pickletools.genops(stream)
    while name != "STOP":
        position = stream.seek(_INTEGERS.match(data, stream.tell()).end())
        instruction, argument, _ = next(instructions)
        name = instruction.name
        counts[name] += 1
        if name == "LONG1":
            raise ArrayFileError(f"holds an integer of {data[position + 1]} bytes; expected at most 8")
        if name not in _MOST:
            raise ArrayFileError(
                f"holds the pickle instruction {name}, which lists of integers do not need; refused, "
                "and nothing was executed"
            )
        if counts["EMPTY_LIST"] > _MOST["EMPTY_LIST"]:
            raise ArrayFileError(f"holds more than {MAX_LISTS:,} lists; refused")
        # Memory is set aside up to the highest place in the memo, so a place far out costs as much.
        if counts[name] > _MOST[name] or (name == "LONG_BINPUT" and argument > 2 * MAX_LISTS):
            raise ArrayFileError("holds much that is neither an integer nor a list; refused")
    if stream.tell() != len(data):
        raise ArrayFileError("more data follow after the end of the array")


class _Unpickler(pickle.Unpickler):
    """Knows no functions but the stand-ins, so that nothing a pickle names is looked up, let alone called."""

    def find_class(self, module, name):
        if (module, name) not in _STAND_INS:
            asked = f"{module[:40]}.{name[:40]}"
            raise ArrayFileError(f"asks for the function {asked}; refused, and nothing was executed")
        return _STAND_INS[module, name]


class _Array:
    """Stands for the array."""

    content = None

    def __init__(self, *arguments):
        _expect(arguments in [("ndarray", (0,), b"b"), ("ndarray", (0,), "b")])

    def __setstate__(self, state):
        _expect(isinstance(state, tuple) and len(state) == 5)
        _, shape, dtype, _, content = state
        if type(dtype) is not _ObjectType or type(content) is not list or shape != (len(content),):
            raise ArrayFileError("its array is not a row of lists")
        self.content = content


class _ObjectType:
    """Stands for the array's dtype, `object`."""

    def __init__(self, *arguments):
        _expect(arguments[:1] in [("O8",), ("O4",), ("O",)])

    def __setstate__(self, state):
        """Byte order and alignment: nothing that lists need."""


def _encoded(*arguments):
    """Python 3 writes the bytes b"b" in this way when it writes for Python 2."""
    _expect(arguments == ("b", "latin1"))
    return b"b"


def _expect(is_known):
    if not is_known:
        raise ArrayFileError("calls a function in a way that lists of integers do not need; refused")


_STAND_INS = {
    ("numpy.core.multiarray", "_reconstruct"): _Array,
    ("numpy._core.multiarray", "_reconstruct"): _Array,
    ("numpy", "ndarray"): "ndarray",
    ("numpy", "dtype"): _ObjectType,
    ("_codecs", "encode"): _encoded,
}

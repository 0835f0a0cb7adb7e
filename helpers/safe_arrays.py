"""Reading .npz files from outside without executing anything that they hold.

NumPy stores an array of Python lists as a pickle, and a pickle is a program: loading one from a stranger may
run anything. This module never unpickles. Plain arrays go through NumPy with pickling switched off; in the
pickle of lists of integers Python's own `pickletools` reads the instructions, running none of them, and only
the few that such lists need are followed.
"""

import io
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
MAX_OTHERS = 500  # Of these, such as make no lists: an array's frame around its lists takes about 60.
MAX_DEPTH = 8


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


# Nearly all instructions are these: 6 million in IMDB's training part.
_INTEGER = re.compile(rb"K.|M..|J....", re.DOTALL)
_SIGNED = ord("J")
_OF_LISTS = {"EMPTY_LIST", "MARK", "APPEND", "APPENDS", "FRAME", "MEMOIZE", "BINPUT", "LONG_BINPUT"}
_OF_LISTS |= {"BININT1", "BININT2", "BININT", "LONG1"}
_INTEGERS = re.compile(rb"(?:K.|M..|J....){0,1000}", re.DOTALL)
_FUNCTIONS = {
    "numpy.core.multiarray._reconstruct",
    "numpy._core.multiarray._reconstruct",
    "numpy.ndarray",
    "numpy.dtype",
    "_codecs.encode",  # Python 3 writes bytes with it when it writes for Python 2.
}


def parse_integer_lists(data):
    """IntegerLists from the pickle, of protocol 2 to 5, that NumPy writes after the header of an .npy file.

    Raises ArrayFileError if the data end early or hold anything else; nothing of it is ever executed.
    """
    try:
        found = _followed(data)
    except ArrayFileError:
        raise
    except (ValueError, IndexError, TypeError):  # Of pickletools, or for instructions in a senseless order.
        raise ArrayFileError("the data are damaged or cut short") from None
    match found:
        case [(_, (int(count),), _, _, list(lists))] if count == len(lists):
            pass
        case _:
            raise ArrayFileError("is not an array of lists")
    if not set(map(type, lists)) <= {list}:
        raise ArrayFileError("its array holds integers where lists of integers were expected")
    lengths = np.fromiter(map(len, lists), dtype=np.int64, count=len(lists))
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    try:
        values = np.fromiter(chain.from_iterable(lists), dtype=np.int64, count=offsets[-1])
    except TypeError:
        raise ArrayFileError("holds lists within lists; expected lists of integers") from None
    except OverflowError:
        raise ArrayFileError("holds an integer of more than 8 bytes; refused") from None
    return IntegerLists(values, offsets)


def _followed(data):
    """The stack at the end. Functions are names; to call one, or build with it, leaves what it was given."""
    stack, marks, memo, others, file = [], [], {}, 0, io.BytesIO(data)
    for count, (instruction, argument, _) in enumerate(pickletools.genops(file)):
        if count == MAX_INSTRUCTIONS:
            raise ArrayFileError(f"holds more than {count:,} pickle instructions beside integers; refused")
        others += instruction.name not in _OF_LISTS
        if others + len(memo) > MAX_OTHERS or len(marks) > MAX_DEPTH:
            raise ArrayFileError("holds much more than lists of integers; refused")
        match instruction.name:
            case "PROTO" | "FRAME" | "STOP":
                pass
            case "BININT1" | "BININT2" | "BININT" | "LONG1":
                stack.append(argument)
            case "SHORT_BINSTRING" | "SHORT_BINUNICODE" | "BINUNICODE" | "SHORT_BINBYTES":
                stack.append(argument)
            case "NONE" | "NEWTRUE" | "NEWFALSE":
                stack.append(None)
            case "EMPTY_LIST":
                stack.append([])
            case "MARK":
                marks.append(len(stack))
            case "APPEND":
                _extend(stack[-2], _popped(stack, -1))
            case "APPENDS":
                items = _popped(stack, marks.pop())
                _extend(stack[-1], items)
            case "EMPTY_TUPLE":
                stack.append(())
            case "TUPLE1" | "TUPLE2" | "TUPLE3" as name:
                stack.append(tuple(_popped(stack, -int(name[-1]))))
            case "TUPLE":
                stack.append(tuple(_popped(stack, marks.pop())))
            case "MEMOIZE" | "BINPUT" | "LONG_BINPUT":
                if type(stack[-1]) is not list:  # Lists are not kept: one that is named twice is refused.
                    memo[len(memo) if argument is None else argument] = stack[-1]
            case "BINGET" | "LONG_BINGET":
                if argument not in memo:
                    raise ArrayFileError("names a list twice; expected each list once")
                stack.append(memo[argument])
            case "GLOBAL":
                stack.append(_known(argument.replace(" ", ".", 1)))
            case "STACK_GLOBAL":
                stack.append(_known(".".join(_popped(stack, -2))))
            case "REDUCE" | "BUILD":
                del stack[-2]
            case name:
                raise ArrayFileError(
                    f"holds the pickle instruction {name}, which lists of integers do not need; refused, and "
                    "nothing was executed"
                )
        if instruction.name == "STOP":
            break
        integers = _INTEGERS.match(data, file.tell())
        if integers[0]:
            from_bytes, codes = int.from_bytes, _INTEGER.findall(integers[0])
            stack += [from_bytes(code[1:], "little", signed=code[0] == _SIGNED) for code in codes]
            file.seek(integers.end())
    if file.tell() < len(data):
        raise ArrayFileError("more data follow after the end of the array")
    return stack


def _popped(stack, start):
    items = stack[start:]
    del stack[start:]
    return items


def _extend(target, items):
    kinds = set(map(type, items))
    if type(target) is not list or not (kinds <= {int} or kinds <= {list}):
        raise ArrayFileError("holds something that is neither an integer nor a list; refused")
    target.extend(items)


def _known(function):
    if function not in _FUNCTIONS:
        raise ArrayFileError(f"asks for the function {function[:80]}; refused, and nothing was executed")
    return function

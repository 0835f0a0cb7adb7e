"""Reading .npz files from outside without executing anything that they hold.

NumPy stores an array of Python lists as a pickle, and a pickle is a program: loading one from a stranger may
run anything. This module never unpickles. Plain arrays go through NumPy with pickling switched off; lists of
integers are read by a small interpreter that knows the few pickle instructions which such lists need
and refuses all others. What the instructions mean is written in Python's own `pickletools` module.
"""

import itertools
import pickletools
import struct
import zipfile
import zlib
from typing import NamedTuple

import numpy as np

MAX_PICKLE_BYTES = 128 * 2**20  # IMDB's two are 14 MB each.
MAX_LISTS = 200_000
MAX_HEADER_STEPS = 500  # An array's frame around its lists takes about 60.
MAX_DEPTH = 8


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


class NpzReader:
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
            self._zip = zipfile.ZipFile(path)
        except zipfile.BadZipFile:
            raise ArrayFileError("the file is cut short, or is not an .npz file at all") from None
        self.keys = {name.removesuffix(".npy") for name in self._zip.namelist()}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._zip.close()

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
            with self._zip.open(f"{key}.npy") as file:
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


class _Function(str):
    """Stands for a function that the pickle names. It is never looked up, let alone called."""


_RECONSTRUCT, _NDARRAY, _DTYPE, _ENCODE = map(_Function, ["_reconstruct", "ndarray", "dtype", "encode"])
_FUNCTIONS = {
    ("numpy.core.multiarray", "_reconstruct"): _RECONSTRUCT,
    ("numpy._core.multiarray", "_reconstruct"): _RECONSTRUCT,
    ("numpy", "ndarray"): _NDARRAY,
    ("numpy", "dtype"): _DTYPE,
    # Python 3 writes the bytes b"b" in this way when it writes for Python 2.
    ("_codecs", "encode"): _ENCODE,
}
_OPCODE = {info.name: ord(info.code) for info in pickletools.opcodes}
_NAME = {code: name for name, code in _OPCODE.items()}
_TUPLE_SIZE = {"EMPTY_TUPLE": 0, "TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_CONSTANT = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}


def parse_integer_lists(data):
    """Read the pickle of a one-dimensional NumPy array of lists of integers, without unpickling it.

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
        lists = _Interpreter(data).run()
    except (IndexError, struct.error):
        raise ArrayFileError("the data are damaged or cut short") from None
    lengths = np.fromiter(map(len, lists), dtype=np.int64, count=len(lists))
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    try:
        values = np.fromiter(itertools.chain.from_iterable(lists), dtype=np.int64, count=offsets[-1])
    except (TypeError, ValueError):
        raise ArrayFileError("holds lists within lists; expected lists of integers") from None
    return IntegerLists(values, offsets)


class _Interpreter:
    """A pickle machine with integers, lists and the frame of a NumPy array; it refuses all else."""

    def __init__(self, data):
        self.data = data
        self.position = 0
        self.stack = []
        self.outer_stacks = []  # One for every open MARK.
        self.memo = {}
        self.memo_size = 0
        self.lists = 0
        self.header_steps = 0

    def run(self):
        """Interpret all instructions and return the array's content, a list of lists of int."""
        data = self.data
        one_byte, two_bytes = _OPCODE["BININT1"], _OPCODE["BININT2"]
        position, push = 0, self.stack.append
        while True:
            code = data[position]
            # Nearly all instructions are these two: 6 million in IMDB's training part.
            if code == one_byte:
                push(data[position + 1])
                position += 2
            elif code == two_bytes:
                push(data[position + 1] | data[position + 2] << 8)
                position += 3
            else:
                self.position = position + 1
                name = _NAME.get(code, f"number {code}")
                if name == "STOP":
                    return self._result()
                self._step(name)
                position, push = self.position, self.stack.append

    def _result(self):
        if self.position != len(self.data):
            raise ArrayFileError("more data follow after the end of the array")
        if self.outer_stacks or len(self.stack) != 1 or type(self.stack[0]) is not _Array:
            raise ArrayFileError("is not an array of lists")
        return self.stack[0].content

    def _step(self, name):
        stack = self.stack
        if name == "BININT":
            stack.append(struct.unpack("<i", self._take(4))[0])
        elif name == "LONG1":
            size = self._take(1)[0]
            if size > 8:
                raise ArrayFileError(f"holds an integer of {size} bytes; expected at most 8")
            stack.append(int.from_bytes(self._take(size), "little", signed=True))
        elif name == "EMPTY_LIST":
            self.lists += 1
            if self.lists > MAX_LISTS + 1:
                raise ArrayFileError(f"holds more than {MAX_LISTS:,} lists; refused")
            stack.append([])
        elif name == "MARK":
            if len(self.outer_stacks) == MAX_DEPTH:
                raise ArrayFileError("is nested too deeply; refused")
            self.outer_stacks.append(stack)
            self.stack = []
        elif name in ("APPEND", "APPENDS"):
            self._append([stack.pop()] if name == "APPEND" else self._items_after_mark())
        elif name in ("MEMOIZE", "BINPUT", "LONG_BINPUT"):
            self._remember(name)
        elif name == "FRAME":
            self._take(8)
        else:
            self._header_step(name)

    def _header_step(self, name):
        self._count_header_step()
        stack = self.stack
        if name == "PROTO":
            self._take(1)
        elif name in _CONSTANT:
            stack.append(_CONSTANT[name])
        elif name in ("SHORT_BINUNICODE", "SHORT_BINSTRING"):
            stack.append(self._take(self._take(1)[0]).decode("utf-8", "replace"))
        elif name == "BINUNICODE":
            stack.append(self._take(struct.unpack("<I", self._take(4))[0]).decode("utf-8", "replace"))
        elif name == "SHORT_BINBYTES":
            stack.append(self._take(self._take(1)[0]))
        elif name == "TUPLE":
            items = self._items_after_mark()
            self.stack.append(tuple(items))
        elif name in _TUPLE_SIZE:
            size = _TUPLE_SIZE[name]
            items = [stack.pop() for _ in range(size)]
            stack.append(tuple(reversed(items)))
        elif name in ("BINGET", "LONG_BINGET"):
            index = self._take(1)[0] if name == "BINGET" else struct.unpack("<I", self._take(4))[0]
            if index not in self.memo:
                # Also what stops a list that holds itself, or one list named a million times.
                raise ArrayFileError("names a list twice; expected each list once")
            stack.append(self.memo[index])
        elif name == "GLOBAL":
            self._push_function(self._line(), self._line())
        elif name == "STACK_GLOBAL":
            function, module = stack.pop(), stack.pop()
            self._push_function(module, function)
        elif name == "REDUCE":
            arguments, function = stack.pop(), stack.pop()
            stack.append(_reduced(function, arguments))
        elif name == "BUILD":
            state = stack.pop()
            _build(stack[-1], state)
        else:
            raise ArrayFileError(
                f"holds the pickle instruction {name}, which lists of integers do not need; refused, "
                "and nothing was executed"
            )

    def _count_header_step(self):
        self.header_steps += 1
        if self.header_steps > MAX_HEADER_STEPS:
            raise ArrayFileError("holds much more than lists of integers; refused")

    def _take(self, size):
        taken = self.data[self.position : self.position + size]
        if len(taken) < size:
            raise IndexError
        self.position += size
        return taken

    def _line(self):
        end = self.data.find(b"\n", self.position, self.position + 200)
        if end < 0:
            raise IndexError
        return self._take(end + 1 - self.position)[:-1].decode("utf-8", "replace")

    def _items_after_mark(self):
        items = self.stack
        self.stack = self.outer_stacks.pop()
        return items

    def _append(self, items):
        target = self.stack[-1]
        kinds = set(map(type, items))
        if type(target) is not list or not (kinds <= {int} or kinds <= {list}):
            raise ArrayFileError("holds something that is neither an integer nor a list; refused")
        target.extend(items)

    def _remember(self, name):
        if name == "MEMOIZE":
            index = self.memo_size
            self.memo_size += 1
        else:
            index = self._take(1)[0] if name == "BINPUT" else struct.unpack("<I", self._take(4))[0]
        # Lists are not kept: a list that is named twice is refused.
        if type(self.stack[-1]) is not list:
            self._count_header_step()
            self.memo[index] = self.stack[-1]

    def _push_function(self, module, function):
        are_names = isinstance(module, str) and isinstance(function, str)
        known = _FUNCTIONS.get((module, function)) if are_names else None
        if known is None:
            asked = f"{module[:40]}.{function[:40]}" if are_names else "without a name"
            raise ArrayFileError(f"asks for the function {asked}; refused, and nothing was executed")
        self.stack.append(known)


class _Array:
    """The array under construction."""

    content = None


class _ObjectType:
    """The array's dtype, `object`."""


def _reduced(function, arguments):
    if function is _RECONSTRUCT and arguments in [(_NDARRAY, (0,), b"b"), (_NDARRAY, (0,), "b")]:
        return _Array()
    if function is _DTYPE and isinstance(arguments, tuple) and arguments[:1] in [("O8",), ("O4",), ("O",)]:
        return _ObjectType()
    if function is _ENCODE and arguments == ("b", "latin1"):
        return b"b"
    raise ArrayFileError("calls a function in a way that lists of integers do not need; refused")


def _build(target, state):
    if type(target) is _ObjectType:
        return  # Byte order and alignment: nothing that lists need.
    if type(target) is not _Array or not isinstance(state, tuple) or len(state) != 5:
        raise ArrayFileError("builds something other than an array; refused")
    _, shape, dtype, _, content = state
    if type(dtype) is not _ObjectType or type(content) is not list or shape != (len(content),):
        raise ArrayFileError("its array is not a row of lists")
    if not set(map(type, content)) <= {list}:
        raise ArrayFileError("its array holds integers where lists of integers were expected")
    target.content = content

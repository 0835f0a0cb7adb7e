"""Lists of integers are read as NumPy reads them; everything else is refused and never executed."""

import contextlib
import copyreg
import io
import os
import pickle
import struct
import time
import tracemalloc
import zipfile

import numpy as np
import pytest

from helpers.safe_arrays import ArrayFileError, NpzReader, parse_integer_lists

LISTS = [[1, 2, 300, 70_000], [255, 256, 65_535, 65_536, 2**31 - 1, 2**31, -5], [], [7], list(range(2_500))]


def array_of(lists):
    array = np.empty(len(lists), dtype=object)
    array[:] = lists
    return array


def lists_of(parsed):
    bounds = parsed.offsets.tolist()
    return [parsed.values[a:b].tolist() for a, b in zip(bounds, bounds[1:], strict=False)]


@pytest.fixture
def marker(tmp_path):
    """A file that the malicious pickles would make."""
    path = tmp_path / "executed"
    yield path
    assert not path.exists(), "the pickle was executed"


def save(path, pickled, shape=(3,)):
    """Write an .npz whose x_train holds the given pickle."""
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": "|O", "fortran_order": False, "shape": shape})
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x_train.npy", file.getvalue() + pickled)
    return path


# What is read


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_every_binary_protocol_reads_as_numpy_reads_it(protocol):
    parsed = parse_integer_lists(pickle.dumps(array_of(LISTS), protocol=protocol))
    assert lists_of(parsed) == LISTS
    assert parsed.values.dtype == parsed.offsets.dtype == np.int64


def python_2_pickle(lists):
    """What Python 2 wrote for such an array, as in the published IMDB file."""
    parts = [
        b"\x80\x02cnumpy.core.multiarray\n_reconstruct\nq\x01cnumpy\nndarray\nq\x02K\x00\x85q\x03U\x01bq\x04\x87q\x05",
        b"Rq\x06(K\x01M"
        + struct.pack("<H", len(lists))
        + b"\x85q\x07cnumpy\ndtype\nq\x08U\x02O8q\tK\x00K\x01\x87q\n",
        b"Rq\x0b(K\x03U\x01|q\x0cNNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK?tq\rb\x89]q\x0e(",
    ]
    for i, values in enumerate(lists):
        memo = b"r" + struct.pack("<I", 300 + i)
        parts.append(b"]" + memo + b"(" + b"".join(b"J" + struct.pack("<i", v) for v in values) + b"e")
    return b"".join([*parts, b"etb."])


def test_python_2_wrote_it():
    lists = [[1, 2, 3], [4], [88_000, 5]]
    pickled = python_2_pickle(lists)
    assert pickle.loads(pickled, encoding="latin1").tolist() == lists  # The test's own pickle is right.
    assert lists_of(parse_integer_lists(pickled)) == lists


def test_a_frame_that_cuts_a_number_in_two_changes_nothing():
    pickled = pickle.dumps(array_of([[1, 70_000]]), protocol=4)
    length = pickled.index(b"J" + struct.pack("<i", 70_000)) + 2 - len(b"\x80\x04\x95********")
    assert lists_of(parse_integer_lists(pickled[:3] + struct.pack("<Q", length) + pickled[11:])) == [
        [1, 70_000]
    ]


def test_npz_round_trip(tmp_path):
    path = tmp_path / "a.npz"
    labels = np.arange(5)
    np.savez_compressed(path, x_train=array_of(LISTS), y_train=labels)
    with NpzReader(path) as npz:
        assert npz.keys == {"x_train", "y_train"}
        assert npz.header("x_train") == ((5,), np.dtype(object))
        assert lists_of(npz.integer_lists("x_train")) == LISTS
        np.testing.assert_array_equal(npz.array("y_train", (5,), np.integer), labels)
        np.testing.assert_array_equal(npz.array("y_train", (None,), np.int64), labels)


# What is refused


class Runs:
    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def malicious(path):
    command = f"touch {path}"
    frame = pickle.dumps(array_of([[1], [2], [3]]), protocol=4)
    system = b"cos\nsystem\n"
    return {
        "os.system by REDUCE": pickle.dumps(Runs(os.system, command)),
        "as an element of the array": pickle.dumps(array_of([[1], Runs(os.system, command), [3]])),
        "within a list": pickle.dumps(array_of([[1], [Runs(os.system, command)], [3]])),
        "as the shape": pickle.dumps(array_of([[1], [2], [3]])).replace(
            b"K\x03\x85", system + b"K\x03\x85", 1
        ),
        "GLOBAL of protocol 0": f"cposix\nsystem\n(S'{command}'\ntR.".encode(),
        "INST": f"(S'{command}'\nios\nsystem\n.".encode(),
        "OBJ": f"(cos\nsystem\nS'{command}'\no.".encode(),
        "NEWOBJ": b"\x80\x02cos\nsystem\nU\x04true\x85\x81.",
        "nested global": b"\x80\x04\x8c\x02os\x8c\x0bpath.system\x93.",
        "builtins.eval": pickle.dumps(Runs(eval, "1")),
        "numpy's own load": b"\x80\x02cnumpy\nload\nU\x01x\x85R.",
        "another use of _reconstruct": (
            b"\x80\x02cnumpy.core.multiarray\n_reconstruct\n" + system + b"K\x00\x85U\x01b\x87R."
        ),
        "numpy.dtype with fields": b"\x80\x02cnumpy\ndtype\nU\x02i8K\x00K\x01\x87R.",
        "ndarray called": b"\x80\x02cnumpy\nndarray\nJ\xff\xff\xff\x7f\x85\x85R.",
        "codecs with another codec": b"\x80\x02c_codecs\nencode\nU\x01bU\x03zip\x86R.",
        "extension 1": b"\x80\x02\x82\x01.",
        "extension 2": b"\x80\x02\x83\x01\x00.",
        "extension 4": b"\x80\x02\x84\x01\x00\x00\x00.",
        "persistent id": b"\x80\x02U\x01xQ.",
        "persistent id of protocol 0": b"Px\n.",
        "out-of-band buffer": b"\x80\x05\x97.",
        "dictionary": pickle.dumps({"a": 1}),
        "set": pickle.dumps({1}),
        "text": pickle.dumps(array_of(["a", "b", "c"])),
        "floats": pickle.dumps(array_of([[1.5], [2.5], [3.5]])),
        "booleans": pickle.dumps(array_of([[True], [False], [True]])),
        "None": pickle.dumps(array_of([[None], [1], [2]])),
        "text in a list": pickle.dumps(array_of([["a"], [1], [2]])),
        "arrays in place of lists": pickle.dumps(array_of([np.arange(3), np.arange(2), np.arange(1)])),
        "NumPy's integers": pickle.dumps(array_of([[np.int64(1)], [2], [3]])),
        "lists in lists": pickle.dumps(array_of([[[1]], [2], [3]])),
        "integers in place of lists": pickle.dumps(np.array([1, 2, 3], dtype=object)),
        "no array, only lists": pickle.dumps([[1], [2], [3]]),
        "an integer of 300 bytes": pickle.dumps(array_of([[2**2400], [1], [2]])),
        "the same list twice": pickle.dumps(array_of([LISTS[0]] * 3)),
        "cut short": frame[:-10],
        "cut within a number": frame[: frame.rindex(b"K") + 1],
        "nothing": b"",
        "an unknown instruction": b"\xff\xff.",
        "more after the end": frame + b"cos\nsystem\n.",
        "protocol 0": pickle.dumps(array_of([[1], [2], [3]]), protocol=0),
        "only marks": b"(" * 100_000,
        "stop at once": b".",
        "pop from nothing": b"\x80\x04a.",
    }


@pytest.mark.parametrize("case", sorted(malicious("x")))
def test_refused_and_not_executed(case, marker, tmp_path):
    path = save(tmp_path / "bad.npz", malicious(marker)[case])
    with NpzReader(path) as npz, pytest.raises(ArrayFileError, match="x_train"):
        npz.integer_lists("x_train")


def test_a_registered_extension_is_not_looked_up(monkeypatch):
    monkeypatch.setitem(copyreg._inverted_registry, 1, ("numpy", "dtype"))
    monkeypatch.setitem(copyreg._extension_cache, 1, os.system)
    with pytest.raises(ArrayFileError, match="instruction EXT1"):
        parse_integer_lists(b"\x80\x02\x82\x01\x8c\x04true\x85R.")


def test_the_test_itself_would_notice_an_execution(tmp_path):
    path = tmp_path / "executed"
    pickle.loads(malicious(path)["as an element of the array"])
    assert path.exists()


def test_message_names_what_was_asked_for():
    with pytest.raises(ArrayFileError, match=r"posix\.system; refused, and nothing was executed"):
        parse_integer_lists(pickle.dumps(Runs(os.system, "true")))
    with pytest.raises(ArrayFileError, match="instruction EXT1"):
        parse_integer_lists(b"\x80\x02\x82\x01.")


@pytest.mark.parametrize(
    "bomb",
    {
        "text of 2 GB claimed": b"\x80\x04X\xff\xff\xff\x7fa.",
        "bytes of 2**60 claimed": b"\x80\x04\x8e" + struct.pack("<Q", 2**60) + b"a.",
        "frame of 2**60 claimed": b"\x80\x04\x95" + struct.pack("<Q", 2**60) + b".",
        "memo place 2**32 - 1": b"\x80\x02U\x01xr\xff\xff\xff\xff.",
        "half a million lists": b"\x80\x02" + b"]" * 500_000 + b".",
        "half a million texts": b"\x80\x04" + b"\x8c\x02ab" * 500_000 + b".",
        "half a million tuples": b"\x80\x04" + b")" * 500_000 + b".",
        "half a million memo entries": b"\x80\x04\x8c\x02ab" + b"\x94" * 500_000 + b".",
        "tuples in tuples": b"\x80\x04)" + b"\x85" * 500_000 + b".",
        "a million marks": b"\x80\x04" + b"(" * 1_000_000 + b".",
        "a long list named 200,000 times": pickle.dumps(array_of([list(range(10_000))] * 200_000)),
    }.items(),
    ids=lambda item: item[0],
)
def test_huge_claims_cost_nothing(bomb):
    tracemalloc.start()
    start = time.thread_time()
    with pytest.raises(ArrayFileError):
        parse_integer_lists(bomb[1])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50 * 2**20
    assert time.thread_time() - start < 10


def test_claimed_sizes_of_plain_arrays_are_compared_before_anything_is_read(tmp_path):
    path = tmp_path / "a.npz"
    file = io.BytesIO()
    header = {"descr": "|u1", "fortran_order": False, "shape": (2**40, 28, 28)}
    np.lib.format.write_array_header_1_0(file, header)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x_train.npy", file.getvalue() + b"\0" * 100)
    with NpzReader(path) as npz, pytest.raises(ArrayFileError, match=r"shape .* expected \(60000, 28, 28\)"):
        npz.array("x_train", (60_000, 28, 28), np.uint8)


def test_zip_bomb_is_read_no_further_than_the_limit(tmp_path, monkeypatch):
    monkeypatch.setattr("helpers.safe_arrays.MAX_PICKLE_BYTES", 2**20)
    path = save(tmp_path / "a.npz", b"\x80\x02" + b"K\x01" * 2**20)
    with NpzReader(path) as npz, pytest.raises(ArrayFileError, match="larger than 1 MB"):
        npz.integer_lists("x_train")


def test_number_of_lists_must_be_as_the_header_says(tmp_path):
    path = save(tmp_path / "a.npz", pickle.dumps(array_of([[1], [2]])), shape=(3,))
    with NpzReader(path) as npz, pytest.raises(ArrayFileError, match="says that it has 3 lists but holds 2"):
        npz.integer_lists("x_train")


def test_object_arrays_are_refused_where_plain_ones_are_expected(tmp_path, marker):
    path = save(tmp_path / "a.npz", pickle.dumps(Runs(os.system, f"touch {marker}")))
    with NpzReader(path) as npz, pytest.raises(ArrayFileError, match="dtype object, expected uint8"):
        npz.array("x_train", (3,), np.uint8)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"PK\x03\x04 and then nothing", "cut short"),
        (b"<html>Please log in</html>", "not an .npz"),
    ],
)
def test_not_an_npz(tmp_path, content, message):
    path = tmp_path / "a.npz"
    path.write_bytes(content)
    with pytest.raises(ArrayFileError, match=message):
        NpzReader(path)


def test_missing_and_damaged_arrays(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, y_train=np.arange(1_000, dtype=np.uint8))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 255
    path.write_bytes(content)
    with NpzReader(path) as npz:
        with pytest.raises(ArrayFileError, match="no array x_train in it; found y_train"):
            npz.header("x_train")
        with pytest.raises(ArrayFileError, match="y_train is damaged"):
            npz.array("y_train", (1_000,), np.uint8)


def test_random_damage_gives_lists_or_the_one_error():
    rng = np.random.default_rng(0)
    good = pickle.dumps(array_of([[1, 2, 3], [4, 500], [70_000]]), protocol=4)
    for _ in range(3_000):
        data = bytearray(good)
        for place in rng.integers(len(data), size=rng.integers(1, 4)):
            data[place] = rng.integers(256)
        with contextlib.suppress(ArrayFileError):
            parse_integer_lists(bytes(data))

"""Where data come from, in which order, what is said about it, and what is refused."""

# ruff: noqa: E501 (a table reads better with one case a line)

import gzip
import hashlib
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from small_sets import TEST, TRAIN, idx_files, images, reviews, word_index

from helpers import datasets
from helpers.datasets import embedded, files, sources
from helpers.datasets.__main__ import main
from helpers.datasets.sources import DatasetError
from helpers.synthetic.digits import make_digits
from helpers.synthetic.garments import make_garments

ROOT = Path(__file__).resolve().parent.parent
LOADERS = {
    "mnist": datasets.load_mnist,
    "fashion_mnist": datasets.load_fashion_mnist,
    "imdb": datasets.load_imdb,
}
DRAWN = {name: one["drawn"] for name, one in sources.SETS.items()}


# Data sets of the test's own


def sha256(path):
    return f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


def filled(folder, save, seed):
    save(folder / "mnist.npz", **images(seed, make_digits))
    save(folder / "imdb.npz", **reviews(seed + 2))
    (folder / "imdb_word_index.json").write_text(json.dumps(word_index()))
    return folder


@pytest.fixture(scope="session")
def official(tmp_path_factory):
    """A folder as the official server would give it."""
    folder = filled(tmp_path_factory.mktemp("official"), np.savez, 1)
    idx_files(folder / "fashion-mnist", images(2, make_garments))
    return folder


@pytest.fixture(scope="session")
def prepared(tmp_path_factory):
    """A folder as an instructor would prepare it: sound, with other bytes than the official files."""
    folder = filled(tmp_path_factory.mktemp("prepared"), np.savez_compressed, 11)
    np.savez_compressed(folder / "fashion_mnist.npz", **images(12, make_garments))
    return folder


@pytest.fixture(autouse=True)
def course(tmp_path, monkeypatch, official):
    """A course of small data sets with an empty cache, no folder, and no network."""
    for name in ("mnist", "fashion_mnist"):
        monkeypatch.setitem(sources.SETS[name], "drawn", [*DRAWN[name][:2], (TRAIN, TEST)])
    for name in sources.PUBLISHED.keys() - LOADERS.keys():  # Their tests are in test_pictures.py.
        monkeypatch.delitem(sources.PUBLISHED, name)
    for name, checksums in sources.PUBLISHED.items():
        mine = {file: sha256(official / file) for file in checksums}
        monkeypatch.setitem(sources.PUBLISHED, name, mine)
    monkeypatch.setattr(datasets, "_used", {})
    monkeypatch.setattr(sources, "_failed", {})
    monkeypatch.setattr(sources, "_remark", {"text": "", "said": False})
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(sources, "BASE_URL", "http://127.0.0.1:9/")
    monkeypatch.setenv("COURSE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.delenv("COURSE_DATA_DIR", raising=False)
    monkeypatch.delenv("COURSE_OFFLINE", raising=False)

    def make_images(n, rng, **_like_mnist):
        return rng.integers(0, 256, (n, 28, 28), dtype=np.uint8), rng.integers(0, 10, n, dtype=np.uint8)

    def draw_film_reviews(n, rng):
        labels = rng.integers(0, 2, n, dtype=np.uint8)
        words = ("rare", "was", "the", "good", "film", "bad")
        reviews = [([2, 2, 4, 4, 1, 3], [2, 4, 1, 5])[label] for label in labels]
        offsets = np.cumsum([0, *map(len, reviews)])
        return np.concatenate(reviews).astype(np.int32), offsets, labels, words

    monkeypatch.setattr("helpers.synthetic.digits.make_digits", make_images)
    monkeypatch.setattr("helpers.synthetic.garments.make_garments", make_images)
    monkeypatch.setattr("helpers.synthetic.film_reviews.draw_film_reviews", draw_film_reviews)
    monkeypatch.setattr(embedded, "_DRAW_AT_A_TIME", 50)
    return tmp_path / "cache"


class Flat(SimpleHTTPRequestHandler):
    """All files of the folder and of its subfolders under one address, as the official server has them."""

    def translate_path(self, path):
        name = path.rsplit("/", 1)[-1]
        return str(next(Path(self.directory).rglob(name), Path(self.directory) / "missing"))

    def log_message(self, *_):
        pass


@pytest.fixture
def online(official, monkeypatch):
    """The official server; yields the list of what was asked for."""
    asked = []

    class Counting(Flat):
        def do_GET(self):  # noqa: N802 (the name is http.server's)
            asked.append(self.path.rsplit("/", 1)[-1])
            super().do_GET()

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Counting, directory=str(official)))
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    monkeypatch.setattr(sources, "BASE_URL", f"http://127.0.0.1:{server.server_port}/data/")
    yield asked
    server.shutdown()
    server.server_close()


def line(capsys):
    """The one line that a load printed; no machine, user or folder may be named in it."""
    out = capsys.readouterr().out
    assert len(out.splitlines()) == 1, out
    for private in (platform.node(), str(Path.home()), "/tmp", str(ROOT), "127.0.0.1"):
        assert not private or private not in out
    return out


# Order of sources


def test_folder_comes_first(prepared, online, monkeypatch, capsys):
    monkeypatch.setenv("COURSE_DATA_DIR", str(prepared))
    for name, load in LOADERS.items():
        load()
        assert datasets.source_of(name) == "folder"
        assert (
            "from the folder in COURSE_DATA_DIR; checked by shape, type and range; not the published"
            in line(capsys)
        )
    datasets.imdb_word_index()
    assert f"{len(word_index())} words, from the folder" in line(capsys)
    assert online == []


def test_published_files_in_the_folder_are_recognised(official, monkeypatch, capsys):
    monkeypatch.setenv("COURSE_DATA_DIR", str(official))
    for load in [*LOADERS.values(), datasets.imdb_word_index]:
        load()
        assert "from the folder in COURSE_DATA_DIR; published checksum verified." in line(capsys)


def test_download_then_cache(online, official, monkeypatch, capsys):
    for name, load in LOADERS.items():
        load()
        assert datasets.source_of(name) == "download"
        assert "downloaded; published checksum verified." in line(capsys)
        load()
        assert datasets.source_of(name) == "cache"
        assert "from the course's cache; published checksum verified." in line(capsys)
    (x_train, _), _ = datasets.load_mnist()
    with np.load(official / "mnist.npz") as npz:
        np.testing.assert_array_equal(x_train, npz["x_train"])
    capsys.readouterr()
    monkeypatch.setenv("COURSE_OFFLINE", "1")  # The cache needs no network.
    for load in LOADERS.values():
        load()
        assert "from the course's cache" in line(capsys)
    assert len(online) == 1 + 4 + 2


def test_folder_that_lacks_a_file_falls_through_with_a_note(online, tmp_path, monkeypatch, capsys):
    (tmp_path / "mine").mkdir()
    monkeypatch.setenv("COURSE_DATA_DIR", str(tmp_path / "mine"))
    for file, load in zip(("mnist.npz", "fashion_mnist.npz", "imdb.npz"), LOADERS.values(), strict=True):
        load()
        assert (
            f"downloaded; published checksum verified (the folder in COURSE_DATA_DIR has no {file})"
            in line(capsys)
        )


def test_offline_never_touches_the_network(online, monkeypatch, capsys):
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    for name, load in LOADERS.items():
        load()
        assert datasets.source_of(name) == "embedded"
        said = line(capsys)
        assert said.startswith("EMBEDDED DATA: ")
        assert "COURSE_OFFLINE=1 forbids the download" in said
    datasets.imdb_word_index()
    assert online == []


@pytest.mark.parametrize("value", ["", "0"])
def test_offline_can_be_switched_off(online, monkeypatch, value):
    monkeypatch.setenv("COURSE_OFFLINE", value)
    datasets.load_mnist()
    assert datasets.source_of("mnist") == "download"


def test_without_network_embedded_at_once_and_once_for_all(capsys, monkeypatch):
    start = time.monotonic()
    datasets.load_mnist()
    assert time.monotonic() - start < 8
    said = line(capsys)
    assert said == (
        "EMBEDDED DATA: 1,000 training and 400 test images drawn by helpers.synthetic; this is not MNIST "
        "(no download: the official server could not be reached (no network?)).\n"
    )

    def forbidden(*_, **__):
        raise AssertionError("asked again")

    monkeypatch.setattr(sources, "fetch", forbidden)
    datasets.load_mnist()
    datasets.load_imdb()
    assert datasets.source_of("imdb") == "embedded"


def test_wrong_file_from_the_server_is_said_in_the_line(online, monkeypatch, capsys):
    monkeypatch.setitem(datasets.PUBLISHED["mnist"], "mnist.npz", "sha256:" + "0" * 64)
    datasets.load_mnist()
    said = line(capsys)
    assert said.startswith("EMBEDDED DATA")
    assert "the download of mnist.npz failed: the file that arrived has the wrong checksum (sha256)" in said
    assert online == ["mnist.npz"] * 3
    datasets.load_fashion_mnist()  # Has nothing to do with that.
    assert datasets.source_of("fashion_mnist") == "download"


def test_damaged_file_in_the_cache_is_fetched_again_and_kept(online, course, capsys):
    course.mkdir()
    (course / "mnist.npz").write_bytes(b"half")
    datasets.load_mnist()
    assert "downloaded" in line(capsys)
    assert (course / "mnist.npz.damaged").read_bytes() == b"half"


def test_damaged_file_in_the_cache_without_network(course, capsys):
    course.mkdir()
    (course / "mnist.npz").write_bytes(b"half")
    datasets.load_mnist()
    assert "the cached mnist.npz is damaged; no download: the official server" in line(capsys)
    assert datasets.source_of("mnist") == "embedded"
    assert (course / "mnist.npz").read_bytes() == b"half"


def test_empty_variables_count_as_not_set(prepared, monkeypatch, course):
    monkeypatch.setenv("COURSE_DATA_DIR", "")
    monkeypatch.setenv("COURSE_CACHE_DIR", "")
    assert sources.data_folder() is None
    assert sources.cache_folder() == ROOT / "data" / "cache"
    monkeypatch.setenv("COURSE_CACHE_DIR", "some/where")
    assert sources.cache_folder() == ROOT / "some" / "where"


def test_cache_that_cannot_be_written(tmp_path, monkeypatch, capsys, online):
    """What is drawn and what is downloaded is kept in this user's temporary folder, which is said once."""
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("COURSE_CACHE_DIR", str(tmp_path / "file"))
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    datasets.load_mnist()
    assert "cannot be written, so what is made is kept in the temporary folder)." in line(capsys)
    (folder,) = (tmp_path / "temporary").iterdir()
    assert os.name == "nt" or folder.stat().st_mode & 0o777 == 0o700
    monkeypatch.setattr("helpers.synthetic.digits.make_digits", None)  # Is not drawn again.
    datasets.load_mnist()
    assert "cannot be written" not in line(capsys)
    monkeypatch.setenv("COURSE_OFFLINE", "0")
    datasets.load_fashion_mnist()
    datasets.load_fashion_mnist()
    assert datasets.source_of("fashion_mnist") == "cache" and len(online) == 4


@pytest.mark.skipif(os.name == "nt", reason="Windows gives every user a temporary folder of their own")
@pytest.mark.parametrize("theirs", ["open to all", "a link", "a file", "another user's"])
def test_temporary_folder_of_others_is_not_used(theirs, tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("COURSE_CACHE_DIR", str(tmp_path / "file"))
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    folder = tmp_path / "temporary" / f"deep-learning-course-{os.getuid()}"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    {
        "open to all": lambda: (folder.mkdir(), folder.chmod(0o777)),
        "a link": lambda: folder.symlink_to(elsewhere),
        "a file": lambda: folder.write_text(""),
        "another user's": lambda: (folder.mkdir(mode=0o700), monkeypatch.setattr(os, "getuid", lambda: -1)),
    }[theirs]()
    if theirs == "another user's":
        folder.rename(folder.with_name("deep-learning-course--1"))
    datasets.load_mnist()
    assert "cannot be written, so what is made is not kept)." in line(capsys)
    assert not [*elsewhere.iterdir(), *(tmp_path / "temporary").glob("*/*")]


def test_source_of_what_was_not_loaded():
    assert datasets.source_of("mnist") is None
    with pytest.raises(ValueError, match="expected one of mnist, fashion_mnist, imdb"):
        datasets.source_of("cifar")


# Embedded data


def test_embedded_images_have_the_real_shapes(monkeypatch):
    # The real sizes again, with a generator that draws nothing.
    monkeypatch.setitem(sources.SETS["mnist"], "drawn", DRAWN["mnist"])
    monkeypatch.setattr(embedded, "_DRAW_AT_A_TIME", 10_000)
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    monkeypatch.setenv("COURSE_CACHE_DIR", os.devnull)
    blank = lambda n, _rng, **_: (np.zeros((n, 28, 28), np.uint8), np.zeros(n, np.uint8))  # noqa: E731
    monkeypatch.setattr("helpers.synthetic.digits.make_digits", blank)
    (x_train, y_train), (x_test, y_test) = datasets.load_mnist()
    assert (x_train.shape, y_train.shape) == ((60_000, 28, 28), (60_000,))
    assert (x_test.shape, y_test.shape) == ((10_000, 28, 28), (10_000,))
    assert x_train.dtype == y_train.dtype == x_test.dtype == y_test.dtype == np.uint8


@pytest.mark.parametrize("name", LOADERS)
def test_embedded_data_are_the_same_every_time_and_cached(name, course, monkeypatch):
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    first = LOADERS[name]()
    names = sorted(path.name for path in course.iterdir() if not path.name.startswith("."))
    kind = {"mnist": "digits", "fashion_mnist": "garments", "imdb": "reviews"}[name]
    assert names == [f"embedded-{kind}-v{3 if name == 'imdb' else 2}.npz"]
    cached = LOADERS[name]()
    (course / names[0]).write_bytes(b"damaged")
    drawn_again = LOADERS[name]()
    for other in (cached, drawn_again):
        for (x, y), (x_other, y_other) in zip(first, other, strict=True):
            assert x.tolist() == x_other.tolist()
            assert y.tolist() == y_other.tolist()
    monkeypatch.setitem(sources.SETS[name], "drawn", [kind, 99, sources.SETS[name]["drawn"][2]])
    LOADERS[name]()
    assert (course / f"embedded-{kind}-v99.npz").exists()


def test_of_eight_kernels_one_draws(course):
    drawn = []

    def draw():
        drawn.append(threading.get_ident())
        time.sleep(0.3)
        return {"x": np.arange(1_000)}

    found = []
    threads = [
        threading.Thread(target=lambda: found.append(embedded.cached("set.npz", draw))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(drawn) == 1
    assert [arrays["x"].tolist() for arrays in found] == [list(range(1_000))] * 8
    assert [path.name for path in course.iterdir() if path.suffix == ".part"] == []


def test_embedded_reviews_are_in_the_format_of_keras(monkeypatch, capsys):
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    (x_train, y_train), (x_test, y_test) = datasets.load_imdb()
    assert "EMBEDDED DATA: 25,000 training and 25,000 test reviews written by" in line(capsys)
    assert len(x_train) == len(y_train) == len(x_test) == len(y_test) == 25_000
    assert x_train.dtype == object
    assert y_train.dtype == np.int64
    index = datasets.imdb_word_index()
    assert "EMBEDDED DATA" in line(capsys)
    # The most frequent word is number one; equally frequent ones are sorted.
    assert list(index) == ["film", "the", "was", *sorted(["good", "bad"], key=list(index).index)]
    words = {rank + 3: word for word, rank in index.items()}
    texts = {
        " ".join(words[number] for number in review[1:]): label
        for review, label in zip(x_train, y_train, strict=True)
    }
    assert texts == {"the the film film was good": 0, "the film was bad": 1}
    assert {review[0] for review in x_test} == {1}


# Drop-in for Keras


@pytest.fixture(scope="module")
def keras_datasets():
    return pytest.importorskip("keras").datasets


@pytest.mark.parametrize(
    "options",
    [
        {}, {"num_words": 100}, {"num_words": 100, "skip_top": 20}, {"num_words": 100, "oov_char": None},
        {"skip_top": 5, "oov_char": None, "start_char": None}, {"maxlen": 30},
        {"maxlen": 30, "start_char": None, "num_words": 50}, {"start_char": None, "index_from": 0},
        {"start_char": None, "index_from": None}, {"start_char": 1_000, "oov_char": -1},
        {"index_from": 10, "start_char": 4, "oov_char": 7, "num_words": 200, "seed": 5},
    ],
    ids=str,
)  # fmt: skip
def test_imdb_equals_keras(keras_datasets, official, monkeypatch, options):
    import keras.src.datasets.imdb as theirs

    monkeypatch.setattr(theirs, "get_file", lambda *_, **__: str(official / "imdb.npz"))
    monkeypatch.setenv("COURSE_DATA_DIR", str(official))
    expected = theirs.load_data(**options)
    found = datasets.load_imdb(**{"num_words": None, **options})
    for (x, y), (x_expected, y_expected) in zip(found, expected, strict=True):
        assert x.shape == x_expected.shape
        assert x.dtype == x_expected.dtype == object
        assert type(x[0]) is list
        assert {type(number) for review in x for number in review} == {int}
        assert x.tolist() == x_expected.tolist()
        assert y.dtype == y_expected.dtype
        np.testing.assert_array_equal(y, y_expected)


def test_imdb_with_no_short_review(official, monkeypatch):
    monkeypatch.setenv("COURSE_DATA_DIR", str(official))
    with pytest.raises(ValueError, match="maxlen=1"):
        datasets.load_imdb(maxlen=1)


def test_images_and_word_index_equal_keras(keras_datasets, official, monkeypatch):
    import keras.src.datasets.fashion_mnist as fashion
    import keras.src.datasets.imdb as imdb
    import keras.src.datasets.mnist as mnist

    monkeypatch.setattr(mnist, "get_file", lambda *_, **__: str(official / "mnist.npz"))
    monkeypatch.setattr(imdb, "get_file", lambda *_, **__: str(official / "imdb_word_index.json"))
    monkeypatch.setattr(fashion, "get_file", lambda name, **__: str(official / "fashion-mnist" / name))
    monkeypatch.setenv("COURSE_DATA_DIR", str(official))
    for load, theirs in ((datasets.load_mnist, mnist), (datasets.load_fashion_mnist, fashion)):
        for found, expected in zip(load(), theirs.load_data(), strict=True):
            for ours, keras_array in zip(found, expected, strict=True):
                assert ours.dtype == keras_array.dtype
                np.testing.assert_array_equal(ours, keras_array)
    assert datasets.imdb_word_index() == imdb.get_word_index()


def test_published_checksums_are_those_in_keras(keras_datasets, monkeypatch):
    import keras.src.datasets as theirs

    monkeypatch.undo()
    folder = Path(theirs.__file__).parent
    for name in ("mnist", "imdb"):
        code = (folder / f"{name}.py").read_text()
        for checksum in datasets.PUBLISHED[name].values():
            assert checksum.split(":")[1] in code
        assert sources.BASE_URL in code
    code = (folder / "fashion_mnist.py").read_text()
    for file, checksum in datasets.PUBLISHED["fashion_mnist"].items():
        assert Path(file).name in code
        assert re.fullmatch("sha256:[0-9a-f]{64}", checksum)


def test_imdb_of_the_real_size_from_the_cache(course, monkeypatch):
    course.mkdir()
    (course / "imdb.npz").write_bytes(b"stands for the published file")
    (course / "imdb_word_index.json").write_text("{}")
    for file in datasets.PUBLISHED["imdb"]:
        monkeypatch.setitem(datasets.PUBLISHED["imdb"], file, sha256(course / file))
    rng = np.random.default_rng(0)
    raw = {}
    for part in ("train", "test"):
        raw[f"values_{part}"] = rng.integers(1, 88_000, 25_000 * 235, dtype=np.int32)
        raw[f"offsets_{part}"] = np.arange(25_001) * 235
        raw[f"y_{part}"] = np.arange(25_000) % 2
    digest = datasets.PUBLISHED["imdb"]["imdb.npz"].split(":")[1][:16]
    np.savez(course / f"imdb-flat-v1-{digest}.npz", **raw)
    (x_train, _), _ = datasets.load_imdb()
    assert len(x_train) == 25_000


def test_unpickled_only_once(prepared, course, monkeypatch):
    monkeypatch.setenv("COURSE_DATA_DIR", str(prepared))
    first = datasets.load_imdb()
    monkeypatch.setattr(files, "read_reviews", None)
    again = datasets.load_imdb()
    assert first[0][0].tolist() == again[0][0].tolist()
    (flat,) = course.glob("imdb-flat-*.npz")
    with np.load(flat, allow_pickle=False) as npz:
        assert all(npz[key].dtype.kind == "i" for key in npz.files)


# Files that people prepare


def changed(arrays, **changes):
    return {
        key: changes.get(key, values) for key, values in arrays.items() if changes.get(key, True) is not None
    }


MNIST = images(1, make_digits)
IMDB = reviews(3)
ODD_LABELS = np.where(np.arange(TRAIN) == 5, 17, MNIST["y_train"]).astype(np.uint8)
LIST_OF_TEXT = np.array([["good", "film"]] * 1_000 + [["bad"]], dtype=object)[:1_000]


def with_review(part, row, review):
    reviews_ = IMDB[f"x_{part}"].copy()
    reviews_[row] = review
    return changed(IMDB, **{f"x_{part}": reviews_})


BAD_ARRAYS = {
    "no x_test": ("mnist", changed(MNIST, x_test=None), "no array x_test in it; found x_train, y_test, y_train"),
    "wrong shape": ("mnist", changed(MNIST, x_train=MNIST["x_train"].reshape(TRAIN, 784)), r"x_train has shape \(1000, 784\), expected \(n, 28, 28\)"),
    "too few": ("mnist", changed(MNIST, x_test=MNIST["x_test"][:90]), r"y_test has shape \(400,\), expected \(90,\)"),
    "floats": ("mnist", changed(MNIST, x_train=(MNIST["x_train"] / 255).astype(np.float32)), "x_train has dtype float32, expected uint8"),
    "int64 labels": ("mnist", changed(MNIST, y_test=MNIST["y_test"].astype(int)), "y_test has dtype int64, expected uint8"),
    "grey levels 0 and 1": ("mnist", changed(MNIST, x_train=MNIST["x_train"] // 128), "x_train has values from 0 to 1, expected grey levels from 0 to 255"),
    "label 17": ("mnist", changed(MNIST, y_train=ODD_LABELS), "y_train has the labels 0, 1, .*17; expected 0 to 9"),
    "a label missing": ("mnist", changed(MNIST, y_test=MNIST["y_test"] % 9), "y_test has the labels 0, 1, 2, 3, 4, 5, 6, 7, 8; expected 0 to 9"),
    "Fashion-MNIST renamed": ("mnist", images(2, make_garments), "x_train looks like the course's drawn garments, expected MNIST"),
    "MNIST renamed": ("fashion_mnist", MNIST, "x_train looks like MNIST, expected Fashion-MNIST"),
    "reviews renamed": ("mnist", IMDB, "x_train has dtype object, expected uint8"),
    "images renamed": ("imdb", MNIST, "x_train has dtype uint8 .* expected one list of integers per review"),
    "text": ("imdb", changed(IMDB, x_train=LIST_OF_TEXT), "x_train: .*neither an integer nor a list"),
    "negative rank": ("imdb", with_review("train", 3, [4, -2]), "x_train has word ranks from -2 to 1.., expected 1 to"),
    "huge rank": ("imdb", with_review("train", 3, [4, 2_000_000]), "word ranks from 1 to 2000000"),
    "empty review": ("imdb", with_review("test", 9, []), "x_test has an empty review"),
    "few": ("imdb", reviews(3, n=50), "x_train has 50 reviews, expected 25,000, and at least 1,000"),
    "labels 1 and 2": ("imdb", changed(IMDB, y_test=IMDB["y_test"] + 1), "y_test has the labels 1, 2; expected 0 and 1"),
    "label floats": ("imdb", changed(IMDB, y_test=IMDB["y_test"] * 1.0), "y_test has dtype float64, expected int"),
    "one-sided": ("imdb", changed(IMDB, y_train=(np.arange(1_000) < 50).astype(int)), "y_train has 5% ones, expected about half"),
    "fewer labels": ("imdb", changed(IMDB, y_train=IMDB["y_train"][:-1]), r"y_train has shape \(999,\), expected \(1000,\)"),
}  # fmt: skip
BAD_INDEX = {
    "no JSON": (b"the,1\n", "is not JSON"),
    "a list": (b'["the"]', "is not an object"),
    "a rank as text": (b'{"the": "1"}', "the word 'the' has the rank 1, expected"),
    "rank 0": (b'{"the": 0}', "has the rank 0"),
    "a rank twice": (b'{"the": 1, "a": 1}', "gives the same rank to several words"),
    "nested": (b"[" * 100_000, "is not JSON"),
    "empty": (b"", "is not JSON"),
}


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """An empty folder in COURSE_DATA_DIR."""
    monkeypatch.setenv("COURSE_DATA_DIR", str(tmp_path / "mine"))
    (tmp_path / "mine").mkdir()
    return tmp_path / "mine"


def refused(path, name, message):
    """The loader refuses the file with one clear error and leaves it alone."""
    before = path.read_bytes()
    with pytest.raises(DatasetError) as caught:
        LOADERS[name]()
    text = str(caught.value)
    assert text.startswith(f"{path.name}: ") and "put a good copy in its place" in text
    assert re.search(message, text), text
    assert str(path.parent) not in text
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("case", BAD_ARRAYS)
def test_bad_arrays(case, mine, course):
    name, arrays, message = BAD_ARRAYS[case]
    np.savez(mine / f"{name}.npz", **arrays)
    refused(mine / f"{name}.npz", name, message)
    assert not list(course.glob("*.npz"))  # Nothing bad is cached.


@pytest.mark.parametrize("case", BAD_INDEX)
def test_bad_word_index(case, prepared, mine):
    (mine / "imdb.npz").write_bytes((prepared / "imdb.npz").read_bytes())
    content, message = BAD_INDEX[case]
    (mine / "imdb_word_index.json").write_bytes(content)
    with pytest.raises(DatasetError, match=f"^imdb_word_index.json: .*{message}"):
        datasets.imdb_word_index()


def test_word_index_is_never_taken_from_elsewhere(prepared, online, mine):
    (mine / "imdb.npz").write_bytes((prepared / "imdb.npz").read_bytes())
    with pytest.raises(DatasetError, match="missing beside imdb.npz"):
        datasets.imdb_word_index()


DAMAGES = {
    "empty": (lambda good: b"", "empty"),
    "truncated": (lambda good: good[: len(good) // 2], "cut short"),
    "web page": (lambda good: b"<html>", "not an .npz"),
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", LOADERS)
def test_files_that_are_no_npz(name, damage, prepared, mine):
    content, message = DAMAGES[damage]
    (mine / f"{name}.npz").write_bytes(content((prepared / f"{name}.npz").read_bytes()))
    refused(mine / f"{name}.npz", name, message)


def test_one_flipped_bit(prepared, mine):
    content = bytearray((prepared / "mnist.npz").read_bytes())
    content[5_000] ^= 1
    (mine / "mnist.npz").write_bytes(content)
    refused(mine / "mnist.npz", "mnist", "the array x_train is damaged")


IDX = "train-images-idx3-ubyte.gz"
IDX_DAMAGES = {
    "missing": (lambda path: path.unlink(), f"{IDX}: missing; Fashion-MNIST is one"),
    "truncated": (lambda path: path.write_bytes(path.read_bytes()[:-1_000]), f"{IDX}: Compressed file ended"),
    "empty": (lambda path: path.write_bytes(b""), f"{IDX}: is not an idx file"),
    "web page": (lambda path: path.write_bytes(b"<html>"), f"{IDX}: Not a gzipped file"),
    "other content": (lambda path: path.write_bytes(gzip.compress(b"\0" * 10_000)), "is not an idx file of images"),
}  # fmt: skip


@pytest.mark.parametrize("case", IDX_DAMAGES)
def test_bad_idx_files(case, mine):
    damage, message = IDX_DAMAGES[case]
    idx_files(mine / "fashion-mnist", images(2, make_garments))
    damage(mine / "fashion-mnist" / IDX)
    with pytest.raises(DatasetError, match=message):
        datasets.load_fashion_mnist()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("not-there", "names the folder HERE/not-there, which does not exist"),
        ("mnist.npz", "names HERE/mnist.npz, which is a file, .* it is in: COURSE_DATA_DIR=HERE"),
        ("mnist_train.csv", "is a file, .* helpers.datasets import HERE/mnist_train.csv --as mnist$"),
    ],
)
def test_folder_that_is_none(name, message, tmp_path, monkeypatch):
    if name != "not-there":
        (tmp_path / name).write_bytes(b"")
    monkeypatch.setenv("COURSE_DATA_DIR", str(tmp_path / name))
    for load in LOADERS.values():
        with pytest.raises(DatasetError, match=message.replace("HERE", re.escape(str(tmp_path)))):
            load()


# Toy sets


def test_two_clouds():
    points, labels = datasets.two_clouds(2_001, np.random.default_rng(0))
    assert points.shape == (2_001, 2)
    assert points.dtype == np.float64
    assert labels.dtype == np.int64
    assert np.bincount(labels).tolist() == [1_001, 1_000]
    np.testing.assert_allclose(points[labels == 1].mean(axis=0), 1, atol=0.1)
    np.testing.assert_allclose(points[labels == 0].std(axis=0), 1, atol=0.1)
    right = (points.sum(axis=1) > 0) == labels  # The best line that there is.
    assert 0.9 < right.mean() < 0.95
    quiet, labels = datasets.two_clouds(100, np.random.default_rng(0), noise=0.1)
    assert ((quiet.sum(axis=1) > 0) == labels).all()
    with pytest.raises(ValueError, match="at least 2"):
        datasets.two_clouds(1, np.random.default_rng(0))


def test_monthly_temperatures():
    months, temperatures = datasets.monthly_temperatures()
    assert months.tolist() == list(range(1, 13))
    assert temperatures.argmax() == 7
    assert temperatures.mean() == pytest.approx(15.8, abs=0.05)


# Command line


def test_fetch_all_then_verify(online, official, tmp_path, capsys):
    folder = tmp_path / "class" / "room"
    assert main(["fetch", "--all", "--to", str(folder)]) == 0
    for file in [file for known in datasets.PUBLISHED.values() for file in known]:
        assert (folder / file).read_bytes() == (official / file).read_bytes()
    assert capsys.readouterr().out.count("fetched, published checksum verified") == 7
    assert main(["verify", str(folder)]) == 0
    assert capsys.readouterr().out.count("good, published checksum verified") == 7
    asked = len(online)
    assert main(["fetch", "--all", "--to", str(folder)]) == 0
    assert capsys.readouterr().out.count("already there") == 7
    assert len(online) == asked


def test_fetch_leaves_good_files_and_replaces_damaged_ones(online, prepared, tmp_path, capsys):
    mine = (prepared / "mnist.npz").read_bytes()
    (tmp_path / "mnist.npz").write_bytes(mine)
    (tmp_path / "imdb.npz").write_bytes(b"half")
    assert main(["fetch", "mnist", "imdb", "--to", str(tmp_path)]) == 0
    assert (tmp_path / "mnist.npz").read_bytes() == mine
    assert (tmp_path / "imdb.npz.damaged").read_bytes() == b"half"
    out = capsys.readouterr().out
    assert "mnist.npz: already there, good, checked by shape, type and range" in out
    assert "imdb.npz: fetched, published checksum verified (the damaged one was kept as .damaged)" in out
    assert main(["verify", str(tmp_path), "mnist", "imdb"]) == 0


def test_verify_says_what_is_wrong(prepared, tmp_path, capsys):
    (tmp_path / "mnist.npz").write_bytes((prepared / "mnist.npz").read_bytes())
    (tmp_path / "imdb.npz").write_bytes(b"half")
    assert main(["verify", str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert "mnist.npz: good, checked by shape, type and range; not the published checksum" in out
    assert "imdb.npz: damaged: the file is cut short" in out
    assert "imdb_word_index.json: missing; run `python -m helpers.datasets fetch imdb --to DIR`" in out
    assert main(["verify", str(tmp_path), "mnist"]) == 0
    assert main(["verify", str(tmp_path / "nowhere")]) == 1


def test_verify_shows_progress(prepared, capsys):
    assert main(["verify", str(prepared)]) == 0
    assert "Checking: 4 of 4 files" in capsys.readouterr().err


def test_fetch_fails_with_1(tmp_path, monkeypatch, capsys):
    assert main(["fetch", "mnist", "--to", str(tmp_path)]) == 1
    assert "mnist.npz: the official server could not be reached" in capsys.readouterr().err
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    assert main(["fetch", "mnist", "--to", str(tmp_path)]) == 1
    assert "COURSE_OFFLINE=1 forbids" in capsys.readouterr().err
    assert not (tmp_path / "mnist.npz").exists()


@pytest.mark.parametrize(
    "arguments",
    [[], ["fetch"], ["fetch", "--to", "x"], ["fetch", "cifar", "--to", "x"], ["fetch", "mnist"], ["verify"],
     ["verify", "x", "cifar"], ["fetch", "mnist", "--all", "--to", "x"]],
    ids=" ".join,
)  # fmt: skip
def test_wrong_usage_ends_with_2(arguments):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2


def test_runs_as_a_program(tmp_path):
    command = [sys.executable, "-m", "helpers.datasets", "verify", str(tmp_path)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 1
    assert "mnist.npz: missing" in run.stdout


def test_import_is_light():
    code = (
        "import sys; import helpers.datasets; "
        "heavy = ['tensorflow', 'keras', 'matplotlib', 'filelock', 'requests', 'IPython']; "
        "print([name for name in heavy if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"

"""The pictures of chapters 14 to 16: read from files, refused where those are bad, and drawn without them."""

# ruff: noqa: E501 (a table reads better with one case a line)

import io
import os
import pickle
import re
import shutil
import tarfile
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from helpers import datasets, doctor, safe_files
from helpers.checks.bands import assert_between
from helpers.datasets import embedded, pictures, sources
from helpers.datasets.__main__ import main
from helpers.datasets.sources import DatasetError
from helpers.download import DownloadError
from helpers.synthetic.blood_cells import make_blood_cells
from helpers.synthetic.hands import make_hands
from helpers.synthetic.labels import balanced_labels
from helpers.synthetic.nuclei import make_nuclei
from helpers.synthetic.objects import make_objects

REAL = Path(os.environ.get("COURSE_DATA_DIR") or "/nowhere")
LOADERS = {
    "cifar10": datasets.load_cifar10,
    "signs": datasets.load_signs,
    "nuclei": datasets.load_nuclei,
    "blood_cells": datasets.load_blood_cells,
}
TAR = pictures.TAR
DRAWN = {name: one["drawn"] for name, one in sources.SETS.items()}
RECORDS = 20  # In one of the six files of CIFAR-10's archive, here.


@pytest.fixture(autouse=True)
def mine(tmp_path, monkeypatch):
    """An empty folder in COURSE_DATA_DIR, an empty cache, no network, and few pictures to draw."""
    monkeypatch.setattr(datasets, "_used", {})
    monkeypatch.setattr(sources, "_failed", {})
    monkeypatch.setattr(pictures, "_RECORDS", RECORDS)
    few = {"cifar10": (100, 20), "signs": (120,), "nuclei": (30,), "blood_cells": (30,)}
    for name, counts in few.items():
        monkeypatch.setitem(sources.SETS[name], "drawn", [*DRAWN[name][:2], counts])
    monkeypatch.setenv("COURSE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("COURSE_DATA_DIR", str(tmp_path / "mine"))
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    (tmp_path / "mine").mkdir()
    return tmp_path / "mine"


@cache
def drawn(name):
    """Sound arrays as in the file that somebody prepared."""
    make = {
        "cifar10": make_objects,
        "signs": make_hands,
        "nuclei": make_nuclei,
        "blood_cells": make_blood_cells,
    }[name]
    x, y = make(120 if name in ("cifar10", "signs") else 25, np.random.default_rng(3))
    if name == "cifar10":
        order = np.argsort(y, kind="stable").reshape(10, 12).T.ravel()  # Each part has all labels.
        x, y = x[order], y[order]
        streams = [saved(Image.fromarray(image), "JPEG") for image in x]
        ends = np.cumsum([0, *map(len, streams)])
        return {
            "jpeg": np.frombuffer(b"".join(streams), np.uint8),
            "offset": ends.astype(np.int32),
            "label": y,
        }
    if name == "blood_cells":
        y = np.concatenate([np.column_stack([np.full(len(boxes), i), boxes]) for i, boxes in enumerate(y)])
        return {"x": x, "boxes": y.astype(np.float32)}
    return {"x": x, "labels" if name == "nuclei" else "y": y}


def saved(picture, kind, **options):
    picture.save(file := io.BytesIO(), kind, **options)
    return file.getvalue()


def write(folder, name, **changes):
    path = folder / sources.FILE_TO_PREPARE[name]
    np.savez_compressed(path, **(drawn(name) | changes))
    return path


def archive(folder, leave_out="", size=RECORDS):
    """CIFAR-10's binary archive with numbered records, and the batches' labels."""
    rng = np.random.default_rng(0)
    with tarfile.open(folder / TAR, "w:gz") as tar:
        labels = []
        for batch in pictures._BATCHES:
            records = rng.integers(0, 256, (size, 3073), dtype=np.uint8)
            records[:, 0] = rng.permutation(np.arange(size) % 10)
            labels.append(records[:, 0])
            if batch != leave_out:
                member = tarfile.TarInfo(f"cifar-10-batches-bin/{batch}.bin")
                member.size = records.size
                tar.addfile(member, io.BytesIO(records.tobytes()))
    return records, np.concatenate(labels)


# What the loaders give


@pytest.mark.parametrize("name", LOADERS)
@pytest.mark.parametrize("source", ["folder", "embedded"])
def test_shapes_types_and_the_line(name, source, mine, capsys):
    if source == "folder":
        write(mine, name)
    (x_train, y_train), (x_test, y_test) = LOADERS[name]()
    out = capsys.readouterr().out
    assert out.count("\n") == 1 and str(mine) not in out
    assert out.startswith("EMBEDDED DATA: " if source == "embedded" else f"{sources.TITLES[name]}: ")
    assert f"{len(x_train):,} training and {len(x_test):,} test" in out
    assert datasets.source_of(name) == source
    shape = {"nuclei": (128, 128), "blood_cells": (120, 160, 3)}.get(name, (32, 32, 3))
    assert x_train.shape[1:] == x_test.shape[1:] == shape
    assert x_train.dtype == x_test.dtype == np.uint8
    assert len(x_train) >= len(x_test) >= 5 and len(x_train) == len(y_train) and len(x_test) == len(y_test)
    if name == "cifar10":
        assert y_train.shape == (100, 1) and y_test.shape == (20, 1) and y_test.dtype == np.uint8
    elif name == "signs":
        assert (abs(np.bincount(y_train) - np.bincount(y_test)) <= 1).all()
        assert np.bincount(y_train, minlength=10).min() >= 3
        assert not {image.tobytes() for image in x_train} & {image.tobytes() for image in x_test}
        assert (np.diff(y_train.astype(int)) < 0).any()  # Not in the order of the digits.
    elif name == "nuclei":
        assert y_train.shape == x_train.shape and y_train.dtype == np.uint8
    else:
        assert {boxes.dtype for boxes in y_train} == {np.dtype("float32")}
        assert all(len(boxes) and boxes.shape[1] == 5 for boxes in [*y_train, *y_test])


def test_pictures_and_their_labels_stay_together(mine):
    for name, key in (("signs", "y"), ("nuclei", "labels")):
        write(mine, name)
        known = {x.tobytes(): y.tolist() for x, y in zip(drawn(name)["x"], drawn(name)[key], strict=True)}
        for x, y in LOADERS[name]():
            assert [known[image.tobytes()] for image in x] == y.tolist()
    write(mine, "blood_cells")
    rows, (_, (_, boxes)) = drawn("blood_cells")["boxes"], datasets.load_blood_cells()
    np.testing.assert_array_equal(boxes[-1], rows[rows[:, 0] == 24, 1:])


def test_boxes_without_an_area_are_left_out(mine):
    boxes = drawn("blood_cells")["boxes"]
    write(mine, "blood_cells", boxes=np.vstack([boxes, [[3, 0, 45.25, 82, 45.25, 82]]]).astype(np.float32))
    assert sum(map(len, datasets.load_blood_cells()[0][1])) == (boxes[:, 0] < 20).sum()


def test_the_official_archive_is_read_without_pickles(mine, capsys):
    records, labels = archive(mine)
    (x_train, y_train), (x_test, y_test) = datasets.load_cifar10()
    assert (x_train.shape, x_test.shape) == ((100, 32, 32, 3), (20, 32, 32, 3))
    np.testing.assert_array_equal(np.concatenate([y_train, y_test])[:, 0], labels)
    # Rows of reds, then of greens, then of blues.
    assert x_test[7, 5, 9].tolist() == [records[7, 1 + c * 1024 + 5 * 32 + 9] for c in range(3)]
    assert "from the folder in COURSE_DATA_DIR; checked by shape, type and range" in capsys.readouterr().out


def test_pictures_are_decoded_once(mine, monkeypatch):
    write(mine, "cifar10")
    first = datasets.load_cifar10()
    monkeypatch.setattr(pictures, "_read_streams", None)
    np.testing.assert_array_equal(datasets.load_cifar10()[0][0], first[0][0])
    images, labels = make_objects(120, np.random.default_rng(3))
    planes = images[np.flatnonzero(labels == 0)[:10]].astype(float)
    assert abs(first[0][0][::10] - planes).mean() < 12  # JPEG changes a little.
    write(mine, "cifar10", label=drawn("cifar10")["label"][::-1].copy())
    with pytest.raises(TypeError):  # Another file is not taken for the same one.
        datasets.load_cifar10()


def test_keras_own_file_is_not_unpickled(mine, capsys):
    (mine / "cifar-10-python.tar.gz").write_bytes(b"")
    datasets.load_cifar10()
    assert f"has no {TAR}, but pickles, which may run any program and are not read" in capsys.readouterr().out


def test_download_then_cache_and_nobody_asks_for_what_nobody_publishes(mine, tmp_path, monkeypatch, capsys):
    asked = []

    def download(url, path, is_good, checksum):
        asked.append(url)
        path.parent.mkdir(exist_ok=True)
        shutil.copy(mine / TAR, path)

    archive(mine)
    monkeypatch.setenv("COURSE_OFFLINE", "0")
    monkeypatch.setenv("COURSE_DATA_DIR", "")
    monkeypatch.setitem(sources.PUBLISHED, "cifar10", {TAR: f"sha256:{safe_files.digest(mine / TAR)}"})
    monkeypatch.setattr("helpers.download.download", download)
    for source in ("download", "cache"):
        datasets.load_cifar10()
        assert datasets.source_of("cifar10") == source
        assert "published checksum verified" in capsys.readouterr().out
    for name in ("signs", "nuclei", "blood_cells"):
        LOADERS[name]()
        assert "nobody publishes" in capsys.readouterr().out
    assert asked == [f"https://www.cs.toronto.edu/~kriz/{TAR}"]


def test_one_server_that_is_away_does_not_stop_the_other(monkeypatch):
    asked = []

    def download(url, *_):
        asked.append(url)
        raise DownloadError("away", offline=True)

    monkeypatch.setenv("COURSE_OFFLINE", "0")
    monkeypatch.setattr("helpers.download.download", download)
    for name in ("cifar10", "cifar10", "mnist", "fashion_mnist"):
        assert sources.locate(name).source == "embedded"
    assert [url.split("/")[2] for url in asked] == ["www.cs.toronto.edu", "storage.googleapis.com"]


def test_chapter_14_has_a_hundred_drawn_hands_of_each_digit(monkeypatch):
    for name, drawn in DRAWN.items():
        monkeypatch.setitem(sources.SETS[name], "drawn", drawn)
    blank = lambda n, rng: (np.zeros((n, 32, 32, 3), np.uint8), balanced_labels(n, 10, rng, "blank"))  # noqa: E731
    monkeypatch.setattr("helpers.synthetic.hands.make_hands", blank)
    monkeypatch.setattr("helpers.synthetic.objects.make_objects", blank)
    assert [np.bincount(y).tolist() for _, y in datasets.load_signs()] == [[100] * 10] * 2
    assert [np.bincount(y[:, 0]).tolist() for _, y in datasets.load_cifar10()] == [[2_000] * 10, [400] * 10]


@pytest.mark.parametrize("name", LOADERS)
def test_drawn_pictures_are_the_same_every_time_and_cached(name, mine, monkeypatch):
    first = LOADERS[name]()
    (path,) = (mine.parent / "cache").glob("embedded-*-v1.npz")
    path.write_bytes(b"damaged")
    again = LOADERS[name]()
    monkeypatch.setattr(embedded, "_draw_pictures", None)
    for other in (again, LOADERS[name]()):
        for (x, y), (x_other, y_other) in zip(first, other, strict=True):
            np.testing.assert_array_equal(x, x_other)
            assert [np.asarray(a).tolist() for a in y] == [np.asarray(a).tolist() for a in y_other]


# Files that are bad


def repeated(name, key, value):
    return {key: np.full_like(drawn(name)[key], value)}


def with_row(row):
    return {"boxes": np.vstack([drawn("blood_cells")["boxes"], [row]]).astype(np.float32)}


def cut_off(number):
    """A picture whose second half is missing."""
    known = drawn("cifar10")
    jpeg, (start, end) = known["jpeg"].copy(), known["offset"][number : number + 2]
    jpeg[(start + end) // 2 : end] = 0
    return {"jpeg": jpeg}


def other_picture():
    known = drawn("cifar10")
    stream = np.frombuffer(saved(Image.new("RGB", (64, 48)), "JPEG"), np.uint8)
    added = len(stream) - known["offset"][1]
    return {
        "jpeg": np.concatenate([stream, known["jpeg"][known["offset"][1] :]]),
        "offset": np.r_[0, known["offset"][1:] + added].astype(np.int32),
    }


OBJECTS = np.array([[1], ["text"]] * 60, dtype=object)
BAD = {
    "no pictures": ("signs", {"x": None}, "there is no array x in it; found y"),
    "grey": ("signs", {"x": np.zeros((120, 32, 32), np.uint8)}, r"x has shape \(120, 32, 32\), expected \(n, 32, 32, 3\)"),
    "floats": ("signs", {"x": np.zeros((120, 32, 32, 3), np.float32)}, "x has dtype float32, expected uint8"),
    "0 and 1": ("signs", {"x": np.ones((120, 32, 32, 3), np.uint8)}, "x has values from 0 to 1, expected 0 to 255"),
    "few": ("signs", {"x": np.zeros((9, 32, 32, 3), np.uint8)}, "x has 9 pictures, expected hundreds"),
    "endless": ("signs", {"x": np.zeros((5_001, 32, 32, 3), np.uint8)}, "expected at most 5,000 pictures; refused"),
    "label 10": ("signs", {"y": (np.arange(120) % 11).astype(np.uint8)}, "y has the labels .* 10; expected 0 to 9"),
    "unbalanced": ("signs", {"y": np.r_[np.arange(10), np.zeros(110)].astype(np.uint8)}, "y has classes of 1% to 92%, expected 10%"),
    "a pickle": ("signs", {"y": OBJECTS}, "y has dtype object, expected uint8"),
    "a mask": ("nuclei", {"labels": (drawn("nuclei")["labels"] > 0).astype(np.uint8)}, "a number for each nucleus, not a mask"),
    "nothing": ("nuclei", repeated("nuclei", "labels", 0), "labels has values from 0 to 0"),
    "all": ("nuclei", repeated("nuclei", "labels", 7), "labels has 100.0% of its pixels in nuclei"),
    "inverted": ("nuclei", {"x": 255 - drawn("nuclei")["x"]}, "the nuclei are darker than what is around them"),
    "other size": ("nuclei", {"labels": np.zeros((25, 64, 64), np.uint8)}, r"labels has shape \(25, 64, 64\), expected \(25, 128, 128\)"),
    "picture 25": ("blood_cells", with_row([25, 0, 1, 1, 9, 9]), "expected image 0 to 24, class 0 to 2"),
    "class 3": ("blood_cells", with_row([0, 3, 1, 1, 9, 9]), "outside of what is possible"),
    "outside": ("blood_cells", with_row([0, 1, 150, 1, 161, 9]), "outside of what is possible"),
    "no number": ("blood_cells", with_row([0, 1, np.nan, 1, 9, 9]), "outside of what is possible"),
    "backwards": ("blood_cells", with_row([0, 1, 9, 1, 5, 9]), "an end before its beginning"),
    "two classes": ("blood_cells", {"boxes": drawn("blood_cells")["boxes"] * [1, 0, 1, 1, 1, 1]}, "boxes has the labels 0; expected 0 to 2"),
    "cut off": ("cifar10", cut_off(7), "picture 7 is cut short, or is no JPEG"),
    "64 x 48": ("cifar10", other_picture(), "picture 0 is 64 x 48 pixels, expected 32 x 32"),
    "no JPEG": ("cifar10", {"jpeg": np.zeros_like(drawn("cifar10")["jpeg"])}, "picture 0 is cut short, or is no JPEG"),
    "backwards offset": ("cifar10", {"offset": drawn("cifar10")["offset"][::-1].copy()}, "offset does not rise from 0"),
    "short": ("cifar10", {"jpeg": drawn("cifar10")["jpeg"][:-9]}, "jpeg has shape"),
    "label 17": ("cifar10", {"label": np.where(np.arange(120) == 5, 17, drawn("cifar10")["label"]).astype(np.uint8)}, "the labels .* 17; expected 0 to 9"),
}  # fmt: skip


def refused(name, path, message):
    before = path.read_bytes()
    with pytest.raises(DatasetError) as caught:
        LOADERS[name]()
    text = str(caught.value)
    assert text.startswith(f"{path.name}: ") and "put a good copy in its place" in text
    assert re.search(message, text), text
    assert path.read_bytes() == before
    assert not list((path.parent.parent / "cache").glob("*.npz"))  # Nothing bad is cached.


@pytest.mark.parametrize("case", BAD)
def test_bad_arrays(case, mine):
    name, changes, message = BAD[case]
    path = mine / sources.FILE_TO_PREPARE[name]
    np.savez(path, **{key: values for key, values in (drawn(name) | changes).items() if values is not None})
    refused(name, path, message)


@pytest.mark.parametrize("name", LOADERS)
@pytest.mark.parametrize(
    ("damage", "message"),
    [(lambda good: b"", "the file is empty"), (lambda good: good[: len(good) // 2], "cut short"), (lambda good: b"<html>", "not an .npz"),
     (lambda good: pickle.dumps({"x": [1]}), "not an .npz")],
    ids=["empty", "half", "web page", "pickle"],
)  # fmt: skip
def test_files_that_are_no_npz(name, damage, message, mine):
    path = write(mine, name)
    path.write_bytes(damage(path.read_bytes()))
    refused(name, path, message)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder: archive(folder, leave_out="test_batch"), "has no test_batch.bin; expected CIFAR-10's binary version"),
        (lambda folder: archive(folder, size=RECORDS + 1), "data_batch_1.bin has 64,533 bytes, expected 61,460"),
        (lambda folder: (archive(folder), os.truncate(folder / TAR, 200_000)), "ended before|cut short"),
        (lambda folder: (folder / TAR).write_bytes(b"<html>"), "not a gzip|no tar|not a tar"),
        (lambda folder: (folder / TAR).write_bytes(b""), "cut short|empty"),
    ],
    ids=["a part missing", "other length", "half", "web page", "empty"],
)  # fmt: skip
def test_bad_archives(damage, message, mine):
    damage(mine)
    refused("cifar10", mine / TAR, message)


# Reports


def test_verify_and_fetch_know_them(mine, monkeypatch, capsys):
    names = list(LOADERS)
    for name in names:
        write(mine, name)
    assert main(["verify", str(mine), *names]) == 0
    assert capsys.readouterr().out.count(": good, checked by shape") == 4
    (mine / "signs_32.npz").write_bytes(b"half")
    (mine / "nuclei_128.npz").unlink()
    assert main(["verify", str(mine), *names]) == 1
    out = capsys.readouterr().out
    assert (
        "signs_32.npz: damaged: the file is cut short" in out
        and "nuclei_128.npz: not there; data/README" in out
    )
    (mine / "signs_32.npz").unlink()
    assert main(["verify", str(mine), *names]) == 0  # What nobody publishes need not be there.
    (mine / "cifar10_jpegstreams.npz").unlink()
    assert main(["verify", str(mine), *names]) == 1
    assert f"{TAR}: missing; run `python -m helpers.datasets fetch cifar10" in capsys.readouterr().out
    monkeypatch.setenv("COURSE_OFFLINE", "0")
    fetched = []
    monkeypatch.setattr("helpers.datasets.__main__.fetch", lambda file, *_: fetched.append(file))
    assert main(["fetch", *names, "--to", str(mine)]) == 0
    assert fetched == [TAR]


def test_the_doctor_looks_at_them(mine):
    write(mine, "signs")
    (mine / "nuclei_128.npz").write_bytes(b"half")
    found = {name: doctor._data_set(name) for name in LOADERS}
    assert {name: one.status for name, one in found.items()} == {
        **{"cifar10": "amber", "signs": "green", "nuclei": "red", "blood_cells": "green"}
    }
    assert (
        "sound in shape and range" in found["signs"].text and "Nobody publishes" in found["blood_cells"].text
    )


def test_a_band_may_hang_on_one_set_only(mine):
    write(mine, "signs")
    datasets.load_signs()
    datasets.load_nuclei()
    bands = {"low": 0.8, "high": 0.9, "name": "share", "embedded": (0.1, 0.2)}
    assert_between(0.15, **bands)  # One of them is drawn.
    assert_between(0.85, **bands, data="signs")
    with pytest.raises(AssertionError, match="Sign Language Digits"):
        assert_between(0.15, **bands, data="signs")
    with pytest.raises(AssertionError, match="embedded data"):
        assert_between(0.85, **bands, data="nuclei")


# The real sets, where they are at hand


@pytest.mark.parametrize("name", LOADERS)
def test_real_files(name, monkeypatch):
    path = REAL / sources.FILE_TO_PREPARE[name]
    if not path.exists():
        pytest.skip(f"there is no {path.name} in COURSE_DATA_DIR")
    monkeypatch.setenv("COURSE_DATA_DIR", str(REAL))
    (x_train, y_train), (x_test, y_test) = LOADERS[name]()
    counts = {
        "cifar10": (50_000, 10_000),
        "signs": (1_033, 1_029),
        "nuclei": (268, 66),
        "blood_cells": (292, 72),
    }
    assert (len(x_train), len(x_test)) == counts[name]
    if name == "cifar10":
        assert np.bincount(y_test[:, 0]).tolist() == [1_000] * 10
        assert np.allclose(x_train.mean(axis=(0, 1, 2)), [125.3, 123.0, 113.9], atol=1)
    elif name == "signs":
        assert np.bincount(y_train).min() >= 100  # Chapter 14 takes 100 of each.
    elif name == "blood_cells":
        assert sum(map(len, [*y_train, *y_test])) == 4_886


# What is drawn


def read_by_edges(make, n, rng):
    """Share of pictures that least squares read from the directions of edges in each of 4 x 4 areas."""
    x, y = make(n, rng)
    down, right = np.gradient(x.mean(axis=3), axis=(1, 2))
    direction = (np.arctan2(down, right) % np.pi / np.pi * 6).astype(int) % 6
    edges = np.hypot(down, right)[..., None] * np.eye(6)[direction]
    features = edges.reshape(n, 4, 8, 4, 8, 6).sum(axis=(2, 4)).reshape(n, -1)
    features = np.c_[features / features.sum(axis=1, keepdims=True), np.ones(n)]
    known, new = slice(n * 3 // 4), slice(n * 3 // 4, None)
    ridge = features[known].T @ features[known] + 1e-3 * np.eye(features.shape[1])
    weights = np.linalg.solve(ridge, features[known].T @ np.eye(10)[y[known]])
    return ((features[new] @ weights).argmax(axis=1) == y[new]).mean()


def test_objects_and_hands_hang_on_their_labels_and_are_not_easy():
    rng = np.random.default_rng(1)
    assert 0.25 < read_by_edges(make_objects, 2_000, rng) < 0.7
    assert 0.25 < read_by_edges(make_hands, 2_000, rng) < 0.9


@pytest.mark.parametrize(
    ("make", "means"),
    [(make_objects, [102.2, 115.7, 152.5, 147.6]), (make_hands, [159.8, 162.8, 194.1, 203.0]), (make_nuclei, [8.5, 12.7, 5.2, 5.4]), (make_blood_cells, [198.8, 194.8, 186.5, 198.3])],
)  # fmt: skip
def test_a_seed_gives_these_pictures(make, means):
    """By mean values, because the last bit of a sine is not the same on every processor."""
    x, _ = make(4, np.random.default_rng(7))
    np.testing.assert_allclose(x.reshape(4, -1).mean(axis=1), means, atol=0.3)


def test_drawn_objects_lie_on_other_pixels_each_time():
    x, y = make_objects(200, np.random.default_rng(0))
    assert len({image.tobytes() for image in x}) == 200
    assert (x.reshape(200, -1).std(axis=1) > 8).all()  # None is empty.
    assert np.bincount(y).tolist() == [20] * 10


def pairs(found, true):
    """Instances that overlap by more than half, and how many there are in each picture."""
    counts = np.histogram2d(
        true.ravel(), found.ravel(), bins=[np.arange(true.max() + 2), np.arange(found.max() + 2)]
    )[0]
    union = counts.sum(axis=1)[:, None] + counts.sum(axis=0) - counts
    return np.array([(counts / np.maximum(union, 1) > 0.5)[1:, 1:].sum(), true.max(), found.max()])


def test_a_threshold_takes_touching_nuclei_for_one():
    from skimage.filters import threshold_otsu
    from skimage.measure import label

    images, labels = make_nuclei(60, np.random.default_rng(2))
    assert all(set(np.unique(numbers)) == set(range(numbers.max() + 1)) for numbers in labels)
    touching = [label(numbers > 0).max() / numbers.max() for numbers in labels if numbers.max() > 20]
    assert 0.5 < np.mean(touching) < 0.95  # Even a perfect foreground has fewer parts than nuclei.
    masks = [image > threshold_otsu(image) for image in images]
    both, either = (
        sum(f(mask, numbers > 0).sum() for mask, numbers in zip(masks, labels, strict=True))
        for f in (np.logical_and, np.logical_or)
    )
    assert 0.6 < both / either < 0.85
    right, there, said = sum(pairs(label(mask), numbers) for mask, numbers in zip(masks, labels, strict=True))
    assert 0.5 < 2 * right / (there + said) < 0.8


def test_boxes_lie_in_the_picture_around_their_cells():
    images, boxes = make_blood_cells(80, np.random.default_rng(2))
    rows = np.concatenate(boxes)
    assert (rows[:, 1:] >= 0).all() and (rows[:, 3] <= 160).all() and (rows[:, 4] <= 120).all()
    assert ((rows[:, 3:] - rows[:, 1:3]) >= 3).all()
    red, white, platelets = np.bincount(rows[:, 0].astype(int), minlength=3)
    assert red > 5 * white and red > 5 * platelets and min(white, platelets) > 20
    blue = {kind: [] for kind in range(3)}
    for image, own in zip(images.astype(float), boxes, strict=True):
        for kind, left, top, right, bottom in own.astype(int):
            part = image[top:bottom, left:right]
            blue[kind].append((part[..., 2] - part[..., 0]).mean())
    # Red cells are red and the others are stained violet: the box is where the cell is.
    assert np.mean(blue[0]) < -15 and np.mean(blue[1]) > 5 and np.mean(blue[2]) > 5


# Photographs


def test_scikit_images_photographs_need_no_network(monkeypatch, capsys):
    monkeypatch.setattr("socket.socket", None)
    photographs = datasets.load_photographs()
    assert tuple(photographs) == datasets.PHOTOGRAPHS
    assert all(p.dtype == np.uint8 and p.ndim == 3 and p.shape[2] == 3 for p in photographs.values())
    assert photographs["astronaut"].shape == (512, 512, 3) and photographs["chelsea"].shape == (300, 451, 3)
    assert capsys.readouterr().out.startswith("Photographs: 18, files of scikit-image: astronaut, brick,")
    monkeypatch.setattr(datasets, "find_spec", lambda _: None)
    with pytest.raises(DatasetError, match="scikit-image is not installed: python -m pip install"):
        datasets.load_photographs()


def test_own_pictures(mine, capsys):
    halves = np.zeros((20, 30, 3), np.uint8)
    halves[:, :15] = 255
    exif = Image.Exif()
    exif[0x0112] = 6  # The camera was turned: the top is at the right.
    Image.fromarray(halves).save(mine / "phone.jpg", exif=exif, quality=95)
    Image.new("RGBA", (8, 8), (255, 0, 0, 0)).save(mine / "clear.png")
    Image.fromarray(np.full((8, 8), 40_000, np.uint16)).save(mine / "deep.png")
    Image.new("L", (5, 7), 9).save(mine / "grey.gif")
    files = [mine / "phone.jpg", str(mine / "clear.png"), mine / "deep.png", mine / "grey.gif"]
    found = datasets.load_photographs(*files)
    assert {name: picture.shape for name, picture in found.items()} == {
        **{"phone": (30, 20, 3), "clear": (8, 8, 3), "deep": (8, 8, 3), "grey": (7, 5, 3)}
    }
    assert found["phone"][:12].min() > 200 and found["phone"][18:].max() < 50
    assert found["clear"].min() == 255 and found["deep"].max() == 40_000 >> 8 and found["grey"].max() == 9
    assert capsys.readouterr().out == "Photographs: 4, your own files: phone, clear, deep, grey.\n"


NOISE = saved(Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)), "PNG")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "there is no such file"),
        (b"", "is empty; expected PNG, JPEG"),
        (b"my diary", "is broken, or is no picture; expected PNG, JPEG, WEBP"),
        (NOISE[:3_000], "is broken"),
        (NOISE[:60] + bytes(500) + NOISE[560:], "is broken"),
        (pickle.dumps([1]), "is broken, or is no picture"),
        (saved(Image.new("L", (100, 100)), "PNG"), "has more than 0 million pixels: make it smaller"),
        (NOISE + bytes(80_000), "has 0 MB, expected at most 0 MB: make it smaller"),
    ],
    ids=["missing", "empty", "text", "half", "holes", "pickle", "many pixels", "many bytes"],
)  # fmt: skip
def test_what_is_no_picture(content, message, mine, monkeypatch):
    monkeypatch.setattr(pictures, "MOST_PIXELS", 5_000)
    monkeypatch.setattr(pictures, "MOST_PICTURE_BYTES", 80_000)
    if content is not None:
        (mine / "mine.png").write_bytes(content)
    with pytest.raises(DatasetError, match=f"^mine.png: {message}"):
        datasets.load_photographs(mine / "mine.png")


def test_a_bomb_a_folder_and_two_of_one_name(mine, monkeypatch):
    (mine / "bomb.png").write_bytes(saved(Image.new("1", (400, 400)), "PNG"))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1_000)
    with pytest.raises(DatasetError, match="^bomb.png: has more than 40 million pixels"):
        datasets.load_photographs(mine / "bomb.png")
    with pytest.raises(DatasetError, match="^mine: is a folder; name the pictures in it"):
        datasets.load_photographs(mine)
    with pytest.raises(DatasetError, match="two of the files have the same name"):
        datasets.load_photographs("a/cat.png", "b/cat.jpg")

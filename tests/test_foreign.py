"""Each form in which people have MNIST and IMDB becomes the course's own file, the same from each."""

# ruff: noqa: E501 (a table reads better with one case a line)

import contextlib
import gzip
import io
import json
import pickle
import shlex
import sys
import tarfile
import zipfile

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from small_sets import idx_files, images, written

from helpers import datasets
from helpers.datasets import foreign
from helpers.datasets.__main__ import main
from helpers.datasets.sources import data_folder
from helpers.synthetic.digits import make_digits
from helpers.synthetic.garments import make_garments

DIGITS, GARMENTS = images(31, make_digits), images(32, make_garments)
TEXTS = written(33, 1_500)
KAGGLE = ["label", *(f"pixel{i}" for i in range(784))]


def idx(folder, arrays, names):
    """The four files under other names, unzipped unless the name ends with gz."""
    idx_files(folder, arrays)
    for name in ("train-images", "train-labels", "t10k-images", "t10k-labels"):
        old = next(folder.glob(f"{name}-*.gz"))
        content = gzip.decompress(old.read_bytes())
        old.unlink()
        axes = 3 if "images" in name else 1
        (folder / names.format(name=name, axes=axes)).write_bytes(content)


def table(arrays, part, labelled=True):
    rows = arrays[f"x_{part}"].reshape(-1, 784)
    return np.c_[arrays[f"y_{part}"], rows] if labelled else rows


def csv(path, values, header):
    names = KAGGLE[-values.shape[1] :] if header else False
    pd.DataFrame(values).to_csv(path, index=False, header=names)


def zipped(path, files):
    with zipfile.ZipFile(path, "w") as archive:
        for file in files:
            archive.write(file, f"some folder/{file.name}")
            file.unlink()


def two_csv(folder, arrays, header, names="mnist_{}.csv"):
    files = [folder / names.format(part) for part in ("train", "test")]
    for file, part in zip(files, ("train", "test"), strict=True):
        csv(file, table(arrays, part), header)
    return files


def parquet(folder, arrays):
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet

    for part in ("train", "test"):
        column = []
        for image in arrays[f"x_{part}"]:
            Image.fromarray(image).save(file := io.BytesIO(), "png")
            column.append({"bytes": file.getvalue(), "path": None})
        labels = arrays[f"y_{part}"].astype(np.int64)
        pyarrow.parquet.write_table(
            pa.table({"image": column, "label": labels}), folder / f"{part}-00000-of-00001.parquet"
        )


def acl_files():
    """Names and contents as in aclImdb, with a file that is no review and one that has no label."""
    yield "aclImdb/README", "read me"
    yield "aclImdb/train/unsup/0_0.txt", "neither praise nor blame"
    for part, (texts, labels) in TEXTS.items():
        for number, (text, label) in enumerate(zip(texts, labels, strict=True)):
            written = text.replace(" but", ",<br /><br />But") + "!"
            yield f"aclImdb/{part}/{'pos' if label else 'neg'}/{number}_{9 if label else 2}.txt", written


def acl_folder(folder):
    for name, text in acl_files():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def acl_tar(folder, mode="w:gz", path="aclImdb_v1.tar.gz"):
    with tarfile.open(folder / path, mode) as archive:
        for name, text in (("../../escaped.txt", "out of the folder"), *acl_files()):
            member = tarfile.TarInfo(name)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))


IMAGE_FORMS = {
    "idx.gz": lambda f, a: idx_files(f, a),
    "idx": lambda f, a: idx(f, a, "{name}-idx{axes}-ubyte"),
    "idx with dots": lambda f, a: idx(f, a, "{name}.idx{axes}-ubyte"),
    "CSV with a header": lambda f, a: two_csv(f, a, True),
    "CSV without a header": lambda f, a: two_csv(f, a, False),
    "zipped CSV": lambda f, a: zipped(f / "mnist.zip", two_csv(f, a, True)),
    "each CSV zipped": lambda f, a: [zipped(file.with_suffix(".csv.zip"), [file]) for file in two_csv(f, a, True, "{}.csv")],
    "parquet": parquet,
}  # fmt: skip


def imported(folder, *arguments, name="mnist", status=0):
    """Run the command that COURSE_DATA_DIR names where a test says no other."""
    assert main(["import", *map(str, arguments or [folder])]) == status
    with contextlib.suppress(FileNotFoundError), np.load(folder / f"{name}.npz", allow_pickle=False) as npz:
        return dict(npz)


@pytest.fixture(autouse=True)
def offline(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    monkeypatch.setenv("COURSE_CACHE_DIR", str(tmp_path / "cache"))
    (tmp_path / "mine").mkdir()
    return tmp_path / "mine"


@pytest.mark.parametrize("form", IMAGE_FORMS)
def test_images(form, offline, monkeypatch, capsys):
    IMAGE_FORMS[form](offline, DIGITS)
    monkeypatch.setenv("COURSE_DATA_DIR", str(offline))
    command = datasets.sources.import_command(data_folder(), "mnist")
    assert command == f"python -m helpers.datasets import {offline} --as mnist"
    found = imported(offline, *shlex.split(command)[4:])
    assert found.keys() == DIGITS.keys()
    for key, values in DIGITS.items():
        assert found[key].dtype == np.uint8
        np.testing.assert_array_equal(found[key], values)
    out = capsys.readouterr().out
    assert out.splitlines() == [
        f"mnist.npz: made, MNIST, 1,000 training and 400 test images. To use it: COURSE_DATA_DIR={offline}"
    ]
    datasets.load_mnist()
    assert (
        "1,000 training and 400 test images (usual are 60,000 and 10,000), from the folder"
        in capsys.readouterr().out
    )


def test_the_set_is_found_out_by_a_look(offline):
    idx_files(offline, GARMENTS)
    found = imported(offline, name="fashion_mnist")
    np.testing.assert_array_equal(found["x_test"], GARMENTS["x_test"])
    assert not (offline / "mnist.npz").exists()


@pytest.mark.parametrize("with_test", [False, True])
def test_kaggle_has_no_labels_for_the_test_part(with_test, offline, capsys):
    csv(offline / "train.csv", table(DIGITS, "train"), header=True)
    if with_test:
        csv(offline / "test.csv", table(DIGITS, "test", labelled=False), header=True)
    found = imported(offline)
    assert len(found["x_train"]) == 858 and len(found["x_test"]) == 142
    np.testing.assert_array_equal(np.concatenate([found["x_train"], found["x_test"]]), DIGITS["x_train"])
    why = "the test images have no labels" if with_test else "there was no test part"
    assert f"; {why}, so the last 142 labelled images are the test part. To use it" in capsys.readouterr().out


REVIEW_FORMS = {
    "folder": (acl_folder, "aclImdb"),
    "folder above": (acl_folder, ""),
    "tar.gz": (acl_tar, "aclImdb_v1.tar.gz"),
    "tar": (lambda f: acl_tar(f, "w", "aclImdb_v1.tar"), "aclImdb_v1.tar"),
}


@pytest.mark.parametrize("form", REVIEW_FORMS)
def test_reviews(form, offline, monkeypatch, capsys):
    make, name = REVIEW_FORMS[form]
    make(offline)
    imported(offline, offline / name, "--to", offline)
    assert not (offline.parent / "escaped.txt").exists() and not (offline.parents[1] / "escaped.txt").exists()
    assert (
        "imdb.npz and imdb_word_index.json: made, IMDB, 1,500 training and 1,500 test"
        in capsys.readouterr().out
    )
    monkeypatch.setenv("COURSE_DATA_DIR", str(offline))
    data = datasets.load_imdb(num_words=100_000, start_char=None, index_from=0, skip_top=0)
    words = {rank: word for word, rank in datasets.imdb_word_index().items()}
    assert "br" in words.values() and "," not in "".join(words.values())
    for (numbers, labels), (texts, expected) in zip(data, TEXTS.values(), strict=True):
        found = {" ".join(words.get(number, "?") for number in review) for review in numbers}
        as_keras = {text.replace(" but", " br br but") for text in texts}
        assert len(found & as_keras) > 0.99 * len(as_keras)
        assert sorted(labels) == sorted(expected)
    counts = np.bincount(np.concatenate([np.array(review) for review in data[0][0]]))
    assert (np.diff(counts[1:50]) <= 0).all()  # By frequency.


def one_csv_of_reviews(folder):
    texts, labels = (sum(map(list, parts), []) for parts in zip(*TEXTS.values(), strict=True))
    tones = ["positive" if label else "negative" for label in labels]
    pd.DataFrame({"review": texts, "sentiment": tones}).to_csv(folder / "IMDB Dataset.csv", index=False)


def test_reviews_in_one_csv(offline, capsys):
    one_csv_of_reviews(offline)
    assert main(["import", str(offline)]) == 0
    assert "1,500 training and 1,500 test reviews; there was no test part" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda f: None, "mine: nothing to import there; expected idx files, CSV, parquet, or aclImdb's texts"),
        (lambda f: (f / "mnist.pkl").write_bytes(pickle.dumps([1])), "mnist.pkl: is a pickle, which may run any program"),
        (lambda f: (f / "train.csv").write_text("a,b\n1,2\n"), "train.csv: has 2 columns, expected 784 pixels"),
        (lambda f: csv(f / "train.csv", table(DIGITS, "train") / 255, True), "train.csv: has pixels that are not whole"),
        (lambda f: csv(f / "test.csv", table(DIGITS, "test", labelled=False), True), "training part's images or labels are missing"),
        (lambda f: (f / "train-images-idx3-ubyte").write_bytes(b"<html>"), "train-images-idx3-ubyte: is not an idx file"),
        (lambda f: (f / "train-images-idx3-ubyte.gz").write_bytes(b"half"), "train-images-idx3-ubyte: Not a gzipped file"),
        (lambda f: idx_files(f, DIGITS | {"x_train": 255 - DIGITS["x_train"]}), "x_train has bright corners"),
        (lambda f: [two_csv(f, DIGITS, True), two_csv(f, DIGITS, True, "again_{}.csv")], "is a second file with x_t"),
        (lambda f: two_csv(f, DIGITS | {"x_train": DIGITS["x_train"].transpose(0, 2, 1)}, True), "rows and columns exchanged"),
    ],
)  # fmt: skip
def test_what_cannot_be_imported(make, message, offline, capsys):
    make(offline)
    assert imported(offline, status=1) is None
    err = capsys.readouterr().err
    assert message in err.splitlines()[-1]
    assert "Traceback" not in err and not list(offline.glob(".unfinished*"))


def test_parquet_without_pyarrow(offline, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    (offline / "train-00000-of-00001.parquet").write_bytes(b"PAR1")
    imported(offline, status=1)
    assert "python -m pip install pyarrow, or use the idx files or a CSV" in capsys.readouterr().err


def test_what_is_there_stays_without_force(offline, capsys):
    idx_files(offline, DIGITS)
    (offline / "mnist.npz").write_bytes(b"mine")
    assert main(["import", str(offline)]) == 1
    assert "mnist.npz: is there already; --force replaces it" in capsys.readouterr().err
    assert (offline / "mnist.npz").read_bytes() == b"mine"
    assert imported(offline, offline, "--force")["x_train"].shape == (1_000, 28, 28)


def test_a_file_that_unpacks_to_too_much_is_refused(offline, monkeypatch, capsys):
    monkeypatch.setattr(foreign, "MOST_BYTES", 2**16)
    idx_files(offline, DIGITS)
    imported(offline, status=1)
    assert "larger than" in capsys.readouterr().err


@pytest.mark.parametrize("title", ["mnist", "fashion_mnist", "imdb"])
def test_the_line_of_a_load_names_the_command(title, offline, monkeypatch, capsys):
    folder = offline / ("fashion" if title == "fashion_mnist" else "my data")
    folder.mkdir()
    if title == "imdb":
        (folder / "aclImdb_v1.tar.gz").write_bytes(b"")
    else:
        idx_files(folder, DIGITS)
    monkeypatch.setenv("COURSE_DATA_DIR", str(folder))
    place = datasets.sources.locate(title)
    wanted = title.replace("_", "-")
    assert f"python -m helpers.datasets import {shlex.quote(str(folder))} --as {wanted}" in place.note
    other = "imdb" if title != "imdb" else "mnist"
    assert "import" not in datasets.sources.locate(other).note


def test_ends_of_files_are_json_and_npz(offline):
    acl_folder(offline)
    imported(offline, offline / "aclImdb")
    index = json.loads((offline / "aclImdb" / "imdb_word_index.json").read_bytes())
    assert min(index.values()) == 1 and max(index.values()) == len(index)

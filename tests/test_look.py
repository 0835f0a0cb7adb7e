"""Plausible but wrong data are refused or doubted in one sentence; good ones of other origin pass."""

# ruff: noqa: E501 (a table reads better with one case a line)

import numpy as np
import pytest
from small_sets import idx_files, images, reviews, word_index

from helpers import datasets
from helpers.datasets.look import look_at_images, look_at_reviews, look_at_word_index
from helpers.datasets.sources import DatasetError
from helpers.safe_arrays import ArrayFileError
from helpers.synthetic.digits import make_digits
from helpers.synthetic.garments import make_garments

SETS = {"MNIST": images(21, make_digits), "Fashion-MNIST": images(22, make_garments)}
REVIEWS = reviews(23, n=6_000)
RNG = np.random.default_rng(0)


def both(change, key="x"):
    """Apply a change to the images, or to the labels, of both parts."""
    return lambda arrays: {
        name: change(values) if name[0] == key else values for name, values in arrays.items()
    }


def only(name, change):
    return lambda arrays: arrays | {name: change(arrays)}


def swapped(labels):
    return np.where(labels < 2, 1 - labels, labels).astype(np.uint8)


def half(change):
    return lambda values: np.concatenate([change(values[::2]), values[1::2]])[
        np.argsort(np.r_[0 : len(values) : 2, 1 : len(values) : 2])
    ]


WRONG_IMAGES = {
    "255 - x": (both(lambda x: 255 - x), "bright corners in 100% of the images, as in 255 - x; expected paper 0"),
    "a tenth inverted": (only("x_test", lambda a: np.concatenate([255 - a["x_test"][:40], a["x_test"][40:]])), "x_test has bright corners in 10%"),
    "transposed": (both(lambda x: x.transpose(0, 2, 1)), "looks like .* with rows and columns exchanged, expected TITLE"),
    "turned left": (both(lambda x: np.rot90(x, 1, (1, 2))), "looks like .* turned left by 90°"),
    "turned right": (both(lambda x: np.rot90(x, -1, (1, 2))), "looks like .* turned right by 90°"),
    "turned by 180°": (both(lambda x: x[:, ::-1, ::-1]), "looks like .* turned by 180°"),
    "mirrored": (both(lambda x: x[:, :, ::-1]), "looks like .* mirrored"),
    "upside down": (both(lambda x: x[:, ::-1]), "looks like .* upside down"),
    "test part only": (only("x_test", lambda a: a["x_test"][:, ::-1]), "^x_test looks like .* upside down"),
    "header read as pixels": (both(lambda x: np.roll(x.reshape(-1), 16 * 17).reshape(x.shape)), "x_train|bright corners"),
    "labels shuffled": (both(RNG.permutation, "y"), "y_train does not fit x_train: .* as with shuffled labels"),
    "labels of one part shuffled": (only("y_test", lambda a: RNG.permutation(a["y_test"])), "y_test does not fit|x_test has class means"),
    "labels moved by one": (both(lambda y: np.roll(y, 1), "y"), "y_train does not fit x_train"),
    "labels exchanged": (both(swapped, "y"), "y_train has exchanged labels: 1 as 0, 0 as 1"),
    "all labels one further": (both(lambda y: (y + 1) % 10, "y"), "y_train has exchanged labels: 9 as 0, 0 as 1, 1 as 2"),
    "many copies": (only("x_train", lambda a: a["x_train"][np.r_[0:500, 0:500]]) , "copies in the train part|does not fit"),
    "test from train": (lambda a: a | {"x_test": a["x_train"][:400], "y_test": a["y_train"][:400]}, "100% of the images are copies in the test part, which the training part has"),
}  # fmt: skip
DOUBTFUL_IMAGES = {
    "grey paper": (both(lambda x: (70 + 0.7 * x).astype(np.uint8)), "paper of grey level 70, expected 0"),
    "negative by overflow": (both(lambda x: -x), "ink of mean grey level|resemble|looks like"),
    "a third shuffled": (only("y_train", lambda a: np.r_[RNG.permutation(a["y_train"][:500]), a["y_train"][500:]]), "resemble TITLE only in part"),
    "half transposed": (both(half(lambda x: x.transpose(0, 2, 1))), "resemble|looks like"),
    "some copies": (only("x_test", lambda a: np.concatenate([a["x_test"][:380], a["x_train"][:20]])), "5% of the images are copies in the test part"),
}  # fmt: skip
GOOD_IMAGES = {
    "as they are": lambda a: a,
    "one grey level off": both(lambda x: np.where((x > 0) & (x < 255), x + RNG.integers(-1, 2, x.shape), x).astype(np.uint8)),
    "another order": lambda a: {name: values[np.argsort(np.arange(len(values)) % 7, kind="stable")] for name, values in a.items()},
    "a part": lambda a: {name: values[: len(values) * 3 // 4] for name, values in a.items()},
    "paler": both(lambda x: (0.9 * x).astype(np.uint8)),
    "moved by a pixel": both(lambda x: np.roll(x, (1, 1), (1, 2))),
    "not contiguous": both(lambda x: np.asfortranarray(x)),
}  # fmt: skip


@pytest.mark.parametrize("title", SETS)
@pytest.mark.parametrize("case", WRONG_IMAGES)
def test_wrong_images_are_refused(case, title):
    change, message = WRONG_IMAGES[case]
    with pytest.raises(ArrayFileError, match=message.replace("TITLE", title)):
        look_at_images(change(SETS[title]), title)


@pytest.mark.parametrize("case", DOUBTFUL_IMAGES)
def test_doubtful_images_are_named(case):
    change, message = DOUBTFUL_IMAGES[case]
    try:
        found = "; ".join(look_at_images(change(SETS["MNIST"]), "MNIST"))
    except ArrayFileError as error:
        found = str(error)
    assert [1 for part in message.replace("TITLE", "MNIST").split("|") if part in found], found


@pytest.mark.parametrize("title", SETS)
@pytest.mark.parametrize("case", GOOD_IMAGES)
def test_good_images_pass(case, title):
    assert look_at_images(GOOD_IMAGES[case](SETS[title]), title) == []


def test_labels_in_turn_pass(monkeypatch):
    monkeypatch.setattr("helpers.datasets.look._LOOKED_AT", 200)
    order = np.argsort(SETS["MNIST"]["y_train"], kind="stable").reshape(10, -1).T.reshape(-1)
    arrays = SETS["MNIST"] | {key: SETS["MNIST"][key][order] for key in ("x_train", "y_train")}
    assert look_at_images(arrays, "MNIST") == []


@pytest.mark.parametrize(
    ("name", "title"), [("mnist", "MNIST"), ("fashion_mnist", "Fashion-MNIST"), ("imdb", "IMDB")]
)
def test_the_real_sets_pass(name, title, monkeypatch, recwarn, capsys):
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    {"mnist": datasets.load_mnist, "fashion_mnist": datasets.load_fashion_mnist, "imdb": datasets.load_imdb}[
        name
    ]()
    if datasets.source_of(name) == "embedded":
        pytest.skip("no real data at hand: set COURSE_DATA_DIR")
    assert not [warning for warning in recwarn if issubclass(warning.category, datasets.files.DataWarning)]


# Reviews


def raw(arrays):
    """What `read_reviews` makes of such arrays."""
    return {
        name: value
        for part in ("train", "test")
        for name, value in {
            f"values_{part}": np.concatenate([np.array(review, np.int32) for review in arrays[f"x_{part}"]]),
            f"offsets_{part}": np.cumsum([0, *map(len, arrays[f"x_{part}"])]),
            f"y_{part}": np.asarray(arrays[f"y_{part}"]),
        }.items()
    }


def each(change):
    def changed(arrays):
        lists = {name: [change(review) for review in arrays[name]] for name in ("x_train", "x_test")}
        return arrays | lists

    return changed


WRONG_REVIEWS = {
    "saved after load_imdb": (each(lambda r: [1, *[rank + 3 for rank in r]]), "x_train has 1 at the beginning of nearly every review, as load_imdb"),
    "another start": (each(lambda r: [7, *r]), "x_train has 7 at the beginning of nearly every review"),
    "shifted without a start": (each(lambda r: [rank + 3 for rank in r]), "x_train has 4 as its most frequent number, expected 1"),
    "padded with the end": (each(lambda r: (r + [5] * 60)[:60]), "5 as its most frequent|60 numbers in 100% of the reviews"),
    "cut": (each(lambda r: (r * 9)[:20]), "x_train has 20 numbers in 100% of the reviews, expected them as long as"),
    "labels shuffled": (only("y_train", lambda a: RNG.permutation(a["y_train"])), "right, expected over 55%: the labels do not fit"),
    "labels of the test part shuffled": (only("y_test", lambda a: RNG.permutation(a["y_test"])), "the labels do not fit the reviews"),
    "test from train": (lambda a: a | {"x_test": a["x_train"], "y_test": a["y_train"]}, "100% of the reviews are copies in the test part"),
    "many copies": (only("x_train", lambda a: [*a["x_train"][:3_000]] * 2), "50% of the reviews are copies in the train part"),
}  # fmt: skip


def test_good_reviews_pass():
    assert look_at_reviews(raw(REVIEWS)) == []
    look_at_word_index(word_index(), raw(REVIEWS))


@pytest.mark.parametrize("case", WRONG_REVIEWS)
def test_wrong_reviews_are_refused(case):
    change, message = WRONG_REVIEWS[case]
    with pytest.raises(ArrayFileError, match=message):
        look_at_reviews(raw(change(REVIEWS)))


@pytest.mark.parametrize(
    ("index", "change", "message"),
    [
        (lambda: dict(zip(word_index(), (1 + RNG.permutation(169)).tolist(), strict=False)), lambda a: a, "does not belong"),
        (lambda: {word: rank for word, rank in word_index().items() if rank < 90}, lambda a: a, "ranks up to 89, the reviews up to 169"),
        (lambda: {f"w{rank}": rank for rank in range(1, 170)}, lambda a: a, "does not belong to the reviews"),
        (word_index, both(lambda y: 1 - y, "y"), "the labels in imdb.npz are inverted: 'excellent' stands in reviews with label 0"),
    ],
    ids=["permuted", "shorter", "other words", "labels inverted"],
)  # fmt: skip
def test_word_index_and_labels(index, change, message):
    with pytest.raises(ArrayFileError, match=message):
        look_at_word_index(index(), raw(change(REVIEWS)))


def test_mnist_in_a_folder_named_fashion_mnist(tmp_path, monkeypatch):
    idx_files(tmp_path / "fashion-mnist", SETS["MNIST"])
    monkeypatch.setenv("COURSE_DATA_DIR", str(tmp_path))
    with pytest.raises(
        DatasetError, match="^fashion-mnist: x_train looks like MNIST, expected Fashion-MNIST; "
    ):
        datasets.load_fashion_mnist()


def test_doubt_is_a_warning_in_one_sentence(tmp_path, monkeypatch):
    np.savez(tmp_path / "mnist.npz", **DOUBTFUL_IMAGES["grey paper"][0](SETS["MNIST"]))
    monkeypatch.setenv("COURSE_DATA_DIR", str(tmp_path))
    with pytest.warns(
        datasets.files.DataWarning, match=r"^mnist.npz: x_train has paper .* before you trust it, [^.]*\.$"
    ):
        datasets.load_mnist()

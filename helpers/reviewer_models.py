"""Small models that read reviews word by word: bag of words, SimpleRNN and LSTM, for chapter 09's widgets.

Their trained weights ship with the course, in two versions: of IMDB, for use where IMDB's word index is
there, and of the reviews that `helpers.synthetic` makes up, for use everywhere. Reading is done in NumPy, so
that the gates of every word can be shown.

    python -m helpers.reviewer_models train      # both again, about a minute of one core; needs IMDB
"""

import argparse
import contextlib
import io
import re
import sys
import time
import unicodedata
import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from helpers.session import ROOT

WEIGHTS = ROOT / "data" / "weights"
NAMES = {"bag": "bag of words", "rnn": "SimpleRNN", "lstm": "LSTM"}
"""The three readers: name of their layers, and name for people."""

PADDING, UNKNOWN = 0, 1
"""Rows of every embedding that belong to no word."""

_NUM_WORDS = 10_000  # Of IMDB's words the most frequent are known.
_START, _INDEX_FROM = 1, 3
_BUCKETS = 12_288
_UNITS = 16
_WIDTHS = {"imdb": {"rnn": 12, "lstm": 20}, "grammar": {"rnn": 16, "lstm": 16}}


def split_words(text):
    """Cut a text into words the way IMDB's word index has them: lower case, apostrophes kept.

    Parameters
    ----------
    text : str
        Of any length and script. Punctuation is left out; other signs, such as emoji, count as words of their
        own. Languages without blanks give long words, which no vocabulary has.

    Returns
    -------
    words : list of str
    """
    text = unicodedata.normalize("NFC", text).replace("’", "'").lower()
    found = re.findall(r"[^\W_]+(?:'[^\W_]+)*|[^\w\s]", text)
    return [word for word in found if len(word) > 1 or _is_word(word)]


def _is_word(sign):
    # A letter, a number, or a sign that keyboards of plain text don't have: an emoji.
    return sign.isalnum() or (not sign.isascii() and unicodedata.category(sign) == "So")


class Vocabulary:
    """Rows of an embedding by word.

    Parameters
    ----------
    rows : dict of str to int
        Row of every known word, 2 or larger.
    title : str
        What the words are from, for people.
    start : int, optional
        Row that is put before every review.
    unknown : int
        Row of all other words.
    """

    def __init__(self, rows, title, start=None, unknown=UNKNOWN):
        self.rows = rows
        self.title = title
        self.start = start
        self.unknown = unknown

    @classmethod
    def of_word_index(cls, word_index, title, num_words=_NUM_WORDS):
        """Make the vocabulary of `load_imdb`: rank + 3, 1 before the review, 2 for unknown words."""
        rows = {
            word: rank + _INDEX_FROM for word, rank in word_index.items() if rank + _INDEX_FROM < num_words
        }
        return cls(rows, title, start=_START, unknown=2)

    def encode(self, words):
        """Return the words' rows, int64, and whether each word is known, bool; both of shape (n,)."""
        rows = np.array([self.rows.get(word, self.unknown) for word in words], dtype=np.int64)
        return rows, np.array([word in self.rows for word in words], dtype=bool)


class Reading(NamedTuple):
    """What a reader found, word by word.

    Attributes
    ----------
    probability : ndarray of shape (n,), float in (0, 1)
        Of praise, after each word.
    before : float
        The same before the first word.
    gates : dict of str to ndarray of shape (n, units)
        "forget gate", "input gate", "output gate" in (0, 1), "cell state" and "output" of an LSTM; empty for
        the others.
    """

    probability: np.ndarray
    before: float
    gates: dict


class BagReader:
    """Add up one weight per word.

    Parameters
    ----------
    weights : ndarray of shape (rows,)
    bias : float
    """

    def __init__(self, weights, bias):
        self.weights = np.asarray(weights, dtype=np.float64)
        self.bias = float(bias)

    def read(self, rows, start=None):
        """Read a review's rows, int of shape (n,); return a `Reading`."""
        bias = self.bias + (self.weights[start] if start is not None else 0)
        return Reading(_sigmoid(bias + np.cumsum(self.weights[rows])), float(_sigmoid(bias)), {})


class RecurrentReader:
    """Embedding, then SimpleRNN or LSTM, then one sigmoid unit, with the weights that Keras gave them.

    Parameters
    ----------
    embedding : ndarray of shape (rows, width)
    kernel, recurrent_kernel, bias : ndarray of shapes (width, k), (units, k), (k,)
        k is units for SimpleRNN and 4 units for LSTM, in Keras' order i, f, c, o.
    head, head_bias : ndarray of shapes (units, 1), (1,)
    """

    def __init__(self, embedding, kernel, recurrent_kernel, bias, head, head_bias):
        arrays = (embedding, kernel, recurrent_kernel, bias, head, head_bias)
        self.embedding, self.kernel, self.recurrent, self.bias, self.head, self.head_bias = (
            np.asarray(array, dtype=np.float64) for array in arrays
        )
        self.units = len(self.recurrent)
        self.is_lstm = self.kernel.shape[1] == 4 * self.units

    def read(self, rows, start=None):
        """Read a review's rows, int of shape (n,); return a `Reading`."""
        first = [] if start is None else [start]
        z = self.embedding[[*first, *rows]] @ self.kernel + self.bias  # (n, k)
        states = self._lstm(z) if self.is_lstm else self._simple(z)
        h = np.concatenate([np.zeros((1, self.units)), states["output"]])
        probability = _sigmoid((h @ self.head + self.head_bias)[:, 0])[len(first) :]
        gates = {name: values[len(first) :] for name, values in states.items()} if len(states) > 1 else {}
        return Reading(probability[1:], float(probability[0]), gates)

    def _simple(self, z):
        h, outputs = np.zeros(self.units), np.zeros((len(z), self.units))
        for t in range(len(z)):
            h = outputs[t] = np.tanh(z[t] + h @ self.recurrent)
        return {"output": outputs}

    def _lstm(self, z):
        names = ("input gate", "forget gate", "output gate", "cell state", "output")
        found = {name: np.zeros((len(z), self.units)) for name in names}
        h, c = np.zeros(self.units), np.zeros(self.units)
        for t in range(len(z)):
            i, f, g, o = np.split(z[t] + h @ self.recurrent, 4)
            i, f, o = _sigmoid(i), _sigmoid(f), _sigmoid(o)
            c = f * c + i * np.tanh(g)
            h = o * np.tanh(c)
            for name, values in zip(names, (i, f, o, c, h), strict=True):
                found[name][t] = values
        return found


def reader_of(model):
    """Take the weights out of a Keras model of three layers.

    Parameters
    ----------
    model : keras.Model
        An Embedding, then SimpleRNN or LSTM with Keras' own activations, then Dense(1).

    Returns
    -------
    RecurrentReader

    Raises
    ------
    ValueError
        If the model is of another kind.
    """
    layers = [layer for layer in model.layers if layer.get_weights()]
    kinds = [type(layer).__name__ for layer in layers]
    if (
        len(kinds) != 3
        or kinds[0] != "Embedding"
        or kinds[1] not in ("SimpleRNN", "LSTM")
        or kinds[2] != "Dense"
    ):
        raise ValueError(
            f"the model has the layers {', '.join(kinds) or 'none with weights'}; expected Embedding, then "
            "LSTM or SimpleRNN, then Dense"
        )
    arrays = [array for layer in layers for array in layer.get_weights()]
    if len(arrays) != 6 or arrays[4].shape[1] != 1:
        raise ValueError("expected layers with their biases, and one output")
    return RecurrentReader(*arrays)


@dataclass(frozen=True, eq=False)
class Reviewers:
    """Three trained readers that share a vocabulary.

    Attributes
    ----------
    readers : dict of str to BagReader or RecurrentReader
        By the names in `NAMES`.
    vocabulary : Vocabulary
    card : dict
        What is known about the weights, see `helpers.models`.
    """

    readers: dict
    vocabulary: Vocabulary
    card: dict


def load_reviewers(data, word_index=None):
    """Load the readers that ship with the course.

    Parameters
    ----------
    data : {"imdb", "grammar"}
        Trained on IMDB, or on the course's made-up reviews.
    word_index : dict of str to int, optional
        For "imdb": what `helpers.datasets.imdb_word_index` returned, from whatever copy of IMDB. It says
        which words are known.

    Returns
    -------
    Reviewers

    Raises
    ------
    ValueError
        If `data` is something else, or the word index is missing.
    helpers.models.ModelFileError
        If the file is missing or damaged.
    """
    if data == "imdb" and word_index is None:
        raise ValueError("the readers trained on IMDB need word_index=imdb_word_index()")
    vocabulary = _hashed_vocabulary(word_index) if data == "imdb" else _grammar_vocabulary()
    readers, card = _shipped(data)
    return Reviewers(readers, vocabulary, card)


def weights_path(data):
    """Return where the weights of "imdb" or "grammar" are."""
    if data not in _WIDTHS:
        raise ValueError(f"data={data!r}; expected {' or '.join(map(repr, _WIDTHS))}")
    return WEIGHTS / f"reviewers_{data}.weights.h5"


def available():
    """Say which readers can be used here.

    Returns
    -------
    names : tuple of str
        "imdb" where IMDB's word index can be had, and always "grammar".
    word_index : dict of str to int or None
    """
    from helpers import datasets

    with contextlib.redirect_stdout(io.StringIO()):
        try:
            word_index = datasets.imdb_word_index()
        except datasets.DatasetError:
            return ("grammar",), None
    if datasets.source_of("imdb") == "embedded":
        return ("grammar",), None
    return ("imdb", "grammar"), word_index


def build(data):
    """Build the Keras model that holds all three readers: one input of rows, three probabilities.

    Parameters
    ----------
    data : {"imdb", "grammar"}

    Returns
    -------
    keras.Model
        Inputs int of shape (N, T) with `PADDING` where a review has ended or not begun; outputs by the names
        of `NAMES`, of shape (N, 1) each.
    """
    import keras
    from keras import layers, ops

    widths = _WIDTHS[data]
    rows = _BUCKETS if data == "imdb" else 2 + len(_grammar_vocabulary().rows)
    x = keras.Input((None,), dtype="int32")
    is_word = ops.expand_dims(ops.cast(ops.not_equal(x, PADDING), "float32"), -1)  # (N, T, 1)
    summed = ops.sum(layers.Embedding(rows, 1, name="bag_embedding")(x) * is_word, axis=1)  # (N, 1)
    outputs = {"bag": layers.Dense(1, activation="sigmoid", name="bag")(summed)}
    for name, layer in (("rnn", layers.SimpleRNN), ("lstm", layers.LSTM)):
        embedded = layers.Embedding(rows, widths[name], mask_zero=True, name=f"{name}_embedding")(x)
        h = layer(_UNITS, name=f"{name}_cell")(embedded)
        outputs[name] = layers.Dense(1, activation="sigmoid", name=name)(h)
    return keras.Model(x, outputs)


def train(data, seed=42, epochs=3):
    """Train the readers and save them.

    Parameters
    ----------
    data : {"imdb", "grammar"}
    seed, epochs : int

    Returns
    -------
    accuracies : dict of str to float
        Of the test reviews, by the names of `NAMES`.
    """
    import keras

    from helpers.models import save_model
    from helpers.one_cycle import one_cycle

    (x_train, y_train), (x_test, y_test), source = _imdb_rows() if data == "imdb" else _grammar_rows()
    keras.utils.set_random_seed(seed)
    model = build(data)
    batch, begun = 256, time.process_time()
    rate = one_cycle(5e-3 if data == "imdb" else 1e-2, epochs * -(-len(x_train) // batch))
    model.compile(keras.optimizers.Adam(rate, clipnorm=1.0), loss=dict.fromkeys(NAMES, "binary_crossentropy"))
    model.fit(x_train, dict.fromkeys(NAMES, y_train), batch_size=batch, epochs=epochs, verbose=0)
    seconds = time.process_time() - begun
    answers = model.predict(x_test, batch_size=1000, verbose=0)
    accuracies = {name: float(np.mean((answers[name][:, 0] > 0.5) == y_test)) for name in NAMES}
    save_model(
        model,
        weights_path(data),
        data=source,
        accuracy=accuracies,
        seconds=seconds,
        recipe="python -m helpers.reviewer_models train",
    )
    return accuracies


def main(arguments=None):
    """Train and save; print what came out."""
    parser = argparse.ArgumentParser(prog="python -m helpers.reviewer_models", description=main.__doc__)
    parser.add_argument("command", choices=["train"])
    parser.add_argument("data", nargs="*", metavar="DATA", help=f"{' or '.join(_WIDTHS)}; both by default")
    options = parser.parse_args(arguments)
    for data in options.data:
        if data not in _WIDTHS:
            parser.error(f"no readers are trained on {data!r}; expected {' or '.join(_WIDTHS)}")
    from helpers.session import quiet_native_log

    with quiet_native_log():
        import tensorflow  # noqa: F401
    if "imdb" in (options.data or _WIDTHS) and "imdb" not in available()[0]:
        print("the readers of IMDB need IMDB: set COURSE_DATA_DIR, or train only 'grammar'", file=sys.stderr)
        return 1
    for data in options.data or _WIDTHS:
        found = ", ".join(f"{NAMES[name]} {value:.1%}" for name, value in train(data).items())
        print(f"{weights_path(data).name}: {found}")
    return 0


@lru_cache
def _shipped(data):
    from helpers.models import load_weights, read_card

    model, path = build(data), weights_path(data)
    load_weights(model, path, shipped=True)
    arrays = {layer.name: layer.get_weights() for layer in model.layers}
    ((scale,),), (bias,) = arrays["bag"]
    readers = {"bag": BagReader(arrays["bag_embedding"][0][:, 0] * scale, bias)}
    for name in ("rnn", "lstm"):
        readers[name] = RecurrentReader(*arrays[f"{name}_embedding"], *arrays[f"{name}_cell"], *arrays[name])
    return readers, read_card(path, shipped=True)


@lru_cache
def _grammar_vocabulary():
    from helpers.synthetic import make_reviews

    reviews, _ = make_reviews(4_000, np.random.default_rng(0))
    words = sorted({word for review in reviews for word in review.split()})
    rows = {word: row for row, word in enumerate(words, start=UNKNOWN + 1)}
    return Vocabulary(rows, f"reviews made up by the course, {len(rows)} words")


def _hashed_vocabulary(word_index):
    # Copies of IMDB differ in their ranks, and a list of its words is none of ours to ship. So a word's row
    # follows from its letters (K. Weinberger et al., "Feature Hashing for Large Scale Multitask Learning",
    # ICML 2009); now and then two words share one.
    known = [word for word, rank in word_index.items() if rank + _INDEX_FROM < _NUM_WORDS]
    rows = {word: UNKNOWN + 1 + zlib.crc32(word.encode()) % (_BUCKETS - 2) for word in known}
    return Vocabulary(rows, "IMDB reviews, 10,000 words")


def _imdb_rows(length=80):
    """Rows of IMDB's reviews: of each training review its end and a shorter end, of test reviews the end."""
    from helpers import datasets

    data = datasets.load_imdb()
    word_index = datasets.imdb_word_index()
    vocabulary = _hashed_vocabulary(word_index)
    row_of = np.full(_NUM_WORDS, UNKNOWN)
    for word, row in vocabulary.rows.items():
        row_of[word_index[word] + _INDEX_FROM] = row
    (x_train, y_train), (x_test, y_test) = (
        ([row_of[review[1:]] for review in reviews], labels) for reviews, labels in data
    )
    pieces = []
    for review, size in zip(x_train, np.random.default_rng(0).integers(10, 40, len(x_train)), strict=True):
        pieces.append(review[-size:])
    x = _padded([*x_train, *pieces], length)
    return (x, np.tile(y_train, 2)), (_padded(x_test, length), y_test), "IMDB, 25,000 training reviews"


def _grammar_rows(n_train=25_000, n_test=5_000):
    from helpers.synthetic import make_reviews
    from helpers.synthetic.reviews import LONGEST

    reviews, labels = make_reviews(n_train + n_test, np.random.default_rng(9))
    vocabulary = _grammar_vocabulary()
    x = _padded([vocabulary.encode(review.split())[0] for review in reviews], LONGEST)
    train, test = slice(n_train), slice(n_train, None)
    source = f"{n_train:,} reviews written by helpers.synthetic.make_reviews"
    return (x[train], labels[train]), (x[test], labels[test]), source


def _padded(reviews, length):
    x = np.full((len(reviews), length), PADDING, np.int32)
    for row, review in zip(x, reviews, strict=True):
        row[length - len(review[-length:]) :] = review[-length:]
    return x


def _sigmoid(x):
    return 0.5 + 0.5 * np.tanh(0.5 * np.asarray(x))


if __name__ == "__main__":
    sys.exit(main())

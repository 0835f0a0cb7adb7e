"""Small models that read reviews word by word: bag of words, SimpleRNN and LSTM, for chapter 09's widgets.

Their trained weights ship with the course, in two versions: "imdb", for use where IMDB's word index is there,
and "grammar", of the reviews that `helpers.synthetic` makes up, for use everywhere. Reading is done in NumPy,
so that the gates of every word can be shown.
"""

import contextlib
import io
import re
import unicodedata
import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from helpers.models import load_weights, shipped

NAMES = {"bag": "bag of words", "rnn": "SimpleRNN", "lstm": "LSTM"}
"""The three readers: name of their layers, and name for people."""

PADDING, UNKNOWN = 0, 1  # Rows of every embedding that belong to no word.
NUM_WORDS = 10_000  # Of IMDB's words the most frequent are known.
_START, INDEX_FROM = 1, 3
_BUCKETS = 12_288
_UNITS = 16
_STATES = ("input gate", "forget gate", "output gate", "cell state", "output")
WIDTHS = {"imdb": {"rnn": 12, "lstm": 20}, "grammar": {"rnn": 16, "lstm": 16}}

# Typographic ones, primes and accents typed in their place, full-width ones, those of Windows-1252.
_APOSTROPHES = dict.fromkeys(map(ord, "’‘‛′‵`´ʹʻʼʽʾʿˈˊˋ᾽᾿՚׳ߴߵꞋꞌ❛❜＇｀\x91\x92"), "'")


def split_words(text):
    """Cut a text of any length and script into words as IMDB's word index has them: small, apostrophes kept.

    Punctuation, soft hyphens and the like are left out; other signs, such as emoji, are words of their own.
    Full-width letters and ligatures are read as plain ones, every kind of apostrophe as "'".
    """
    text = unicodedata.normalize("NFC", text).translate(_APOSTROPHES)
    text = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
    # Of letters only: the sign for a trade mark would become the letters tm.
    text = re.sub(r"\w+", lambda found: unicodedata.normalize("NFKC", found[0]), text).lower()
    found = re.findall(r"[^\W_]+(?:'[^\W_]+)*|[^\w\s]", text)
    # "So" is the category of emoji; no sign that keyboards of plain text have is in it.
    return [word for word in found if word[0].isalnum() or unicodedata.category(word) == "So"]


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Rows of an embedding by word: 2 or larger for known words, `unknown` for all others.

    `title` tells people what the words are from. The row `start`, if there is one, stands before each review.
    """

    rows: dict[str, int]
    title: str
    start: int | None = None
    unknown: int = UNKNOWN

    @classmethod
    def of_word_index(cls, word_index, title, num_words=NUM_WORDS):
        """Vocabulary of `load_imdb`: rank + 3, 1 before the review, 2 for unknown words."""
        rows = {word: rank + INDEX_FROM for word, rank in word_index.items() if rank + INDEX_FROM < num_words}
        return cls(rows, title, start=_START, unknown=2)

    def encode(self, words):
        """The words' rows, int64 (n,), and whether each word is known, bool (n,)."""
        rows = np.array([self.rows.get(word, self.unknown) for word in words], dtype=np.int64)
        return rows, np.array([word in self.rows for word in words], dtype=bool)


class Reading(NamedTuple):
    """The probability of praise after each word, (n,), and before the first one.

    Of an LSTM also, by name, its "forget gate", "input gate" and "output gate" in (0, 1), "cell state" and
    "output", each (n, units); of others no gates.
    """

    probability: np.ndarray
    before: float
    gates: dict

    @property
    def verdict(self):
        """The probability of praise when all has been read."""
        return float(self.probability[-1]) if len(self.probability) else self.before


class BagReader(NamedTuple):
    """Adds up one weight per word, of weights float64 (rows,), and a bias."""

    weights: np.ndarray
    bias: float

    def read(self, rows, start=None, frozen=None):
        """Read a review's rows, int (n,); no gates, nothing to be frozen."""
        bias = self.bias + (0 if start is None else self.weights[start])
        return Reading(_sigmoid(bias + np.cumsum(self.weights[rows])), float(_sigmoid(bias)), {})


class RecurrentReader:
    """Embedding, then SimpleRNN or LSTM, then one sigmoid unit, with the weights that Keras gave them.

    The arrays are embedding (rows, width), kernel (width, k), recurrent kernel (units, k), bias (k,), head
    (units, 1) and its bias (1,); k is units for SimpleRNN and 4 units for LSTM, in Keras' order i, f, c, o.
    """

    def __init__(self, *arrays):
        arrays = [np.asarray(array, dtype=np.float64) for array in arrays]
        self.embedding, self.kernel, self.recurrent, self.bias, self.head, self.head_bias = arrays
        self.units = len(self.recurrent)
        self.is_lstm = self.kernel.shape[1] == 4 * self.units

    def read(self, rows, start=None, frozen=None):
        """Read a review's rows, int (n,).

        `frozen` holds one gate of an LSTM at a value, whatever the words are: ("forget gate", 1).
        """
        first = [] if start is None else [start]
        z = self.embedding[[*first, *rows]] @ self.kernel + self.bias  # (n, k)
        states = np.zeros((len(_STATES), len(z), self.units))
        h = c = np.zeros(self.units)
        for t in range(len(z)):
            total = z[t] + h @ self.recurrent
            if self.is_lstm:
                i, f, g, o = np.split(total, 4)
                gates = _sigmoid(np.stack([i, f, o]))
                if frozen:
                    gates[_STATES.index(frozen[0])] = frozen[1]
                i, f, o = gates
                c = f * c + i * np.tanh(g)
                h = o * np.tanh(c)
                states[:, t] = i, f, o, c, h
            else:
                h = states[-1, t] = np.tanh(total)
        outputs = np.concatenate([np.zeros((1, self.units)), states[-1]])
        probability = _sigmoid((outputs @ self.head + self.head_bias)[:, 0])[len(first) :]
        gates = dict(zip(_STATES, states[:, len(first) :], strict=True)) if self.is_lstm else {}
        return Reading(probability[1:], float(probability[0]), gates)


def reader_of(model):
    """Make a `RecurrentReader` of a Keras model: Embedding, SimpleRNN or LSTM as Keras has them, Dense(1)."""
    layers = [layer for layer in model.layers if layer.get_weights()]
    kinds = [type(layer).__name__ for layer in layers]
    if kinds not in (["Embedding", "SimpleRNN", "Dense"], ["Embedding", "LSTM", "Dense"]):
        raise ValueError(
            f"the model has the layers {', '.join(kinds) or 'none with weights'}; expected Embedding, then "
            "LSTM or SimpleRNN, then Dense"
        )
    _, recurrent, _ = (layer.get_config() for layer in layers)
    usual = {"activation": "tanh", "return_sequences": False, "go_backwards": False}
    usual |= {"recurrent_activation": "sigmoid"} if "LSTM" in kinds else {}
    if other := [f"{name}={recurrent[name]!r}" for name, value in usual.items() if recurrent[name] != value]:
        raise ValueError(
            f"the {kinds[1]} has {', '.join(other)}, which cannot be shown; leave its options as they are"
        )
    if layers[-1].get_config()["activation"] not in ("sigmoid", "linear"):
        raise ValueError(
            "the last layer has another activation than sigmoid, which is the probability of praise"
        )
    arrays = [array for layer in layers for array in layer.get_weights()]
    if len(arrays) != 6 or arrays[4].shape[1] != 1:
        raise ValueError("expected layers with their biases, and one output")
    return RecurrentReader(*arrays)


@dataclass(frozen=True, eq=False)
class Reviewers:
    """Trained readers, by the names in `NAMES`, that share a vocabulary."""

    readers: dict[str, BagReader | RecurrentReader]
    vocabulary: Vocabulary


def load_reviewers(data, word_index=None):
    """Load the readers that ship with the course.

    A file that is missing or damaged is a `helpers.models.ModelFileError`, other data a ValueError.

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
    """
    if data == "imdb" and word_index is None:
        raise ValueError("the readers trained on IMDB need word_index=imdb_word_index()")
    readers = _shipped(data)
    return Reviewers(readers, hashed_vocabulary(word_index) if data == "imdb" else grammar_vocabulary())


def weights_path(data):
    """Path of the weights of "imdb" or "grammar"."""
    if data not in WIDTHS:
        raise ValueError(f"data={data!r}; expected {' or '.join(map(repr, WIDTHS))}")
    return shipped(f"reviewers_{data}")


def available():
    """Names of the readers that can be used here, "grammar" and perhaps "imdb"; IMDB's word index or None."""
    from helpers import datasets

    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(datasets.DatasetError):
        word_index = datasets.imdb_word_index()
        if datasets.source_of("imdb") != "embedded":
            return ("imdb", "grammar"), word_index
    return ("grammar",), None


def build(data):
    """Build the Keras model that holds all three readers of "imdb" or "grammar".

    Inputs are rows, int (N, T), with `PADDING` where a review has ended or not begun; outputs are
    probabilities (N, 1) by the names of `NAMES`.
    """
    import keras
    from keras import layers, ops

    widths = WIDTHS[data]
    rows = _BUCKETS if data == "imdb" else 2 + len(grammar_vocabulary().rows)
    x = keras.Input((None,), dtype="int32")
    is_word = ops.expand_dims(ops.cast(ops.not_equal(x, PADDING), "float32"), -1)  # (N, T, 1)
    summed = ops.sum(layers.Embedding(rows, 1, name="bag_embedding")(x) * is_word, axis=1)  # (N, 1)
    outputs = {"bag": layers.Dense(1, activation="sigmoid", name="bag")(summed)}
    for name, layer in (("rnn", layers.SimpleRNN), ("lstm", layers.LSTM)):
        embedded = layers.Embedding(rows, widths[name], mask_zero=True, name=f"{name}_embedding")(x)
        h = layer(_UNITS, name=f"{name}_cell")(embedded)
        outputs[name] = layers.Dense(1, activation="sigmoid", name=name)(h)
    return keras.Model(x, outputs)


@lru_cache
def _shipped(data):
    path = weights_path(data)  # Refuses other names.
    model = build(data)
    load_weights(model, path, shipped=True)
    arrays = {layer.name: layer.get_weights() for layer in model.layers}
    ((scale,),), (bias,) = arrays["bag"]
    weights = arrays["bag_embedding"][0][:, 0] * scale
    readers = {"bag": BagReader(weights.astype(np.float64), float(bias))}
    for name in ("rnn", "lstm"):
        readers[name] = RecurrentReader(*arrays[f"{name}_embedding"], *arrays[f"{name}_cell"], *arrays[name])
    return readers


@lru_cache
def grammar_vocabulary():
    """Vocabulary of the made-up reviews."""
    from helpers.synthetic import make_reviews

    reviews, _ = make_reviews(4_000, np.random.default_rng(0))
    words = sorted({word for review in reviews for word in review.split()})
    rows = {word: row for row, word in enumerate(words, start=UNKNOWN + 1)}
    return Vocabulary(rows, f"reviews made up by the course, {len(rows)} words")


def hashed_vocabulary(word_index):
    """Vocabulary of IMDB's most frequent words, whatever their ranks in this copy."""
    # Copies of IMDB differ in their ranks, and a list of its words is none of ours to ship. So a word's row
    # follows from its letters (K. Weinberger et al., "Feature Hashing for Large Scale Multitask Learning",
    # ICML 2009); now and then two words share one.
    known = [word for word, rank in word_index.items() if rank + INDEX_FROM < NUM_WORDS]
    rows = {word: UNKNOWN + 1 + zlib.crc32(word.encode()) % (_BUCKETS - 2) for word in known}
    return Vocabulary(rows, "IMDB reviews, 10,000 words")


def _sigmoid(x):
    return 0.5 + 0.5 * np.tanh(0.5 * np.asarray(x))

"""Small models that read reviews word by word: bag of words, SimpleRNN and LSTM, for chapter 09's widgets.

Their trained weights ship with the course, in two versions: of IMDB, for use where IMDB's word index is
there, and of the reviews that `helpers.synthetic` makes up, for use everywhere. Reading is done in NumPy, so
that the gates of every word can be shown.
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

from helpers.models import SHIPPED

WEIGHTS = SHIPPED
NAMES = {"bag": "bag of words", "rnn": "SimpleRNN", "lstm": "LSTM"}
"""The three readers: name of their layers, and name for people."""

PADDING, UNKNOWN = 0, 1
"""Rows of every embedding that belong to no word."""

NUM_WORDS = 10_000  # Of IMDB's words the most frequent are known.
_START, INDEX_FROM = 1, 3
_BUCKETS = 12_288
_UNITS = 16
WIDTHS = {"imdb": {"rnn": 12, "lstm": 20}, "grammar": {"rnn": 16, "lstm": 16}}

# Typographic ones, primes and accents typed in their place, full-width ones, those of Windows-1252.
_APOSTROPHES = dict.fromkeys(map(ord, "’‘‛′‵`´ʹʻʼʽʾʿˈˊˋ᾽᾿՚׳ߴߵꞋꞌ❛❜＇｀\x91\x92"), "'")


def split_words(text):
    """Cut a text into words the way IMDB's word index has them: lower case, apostrophes kept.

    Parameters
    ----------
    text : str
        Of any length and script. Punctuation is left out; other signs, such as emoji, count as words of their
        own. Languages without blanks give long words, which no vocabulary has. Full-width letters, ligatures
        are read as plain ones, every kind of apostrophe as "'"; soft hyphens and the like are left out.

    Returns
    -------
    words : list of str
    """
    text = unicodedata.normalize("NFC", text).translate(_APOSTROPHES)
    text = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
    # Of letters only: the sign for a trade mark would become the letters tm.
    text = re.sub(r"\w+", lambda found: unicodedata.normalize("NFKC", found[0]), text).lower()
    found = re.findall(r"[^\W_]+(?:'[^\W_]+)*|[^\w\s]", text)
    return [word for word in found if len(word) > 1 or _is_word(word)]


def _is_word(sign):
    # A letter, a number, or a sign that keyboards of plain text don't have: an emoji.
    return sign.isalnum() or (not sign.isascii() and unicodedata.category(sign) == "So")


@dataclass(frozen=True, eq=False)
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

    rows: dict
    title: str
    start: int | None = None
    unknown: int = UNKNOWN

    @classmethod
    def of_word_index(cls, word_index, title, num_words=NUM_WORDS):
        """Make the vocabulary of `load_imdb`: rank + 3, 1 before the review, 2 for unknown words."""
        rows = {word: rank + INDEX_FROM for word, rank in word_index.items() if rank + INDEX_FROM < num_words}
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

    def read(self, rows, start=None, frozen=None):
        """Read a review's rows, int of shape (n,); return a `Reading`.

        `frozen` holds one gate of an LSTM at a value, whatever the words are: ("forget gate", 1).
        """
        first = [] if start is None else [start]
        z = self.embedding[[*first, *rows]] @ self.kernel + self.bias  # (n, k)
        states = self._lstm(z, frozen) if self.is_lstm else self._simple(z)
        h = np.concatenate([np.zeros((1, self.units)), states["output"]])
        probability = _sigmoid((h @ self.head + self.head_bias)[:, 0])[len(first) :]
        gates = {name: values[len(first) :] for name, values in states.items()} if len(states) > 1 else {}
        return Reading(probability[1:], float(probability[0]), gates)

    def _simple(self, z):
        h, outputs = np.zeros(self.units), np.zeros((len(z), self.units))
        for t in range(len(z)):
            h = outputs[t] = np.tanh(z[t] + h @ self.recurrent)
        return {"output": outputs}

    def _lstm(self, z, frozen):
        names = ("input gate", "forget gate", "output gate", "cell state", "output")
        found = {name: np.zeros((len(z), self.units)) for name in names}
        h, c = np.zeros(self.units), np.zeros(self.units)
        for t in range(len(z)):
            i, f, g, o = np.split(z[t] + h @ self.recurrent, 4)
            gates = dict(zip(names[:3], _sigmoid(np.stack([i, f, o])), strict=True))
            if frozen:
                gates[frozen[0]] = np.full(self.units, float(frozen[1]))
            i, f, o = gates.values()
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
    weights_path(data)  # refuses other names
    if data == "imdb" and word_index is None:
        raise ValueError("the readers trained on IMDB need word_index=imdb_word_index()")
    vocabulary = hashed_vocabulary(word_index) if data == "imdb" else grammar_vocabulary()
    readers, card = _shipped(data)
    return Reviewers(readers, vocabulary, card)


def weights_path(data):
    """Return where the weights of "imdb" or "grammar" are."""
    if data not in WIDTHS:
        raise ValueError(f"data={data!r}; expected {' or '.join(map(repr, WIDTHS))}")
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

    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(datasets.DatasetError):
        word_index = datasets.imdb_word_index()
        if datasets.source_of("imdb") != "embedded":
            return ("imdb", "grammar"), word_index
    return ("grammar",), None


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
def grammar_vocabulary():
    """Return the `Vocabulary` of the made-up reviews."""
    from helpers.synthetic import make_reviews

    reviews, _ = make_reviews(4_000, np.random.default_rng(0))
    words = sorted({word for review in reviews for word in review.split()})
    rows = {word: row for row, word in enumerate(words, start=UNKNOWN + 1)}
    return Vocabulary(rows, f"reviews made up by the course, {len(rows)} words")


def hashed_vocabulary(word_index):
    """Return the `Vocabulary` of IMDB's most frequent words, whatever their ranks in this copy."""
    # Copies of IMDB differ in their ranks, and a list of its words is none of ours to ship. So a word's row
    # follows from its letters (K. Weinberger et al., "Feature Hashing for Large Scale Multitask Learning",
    # ICML 2009); now and then two words share one.
    known = [word for word, rank in word_index.items() if rank + INDEX_FROM < NUM_WORDS]
    rows = {word: UNKNOWN + 1 + zlib.crc32(word.encode()) % (_BUCKETS - 2) for word in known}
    return Vocabulary(rows, "IMDB reviews, 10,000 words")


def _sigmoid(x):
    return 0.5 + 0.5 * np.tanh(0.5 * np.asarray(x))

"""What a learner who changes a cell may hand over by mistake is named in one sentence."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from stand_in_opponents import Stones
from widget_cases import noise, small_network

from helpers import plotting
from helpers.datasets import two_clouds
from helpers.handwriting import recognizer
from helpers.handwriting.training_images import no_digits
from helpers.processes import run_workers
from helpers.progress import track
from helpers.reviewer_models import load_reviewers, reader_of
from helpers.synthetic import translation
from helpers.synthetic.scenes import make_scenes
from helpers.widgets import (
    Compressor,
    DigitMaker,
    FeatureMapViewer,
    FilterEditor,
    GatedCell,
    Lens,
    PlayBoard,
    Pole,
    SoftmaxExplorer,
    TouchMask,
    TwoReaders,
    WordMap,
    softmax,
)
from helpers.widgets.attention_map import read as read_sentence
from helpers.widgets.attention_viewer import read as read_text
from helpers.widgets.canvas import sample_digit
from helpers.widgets.controls import TextBox
from helpers.widgets.playground import Run
from helpers.widgets.recognizer_maps import switch_off

RNG = np.random.default_rng(1)
GREY = np.zeros((4, 28, 28))
PHOTOGRAPHS = {"one": np.zeros((120, 120, 3), np.uint8)}
SCALES = {2: lambda y: np.kron(y, np.ones((2, 2)))}


def a_reader(**options):
    import keras
    from keras import layers

    parts = [layers.Embedding(20, 4), layers.LSTM(3, **options), layers.Dense(1, activation="sigmoid")]
    if options.get("return_sequences"):
        parts.insert(2, layers.GlobalMaxPooling1D())
    return keras.Sequential([keras.Input((None,)), *parts])


def network_of(outputs, **options):
    import keras
    from keras import layers

    last = layers.Dense(outputs, **options)
    return keras.Sequential([keras.Input((28, 28, 1)), layers.Flatten(), last])


def transposed(tokens):
    return ["これ", "は", "水"], np.ones((len(tokens), 3))


SLIPS = {
    "two_clouds, a seed for a generator": (lambda: two_clouds(200, 1), "expected a generator"),
    "two_clouds, noise below 0": (lambda: two_clouds(200, RNG, -1), "noise is -1"),
    "plot_classes, three columns": (
        lambda: plotting.plot_classes(plt.figure().gca(), np.zeros((5, 3)), np.zeros(5)),
        r"X has shape \(5, 3\)",
    ),
    "plot_classes, three classes": (
        lambda: plotting.plot_classes(plt.figure().gca(), np.zeros((3, 2)), [0, 1, 2]),
        "of 0 and 1",
    ),
    "show_images, too few titles": (lambda: plotting.show_images(GREY, titles=[1, 2]), "4 images, 2 titles"),
    "show_images, no column": (lambda: plotting.show_images(GREY, columns=0), "0 columns"),
    "show_images, one in colours": (
        lambda: plotting.show_images(np.zeros((32, 32, 3))),
        r"one picture in colours; .*images\[None\]",
    ),
    "show_images, colours to 255 in floats": (
        lambda: plotting.show_images(np.full((2, 8, 8, 3), 200.0)),
        "divide by 255",
    ),
    "show_images, other sizes": (
        lambda: plotting.show_images([np.zeros((5, 5)), np.zeros((6, 6))]),
        "different sizes",
    ),
    "track, a number": (lambda: list(track(20, "Steps")), r"track got int; expected a list or range\(n\)"),
    "no_digits, a text": (lambda: no_digits("10", RNG), "no_digits: n is '10'"),
    "sample_digit, a text": (lambda: sample_digit("5"), "digit is '5'"),
    "read, a network of three classes": (
        lambda: recognizer.read(GREY[0], network_of(3, activation="softmax")),
        r"output has shape \(3,\)",
    ),
    "read, a network without softmax": (
        lambda: recognizer.read(GREY[0], network_of(10, bias_initializer="ones")),
        "let its last layer be a softmax",
    ),
    "playground, Keras' name": (
        lambda: Run("XOR", 0, 1, 4, "relu"),
        "activation is 'relu'; expected one of tanh",
    ),
    "playground, a comma forgotten": (
        lambda: Run("XOR", 0, 1, 4, "tanh", features=("xy")),
        "names in a tuple",
    ),
    "playground, no unit": (lambda: Run("XOR", 0, 1, 0, "tanh"), "units 0"),
    "filter editor, bytes in floats": (lambda: FilterEditor(np.full((28, 28), 200.0)), "divide by 255"),
    "filter editor, a file": (lambda: FilterEditor("photo.png"), r"FilterEditor\(path=...\)"),
    "maps, bytes in floats": (
        lambda: FeatureMapViewer(small_network(), np.full((2, 28, 28), 200.0), [0, 1]),
        "divide by 255",
    ),
    "maps, two names": (
        lambda: FeatureMapViewer(small_network(), GREY[:2], [0, 1], ["a", "b"]),
        "2 names for the model's 10",
    ),
    "switch_off, no such map": (
        lambda: switch_off(recognizer.load_recognizer(), "filters_1", 32),
        "map 32 of filters_1: it has the maps 0 to 31",
    ),
    "switch_off, below 0": (lambda: switch_off(recognizer.load_recognizer(), "filters_1", -1), "map -1 of"),
    "show_images, flat ones": (lambda: plotting.show_images(np.zeros((9, 784))), r"reshape\(-1, 28, 28\)"),
    "cell, small letters": (lambda: GatedCell("gru"), "kind is 'gru'; expected one of LSTM, GRU"),
    "reader, pooling": (lambda: reader_of(a_reader(return_sequences=True)), "return_sequences=True"),
    "reader, another activation": (lambda: reader_of(a_reader(activation="relu")), "activation='relu'"),
    "reader, backwards": (lambda: reader_of(a_reader(go_backwards=True)), "go_backwards=True"),
    "load_reviewers, capitals": (lambda: load_reviewers("IMDB", {"a": 1}), "IMDB"),
    "word map, a dict of numbers": (
        lambda: WordMap(np.eye(4), [1, 2, 3, 4]),
        "expected texts, each of them once",
    ),
    "word map, a word twice": (lambda: WordMap(np.eye(4), ["a", "b", "a", "c"]), r"words holds \['a'\]"),
    "tokenize, without brackets": (
        lambda: translation.tokenize("This is water.", "plain"),
        "style is 'plain'",
    ),
    "outside, a text": (lambda: translation.outside_of([])("The bus."), r"expected tokens: tokenize\(text\)"),
    "attention map, transposed": (
        lambda: read_sentence("This is water.", translation.POLITE, transposed, translation.tokenize, set()),
        r"weights of shape \(5, 3\); expected one row for each of 3 written",
    ),
    "attention viewer, nothing returned": (
        lambda: read_text("a word", lambda text: None),
        "attend gives NoneType .* does it end with return",
    ),
    "examples, one text": (lambda: TextBox(None, "the story", "own", ""), "'the story', one text"),
    "lens, floats": (lambda: Lens({"one": np.zeros((120, 120, 3))}, SCALES, None), "one: expected .*uint8"),
    "lens, grey": (lambda: Lens({"one": np.zeros((120, 120), np.uint8)}, SCALES, None), "of grey np.dstack"),
    "lens, no network": (lambda: Lens(PHOTOGRAPHS, {}, None), "enlarge holds no network"),
    "scenes, images divided by 255": (
        lambda: make_scenes(np.ones((3, 28, 28)), [0, 1, 2], 1, RNG),
        r"values up to 1, .* from 0 to 255",
    ),
    "mask, scores in place of numbers": (
        lambda: TouchMask(np.zeros((1, 6, 6), np.uint8), lambda picture: np.zeros((6, 6, 3))),
        r"segment gives shape \(6, 6, 3\), expected \(6, 6\)",
    ),
    "digits, one stage only": (
        lambda: DigitMaker(lambda labels, *_: np.zeros((1, len(labels), 28, 28)), 2026).still,
        r"sample gives shape \(1, 4, 28, 28\), expected \(26, 4, 28, 28\)",
    ),
    "pole, no dict": (lambda: Pole(len), "expected functions by name"),
    "pole, a policy for many": (
        lambda: Pole({"mine": lambda states: states[:, 0] > 0}),
        r"mine stopped with IndexError: .*state\[None\]",
    ),
    "board, one opponent alone": (
        lambda: PlayBoard(Stones()),
        "expected opponents by name, .*{'Go': Opponent",
    ),
    "board, brackets forgotten": (lambda: PlayBoard(len), "expected opponents by name, .*{'Go': Opponent"),
    "board, nobody": (lambda: PlayBoard({}), "expected opponents by name"),
    "compressor, too few labels": (
        lambda: Compressor(small_network(), noise(5)[0], [1, 2]),
        r"labels \(2,\); expected at least one",
    ),
    "compressor, a file": (lambda: Compressor(b"file", noise(5)[0], np.zeros(5)), "model is bytes"),
    "readers, scores": (lambda: TwoReaders({"mine": lambda images: np.arange(10.0)[None]}), "need a softmax"),
    "readers, three": (lambda: TwoReaders(dict.fromkeys("abc", len)), "expected one or two functions"),
    "workers, none": (lambda: run_workers(print, 0), "workers is 0, expected a whole number from 1 on"),
    "workers, the call of a function": (lambda: run_workers(3, 2), "run_workers got int"),
}


@pytest.mark.parametrize("name", SLIPS)
def test_a_likely_slip_is_named(name):
    call, words = SLIPS[name]
    with pytest.raises((ValueError, TypeError), match=words):
        call()
    plt.close("all")


def test_all_settings_of_softmax_can_be_drawn():
    explorer = SoftmaxExplorer()
    for scores in ({}, {f"score_{name}": 2.5 for name in softmax.CLASSES}):
        for shift in range(-150, 151, 5):
            explorer.set(shift=shift, **scores)


def test_labels_in_a_column_are_read_as_labels():
    images, labels = noise(50)
    accuracies = [
        Compressor(small_network(), images, given)._accuracy(32, 0, True)
        for given in (labels, labels[:, None])
    ]
    assert accuracies[0] == accuracies[1]

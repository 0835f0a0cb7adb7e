"""All widgets, each with what its contract is tried with: `test_widgets.py` goes through this table."""

import itertools
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import find_objects, label
from stand_in_opponents import Stones

from helpers import reviewer_models, widgets
from helpers.synthetic.colours import COLOUR_NAMES
from helpers.synthetic.scenes import SIZE, put_digit
from helpers.synthetic.translation import PLAIN
from helpers.widgets import (
    attention_map,
    attention_viewer,
    cliff,
    explorer,
    filter_editor,
    graph_stepper,
    learning_rate,
    live_figure,
    playground,
    review_reading,
    softmax,
    unrolled_rnn,
    window_stepper,
)

STRANGE = {
    "empty": "",
    "blanks and signs": "  \n ...!? -- <br /> ",
    "emoji": "great film 😀👍🏽 ❤️",
    "Japanese": "素晴らしい映画でした。",
    "right to left": "فيلم رائع",
    "control signs": "good\x00bad\x1b[31m\ufeff",
    "one long word": "a" * 1_000,
    "a formula": "$x^2$ and $\\frac{1}{2$ _good_ %s {0}",
    "very long": "The plot was dull. " * 1_250,
    "longer than that": "good bad " * 4_000,
}


@dataclass
class Case:
    """A widget and what it is tried with.

    Attributes
    ----------
    make : callable
        Makes the widget.
    chapters : tuple of int
    size : (int, int)
        Of its picture on the page.
    moves : tuple of (str, value)
        Controls moved one after the other; each changes picture and words.
    looks : sequence of dict
        States in which the picture has to be legible.
    bad : dict
        Values that a control cannot take.
    box : (str, ...)
        For a text box: two examples by the names that the list has, and what it calls other texts.
    """

    make: object
    chapters: tuple
    size: tuple
    moves: tuple = ()
    looks: tuple = ()
    bad: dict = field(default_factory=dict)
    box: tuple = ()


def products(**values):
    """All combinations of values by name."""
    return [dict(zip(values, each, strict=True)) for each in itertools.product(*values.values())]


# Stand-ins for the notebooks' networks


def write(prompt, temperature, top_k, top_p):
    """Count without end."""
    for i in itertools.count(1):
        yield f" {i}"


KNOWN = ["", "[start]", "[polite]", PLAIN, "this", "is", "water", "tea", "father", "my", "drinks", ".", "?"]
JAPANESE = ("これ", "は", "水", "です", "。")


def translate(tokens):
    """Write always the same words; row i looks at place i."""
    weights = np.full((len(JAPANESE), len(tokens)), 0.1 / len(tokens))
    weights[np.arange(len(JAPANESE)), np.arange(len(JAPANESE)) % len(tokens)] += 0.9
    return JAPANESE, weights


SENTENCES = ("This is water .", "My father drinks tea every morning .")
ODD_WORDS = ("$a$", "龘水", "▁the", "", "W" * 60, "🙂", "a\nb", "\\frac{1}{2}", "お" * 30, "<b>")


def weights_of(queries, keys, layers, heads):
    """Let head h of query i look at key i + h, in deeper layers less firmly."""
    weights = np.full((layers, heads, len(queries), len(keys)), 0.0)
    for layer in range(layers):
        share = 0.9 / (layer + 1)
        weights[layer] = (1 - share) / len(keys)
        for head in range(heads):
            for i in range(len(queries)):
                weights[layer, head, i, (i + head) % len(keys)] += share
    return weights


def attend(text):
    """Give two maps: words among themselves, and Japanese ones that look at them."""
    words = text.split()
    note = "Unknown: submarine <b>." if "submarine" in words else ""
    return {
        "encoder": attention_viewer.Attention(words, words, weights_of(words, words, 3, 4), note),
        "decoder reads encoder": attention_viewer.Attention(
            JAPANESE, words, weights_of(JAPANESE, words, 2, 2), note
        ),
    }


def attend_without(text, off):
    """Give the maps of `attend`, other weights where a head is off."""
    return {
        name: replace(found, weights=np.roll(found.weights, len(off), axis=-1))
        for name, found in attend(text).items()
    }


def odd_attend(text):
    """Give odd words, many heads and a map with a long name, as many words as the number in the text."""
    words = (ODD_WORDS * 3)[: int(text)] if int(text) > 1 else ("I",)
    return {
        f"{heads} heads " * 10: attention_viewer.Attention(words, words, weights_of(words, words, 1, heads))
        for heads in (2, 20)
    }


@lru_cache(maxsize=1)
def a_network():
    keras = pytest.importorskip("keras")
    layers = keras.layers
    keras.utils.set_random_seed(1)
    inputs = keras.Input((28, 28, 1))
    z = layers.Conv2D(8, 5, padding="same", activation="relu", name="conv1")(inputs)
    z = layers.MaxPooling2D(2, name="pool1")(z)
    z = layers.Conv2D(12, 3, name="conv2")(z)
    z = layers.Dropout(0.5, name="dropout")(layers.Flatten(name="flatten")(z))
    z = layers.Dense(50, activation="tanh", name="hidden")(z)
    return keras.Model(inputs, layers.Dense(10, activation="softmax", name="answer")(z))


NETWORK_LAYERS = ["conv1", "pool1", "conv2", "hidden", "answer"]


@lru_cache(maxsize=1)
def some_digits():
    """Six images of noise, and their labels."""
    images = np.random.default_rng(6).integers(0, 256, (6, 28, 28)).astype(np.uint8)
    return images, np.array([3, 1, 3, 3, 7, 1])


@lru_cache(maxsize=1)
def many_words():
    """600 made-up words in twelve clouds: vectors and words."""
    rng = np.random.default_rng(1)
    vectors = np.repeat(rng.normal(size=(12, 8)), 50, axis=0) + 0.2 * rng.normal(size=(600, 8))
    return vectors, [f"word{i}" for i in range(600)]


@lru_cache(maxsize=1)
def some_photographs():
    """Two pictures in colour: {name: (height, width, 3), uint8}."""
    stripes = np.add.outer(np.arange(150), 2 * np.arange(180))[..., None] * [1, 2, 3] // 4 % 256
    noise = np.random.default_rng(15).integers(0, 256, (110, 130, 3))
    return {"stripes": stripes.astype(np.uint8), "noise": noise.astype(np.uint8)}


def by_formula():
    """Stand-ins for networks that enlarge: they repeat pixels."""
    return {scale: lambda y, s=scale: np.kron(y, np.ones((s, s), np.float32)) for scale in (2, 3, 4)}


def learn_one_number(scale, anew):
    """Stand in for training: each step goes a tenth of the way from repeated pixels to smooth ones."""
    share = 0 if anew else 0.4
    while True:

        def enlarge(y, share=share):
            size = [side * scale for side in y.shape[::-1]]
            smooth = np.asarray(Image.fromarray(y).resize(size, Image.Resampling.BICUBIC))
            return np.clip(share * smooth + (1 - share) * by_formula()[scale](y), 0, 1)

        yield enlarge
        share += 0.1 * (1 - share)


@lru_cache(maxsize=1)
def mean_colours():
    """A network whose features are the mean colours of a picture's quarters."""
    keras = pytest.importorskip("keras")
    layers = keras.layers
    return keras.Sequential([keras.Input((32, 32, 3)), layers.AveragePooling2D(16), layers.Flatten()])


@lru_cache(maxsize=1)
@lru_cache
def small_network():
    """A convolution and a dense layer, without training."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(3)
    parts = [layers.Conv2D(8, 3, 2), layers.BatchNormalization(), layers.Flatten(), layers.Dense(10)]
    return keras.Sequential([keras.Input((28, 28, 1)), *parts])


def evenly(images):
    """Read every digit in every image."""
    return np.full((len(images), 10), 0.1)


def noise(n):
    """Images of noise, and labels."""
    rng = np.random.default_rng(0)
    return rng.random((n, 28, 28, 1), np.float32), rng.integers(0, 10, n)


def some_pictures():
    """60 pictures of noise, each brighter in one channel, and the number of the channel."""
    labels = np.arange(60) % 3
    images = np.random.default_rng(3).integers(0, 150, (60, 32, 32, 3))
    images[np.arange(60), :, :, labels] += np.random.default_rng(4).integers(0, 60, (60, 1, 1))
    return images.astype(np.uint8), labels


BAR = np.pad(np.full((20, 5), 250, np.uint8), ((4, 4), (12, 11)))
BLOCK = np.pad(np.full((20, 20), 250, np.uint8), 4)
SHAPES = np.stack([BLOCK, BAR]), np.array([0, 1])


def some_scenes():
    """Three scenes of bars and blocks, what is in them, and a bar in the second that nobody knows of."""
    scenes, boxes = np.zeros((3, SIZE, SIZE), np.uint8), []
    for scene, things in zip(
        scenes, (((0, 30, 30, 40), (1, 70, 60, 30)), ((1, 20, 50, 36),), ()), strict=True
    ):
        rows = [[kind, *put_digit(scene, SHAPES[0][kind], *place)] for kind, *place in things]
        boxes.append(np.array(rows, float).reshape(-1, 5))
    put_digit(scenes[1], BAR, 80, 20, 16)
    return scenes, boxes


def find_shapes(scene):
    """Find each bright spot twice, once two pixels off; the larger, the surer."""
    spots = find_objects(label(scene > 100)[0])
    edges = np.array([[x.start, y.start, x.stop, y.stop] for y, x in spots], float).reshape(-1, 4)
    width, height = (edges[:, 2:] - edges[:, :2]).T
    kinds, scores = np.where(width < height / 2, 1, 0), np.minimum(height / 50, 0.98)
    return np.concatenate([edges, edges + 2]), np.concatenate([scores, scores / 2]), np.tile(kinds, 2)


def two_pictures():
    """Two pictures of 64 × 80 pixels, the first with three things, the second with none."""
    pictures = np.zeros((2, 64, 80), np.uint8)
    for top, left, side in ((20, 30, 20), (0, 0, 12), (50, 66, 14)):
        pictures[0, top : top + side, left : left + side] = 180
    return pictures


def without_imdb(make):
    """Let a widget find no IMDB, so that all machines test the same."""

    def made():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(reviewer_models, "available", lambda: (("grammar",), None))
            return make()

    return made


REVIEWS = [{"text": text} for text in (*review_reading.EXAMPLES.values(), *STRANGE.values())]
REVIEW_BOX = ("not bad at all", "anything but", review_reading.OWN_TEXT)
SCORES = [f"score_{name}" for name in softmax.CLASSES]


def decode_plane(codes):
    """Draw a square where a code lies on the plane."""
    images = np.zeros((len(codes), 28, 28, 1), np.float32)
    for image, (x, y) in zip(images, np.clip(codes, -3, 3), strict=True):
        column, row = round(float(12 + 4 * x)), round(float(12 - 4 * y))
        image[row : row + 4, column : column + 4] = 1
    return images


@lru_cache
def some_codes():
    """Codes around ten places, and their labels."""
    rng = np.random.default_rng(17)
    labels = np.arange(500) % 10
    turn = 2 * np.pi * labels[:, None] / 10
    return 1.8 * np.hstack([np.cos(turn), np.sin(turn)]) + rng.normal(0, 0.3, (500, 2)), labels


def sample_squares(labels, guidance, steps, seed):
    """Let squares as large as their labels come out of noise, the darker the more guidance."""
    assert labels.dtype == np.int32
    noise = np.random.default_rng(seed).random((len(labels), 28, 28))
    clean = np.zeros_like(noise)
    for image, label_ in zip(clean, labels, strict=True):
        image[4 : 7 + 2 * label_, 4 : 7 + 2 * label_] = (1 + guidance) / 5
    share = np.linspace(0, 1, steps + 1)[:, None, None, None]
    return (1 - share) * noise + share * clean


CASES = {
    "LearningRateExplorer": Case(
        widgets.LearningRateExplorer, (1,), (700, 470),
        (("learning_rate", 0.1), ("noise", 2.5), ("start", "no line yet (0, 0)"), ("steps", 10)),
        products(learning_rate=(1e-4, 0.01, 0.1, 1.0), noise=(1.0, 2.5), start=learning_rate.STARTS,
                 steps=(0, 60)),
        {"learning_rate": 5, "start": "moon", "steps": 61},
    ),
    "SoftmaxExplorer": Case(
        widgets.SoftmaxExplorer, (2,), (700, 300),
        (("score_3", 5.0), ("shift", 100.0), ("subtract_maximum", True)),
        [dict.fromkeys(SCORES, 0.1) | state for state in
         products(shift=(-150, 0, 50, 150), subtract_maximum=(False, True), score_3=(-5.0, 5.0))],
        {"score_3": 6, "shift": "much"},
    ),
    "Playground": Case(
        widgets.Playground, (3,), (700, 400),
        (("data", "XOR"), ("noise", 30), ("layers", 2), ("units", 8), ("activation", "ReLU"),
         ("learning_rate", 0.1), ("regularisation", 0.01), ("x²", True), ("unit", "layer 2, unit 3"),
         ("point", "2, -1"), ("point", "far away")),
        [{"layers": 0, "x²": True, "y²": True}, {"layers": 4, "units": 8, "activation": "ReLU", "noise": 50},
         {"data": "spirals", "activation": "sigmoid", "layers": 2},
         {"activation": "none", "learning_rate": 1.0, "layers": 4},
         {"activation": "ReLU", "units": 8}],
        {"data": "moons", "layers": playground.MOST_LAYERS + 1, "unit": "layer 9, unit 1", "xy": "much"},
    ),
    "GraphStepper": Case(
        widgets.GraphStepper, (4,), (700, 440),
        (("step", 7), ("weight", -1.0), ("right", "blue"), ("colour", "black (0, 0, 0)")),
        products(colour=list(graph_stepper.COLOURS)[::2], right=COLOUR_NAMES[:2], weight=(-2.0, 2.0),
                 step=range(graph_stepper.STEPS + 1)),
        {"colour": "purple", "step": 11},
    ),
    "WindowStepper": Case(
        widgets.WindowStepper, (5,), (700, 300),
        (("filter", "average"), ("row", 3), ("column", 0), ("padding", "same"),
         ("stride", 2)),
        products(filter=window_stepper.FILTERS, padding=window_stepper.PADDINGS, stride=(1, 2, 3),
                 row=(0, 1), column=(0, 1)),
        {"stride": 4, "row": 9},
    ),
    "FilterEditor": Case(
        widgets.FilterEditor, (5,), (700, 405),
        (("image", "cross"), ("preset", "sharpen"), ("size", 5), ("cutoff", 0.5), ("divisor", 2.0),
         ("numbers", ((1.0, 2.0, 3.0),) * 3)),
        products(image=("digit", "cross"), preset=filter_editor.PRESETS)
        + [{"numbers": np.full((3, 3), number)} for number in (0, 99, -99, 1e-9)]
        + [{"numbers": np.full((5, 5), -0.125), "divisor": 1}, {"numbers": np.full((5, 5), -10.55)}],
        {"image": "cat", "size": 4, "cutoff": 2, "numbers": ((1, 2), (3, 4))},
    ),
    "FeatureMapViewer": Case(
        lambda: widgets.FeatureMapViewer(a_network(), *some_digits()), (6,), (700, 380),
        (("kind", 3), ("number", 2), ("layer", "conv2"), ("source", "my drawing")),
        products(layer=NETWORK_LAYERS, source=("my drawing", "from the data")),
        {"kind": 5, "number": 3, "layer": "conv9"},
    ),
    "UnrolledRNN": Case(
        widgets.UnrolledRNN, (8,), (700, 470),
        (("strength", 2.0), ("steps", 60), ("activation", "linear"), ("inputs", "a wave")),
        products(strength=(0.1, 1.0, 3.0), steps=(2, 30, 100), activation=unrolled_rnn.ACTIVATIONS,
                 inputs=("one pulse", "strong noise")) + products(inputs=unrolled_rnn.INPUTS),
        {"strength": 4, "inputs": "a song"},
    ),
    "Reviewer": Case(
        without_imdb(widgets.Reviewer), (9,), (700, 500),
        (("text", "good"), ("example", "anything but")), REVIEWS, {"source": "your model"}, REVIEW_BOX,
    ),
    "GateInspector": Case(
        without_imdb(widgets.GateInspector), (9,), (700, 455),
        (("text", "good bad " * 50), ("first", 7), ("detail", "cell state"), ("frozen", ("forget gate", 0)),
         ("example", "a longer one")),
        [look | {"frozen": frozen} for look in REVIEWS for frozen in (None, ("input gate", 1))],
        {"first": 1, "detail": "gates", "frozen": "all"}, REVIEW_BOX,
    ),
    "GatedCell": Case(
        widgets.GatedCell, (9,), (700, 340),
        (("keep", 0.5), ("before", -3), ("write", 1), ("candidate", 1), ("output", 0), ("kind", "GRU"),
         ("keep", 0.25)),
        [*products(kind=("LSTM",), before=(-2.9, 0), keep=(0, 0.35), write=(0.35,), candidate=(-1, 0.7),
                   output=(0.65,)),
         *products(kind=("GRU",), before=(-0.7, 1), keep=(0, 0.35), candidate=(-1, 0.7))],
        {"kind": "RNN", "keep": 2},
    ),
    "WordMap": Case(
        lambda: widgets.WordMap(*many_words()), (10,), (700, 470),
        (("word", "word7"), ("count", 15), ("view", "all words")),
        products(view=("all words", "around the word"), count=(3, 15),
                 word=("word7", "word7 - word70 + word300", "", "xyzzy")),
        {"count": 99, "view": "none"},
    ),
    "AttentionMap": Case(
        lambda: widgets.AttentionMap(translate, KNOWN), (11,), (700, 540),
        (("text", "my tea"), ("style", PLAIN), ("example", attention_map.EXAMPLES[2])),
        [{"text": text} for text in (*attention_map.EXAMPLES, "water", "water " * 30, "")],
        {"style": "rude"}, (*attention_map.EXAMPLES[1:3], attention_map.OWN_TEXT),
    ),
    "AttentionViewer": Case(
        lambda: widgets.AttentionViewer(attend_without, SENTENCES[0], SENTENCES, ablation=True), (12,),
        (700, 540),
        (("word", 3), ("layer", 3), ("head", 2), ("off", (("encoder", 1, 1),)),
         ("where", "decoder reads encoder"), ("text", "my tea"), ("example", SENTENCES[1])),
        [{"text": SENTENCES[1], "where": where, "head": head, "word": word}
         for where, head, word in itertools.product(("encoder", "decoder reads encoder"), (0, 1), (1, 5))],
        {"layer": 9, "head": 9, "where": "nowhere"}, (*SENTENCES[::-1], attention_viewer.OWN_TEXT),
    ),
    "AttentionViewer, odd words": Case(
        lambda: widgets.AttentionViewer(odd_attend, "26"), (12,), (700, 540), (),
        [{"text": text, "where": where, "head": head}
         for text, where, head in itertools.product(("1", "9", "26"), odd_attend("1"), (0, 1))],
        {"word": 30},
    ),
    "Lens": Case(
        lambda: widgets.Lens(some_photographs(), by_formula(), learn_one_number), (15,), (700, 432),
        (("scale", 2), ("x", 80), ("y", 0), ("photograph", "noise")),
        products(photograph=("stripes", "noise"), scale=(2, 3.5, 6), x=(0, 100), y=(0, 50)),
        {"photograph": "cat", "scale": 7},
    ),
    "SceneEditor": Case(
        lambda: widgets.SceneEditor(find_shapes, *SHAPES, *some_scenes()), (16,), (700, 340),
        (("digit", "0"), ("x", 20), ("y", 80), ("height", 20), ("score", 0.3), ("overlap", 0.9),
         ("kept", "1 60 20 30"), ("scene", 3)),
        products(scene=(1, 2, 3), digit=("none", "1"), x=(0, 95), score=(0.02, 0.5, 0.98))
        + [{"overlap": 1, "score": 0.02, "kept": "0 40 40 40;0 44 44 38;1 8 8 16"}],
        {"scene": 4, "digit": "2", "x": 96, "score": 1, "overlap": 0},
    ),
    "TouchMask": Case(
        lambda: widgets.TouchMask(two_pictures(), lambda picture: label(picture > 0)[0]), (16,), (700, 370),
        (("x", 5), ("y", 5), ("picture", 2)),
        products(picture=(1, 2), x=(0, 40, 79), y=(0, 30, 63)),
        {"picture": 3, "x": 80, "y": 64},
    ),
    "TextGenerator": Case(
        lambda: widgets.TextGenerator(write, "The film was", ("The film was", "a b c ->", "x"),
                                      sample=" very good\n\n$a$ 水" * 40), (13,),
        (700, 260),
        (("temperature", 0.0), ("top_k", 0), ("top_p", 0.5), ("length", 10), ("example", "x")),
        [{"prompt": prompt} for prompt in ("", "The film was", "これは水です。", "word " * 500, "W" * 3_000,
                                           "$a$ 🙂\n\nb\tc", "a\n" * 50)],
        {"temperature": 3, "top_k": 4}, ("a b c ->", "x", "my own prompt"),
    ),
    "OwnClasses": Case(
        lambda: widgets.OwnClasses(mean_colours(), *some_pictures(), ("red", "green", "blue")), (14,),
        (700, 330),
        (("examples", 5), ("into", "blue"), ("classes", "red, blue"), ("into", "red"), ("examples", 0)),
        products(examples=(0, 1, 10),
                 classes=("red, blue", "red, green, blue, violet", "a, 水, " + "W" * 40)),
        {"into": "violet", "examples": 11},
    ),
    "Compressor": Case(
        lambda: widgets.Compressor(small_network(), *noise(200)), (20,), (700, 300),
        (("bits", 3), ("removed", 60), ("per_channel", False), ("bits", 32)),
        products(bits=(2, 8, 32), removed=(0, 50, 98), per_channel=(False, True)),
        {"bits": 9, "removed": 99},
    ),
    "StepTimeline": Case(
        widgets.StepTimeline, (21,), (700, 330),
        (("workers", 64), ("batch", 4096), ("own", True), ("model", "175 billion (GPT-3)"),
         ("network", "1 Gb/s Ethernet"), ("overlap", True), ("model", "1 million")),
        products(workers=(1, 1000), batch=(32, 65_536), own=(False, True), overlap=(True,),
                 model=("100 thousand", "175 billion (GPT-3)"),
                 network=("1 Gb/s Ethernet", "links within a machine")),
        {"workers": 3, "model": "GPT-5"},
    ),
    "LatentMap": Case(
        lambda: widgets.LatentMap(decode_plane, *some_codes()), (17,), (700, 440),
        (("x", 1.5), ("y", -2), ("x", -3)), products(x=(-3, 0, 3), y=(-3, 0.35, 3)),
        {"x": 3.5, "y": -4},
    ),
    "DigitMaker": Case(
        lambda: widgets.DigitMaker(sample_squares), (17,), (700, 356),
        (("step", 12), ("seed", 3), ("guidance", 2.5), ("text", "7"), ("steps", 5), ("step", 0)),
        [*products(text=("0", "2026", "12345678"), steps=(5, 50)), {"step": 1},
         *({"text": text} for text in STRANGE.values())],
        {"guidance": 5, "steps": 7, "seed": 0},
    ),
    "Cliff": Case(
        widgets.Cliff, (18,), (700, 500),
        (("episodes", 5), ("seed", 2), ("episodes", 500), ("epsilon", 0.2), ("rate", 0.5),
         ("method", "SARSA")),
        products(method=cliff.METHODS, episodes=(0, 1, 50, 500), epsilon=(0.0, 0.3), rate=(0.1, 1.0)),
        {"method": "TD(0)", "episodes": 3, "epsilon": 2},
    ),
}  # fmt: skip
"""Explorers by name."""

CANVASES = {
    "DrawingCanvas": Case(widgets.DrawingCanvas, (6, 7), (280, 280)),
    "DigitField": Case(lambda: widgets.DigitField(lambda strokes: "?"), (7,), (700, 200)),
    "TwoReaders": Case(lambda: widgets.TwoReaders({"large": evenly, "small": evenly}), (20,), (700, 300)),
    "Recognizer": Case(lambda: widgets.Recognizer(collect=False), (7,), (700, None)),
    "Pole": Case(lambda: widgets.Pole({"to the left": lambda state: 0}), (18,), (700, 280)),
    "PlayBoard": Case(lambda: widgets.PlayBoard({"Three": Stones(3, 3)}), (19,), (700, 280)),
}
"""Widgets that the browser draws; their own tests are elsewhere."""


def cases(table, having=None):
    """Return the table's rows for `pytest.mark.parametrize`, each marked with its chapters."""
    return [
        pytest.param(case, id=name, marks=pytest.mark.chapter(*case.chapters))
        for name, case in table.items()
        if having is None or getattr(case, having)
    ]


def record_displays(monkeypatch):
    """Return the list of messages that displays would send: data, metadata, display id, update."""
    messages = []

    def publish(data, metadata=None, *, transient=None, update=False):
        messages.append((dict(data), metadata, (transient or {}).get("display_id"), update))

    for module in (explorer, live_figure):
        monkeypatch.setattr(module, "publish_display_data", publish)
    return messages

"""The shipped recognizer: reads real digits and typed pen strokes, doubts what is none, and can be fitted."""

import json
import re
import time

import numpy as np
import pytest

from data.make.recognizer import HANDS, calibration_error, is_refused
from helpers import datasets, handwriting
from helpers.handwriting import Reading, load_recognizer, read, readings, strokes_to_image
from helpers.handwriting.pen import pen_strokes
from helpers.handwriting.recognizer import DOUBT, SMALL_WEIGHTS, SURE, WEIGHTS, outputs
from helpers.models import ModelFileError, load_model, read_card, save_model

pytestmark = pytest.mark.chapter(7)

SEVEN = [[[10, 10], [60, 8], [35, 50], [25, 100]], [[22, 52], [56, 50]]]


@pytest.fixture(scope="module")
def model():
    start = time.perf_counter()
    model = load_recognizer()
    np.asarray(model(np.zeros((1, 28, 28, 1), np.float32)))
    print(f"loading and first prediction: {time.perf_counter() - start:.1f} s")
    return model


@pytest.fixture(scope="module")
def hands():
    entries = json.loads(HANDS.read_text(encoding="utf-8"))["digits"]
    return [entry["strokes"] for entry in entries], np.array([entry["digit"] for entry in entries])


def test_weights_are_small_and_have_a_card():
    assert WEIGHTS.stat().st_size <= 700_000
    card = read_card(WEIGHTS)
    assert card["accuracy"]["MNIST test"] >= 0.994
    people = card["people_never_seen"]
    assert people["correct"] >= 0.985 and len(people["by writer"]) >= 6
    assert people["refused"] <= 0.005 and card["refused"]["MNIST test"] <= 0.005
    assert card["refused"]["letters, signs and scribbles"] >= 0.98
    assert {"wrong digit, MNIST test", "a digit that is none, letters, signs and scribbles"} <= set(
        card["sure_mistakes"]
    )
    assert card["recipe"] == "python -m data.make.recognizer train"
    assert card["seconds"] > 0
    assert {"data", "refused", "calibration_error"} <= set(card)


def test_images_with_and_without_a_channel(model):
    images = np.random.default_rng(0).random((3, 28, 28), np.float32)
    for several in (images, images[..., None], images):
        for p in (np.asarray(model(several)), model.predict(several, verbose=0)):
            assert p.shape == (3, 10)
            assert p.dtype == np.float32
            np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-5)


def test_feature_maps_can_be_looked_at(model):
    assert model.get_layer("maps_1").output.shape[1:] == (12, 12, 32)
    assert model.get_layer("maps_2").output.shape[1:] == (8, 8, 64)


def test_reads_the_real_test_images(model, monkeypatch):
    monkeypatch.setenv("COURSE_OFFLINE", "1")  # tests download nothing
    _, (images, labels) = datasets.load_mnist()
    if datasets.source_of("mnist") == "embedded":
        pytest.skip("no real MNIST at hand: set COURSE_DATA_DIR to a folder with mnist.npz")
    p, no_digit = outputs(images / np.float32(255), model)
    right = p.argmax(axis=1) == labels
    assert right.mean() >= 0.994
    assert is_refused(p, no_digit).mean() <= 0.005
    assert calibration_error(p.max(axis=1), right) < 0.02


def test_reads_digits_typed_by_hand(model, hands):
    drawings, labels = hands
    assert np.bincount(labels).min() >= 6
    read_as = [read(drawing, model) for drawing in drawings]
    assert np.mean([reading.digit == label for reading, label in zip(read_as, labels, strict=True)]) >= 0.97
    assert np.mean([not reading.sure for reading in read_as]) <= 0.03


def test_a_reading_says_what_and_how_sure(model):
    reading = read(SEVEN, model)
    assert isinstance(reading, Reading)
    assert reading.digit == 7
    assert reading.sure
    assert reading.reason == ""
    assert reading.probability == pytest.approx(reading.probabilities.max())
    assert reading.probability > 0.9
    assert reading.runner_up != 7
    assert reading.no_digit < 0.1
    image = strokes_to_image(SEVEN)
    assert read(image, model).digit == read(image[..., None], model).digit == 7
    assert [r.digit for r in readings(np.stack([image] * 3), model)] == [7] * 3
    assert readings(np.empty((0, 28, 28)), model) == []


def test_without_a_model_the_shipped_one_reads():
    assert read(SEVEN).digit == 7


@pytest.mark.parametrize("nothing", [[], [[]], [[[3, 3]]], [[[3, 3], [3, 3]]], np.zeros((28, 28))])
def test_an_empty_canvas_and_a_dot_are_no_digit(model, nothing):
    reading = read(nothing, model)
    assert reading.digit is None
    assert not reading.sure
    assert reading.reason


def test_a_tap_that_trembles_is_a_dot_on_its_canvas(model):
    tap = [[[140, 140], [142, 143], [141, 145]]]
    assert read(tap, model, canvas_size=280).digit is None
    assert read(tap, model, canvas_size=(280, 280)).digit is None
    assert read(tap, model).digit is not None
    assert read(SEVEN, model, canvas_size=280).digit == 7


def scribbles(rng):
    """Drawings made here, not by the code that the recognizer learned from."""
    t = np.linspace(0, 1, 200)
    for _ in range(12):
        a, b, c, d = rng.uniform(4, 11, 4)
        yield [np.column_stack([np.sin(a * 6 * t + c), np.cos(b * 6 * t + d)])]
    for _ in range(12):
        places = rng.uniform(0, 100, (25, 2))
        yield [np.repeat(places, 2, axis=0) + rng.normal(0, 4, (50, 2))]
    for _ in range(12):
        ends = rng.uniform(0, 100, (9, 2, 2))
        yield list(ends)
    for turns in (3, 4, 5):
        yield [np.column_stack([t * np.cos(6.28 * turns * t), t * np.sin(6.28 * turns * t)])]


def test_scribbles_are_doubted(model):
    doubted = [not read(drawing, model).sure for drawing in scribbles(np.random.default_rng(1))]
    assert np.mean(doubted) >= 0.9


def test_letters_and_signs_are_doubted(model):
    signs = {
        "A": [[[0, 100], [48, 0], [100, 98]], [[22, 64], [80, 62]]],
        "E": [[[80, 2], [0, 0], [2, 100], [84, 98]], [[0, 50], [60, 49]]],
        "H": [[[0, 0], [3, 100]], [[70, 2], [72, 100]], [[2, 52], [70, 50]]],
        "M": [[[0, 100], [8, 0], [45, 60], [84, 0], [95, 100]]],
        "X": [[[0, 0], [80, 100]], [[82, 2], [3, 98]]],
        "plus": [[[40, 0], [42, 80]], [[0, 40], [82, 42]]],
        "two digits": [[[0, 0], [40, 2], [12, 100]], [[80, 0], [60, 50], [80, 98], [105, 50], [82, 2]]],
        "minus": [[[0, 50], [100, 52]]],
        "grid": [[[30, 0], [28, 90]], [[60, 2], [62, 92]], [[0, 30], [92, 31]], [[2, 62], [90, 60]]],
    }
    doubted = {name: not read(strokes, model).sure for name, strokes in signs.items()}
    assert sum(doubted.values()) >= len(signs) - 1, doubted


def test_a_learners_own_model_can_read_too():
    import keras
    from keras import layers

    keras.utils.set_random_seed(0)
    own = keras.Sequential(
        [keras.Input((28, 28, 1)), layers.Flatten(), layers.Dense(10, activation="softmax")]
    )
    reading = read(SEVEN, own)
    assert reading.no_digit == 0
    assert reading.probabilities.shape == (10,)
    assert reading.sure == (reading.probability >= SURE)


def test_images_must_be_prepared(model):
    with pytest.raises(ValueError, match="0 .paper. to 1 .ink."):
        read(np.full((28, 28), 255.0), model)
    assert 0 < DOUBT < 1


@pytest.mark.chapter(20)
def test_the_small_one_is_an_eighth_and_reads_nearly_as_well(model, hands):
    assert SMALL_WEIGHTS.stat().st_size * 8 <= WEIGHTS.stat().st_size
    small, large = read_card(SMALL_WEIGHTS), read_card(WEIGHTS)
    for name in ("MNIST test", "MNIST test, strokes redrawn", "people it has never seen"):
        assert large["accuracy"][name] - small["accuracy"][name] <= 0.005, name
    assert small["accuracy"]["pen strokes drawn by the course"] >= 0.955
    small, (drawings, labels) = load_recognizer(small=True), hands
    assert small.count_params() < model.count_params() / 4
    assert [each.digit for each in readings(drawings, small)] == list(labels)
    images = np.array(
        [strokes_to_image(strokes) for strokes in pen_strokes(1_000, np.random.default_rng(5))[0]]
    )
    alike = outputs(images, small)[0].argmax(axis=1) == outputs(images, model)[0].argmax(axis=1)
    assert alike.mean() >= 0.95


def test_missing_weights_say_so(monkeypatch, tmp_path):
    monkeypatch.setattr("helpers.handwriting.recognizer.WEIGHTS", tmp_path / "recognizer.weights.h5")
    with pytest.raises(ModelFileError, match="there is no recognizer.weights.h5"):
        load_recognizer()


def test_fine_tuning_learns_one_hand_and_forgets_little(model, hands):
    drawings, labels = hands
    images = np.array([strokes_to_image(drawing) for drawing in drawings])
    # A writer whose seven is a triangle on a stick, as no training image is.
    odd = [[[20, 100], [20, 0], [70 + k, 25], [20, 50]] for k in range(0, 30, 6)]
    own = np.array([strokes_to_image([stroke]) for stroke in odd])
    before = np.asarray(model(own[..., None]))[:, 7].mean()
    weights = [w.copy() for w in model.get_weights()]
    start = time.perf_counter()
    tuned = handwriting.fine_tune(model, own, np.full(len(own), 7), steps=60)
    print(f"fine-tuning: {time.perf_counter() - start:.1f} s")
    after = np.asarray(tuned(own[..., None]))[:, 7].mean()
    assert before < 0.2
    assert after > 0.6
    assert np.mean(np.asarray(tuned(images[..., None])).argmax(axis=1) == labels) >= 0.95
    for left, right in zip(weights, model.get_weights(), strict=True):
        np.testing.assert_array_equal(left, right)  # the caller's model stays as it is
    assert read(odd[0:1], tuned).digit == 7


def test_fine_tuning_refuses_what_does_not_fit(model):
    image = np.zeros((2, 28, 28), np.float32)
    for images, labels in [
        (image, [1]),
        (image[:0], []),
        (image, [1, 10]),
        (image, [0.5, 1]),
        (image + 2, [1, 2]),
        (np.zeros((2, 784)), [1, 2]),
    ]:
        with pytest.raises(ValueError, match=r"expected \(n, 28, 28\)|from 0 to|from 0 \(paper\)"):
            handwriting.fine_tune(model, images, labels)


def network(shape=(28, 28, 1), outputs=10, activation="softmax", filters=(16, 16)):
    import keras
    from keras import layers

    convolutions = [layers.Conv2D(count, 3, strides=2) for count in filters]
    last = layers.Dense(outputs, activation=activation)
    return keras.Sequential([keras.Input(shape), *convolutions, layers.Flatten(), last])


UNSUITABLE = {
    "missing": (None, "has saved no chapter_06.keras here yet"),
    "truncated": (lambda path: path.write_bytes(path.read_bytes()[:-1000]), "sha256 differs"),
    "other inputs": ({"shape": (32, 32, 3)}, r"inputs of shape \(32, 32, 3\)"),
    "other outputs": ({"outputs": 9}, r"output has shape \(9,\)"),
    "no softmax": ({"activation": None}, "softmax"),
    "untrained": ({}, r"reads \d+% of the test images"),
    "without filters": ({"filters": ()}, r"layers of \[\] filters"),
    "few filters": ({"filters": (4, 32)}, r"layers of \[4, 32\] filters"),
    "a folder": (lambda path: path.unlink() or path.mkdir(), "it is a folder"),
}


@pytest.mark.parametrize("kind", UNSUITABLE)
def test_an_unsuitable_network_of_an_earlier_chapter_is_named_and_left(kind, tmp_path, monkeypatch, capsys):
    change, said = UNSUITABLE[kind]
    path = tmp_path / "chapter_06.keras"
    if change is not None:
        model = network(**change if isinstance(change, dict) else {})
        save_model(model, path, data="x", accuracy=0.5, seconds=1)
    if callable(change):
        change(path)
    images, labels = np.zeros((20, 28, 28), np.uint8), np.arange(20) % 10
    if "filters" in kind:  # they read all that there is
        labels = np.full(20, np.asarray(model(images[:1, ..., None] / 255)).argmax())
    monkeypatch.setattr(datasets, "load_mnist", lambda: ((images, labels), (images, labels)))
    model, name = handwriting.yours_or_shipped(path)
    assert name == "the network shipped with the course" and model.get_layer("maps_1")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 and re.search(said, lines[0]), lines


def test_a_suitable_network_of_an_earlier_chapter_is_used(tmp_path, monkeypatch, capsys):
    path = save_model(network(), tmp_path / "chapter_06.keras", data="x", accuracy=0.5, seconds=1)
    images = np.zeros((20, 28, 28), np.uint8)
    labels = np.full(20, np.asarray(load_model(path)(images[:1, ..., None] / 255)).argmax())
    monkeypatch.setattr(datasets, "load_mnist", lambda: ((images, labels), (images, labels)))
    model, name = handwriting.yours_or_shipped(path)
    assert name == "your network from chapter 6" and capsys.readouterr().out == ""
    assert model.predict(images, verbose=0).shape == (20, 10)

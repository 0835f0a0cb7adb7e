"""The recognizer without a browser: reading, feature maps, what the page gets, learning one's own digits."""

import base64
import io

import keras
import nbformat
import numpy as np
import pytest
import recognizer_page
from keras import layers
from PIL import Image

from helpers import handwriting
from helpers.handwriting import Reading
from helpers.progress import COMMITTED
from helpers.widgets import DigitField, Recognizer, explorer, recognizer, recognizer_maps
from helpers.widgets.canvas import sample_digit
from helpers.widgets.recognizer import (
    AnswerView,
    MapsView,
    Reader,
    as_bytes,
    counts_of,
    held_back,
    large_of,
    learn,
    percent,
    sentence_of,
    table_of,
)

pytestmark = pytest.mark.chapter(7)


def small_model(shape=(28, 28, 1), last="softmax", outputs=10):
    keras.utils.set_random_seed(3)
    return keras.Sequential(
        [
            keras.Input(shape),
            *([layers.Reshape((28, 28, 1))] if len(shape) == 2 else []),
            layers.Conv2D(4, 5, strides=2, use_bias=False, name="first"),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Conv2D(6, 5, activation="relu", name="second"),
            layers.MaxPooling2D(),
            layers.Conv2D(8, 3, name="third"),
            layers.Flatten(),
            layers.Dense(outputs, activation=last),
        ]
    )


@pytest.fixture(scope="module")
def model():
    return small_model()


@pytest.fixture
def shown(model, tmp_path):
    return Recognizer(model, name="a <small> model", own_digits=tmp_path / "own.json")


# Reading


@pytest.mark.parametrize("shape", [(28, 28), (28, 28, 1)])
def test_any_model_of_such_images_reads(shape):
    reader = Reader(small_model(shape))
    reading = reader.read(sample_digit(4))
    np.testing.assert_array_equal(reading.image, handwriting.strokes_to_image(sample_digit(4)))
    expected = np.asarray(reader.model(reading.image.reshape(1, *shape)))[0]
    np.testing.assert_allclose(reading.probabilities, expected, atol=1e-5)


def test_feature_maps_are_those_after_normalisation_and_relu(model):
    maps = Reader(model).maps(handwriting.strokes_to_image(sample_digit(4)))
    assert [(name, values.shape) for name, values in maps.items()] == [
        ("first", (12, 12, 4)), ("second", (8, 8, 6)),
    ]  # fmt: skip
    image = handwriting.strokes_to_image(sample_digit(4))[None, ..., None]
    by_hand = keras.ops.relu(model.layers[1](model.layers[0](image)))
    np.testing.assert_allclose(maps["first"], np.asarray(by_hand)[0], atol=1e-5)
    assert maps["second"].min() >= 0


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: small_model(last=None), "outputs sum to .*softmax"),
        (lambda: small_model(outputs=9), r"output has shape \(9,\); expected \(10,\)"),
        (lambda: small_model((32, 32, 1)), r"takes inputs of shape \(32, 32, 1\)"),
    ],
)
def test_a_model_that_does_not_fit_has_one_clear_error(wrong, said):
    with pytest.raises(ValueError, match=said) as raised:
        Reader(wrong())
    assert "\n" not in str(raised.value)


def test_a_model_without_convolutions_has_no_maps():
    dense = keras.Sequential(
        [keras.Input((28, 28)), layers.Flatten(), layers.Dense(10, activation="softmax")]
    )
    reader = Reader(dense)
    assert reader.maps(reader.read(sample_digit(1)).image) == {} and reader.matter_most(sample_digit(1)) == []


def test_an_empty_canvas_is_no_digit(model):
    reader = Reader(model)
    reading = reader.read([])
    assert reading.digit is None and not reading.image.any() and reader.maps(reading.image) == {}
    assert sentence_of(reading) == "Nothing is drawn yet."


def test_the_switch_turns_the_preparation_off(shown):
    shown.canvas.draw(sample_digit(3, 60, 10, 10))
    prepared = shown.reading.image
    shown.centre.value = False
    as_it_is = shown.reading.image
    rows, columns = np.nonzero(prepared > 0.5)
    assert rows.mean() == pytest.approx(14, abs=1.5) and columns.mean() == pytest.approx(14, abs=1.5)
    assert max(np.nonzero(as_it_is > 0.5)[0]) < 10


@pytest.mark.parametrize("digit", range(10))
def test_the_shipped_model_reads_the_samples(digit):
    reading = shipped().read(sample_digit(digit))
    assert (reading.digit, reading.sure) == (digit, True)
    assert len(shipped().maps(reading.image)) == 2


def shipped():
    if not _shipped:
        _shipped.append(Reader(handwriting.load_recognizer()))
    return _shipped[0]


_shipped = []


# In words and bytes


def test_sentences():
    p = np.full(10, 0.005, np.float32)
    p[7], p[1] = 0.93, 0.03
    sure = Reading(7, 0.93, 1, True, "", p, 0.0)
    assert sentence_of(sure) == "I read a 7 (93%); second choice 1 (3%)."
    unsure = sure._replace(sure=False, reason="This does not look like a digit.")
    assert sentence_of(unsure) == (
        "Unsure. This does not look like a digit. First choice 7 (93%), second choice 1 (3%)."
    )


@pytest.mark.parametrize(
    ("first", "second", "sure", "no_digit", "large", "sentence"),
    [
        (8, 3, True, 0.0, "8", "I read an 8 (56%); second choice 3 (44%)."),
        (
            7,
            8,
            False,
            0.0,
            "7?",
            "Unsure. It could be a 7 or an 8. First choice 7 (56%), second choice 8 (44%).",
        ),
        (
            8,
            1,
            False,
            0.9,
            "?",
            "Unsure. It could be an 8 or a 1. First choice 8 (56%), second choice 1 (44%).",
        ),
        (None, None, False, 0.0, "", "It could be an 8 or a 1."),
    ],
)
def test_the_first_choice_comes_first(first, second, sure, no_digit, large, sentence):
    p = np.zeros(10, np.float32)
    if first is not None:
        p[first], p[second] = 0.56, 0.44
    reason = "It could be an 8 or a 1." if first in (8, None) else "It could be a 7 or an 8."
    view = AnswerView()
    view.show(Reading(first, 0.56, second, sure, reason, p, no_digit, np.zeros((28, 28))))
    assert (view.large, view.sentence) == (large, sentence)
    assert (view.answer, view.runner_up) == ((first, second) if first is not None else (-1, -1))


def test_no_probability_becomes_0_or_100_per_cent():
    assert [percent(p) for p in (0, 0.004, 0.5, 0.99, 0.999, 1)] == [
        "under 1%", "under 1%", "50%", "99%", "over 99%", "over 99%",
    ]  # fmt: skip


def test_bytes_are_scaled_to_the_largest_value():
    assert as_bytes(np.array([[-1, 0, 1, 2.0]])).tolist() == [[0, 0, 128, 255]]
    assert as_bytes(np.zeros((1, 3))).tolist() == [[0, 0, 0]]
    assert as_bytes(np.array([[np.nan, 1]])).tolist() == [[0, 255]]
    strong_and_weak = np.stack([np.eye(2), np.eye(2) / 50], axis=2)
    assert as_bytes(strong_and_weak)[0, 0].tolist() == [255, 255]


def test_views_get_one_reading_whole(model):
    answer, maps, reader = AnswerView(), MapsView(), Reader(model)
    reading = reader.read(sample_digit(2))
    inside = reader.maps(reading.image)
    sent = []
    answer.observe(lambda change: sent.append((answer.sentence, len(answer.probabilities))), "number")
    answer.show(reading)
    assert sent == [(sentence_of(reading), 10)]
    assert len(answer.image) == 784
    assert answer.runner_up == reading.runner_up
    assert (answer.answer, answer.large) == (reading.digit, large_of(reading))
    maps.show(inside)
    assert [(layer["count"], layer["height"], layer["columns"]) for layer in maps.layers] == [
        (4, 12, 4), (6, 8, 6),
    ]  # fmt: skip
    pixels = np.frombuffer(maps.maps, np.uint8)
    assert len(pixels) == 4 * 12 * 12 + 6 * 8 * 8
    np.testing.assert_array_equal(pixels[:144].reshape(12, 12), as_bytes(inside["first"])[:, :, 0])
    assert all(tile.max() == 255 for tile in pixels[: 4 * 144].reshape(4, 144) if tile.any())  # its own scale


# Feature maps, switched off


def test_a_map_that_is_off_answers_nothing_and_the_model_stays(model):
    reader, weights = Reader(model), model.get_weights()
    before = reader.read(sample_digit(4))
    whole = reader.maps(before.image)["first"]
    reader.switch_off([("first", 2), ("second", 5)])
    first, second = reader.maps(before.image).values()
    assert np.flatnonzero(~first.any(axis=(0, 1))).tolist() == [2]
    assert not second[..., 5].any()
    np.testing.assert_array_equal(first[..., 0], whole[..., 0])
    reader.switch_off([])
    np.testing.assert_array_equal(reader.read(sample_digit(4)).probabilities, before.probabilities)
    assert all(np.array_equal(a, b) for a, b in zip(weights, model.get_weights(), strict=True))


def test_maps_are_named_by_what_moves_them():
    keras.utils.set_random_seed(0)
    named = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(3, 5, padding="same", activation="relu", name="filters"),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )
    upright = np.full((5, 5), -1.0)
    upright[:, 2] = 4
    edge = np.zeros((5, 5))
    edge[:, 1], edge[:, 3] = 1, -1  # ink to the left, none to the right
    kernel = np.stack([upright, edge, np.zeros((5, 5))], axis=2)[:, :, None]
    named.get_layer("filters").set_weights([kernel, np.zeros(3)])
    assert list(recognizer_maps.names_of_maps(named).values()) == [
        "upright strokes",
        "right of upright strokes",
        "",
    ]


def test_switching_off_what_matters_most_changes_the_verdict(tmp_path):
    whole = Recognizer(own_digits=tmp_path / "own.json")
    whole.canvas.draw(sample_digit(7))
    switches, before = whole._switches, whole.reading
    for _ in range(3):
        switches.switch_off_most()
    assert len(whole.reader.off) == 18 and whole.reading.probability < before.probability
    assert (whole.reading.digit, whole.reading.sure) != (before.digit, before.sure)
    assert "With all maps: I read a 7" in switches.note.value
    layer, number = whole.reader.off[0]
    position = list(whole.maps).index(layer)
    assert number in whole.maps_view.layers[position]["off"]
    whole.maps_view.clicked = [position, number, 1]  # a click on it switches it on again
    assert (layer, number) not in whole.reader.off and len(whole.reader.off) == 17
    whole.take(whole.reader.model)  # what is off stays off with another model
    assert len(whole.reader.off) == 17
    switches.set(())
    assert whole.reading.probability == before.probability and "Switched" not in switches.note.value


def test_a_dot_is_no_digit_and_no_map_matters_to_it(shown):
    shown.canvas.draw([[[50, 50]]])
    assert shown.answer_view.sentence == "This is a dot." and len(shown.maps) == 2
    shown._switches.switch_off_most()
    assert shown.reader.off == ()


# The widget


def test_drawing_brings_the_page_up_to_date(shown):
    number = shown.answer_view.number
    shown.canvas.draw(sample_digit(6))
    assert shown.answer_view.number == number + 1 == shown.maps_view.number
    assert shown.answer_view.sentence == sentence_of(shown.reading)
    image = shown.answer_view.image
    shown.canvas.draw(sample_digit(6, 80, 5, 5))
    shown.centre.value = False
    assert shown.answer_view.image != image
    shown.canvas.clear()
    assert shown.answer_view.sentence == "Nothing is drawn yet."
    assert shown.answer_view.probabilities == []


def test_without_a_kernel_there_is_a_still_picture(shown, monkeypatch):
    messages = []
    monkeypatch.setattr(
        explorer, "publish_display_data", lambda data, metadata=None, **_: messages.append((data, metadata))
    )
    shown._ipython_display_()
    (live, kept), (still, metadata), _ = messages
    assert live["text/plain"] == repr(shown) == "Recognizer: run this cell to write a digit"
    assert kept[COMMITTED] == ["text/plain"]
    assert Image.open(io.BytesIO(base64.b64decode(still["image/png"]))).width == 1400
    assert "28 × 28 pixels" in metadata["alt"]
    assert shown.canvas.strokes == []  # The example is in the picture only.


def test_the_still_picture_is_legible():
    strokes = sample_digit(5)
    reading = shipped().read(strokes)
    fig = recognizer.draw(strokes, reading, shipped().maps(reading.image), (280, 280))
    fig.draw_without_rendering()
    texts = [text for ax in fig.axes for text in ax.findobj(lambda a: hasattr(a, "get_fontsize"))]
    assert all(text.get_fontsize() >= 9 for text in texts if text.get_text())
    for ax in fig.axes:
        box = ax.get_tightbbox()
        assert box.x0 >= -1 and box.x1 <= fig.bbox.x1 + 1
    assert fig.get_size_inches()[0] == 7


# One's own digits


def test_digits_are_kept_counted_and_dropped(shown, tmp_path):
    lessons = shown._lessons
    lessons.keep(7)
    assert "write a digit first" in lessons._message.value
    for label in (7, 7, 1):
        shown.canvas.draw(sample_digit(label))
        lessons._labels[label].click()
        assert shown.canvas.strokes == []
    assert "Kept as a 1. Yours so far: 3 (1: 1, 7: 2)." in lessons._message.value
    again = Recognizer(shown.reader.model, own_digits=tmp_path / "own.json")
    assert counts_of(again.digits) == "Yours so far: 3 (1: 1, 7: 2)."
    again._lessons._drop.click()
    assert again.digits.labels.tolist() == [7, 7]


def test_what_cannot_be_kept_is_said(shown, monkeypatch):
    def fail(strokes, label):
        raise OSError("the disk is <full>")

    monkeypatch.setattr(shown.digits, "add", fail)
    shown.canvas.draw(sample_digit(1))
    shown._lessons.keep(1)
    assert "Not kept: the disk is &lt;full&gt;" in shown._lessons._message.value
    assert shown.canvas.strokes  # It is still there to try again.


def test_every_fourth_digit_of_a_class_is_held_back():
    assert np.flatnonzero(held_back([1, 1, 2, 1, 1, 2, 1, 1, 1, 1])).tolist() == [4, 9]
    assert not held_back([]).any()


def load():
    rng = np.random.default_rng(0)
    x, t = rng.integers(0, 256, (64, 28, 28), np.uint8), np.arange(64) % 10
    return (x, t), (x, t)


def test_learning_goes_over_to_a_copy_and_back(shown, monkeypatch):
    def pens(n):
        return np.zeros((n, 28, 28), np.uint8), np.arange(n) % 10

    monkeypatch.setattr("helpers.datasets.load_mnist", load)
    monkeypatch.setattr(recognizer, "_STEPS", 6)
    model, weights = shown.reader.model, shown.reader.model.get_weights()
    shown._lessons._train.click()
    assert "Keep a few of your digits first" in shown._lessons._message.value
    for _ in range(4):
        shown.canvas.draw(sample_digit(3))
        shown._lessons.keep(3)
    bar, drawn = shown._lessons._progress, []
    monkeypatch.setattr(
        "helpers.handwriting.training.pen_images", lambda n, rng: drawn.append(bar.value) or pens(n)
    )
    result = shown._lessons.fine_tune()
    assert [count for count, *_ in result.values()] == [3, 1, 64]
    assert all(0 <= share <= 1 for _, *pair in result.values() for share in pair)
    assert drawn == list(range(1, 21))  # it moves before anything long begins
    assert bar.value == 27
    assert shown.reader.model is not model
    for before, now in zip(weights, model.get_weights(), strict=True):
        np.testing.assert_array_equal(before, now)  # The learner's model is as it was.
    assert "MNIST" in shown._lessons._table.value
    shown._lessons._back.click()
    assert shown.reader.model is model
    assert shown._lessons._back.disabled


def test_the_table_shows_before_and_after():
    table = table_of({"Your digits, learned": (4, 0.5, 1.0), "MNIST": (2000, 0.9941, 0.9912)})
    assert "50.0%" in table and "100.0%" in table and "99.4%" in table and "99.1%" in table
    assert "2,000" in table


def test_where_no_digit_is_held_back_none_is_measured(shown, monkeypatch):
    monkeypatch.setattr("helpers.datasets.load_mnist", load)
    monkeypatch.setattr(handwriting, "fine_tune", lambda model, *_, **__: model)
    _, result = learn(shown.reader.model, np.zeros((3, 28, 28), np.float32), np.arange(3), shown._lessons)
    assert "held back" not in table_of(result) and len(result) == 2


# Several digits


def test_a_digit_field_shows_what_the_function_says():
    asked = []

    def read(strokes):
        asked.append(len(strokes))
        return f"<{len(strokes)}>", [np.eye(28)] * len(strokes)

    field = DigitField(read)
    field.canvas.draw(sample_digit(2) + sample_digit(0))
    assert asked == [0, 2] and field.text == "<2>"
    assert "&lt;2&gt;" in field._shown.value and field._shown.value.count("<img") == 2
    assert (field.canvas.width, field.canvas.height) == (700, 200)


def test_a_mistake_in_the_function_is_shown():
    field = DigitField(lambda strokes: strokes[0])
    assert "Your function stopped with IndexError: list index out of range" in field._shown.value
    field.canvas.draw(sample_digit(1))
    assert "stopped" not in field._shown.value


# The page


def test_the_page_is_a_notebook_of_one_cell(tmp_path):
    path = recognizer_page.write_notebook(tmp_path, idle=30)
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    (cell,) = notebook.cells
    assert cell.source.endswith("page(idle=30)")


def test_the_page_keeps_nothing():
    whole = recognizer_page.page(idle=5)
    row = whole.children[1]
    assert row.children[0].reset_after == 5
    assert not any("remembered" in getattr(child, "value", "") for child in whole.children)

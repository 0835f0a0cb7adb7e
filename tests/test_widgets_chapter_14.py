"""The workbench for one's own classes, without a browser: drawings, files of all kinds, what it learns."""

import io
from datetime import UTC, datetime

import numpy as np
import pytest
from figures import faults_of
from PIL import Image
from widget_cases import mean_colours, some_pictures

from data.make.backbone import build_backbone
from helpers.models import load_weights, shipped
from helpers.widgets import OwnClasses, own_classes
from helpers.widgets.own_classes import MOST, draw

pytestmark = pytest.mark.chapter(14)

keras = pytest.importorskip("keras")

RED = np.full((40, 60, 3), (200, 30, 30), np.uint8)


@pytest.fixture
def shown():
    return OwnClasses(mean_colours(), *some_pictures(), ("red", "green", "blue"))


@pytest.fixture(scope="module")
def backbone():
    model = build_backbone()
    load_weights(model, shipped("backbone"), shipped=True)
    return keras.Model(model.inputs[0], model.get_layer("features").output)


def press(shown, description):
    """Press a button of the widget."""
    buttons = [part for box in shown.widget.children for part in getattr(box, "children", ())]
    next(part for part in buttons if getattr(part, "description", "") == description).click()


def upload(shown, *files):
    """Upload files as ipywidgets 8 does: name, content."""
    shown._on_upload({"new": tuple({"name": name, "content": memoryview(data)} for name, data in files)})


def png(picture):
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    return buffer.getvalue()


def strokes_of(kind, rng):
    """Draw a circle or a cross by hand: anywhere, of any size, shaky."""
    middle, radius = 112 + rng.uniform(-25, 25, 2), rng.uniform(45, 75)
    if kind == "circle":
        turn = np.linspace(0, 2 * np.pi, 30) + rng.uniform(0, 6)
        lines = [np.column_stack([np.cos(turn), np.sin(turn)])]
    else:
        turn = np.pi / 4 + rng.uniform(-0.3, 0.3) + np.array([0, np.pi / 2])
        lines = [np.outer(np.linspace(-1, 1, 20), [np.cos(t), np.sin(t)]) for t in turn]
    return [(middle + radius * line + rng.normal(0, 2, line.shape)).tolist() for line in lines]


# What it learns


def test_five_drawings_are_enough(backbone):
    rng, shown = np.random.default_rng(1), OwnClasses(backbone)
    for kind in ("circle", "cross", "circle", "cross", "circle"):
        shown.set(into=kind)
        shown.canvas.stamp(strokes_of(kind, rng))
        press(shown, "Add drawing")
        assert not shown.canvas.strokes, "the canvas is free for the next one"
    assert np.bincount(shown.state["labels"]).tolist() == [3, 2]
    right = 0
    for kind in ("circle", "cross") * 10:
        shown.canvas.draw(strokes_of(kind, rng))
        right += shown.state["names"][np.argmax(shown.state["answer"])] == kind
    assert right >= 18


def test_frozen_features_are_worth_more_than_pixels_and_the_network_stays_as_it_was(backbone):
    rng = np.random.default_rng(2)
    before = backbone.get_weights()
    images, labels, canvas = [], np.arange(60) % 2, OwnClasses(backbone).canvas
    for label in labels:
        canvas.draw(strokes_of(("circle", "cross")[label], rng))
        picture = own_classes.picture_of(canvas.strokes, 224, 224, canvas.widths, canvas.pen_width)
        images.append(np.asarray(picture.convert("RGB").resize((32, 32))))
    shown = OwnClasses(backbone, images, labels, ("circle", "cross"))
    curves = shown.state["curves"]
    assert curves["features"].mean() > curves["pixels"].mean() + 0.05
    assert curves["features"].mean() > curves["untrained"].mean() + 0.02
    assert curves["features"][9] > 0.9 and curves["features"][9] > curves["features"][0]
    for old, new in zip(before, backbone.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_it_is_the_softmax_regression_that_gradient_descent_finds():
    rng = np.random.default_rng(0)
    x, labels = rng.normal(size=(12, 5)).astype(np.float32), np.arange(12) % 3
    targets, kept = np.eye(3)[labels], np.ones((2, 12))
    kept[1, 4] = 0
    gram = x @ x.T
    shares = own_classes.learned(gram, targets, kept)
    for number in range(2):
        rate, weights = 2 / (np.linalg.eigvalsh(gram)[-1] + 0.04), np.zeros((5, 3))
        for _ in range(200):
            errors = (own_classes._softmax(x @ weights) - targets) * kept[number][:, None]
            weights -= rate * (x.T @ errors + 0.02 * weights)
        np.testing.assert_allclose(x.T @ shares[number], weights, atol=1e-3)
    assert not shares[1, 4].any()


def test_a_camera_s_picture_goes_to_the_chosen_class(shown):
    shown.set(into="green")
    before, buffer = np.bincount(shown.state["labels"]), io.BytesIO()
    Image.fromarray(RED).save(buffer, "JPEG")
    shown.camera._handle_custom_msg({}, [memoryview(buffer.getvalue())])
    assert (np.bincount(shown.state["labels"]) - before).tolist() == [0, 1, 0]
    shown.camera._handle_custom_msg({}, [memoryview(b"no picture")])
    assert "camera.jpg: is broken, or is no picture" in shown._note.value
    shown.camera._handle_custom_msg({}, [])
    assert len(shown.state["labels"]) == before.sum() + 1


def test_left_out_means_not_learned_from(shown):
    shown.set(classes="red, green", examples=2)
    for _ in range(3):
        shown.add(RED)  # All the same: whoever remembers one knows the others.
    others = shown.state["found"]
    assert others[1] == 7
    green = RED[..., [1, 0, 2]]
    shown.add(green)
    state = shown.state
    assert state["title"] == "the newest, left out" and (state["asked"] == green[:32, :32]).all()
    assert state["answer"][0] < 0.5, "it was put among the red ones; the others say green"


def test_a_picture_alone_in_its_class_is_not_counted():
    shown = OwnClasses(mean_colours())
    shown.add(RED)
    assert shown.state["answer"] is None and shown.state["found"] == (0, 0)
    shown.set(into="cross")
    shown.add(RED[..., ::-1])
    state = shown.state
    assert state["answer"].sum() == pytest.approx(1) and state["found"] == (0, 0)
    assert "two pictures of a class" in shown.still.alt


def test_pictures_that_are_all_the_same_give_even_answers():
    shown = OwnClasses(mean_colours())
    for kind in ("circle", "cross") * 2:
        shown.set(into=kind)
        shown.add(RED)
    np.testing.assert_allclose(shown.state["answer"], 0.5)


def test_curves_are_measured_once_for_the_same_classes(shown, monkeypatch):
    first = shown.state["curves"]
    assert list(first) == ["features", "pixels", "untrained"] and first["features"].shape == (10,)
    monkeypatch.setattr(own_classes, "_curve", None)
    shown.set(examples=7)
    assert shown.state["curves"] is first
    few = OwnClasses(mean_colours(), *(part[:30] for part in some_pictures()), ("red", "green", "blue"))
    assert few.state["curves"] == {}, "ten of each class: none are left to test with"


# Classes and pictures


def test_classes_are_renamed_and_keep_their_pictures(shown):
    shown.set(into="blue")
    shown.add(RED)
    shown.set(classes=" red,green , Blue?,red")
    state = shown.state
    assert state["names"] == ("red", "green", "Blue?") and state["into"] == "Blue?"
    assert np.bincount(state["labels"]).tolist() == [3, 3, 1]  # The data know no "Blue?".
    shown.set(classes="red, green")
    assert shown.state["into"] == "green" and len(shown.state["labels"]) == 6
    shown.set(classes="red, green, blue, violet")
    assert np.bincount(shown.state["labels"]).tolist() == [3, 3, 4] and len(shown.state["answer"]) == 4
    assert shown.state["answer"][3] == 0
    for text in ("red", "", "a,b,c,d,e", "red, red"):
        shown.set(classes=text)
        assert "Two to four different names" in shown._note.value
        assert shown.state["names"] == ("red", "green", "blue", "violet")


def test_odd_names_are_drawn_as_they_are(shown):
    shown.set(classes="$x^2, <b>, \\frac{1}{2$")
    faults, fig = faults_of(draw, shown.state)
    assert not faults
    assert any("$x^2: 0 pictures" in text.get_text() for ax in fig.axes for text in ax.texts)


def test_a_picture_is_its_middle_and_can_be_taken_back(shown):
    wide = np.zeros((32, 96, 3), np.uint8)
    wide[:, 32:64] = 200
    shown.add(wide)
    assert (shown.state["asked"] == 200).all()
    press(shown, "Take back")
    assert len(shown.state["labels"]) == 9
    press(shown, "Take back")
    assert "no picture of your own" in shown._note.value
    press(shown, "Add drawing")
    assert "canvas is empty" in shown._note.value and len(shown.state["labels"]) == 9


def test_the_newest_pictures_are_kept(shown):
    shown._redraw = lambda: None
    for _ in range(MOST + 2):
        shown.add(RED)
    assert len(shown.state["labels"]) == 9 + MOST


@pytest.mark.parametrize(
    ("images", "labels", "names"),
    [
        (np.zeros((4, 28, 28, 3)), [0, 1, 0, 1], ["a", "b"]),
        (np.zeros((4, 32, 32, 3)), [0, 1], ["a", "b"]),
        (np.zeros((4, 32, 32, 3)), [0, 1, 2, 1], ["a", "b"]),
    ],
)
def test_what_does_not_fit_is_refused(images, labels, names):
    with pytest.raises(ValueError, match=r"expected \(n, 32, 32, 3\), n labels and a name"):
        OwnClasses(mean_colours(), images, labels, names)


@pytest.mark.parametrize("names", ["cups, bottles", [], ["cup", "cup"]])
def test_names_are_several(names):
    with pytest.raises(ValueError, match="expected at least two, in a list"):
        OwnClasses(mean_colours(), names=names)


def test_pictures_divided_by_255_are_refused():
    with pytest.raises(ValueError, match="images are float64; expected uint8 from 0 to 255"):
        OwnClasses(mean_colours(), np.ones((4, 32, 32, 3)), [0, 1, 0, 1], ["a", "b"])


@pytest.mark.parametrize("channels", [(), (4,)])
def test_a_picture_may_be_grey_or_transparent(shown, channels):
    before = len(shown.state["labels"])
    shown.add(np.full((40, 30, *channels), 90, np.uint8))
    assert len(shown.state["labels"]) == before + 1
    with pytest.raises(ValueError, match="the picture is float64"):
        shown.add(np.ones((40, 30, 3)))


# Files


def test_files_come_from_both_versions_of_ipywidgets(shown):
    upload(shown, ("a.png", png(RED)), ("b.png", png(RED[..., ::-1])))
    assert len(shown.state["labels"]) == 11 and shown.upload.value == ()
    shown._on_upload({"new": {"c.png": {"metadata": {}, "content": png(RED)}}})
    assert len(shown.state["labels"]) == 12
    shown._on_upload({"new": ()})
    assert len(shown.state["labels"]) == 12


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.png", b"", "empty.png: is empty; expected PNG, JPEG"),
        ("text.png", b"no picture at all", "text.png: is broken, or is no picture; expected PNG"),
        ("cut.png", png(np.zeros((200, 200, 3), np.uint8))[:100], "cut.png: is broken"),
        ("huge.png", png(np.zeros((10_000, 10_000), bool)), "huge.png: has more than 40 million pixels"),
        ("../../x/<b>.png", b"", r"_.._x__b_.png: is empty"),
        ("..", b"", "_: is empty"),
        ("", b"", "is empty"),
        ("W" * 5_000 + ".png", b"", "WWW.png: is empty"),
        ("nul\x00.png", b"", "nul_.png: is empty"),
    ],
)
def test_odd_files_are_answered_in_one_sentence(shown, name, content, said):
    upload(shown, ("good.png", png(RED)))
    before = shown.still
    upload(shown, (name, content), ("later.png", png(RED)))
    assert said in shown._note.value and "\n" not in shown._note.value and len(shown._note.value) < 250
    assert shown.still == before, "nothing was added"
    upload(shown, ("good.png", png(RED)))
    assert shown._note.value == '<span role="status"></span>' and len(shown.state["labels"]) == 11


def test_the_same_file_can_be_chosen_twice(shown):
    before, file = len(shown.state["labels"]), {"name": "red.png", "content": memoryview(png(RED))}
    file |= {"type": "image/png", "size": len(file["content"]), "last_modified": datetime.now(UTC)}
    for times in (1, 2):
        shown.upload.value = (file,)
        assert not shown.upload.value, "else the second time would be no change"
        assert len(shown.state["labels"]) == before + times

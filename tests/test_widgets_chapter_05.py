"""The filter editor without a browser: the pipeline, files of all kinds, controls that follow each other."""

import html
import io
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from helpers.widgets import FilterEditor
from helpers.widgets.controls import read_number
from helpers.widgets.filter_editor import (
    LONGEST_SIDE,
    OWN_NUMBERS,
    PRESETS,
    NumberGrid,
    draw,
    filter_stages,
    read_image,
)

pytestmark = pytest.mark.chapter(5)


@pytest.fixture(scope="module")
def digit():
    image = np.zeros((28, 28), np.uint8)
    image[5:24, 12:16] = 255
    return image


@pytest.fixture
def editor(digit):
    return FilterEditor(digit)


def file_of(image, format="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


# The pipeline


def test_presets_are_those_of_the_chapter():
    rows = [[2, 1, 0, -1, -2], [3, 2, 0, -2, -3], [4, 3, 0, -3, -4], [3, 2, 0, -2, -3], [2, 1, 0, -1, -2]]
    assert PRESETS["vertical 5×5"] == (tuple(map(tuple, rows)), 23)
    np.testing.assert_array_equal(PRESETS["horizontal 5×5"][0], np.transpose(rows))
    assert PRESETS["average"] == (((1, 1, 1),) * 3, 9)
    sums = {name: np.sum(numbers) / divisor for name, (numbers, divisor) in PRESETS.items()}
    assert {name for name, total in sums.items() if total == 0} == {
        "vertical 3×3", "horizontal 3×3", "vertical 5×5", "horizontal 5×5",
    }  # fmt: skip
    assert sums["identity"] == sums["average"] == sums["sharpen"] == 1


@pytest.mark.parametrize("size", [3, 5])
def test_stages_are_the_chapters(size):
    rng = np.random.default_rng(size)
    image, kernel = rng.random((9, 12)), rng.normal(size=(size, size))
    filtered, absolute, cut, pooled = filter_stages(image, kernel, 0.2)
    padded = np.pad(image, size // 2)
    for i, j in np.ndindex(9, 12):
        assert filtered[i, j] == pytest.approx((padded[i : i + size, j : j + size] * kernel).sum())
    np.testing.assert_array_equal(absolute, abs(filtered))
    np.testing.assert_allclose(cut, np.maximum(absolute - 0.2, 0))
    np.testing.assert_array_equal(pooled, [[cut[i : i + 2, j : j + 2].max() for j in range(0, 12, 2)]
                                           for i in range(0, 8, 2)])  # fmt: skip


def test_stages_of_identity_and_of_a_flat_image():
    image = np.random.default_rng(0).random((8, 8))
    np.testing.assert_allclose(filter_stages(image, PRESETS["identity"][0], 0)[0], image)
    numbers, divisor = PRESETS["vertical 5×5"]
    assert abs(filter_stages(np.ones((9, 9)), np.array(numbers) / divisor, 0)[0][2:-2, 2:-2]).max() < 1e-12
    edge = np.zeros((9, 10))
    edge[:, :5] = 1
    answers = filter_stages(edge, np.array(numbers) / divisor, 0)[0]
    assert answers[4, 4] == pytest.approx(1)  # Ink under all positive numbers.
    with pytest.raises(ValueError, match="expected"):
        filter_stages(np.ones(5), np.ones((3, 3)), 0.2)


# Controls


def test_presets_fill_the_grid(editor):
    for preset, (numbers, divisor) in PRESETS.items():
        old = editor.still.png
        editor.set(preset=preset)
        assert editor.controls["numbers"].value == numbers
        assert editor.controls["divisor"].value == divisor
        assert editor.controls["size"].value == len(numbers)
        typed = [read_number(field.value) for field in editor.controls["numbers"].children]
        assert typed == list(np.ravel(numbers))
        assert editor.still.png != old or preset == "vertical 5×5"


def test_a_typed_number_changes_the_picture_once(editor, monkeypatch):
    editor.set(preset="identity")
    drawn = []
    monkeypatch.setattr(editor, "_redraw", lambda: drawn.append(editor.state))
    editor.controls["numbers"].children[0].value = "5"
    assert len(drawn) == 1
    assert drawn[0]["numbers"][0] == (5, 0, 0)
    assert editor.controls["preset"].value == OWN_NUMBERS
    editor.controls["numbers"].children[0].value = "0"
    assert editor.controls["preset"].value == "identity"
    assert len(drawn) == 2
    editor.controls["preset"].value = "vertical 5×5"
    assert len(drawn) == 3


@pytest.mark.parametrize(
    ("text", "number"),
    [("1/9", 1 / 9), ("0,5", 0.5), (" −2 ", -2), ("-.5", -0.5), ("1,000", 1000), ("92 %", 92), ("3/-2", -1.5),
     ("", None), ("one", None), ("1/0", None), ("1e999", None), ("nan", None), ("1/2/3", None), (None, None)],
)  # fmt: skip
def test_numbers_are_read_as_people_type_them(text, number):
    assert read_number(text) == (number if number is None else pytest.approx(number))


def test_fractions_and_commas_are_taken_and_words_refused(editor):
    field, *_ = editor.controls["numbers"].children
    for text, number in (("1/9", 1 / 9), ("0,5", 0.5)):
        field.value = text
        assert editor.controls["numbers"].value[0][0] == pytest.approx(number)
        assert field.value == text
    for text in ("one", "1/0", "100", ""):
        field.value = text
        assert field.value == "0.5" and editor.controls["numbers"].value[0][0] == 0.5
        assert f"{text!r} is no number from −99 to 99" in html.unescape(editor._note.value)
    field.value = "2"
    assert "no number" not in editor._note.value


@pytest.mark.parametrize("numbers", [((1, 2), (3, 4)), ((1, 2, 3),) * 2, np.ones((4, 4))])
def test_what_is_no_square_is_refused(editor, numbers):
    with pytest.raises(ValueError, match="no square"):
        NumberGrid(numbers)
    with pytest.raises(ValueError, match="no square"):
        editor.set(numbers=numbers)


@pytest.mark.parametrize(
    ("number", "words"),
    [(0.125, ".12"), (-0.125, "−.1"), (10.55, "11"), (10.5, "10.5"), (-10.55, "−11"), (-2.25, "−2.2"),
     (-99, "−99"), (2, "2"), (0, "0"), (0.04, ".04")],
)  # fmt: skip
def test_numbers_stay_in_their_fields(editor, number, words):
    editor.set(numbers=np.full((5, 5), number), divisor=1)
    fig = draw(**editor.state)
    fig.canvas.draw()
    field = fig.axes[1].get_window_extent().width / 5
    assert {text.get_text() for text in fig.axes[1].texts} == {words}
    assert all(text.get_window_extent().width < field for text in fig.axes[1].texts)


def test_size_pads_and_cuts(editor):
    editor.set(preset="sharpen")
    editor.controls["size"].value = 5
    assert len(editor.controls["numbers"].children) == 25
    np.testing.assert_array_equal(editor.controls["numbers"].value, np.pad(PRESETS["sharpen"][0], 1))
    editor.controls["size"].value = 3
    assert editor.controls["preset"].value == "sharpen"


def test_without_a_digit_the_course_draws_one():
    image = FilterEditor().state["image"]
    assert image.shape == (28, 28)
    assert 0 <= image.min() < 0.1 < 0.9 < image.max() <= 1


# Files


def test_read_image_makes_grey_and_small():
    colours = np.zeros((200, 400, 3), np.uint8)
    colours[:, 200:] = 255, 0, 0
    for source in (file_of(Image.fromarray(colours)), file_of(Image.fromarray(colours), "JPEG")):
        image = read_image(source)
        assert image.shape == (LONGEST_SIDE // 2, LONGEST_SIDE)
        assert image.dtype == np.float32
        assert image[5, 5] == pytest.approx(0, abs=0.02)
        assert image[5, -5] == pytest.approx(0.299, abs=0.02)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "I", "F"])
def test_read_image_takes_every_kind_of_picture(mode):
    values = np.add.outer(np.arange(30), np.arange(40))
    if mode in ("I;16", "I", "F"):
        image = Image.fromarray((values * 600).astype({"I;16": "u2", "I": "i4", "F": "f4"}[mode]))
    else:
        image = Image.fromarray((values * 3).astype(np.uint8)).convert(mode)
    read = read_image(file_of(image, "TIFF"))
    assert read.shape == (30, 40)
    assert 0 <= read.min() < 0.3 < 0.6 < read.max() <= 1


def test_transparent_is_white_and_small_stays_small():
    clear = Image.new("RGBA", (10, 12), (0, 0, 0, 0))
    np.testing.assert_array_equal(read_image(file_of(clear)), np.ones((12, 10)))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"hello", "notes.txt is not an image that can be read: choose a PNG or JPEG file"),
        (b"", "notes.txt is not an image"),
        (file_of(Image.new("L", (64, 64)))[:60], "notes.txt is not an image"),
        (file_of(Image.new("L", (1, 9))), "only 1 × 9 pixels"),
        (b"\0" * 20_000_001, "larger than 20 MB"),
        (file_of(Image.new("1", (10_000, 6_000))), "more than 50 million pixels"),
    ],
    ids=["text", "empty", "cut short", "a line", "long", "many pixels"],
)
def test_a_bad_file_has_one_clear_message(editor, tmp_path, content, message):
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message) as raised:
        read_image(path)
    assert "\n" not in str(raised.value)
    assert raised.value.__suppress_context__ or raised.value.__cause__ is None
    before = editor.still.png
    upload(editor, "notes.txt", content)
    assert message.split(" pixels")[0] in editor._note.value
    assert editor.still.png == before


@pytest.mark.parametrize("name", ["missing.png", "."])
def test_a_path_that_cannot_be_opened(tmp_path, name):
    with pytest.raises(ValueError, match="cannot be opened .*: check the path"):
        FilterEditor(path=tmp_path / name)


def upload(editor, name, content):
    """Do what ipywidgets 8 does when a file was chosen."""
    editor._on_upload({"new": ({"name": name, "content": memoryview(content)},)})


@pytest.mark.parametrize("version", [7, 8])
def test_own_image_is_filtered(editor, version):
    content = file_of(Image.fromarray(np.add.outer(np.arange(60), np.arange(90)).astype(np.uint8)))
    if version == 8:
        upload(editor, "<b>.png", content)
    else:
        editor._on_upload({"new": {"<b>.png": {"metadata": {}, "content": content}}})
    assert editor.controls["image"].value == "my own image"
    assert editor.state["image"].shape == (60, 90)
    assert "&lt;b&gt;.png: 90 × 60 grey pixels" in editor._note.value
    assert "30 × 45" in editor.still.alt
    editor.set(image="digit")
    assert editor.state["image"].shape == (28, 28)


def test_own_image_by_path_and_its_successor(tmp_path):
    for side in (20, 40):
        Image.new("L", (side, side), 100).save(tmp_path / f"{side}.png")
    editor = FilterEditor(path=tmp_path / "20.png")
    assert editor.state["image"].shape == (20, 20)
    editor.open_file(tmp_path / "40.png")
    assert editor.state["image"].shape == (40, 40)
    with pytest.raises(ValueError, match="cannot be opened"):
        editor.open_file(tmp_path / "60.png")
    assert editor.state["image"].shape == (40, 40)


def test_nothing_chosen_changes_nothing(editor):
    before = editor.still.png
    editor._on_upload(SimpleNamespace(new=()).__dict__)
    assert editor.still.png == before

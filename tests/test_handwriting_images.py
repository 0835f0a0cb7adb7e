"""The recognizer's door: what it takes, what it refuses, and paper that is not as MNIST's."""

import io
import warnings

import numpy as np
import pytest
from PIL import Image

from helpers.handwriting import load_recognizer, read, readings, strokes_to_image
from helpers.handwriting.images import without_paper
from helpers.handwriting.recognizer import outputs
from helpers.widgets.canvas import picture_of, sample_digit

pytestmark = pytest.mark.chapter(7)

STROKES = [sample_digit(digit) for digit in range(10)]
CLEAN = np.array([strokes_to_image(strokes) for strokes in STROKES])
SEVEN = CLEAN[7]
BYTES = np.rint(255 * SEVEN).astype(np.uint8)


@pytest.fixture(scope="module")
def model():
    return load_recognizer()


def transparent(ink):
    pixels = np.full((*SEVEN.shape, 4), ink, np.uint8)
    pixels[..., 3] = BYTES
    return Image.fromarray(pixels)


def photo():
    page = Image.new("L", (640, 400), 235)
    page.paste(
        picture_of(STROKES[7], 280, 280).resize((150, 150)).point(lambda v: 40 + v * 195 // 255), (400, 90)
    )
    return page


def tensor():
    import tensorflow as tf

    return tf.constant(SEVEN)


def table():
    return pytest.importorskip("pandas").DataFrame(SEVEN)


FORMS = {
    "float": lambda: SEVEN,
    "float64": lambda: SEVEN.astype(np.float64),
    "float16": lambda: SEVEN.astype(np.float16),
    "uint8": lambda: BYTES,
    "int64": lambda: BYTES.astype(np.int64),
    "bool": lambda: SEVEN > 0.5,
    "list": lambda: SEVEN.tolist(),
    "list of whole numbers": lambda: BYTES.tolist(),
    "tensor": tensor,
    "table": table,
    "flat": lambda: BYTES.reshape(784),
    "channel": lambda: SEVEN[..., None],
    "strokes": lambda: STROKES[7],
    "array of strokes": lambda: np.array([[[0, 0], [50, 3], [20, 90]]]),
    "strokes as objects": lambda: np.array([np.array(stroke) for stroke in STROKES[7]] + [None], object)[:-1],
    "L": lambda: Image.fromarray(BYTES),
    "L, dark ink": lambda: Image.fromarray(255 - BYTES),
    "1": lambda: Image.fromarray(BYTES).convert("1"),
    "P": lambda: Image.fromarray(BYTES).convert("P"),
    "CMYK": lambda: Image.fromarray(255 - BYTES).convert("RGB").convert("CMYK"),
    "I": lambda: Image.fromarray(BYTES.astype(np.int32)),
    "I;16": lambda: Image.fromarray(BYTES.astype(np.uint16) * 257),
    "F": lambda: Image.fromarray(SEVEN),
    "transparent paper, dark ink": lambda: transparent(0),
    "transparent paper, white ink": lambda: transparent(255),
    "opaque RGBA": lambda: photo().convert("RGBA"),
    "photo": photo,
    "large photo": lambda: photo().resize((2560, 1600)),
    "small photo": lambda: photo().resize((96, 60)),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_a_digit_in_any_form_is_read(model, form):
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        reading = read(FORMS[form](), model)
    assert (reading.digit, reading.sure, reading.reason) == (7, True, "")
    assert reading.image.shape == (28, 28) and reading.image.dtype == np.float32


@pytest.mark.parametrize(
    "several",
    [
        lambda: CLEAN,
        lambda: CLEAN[..., None],
        lambda: np.rint(255 * CLEAN).astype(np.uint8),
        lambda: CLEAN.reshape(10, 784).tolist(),
        lambda: list(CLEAN),
        lambda: STROKES,
        lambda: [*CLEAN[:5], *STROKES[5:]],
        lambda: [Image.fromarray(np.rint(255 - 255 * image).astype(np.uint8)) for image in CLEAN],
    ],
)
def test_several_in_any_form(model, several):
    assert [reading.digit for reading in readings(several(), model)] == list(range(10))


def test_clean_images_keep_their_numbers(model):
    images = np.concatenate([CLEAN, np.rint(255 * CLEAN) / np.float32(255)]).astype(np.float32)
    p, no_digit = outputs(images, model)
    for i, reading in enumerate(readings(images, model)):
        np.testing.assert_array_equal(reading.probabilities, p[i])
        assert reading.no_digit == no_digit[i]
        np.testing.assert_array_equal(reading.image, images[i])


buffer = io.BytesIO()
Image.fromarray(BYTES).save(buffer, "png")
PNG = buffer.getvalue()
NAN, INFINITE = SEVEN.copy(), SEVEN.copy()
NAN[3, 3], INFINITE[3, 3] = np.nan, np.inf
REFUSED = [
    (NAN, "not all finite.*isfinite"),
    (INFINITE, "not all finite"),
    (255 * SEVEN, r"go up to 255.*Divide by 255"),
    (SEVEN - 0.5, r"begin at -0\.5"),
    (BYTES.astype(np.int64) - 1, "begin at -1"),
    (BYTES.astype(np.int64) * 4, "go up to 1020"),
    (BYTES // 255, "0 and 1 only.*times 255"),
    (SEVEN.astype(complex), "type complex"),
    (SEVEN.astype(object), "type object"),
    (SEVEN.astype(str), "type <U"),
    (CLEAN, r"\(10, 28, 28\).*readings"),
    (SEVEN[None], r"\(1, 28, 28\).*readings"),
    (np.zeros((0, 28, 28, 1)), r"\(0, 28, 28, 1\).*readings"),
    (np.zeros((32, 32)), r"\(32, 32\).*PIL"),
    (np.zeros((28, 28, 3)), r"\(28, 28, 3\).*PIL"),
    ([[0.0, 1.0], [1.0]], "stroke 0 has shape"),
    ([[[1, 2], [3]]], "stroke 0"),
    ([["a", "b"]], "type <U"),
    ("seven", "text, 'seven'.*PIL.Image.open"),
    (b"seven", "text, b'seven'"),
    (None, r"shape \(\)"),
    ({}, r"shape \(\)"),
    (7, r"shape \(\)"),
    (Image.new("L", (0, 0)), "0 × 0 pixels"),
    (Image.new("L", (2000, 9)), "2000 × 9 pixels"),
    (Image.open(io.BytesIO(PNG[:-60])), "mode L cannot be read"),
]


@pytest.mark.parametrize(("drawing", "said"), REFUSED, ids=range(len(REFUSED)))
def test_what_cannot_be_read_has_one_clear_error(model, drawing, said):
    with pytest.raises(ValueError, match=f"(?s){said}") as raised:
        read(drawing, model)
    assert "expected an image of 28 × 28" in str(raised.value) and "\n" not in str(raised.value)


@pytest.mark.parametrize("one", [SEVEN, SEVEN[..., None], BYTES.reshape(784), Image.fromarray(BYTES)])
def test_one_image_is_no_batch(model, one):
    with pytest.raises(ValueError, match=r"read\((image|picture)\)"):
        readings(one, model)


def test_bad_batches(model):
    for bad in (np.full((2, 28, 28), 2.0), np.full((2, 28, 28), np.nan), CLEAN.astype(object)[:2]):
        with pytest.raises(ValueError, match="expected an image of 28 × 28"):
            readings(bad, model)
    assert readings([], model) == readings(np.empty((0, 28, 28)), model) == []


RNG = np.random.default_rng(0)
ACROSS, DOWN = np.linspace(0, 1, 28, dtype=np.float32), np.linspace(0, 1, 28, dtype=np.float32)[:, None]
CORNERS = (2 * ACROSS - 1) ** 2 / 2 + (2 * DOWN - 1) ** 2 / 2


def framed(images, width, value):
    inner = images[:, width:-width, width:-width]
    return np.pad(inner, ((0, 0), (width, width), (width, width)), constant_values=value)


PAPER = {
    "grey": lambda x: 0.3 + 0.7 * x,
    "light grey": lambda x: 0.1 + 0.9 * x,
    "little contrast on grey": lambda x: 0.4 + 0.2 * x,
    "white": lambda x: 1 - x,
    "white, grey ink": lambda x: 0.9 - 0.5 * x,
    "faint": lambda x: 0.5 * x,
    "hardly visible": lambda x: 0.03 * x,
    "light from the right": lambda x: np.clip(x + 0.5 * ACROSS, 0, 1),
    "white, light from above": lambda x: (1 - x) * (1 - 0.5 * DOWN),
    "white, dark corners": lambda x: (1 - x) * (1 - 0.4 * CORNERS),
    "white, half in the shade": lambda x: (1 - x) * (1 - 0.4 * (ACROSS > 0.5)),
    "noise": lambda x: np.clip(x + RNG.normal(0, 0.1, x.shape), 0, 1),
    "much noise": lambda x: np.clip(x + RNG.uniform(0, 0.3, x.shape), 0, 1),
    "grey, noise": lambda x: 0.3 + 0.6 * x + RNG.uniform(0, 0.1, x.shape),
    "frame": lambda x: framed(x, 2, 1),
    "white, black frame": lambda x: framed(1 - x, 2, 0),
    "white, black frame, noise": lambda x: framed(np.clip(1 - x - RNG.uniform(0, 0.1, x.shape), 0, 1), 1, 0),
}


@pytest.fixture(scope="module")
def real():
    """Real test images where they are at hand, else the course's own."""
    from helpers import datasets

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_OFFLINE", "1")
        _, (images, labels) = datasets.load_mnist()
    return images[:150].astype(np.float32) / 255, labels[:150]


@pytest.mark.parametrize("kind", PAPER)
def test_other_paper_is_read_or_doubted(model, real, kind):
    images, labels = real
    clean = readings(images, model)
    found = readings(PAPER[kind](images).astype(np.float32), model)
    wrong = np.mean([r.sure and r.digit != label for r, label in zip(found, labels, strict=True)])
    wrong_clean = np.mean([r.sure and r.digit != label for r, label in zip(clean, labels, strict=True)])
    right = np.mean([r.digit == label for r, label in zip(found, labels, strict=True)])
    right_clean = np.mean([r.digit == label for r, label in zip(clean, labels, strict=True)])
    assert wrong <= wrong_clean + 0.02, wrong
    assert right >= right_clean - 0.05, right


@pytest.mark.parametrize("level", [0, 1, 77, 255])
def test_empty_paper_is_empty(model, level):
    for paper in (np.full((28, 28), level / np.float32(255)), Image.new("RGB", (90, 70), (level,) * 3)):
        assert read(paper, model).reason == "Nothing is drawn yet."


def test_noise_and_patterns_are_doubted(model):
    stripes = np.tile(np.repeat([0.0, 1.0], 2), (28, 7))
    for nothing in [
        *RNG.random((20, 28, 28)),
        stripes,
        stripes.T,
        stripes * stripes.T,
        np.tile(ACROSS, (28, 1)),
    ]:
        assert not read(nothing, model).sure


def test_strokes_are_prepared_once(model, monkeypatch):
    from helpers import handwriting
    from helpers.handwriting import recognizer
    from helpers.widgets.recognizer import Recognizer

    shown = Recognizer(model, collect=False)
    prepared = []

    def count(*args, **options):
        prepared.append(args)
        return strokes_to_image(*args, **options)

    for module in (handwriting, recognizer):
        monkeypatch.setattr(module, "strokes_to_image", count)
    for strokes in (STROKES[3], STROKES[3] + [[[9, 9], [20, 20]]], []):
        prepared.clear()
        shown.canvas.draw(strokes)
        assert len(prepared) == 1
    shown.canvas.draw(STROKES[2])
    prepared.clear()
    shown.centre.value = False
    assert len(prepared) == 1


def test_prepared_images_are_handed_on_as_they_are():
    for (image, doubt), given in zip(without_paper(CLEAN), CLEAN, strict=True):
        assert image.base is CLEAN or image is given or (image == given).all()
        assert doubt == ""

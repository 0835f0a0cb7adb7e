"""The network that ships with the course, and what it says about a drawing."""

from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from helpers.handwriting.images import SHAPES, as_array, check_images, from_picture, refuse, without_paper
from helpers.handwriting.strokes import SIZE, check_strokes, strokes_to_image
from helpers.models import load_weights, shipped

WEIGHTS = shipped("recognizer")
SMALL_WEIGHTS = shipped("recognizer_small")
FILTERS, SMALL_FILTERS = (32, 64, 128), (16, 32, 40)  # of the three convolutions
NO_DIGIT = 10  # the score behind those of the ten digits
SURE = 0.5  # at least this probability for a digit
DOUBT = 0.5  # at most this share for "no digit"
_DOT = 0.03  # of the canvas's longer side
_DOT_DRAWN = "This is a dot."


class Reading(NamedTuple):
    """What a drawing was read as."""

    digit: int | None  # the likeliest; None if nothing is drawn
    probability: float  # of this digit, against the other nine
    runner_up: int | None  # the second likeliest
    sure: bool  # False where a person should be asked
    reason: str  # one sentence: why not sure, or ""
    probabilities: np.ndarray  # of the ten digits, float32
    no_digit: float  # how much the drawing looks like anything but a digit, 0 to 1
    image: np.ndarray | None = None  # as shown to the network: prepared, without its paper; (28, 28), 0 to 1


def a_digit(digit):
    """A digit with its article: "a 7", "an 8"."""
    return f"an {digit}" if digit == 8 else f"a {digit}"


def build_recognizer(filters=FILTERS):
    """Build the recognizer without its weights: from images (n, 28, 28) or (n, 28, 28, 1), float32 in [0, 1],
    to probabilities (n, 10).

    Its three convolutions `filters_1` and so on have so many `filters`; `maps_1` and so on are the feature
    maps after normalisation and ReLU; `scores` has eleven outputs, the last one for "no digit".
    """
    import keras
    from keras import layers

    image = keras.Input((SIZE, SIZE, 1), name="image")
    x = image
    for number, count, width, stride in zip((1, 2, 3), filters, (5, 5, 3), (2, 1, 1), strict=True):
        x = layers.Conv2D(count, width, strides=stride, use_bias=False, name=f"filters_{number}")(x)
        x = layers.BatchNormalization(momentum=0.9, name=f"normalised_{number}")(x)
        x = layers.ReLU(name=f"maps_{number}")(x)
        if number == 2:
            x = layers.MaxPooling2D(name="pooled")(x)
    x = layers.Flatten(name="features")(x)
    x = layers.Dropout(0.3, name="dropout")(x)
    scores = layers.Dense(11, name="scores")(x)
    probabilities = layers.Softmax(name="probabilities")(scores[:, :10])
    return keras.Model(image, probabilities, name="recognizer")


def load_recognizer(small=False):
    """Load the recognizer that ships with the course, a keras.Model as `build_recognizer` says.

    It reads images as `strokes_to_image` makes them. The `small` one is chapter 20's: a fifth of the numbers,
    taught by the other one. Weights that are missing or damaged are a ModelFileError.
    """
    model = build_recognizer(SMALL_FILTERS if small else FILTERS)
    load_weights(model, SMALL_WEIGHTS if small else WEIGHTS, shipped=True)
    return with_or_without_channel(model)


_shipped = cache(load_recognizer)


def yours_or_shipped(path):
    """Load the learner's own network from the `.keras` file that an earlier chapter saves.

    Where it cannot serve, one line says why, and the shipped one takes its place.

    Returns
    -------
    model : keras.Model
        From images (n, 28, 28, 1) or (n, 28, 28) to ten probabilities; it reads MNIST, and has two
        convolution layers to look at.
    name : str
        What to call it.
    """
    from keras import layers

    from helpers import datasets
    from helpers.models import load_model

    path = Path(path)
    try:
        if not path.exists():
            raise ValueError(f"chapter 6 has saved no {path.name} here yet")
        model = load_model(path)
        check_model(model)
        _, (images, labels) = datasets.load_mnist()
        share = accuracy(model, images / np.float32(255), labels)
        wanted = 0.85 if datasets.source_of("mnist") == "embedded" else 0.98
        if share < wanted:
            raise ValueError(f"{path.name} reads {share:.0%} of the test images; expected {wanted:.0%}")
        filters = [layer.filters for layer in model.layers if isinstance(layer, layers.Conv2D)]
        if len(filters) < 2 or min(filters[:2]) < 16:
            raise ValueError(f"{path.name} has layers of {filters} filters; expected two of 16 or more")
    except Exception as error:  # whatever is in the file, the chapter goes on
        print("Not your own network:", " ".join(str(error).split()) or type(error).__name__)
        return load_recognizer(), "the network shipped with the course"
    return with_or_without_channel(model), "your network from chapter 6"


def check_model(model):
    """Raise a ValueError if a model does not make ten probabilities of an image (28, 28) or (28, 28, 1)."""
    takes = getattr(model, "input_shape", None)
    takes = tuple(takes[1:]) if isinstance(takes, tuple) else takes
    if takes is None or None in takes:  # a model that takes any size, or has not said yet
        takes = (SIZE, SIZE, 1)
    if takes not in ((SIZE, SIZE), (SIZE, SIZE, 1)):
        raise ValueError(f"the model takes inputs of shape {takes}; expected (28, 28) or (28, 28, 1)")
    made = np.asarray(model(np.zeros((1, *takes), np.float32), training=False))
    if made.shape != (1, NO_DIGIT):
        raise ValueError(f"the model's output has shape {made.shape[1:]}; expected (10,)")
    total = float(made.sum())
    if not abs(total - 1) < 1e-3:  # also catches NaN
        raise ValueError(f"the model's outputs sum to {total:.3g}; let its last layer be a softmax")


_check_once = lru_cache(maxsize=1)(check_model)  # not before every drawing


def with_or_without_channel(model):
    """Let `predict` take (n, 28, 28) and (n, 28, 28, 1) in any order, as calling the model does; same model.

    Keras traces `predict` for the first rank that it sees, and fails at another one.
    """
    predict = model.predict

    def predict_images(x, *args, **kwargs):
        if hasattr(x, "ndim") and x.ndim == 3:
            x = x[..., None]
        return predict(x, *args, **kwargs)

    model.predict = predict_images
    return model


def read(drawing, model=None, *, canvas_size=None):
    """Read one drawn digit; the `Reading` says so if it is none.

    Parameters
    ----------
    drawing : list of array_like of shape (n_i, 2), array_like of shape (28, 28), or PIL.Image.Image
        Strokes as for `strokes_to_image`; or an image that was prepared already, as `images.check_images`
        takes it, also (28, 28, 1) or (784,); or a picture of any size, which is fitted and centred.
        Paper that is not 0 is found and taken away, as `images.without_paper` says.
    model : keras.Model, optional
        From images (n, 28, 28, 1) to ten probabilities; the shipped recognizer by default. One without
        the recognizer's eleven scores (the learner's own, say) can only doubt by its probabilities.
    canvas_size : float or (float, float), optional
        Width and height of the canvas: a drawing of less than 3% of it is a dot. Without it only one whose
        points all coincide is.
    """
    return _read([_prepared(drawing, canvas_size)], model)[0]


def readings(drawings, model=None):
    """List a `Reading` of each of images (n, 28, 28), (n, 28, 28, 1) or (n, 784), or of what `read` takes."""
    if isinstance(drawings, list | tuple):
        array = None if any(isinstance(each, Image.Image) for each in drawings) else as_array(drawings)
        if array is None or array.dtype == object or array.ndim == 4 and array.shape[-1] == 2:
            return _read([_prepared(drawing) for drawing in drawings], model)
    elif isinstance(drawings, Image.Image):
        refuse("this is one picture", ". Read it with read(picture)")
    return _read(without_paper(check_images(drawings)), model)


def _prepared(drawing, canvas_size=None):
    """An image (28, 28) of whatever was drawn, and why not to be sure of it."""
    if isinstance(drawing, Image.Image):
        return from_picture(drawing)
    array = as_array(drawing)
    if array is not None and array.dtype.kind not in "biufO":
        refuse(f"values are of type {array.dtype}")
    is_ragged = array is None or array.dtype == object and array.ndim == 1
    if is_ragged or not array.size and array.ndim < 4 or array.ndim == 3 and array.shape[-1] == 2:
        try:
            parts = check_strokes(drawing)
        except (TypeError, ValueError) as error:
            refuse(str(error))
        longest = np.ptp(np.concatenate(parts), axis=0).max() if parts else np.inf
        is_dot = longest <= (0 if canvas_size is None else _DOT * np.max(canvas_size))
        return strokes_to_image(parts), _DOT_DRAWN if is_dot else ""
    if array.shape not in SHAPES:
        several = array.shape[1:] in SHAPES
        then = "Read several images with readings(images)" if several else "Try PIL.Image.fromarray(...)"
        refuse(f"the drawing has shape {array.shape}", f". {then}")
    return without_paper(check_images(array[None]))[0]


def _read(prepared, model):
    model = _shipped() if model is None else model
    _check_once(model)
    images = np.array([image for image, _ in prepared], np.float32).reshape(-1, SIZE, SIZE)
    return [
        _reading(image, doubt, p, float(no_digit))
        for image, (_, doubt), p, no_digit in zip(images, prepared, *outputs(images, model), strict=True)
    ]


def outputs(images, model):
    """Probabilities (n, 10) and the share of "no digit" (n,), which is 0 for models that know none."""
    images = np.asarray(images, np.float32).reshape(-1, SIZE, SIZE, 1)
    if not len(images):
        return np.empty((0, NO_DIGIT), np.float32), np.empty(0, np.float32)
    graph = _graph_of(model)
    made = np.concatenate([graph(images[i : i + 500]).numpy() for i in range(0, len(images), 500)])
    if not knows_no_digit(model):
        return made, np.zeros(len(images), np.float32)
    scores = np.exp(made - made.max(axis=1, keepdims=True))  # (n, 11)
    digits = scores[:, :NO_DIGIT]
    return digits / digits.sum(axis=1, keepdims=True), scores[:, NO_DIGIT] / scores.sum(axis=1)


def accuracy(model, images, labels):
    """Share of images (n, 28, 28), float32 in [0, 1], whose likeliest digit is the label."""
    return float(np.mean(outputs(images, model)[0].argmax(axis=1) == labels))


@lru_cache(maxsize=1)
def _graph_of(model):
    """The forward pass as one graph: a single image takes a fraction of a layer-by-layer call's time."""
    import tensorflow as tf

    net = with_scores(model) if knows_no_digit(model) else model
    signature = [tf.TensorSpec((None, SIZE, SIZE, 1), tf.float32)]
    return tf.function(lambda images: net(images, training=False), input_signature=signature, autograph=False)


def knows_no_digit(model):
    """Whether a model has the recognizer's eleven scores."""
    names = {layer.name for layer in model.layers}
    return {"scores", "probabilities"} <= names and model.get_layer("scores").units == NO_DIGIT + 1


def with_scores(model):
    """The part of a recognizer that gives its eleven scores; it shares the weights."""
    import keras

    return keras.Model(model.input, model.get_layer("scores").output)


def _reading(image, doubt, p, no_digit):
    if doubt == _DOT_DRAWN or not image.any():
        nothing = doubt or "Nothing is drawn yet."
        return Reading(None, 0.0, None, False, nothing, np.full(10, 0.1, np.float32), 1.0, image)
    digit, runner_up = (int(i) for i in np.argsort(p, kind="stable")[::-1][:2])
    reason = doubt
    if no_digit > DOUBT:
        reason = "This does not look like a digit."
    elif not doubt and p[digit] < SURE:
        reason = f"It could be {a_digit(digit)} or {a_digit(runner_up)}."
    return Reading(digit, float(p[digit]), runner_up, not reason, reason, p, no_digit, image)

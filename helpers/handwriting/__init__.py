"""Handwritten digits: from pen strokes to an image, and from the image to a digit.

Importing this package loads no TensorFlow; the functions that need it do.
"""

from helpers.handwriting.recognizer import (
    Reading,
    build_recognizer,
    load_recognizer,
    read,
    readings,
    yours_or_shipped,
)
from helpers.handwriting.strokes import strokes_to_image

__all__ = [
    "Reading",
    "build_recognizer",
    "fine_tune",
    "load_recognizer",
    "pen_strokes",
    "read",
    "readings",
    "strokes_to_image",
    "yours_or_shipped",
]


def __getattr__(name):
    # Drawing pen strokes takes SciPy, which takes a moment to load.
    if name == "fine_tune":
        from helpers.handwriting.training import fine_tune

        return fine_tune
    if name == "pen_strokes":
        from helpers.handwriting.pen import pen_strokes

        return pen_strokes
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

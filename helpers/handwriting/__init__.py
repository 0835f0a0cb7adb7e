"""Handwritten digits: from pen strokes to an image, and from the image to a digit.

Importing this package loads no TensorFlow; the functions that need it do.
"""

# ruff: noqa: F401 -- what is imported here is for whoever imports this package.

from helpers.handwriting.pen import pen_strokes
from helpers.handwriting.recognizer import Reading, load_recognizer, read, readings, yours_or_shipped
from helpers.handwriting.strokes import strokes_to_image
from helpers.handwriting.training import fine_tune

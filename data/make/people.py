"""Digits that 30 people wrote on a tablet: the recognizer learns from them; the course does not ship them."""

import gzip
import json

import numpy as np

from helpers.datasets.sources import data_folder
from helpers.handwriting.pen import draw_all, random_bends, random_pen_widths
from helpers.synthetic.digits import cubic_terms

FILE = "pen_strokes.json.gz"
SOURCE = (
    "Pen-Based Recognition of Handwritten Digits, original form, training part: 7,494 digits of 30 people on "
    "a tablet (E. Alpaydin, F. Alimoglu, UCI, 1998; CC BY 4.0)"
)


def load_people():
    """Read what people wrote.

    Returns
    -------
    strokes : list of n lists of ndarray of shape (n_i, 2)
        y downwards.
    labels, writers : ndarray of shape (n,), int64

    Raises
    ------
    SystemExit
        If COURSE_DATA_DIR names no folder with the file.
    """
    folder = data_folder()
    if folder is None or not (folder / FILE).exists():
        where = f"COURSE_DATA_DIR names {folder}" if folder else "COURSE_DATA_DIR is not set"
        raise SystemExit(
            f"The recognizer learns from {FILE}, which the course does not ship, and {where}: "
            "set it to a folder with this file and mnist.npz."
        )
    entries = json.loads(gzip.decompress((folder / FILE).read_bytes()))
    strokes = [[np.array(stroke, np.float64) for stroke in entry["strokes"]] for entry in entries]
    labels, writers = ([entry[name] for entry in entries] for name in ("label", "writer"))
    return strokes, np.array(labels), np.array(writers)


def bent_images(drawings, rng):
    """Draw each digit a little bent, slanted, stretched and turned, with a pen of its own width.

    Parameters
    ----------
    drawings : list of n lists of ndarray of shape (n_i, 2)
    rng : np.random.Generator

    Returns
    -------
    ndarray of shape (n, 28, 28), uint8
    """
    n = len(drawings)
    matrices = random_bends(n, rng, rng.uniform(0.1, 1, n))
    bent = [_bent(strokes, matrix) for strokes, matrix in zip(drawings, matrices, strict=True)]
    return draw_all(bent, random_pen_widths(n, rng))


def _bent(strokes, matrix):
    points = np.concatenate(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    terms = cubic_terms((2 * points - low - high) / max((high - low).max(), 1))
    return np.split(terms @ matrix, np.cumsum([len(stroke) for stroke in strokes])[:-1])

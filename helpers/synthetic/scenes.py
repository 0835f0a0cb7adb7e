"""Scenes of several digits among scraps, with a box around each: what chapter 16's detector learns from."""

import numpy as np

from helpers.synthetic.labels import check_arguments

SIZE = 96
"""Height and width of a scene in pixels."""

HEIGHTS = 16, 41
"""Of digits, in pixels; the last is excluded."""

_SCRAPS = 5, 12
_INK = 100  # Darker ones are no ink of a digit.
_FREE = 0.15  # So much of a digit's box may lie in another's.


def make_scenes(images, labels, n, rng, most=5):
    """Put digits of several sizes between scraps of other digits.

    TypeError or ValueError if n, rng, most or the images are something else.

    Parameters
    ----------
    images, labels : ndarray of shape (m, 28, 28), uint8, 0 is paper; of shape (m,), int
        The digits to choose from.
    n, most : int
        How many scenes, and the most digits in one; there is at least one.
    rng : numpy.random.Generator

    Returns
    -------
    scenes : ndarray of shape (n, 96, 96), uint8, 0 is dark
    boxes : list of n ndarrays of shape (digits, 5), float32
        Class, then left, top, right and bottom in pixels, tight around the ink.

    Notes
    -----
    After V. Mnih et al., "Recurrent Models of Visual Attention" (2014); there all digits have one size.
    """
    check_arguments(n, rng, "make_scenes")
    if images.ndim != 3 or most < 1 or (images.max(axis=(1, 2)) <= _INK).any():
        raise ValueError(
            f"images have shape {images.shape} and values up to {images.max():g}, most is {most}; expected "
            "(m, 28, 28), uint8 from 0 to 255, none of them empty, and most from 1"
        )
    scenes, boxes = np.empty((n, SIZE, SIZE), np.uint8), []
    for scene in scenes:
        scene[:] = _clutter(images, rng)
        placed = []
        for i in rng.integers(len(images), size=rng.integers(1, most + 1)):
            height, ink = int(rng.integers(*HEIGHTS)), _tight(images[i])
            width = _width(ink, height, rng.uniform(0.85, 1.2))
            left, top = rng.integers(SIZE - width + 1), rng.integers(SIZE - height + 1)
            box = [left, top, left + width, top + height]
            if all(_covered(box, other[1:]) <= _FREE for other in placed):
                _put(scene, ink, box, rng.uniform(0.6, 1))
                placed.append([labels[i], *box])
        boxes.append(np.array(placed, np.float32))
    return scenes, boxes


def put_digit(scene, image, x, y, height):
    """Put a digit, uint8 (28, 28), with its middle at x, y into a scene, uint8 (96, 96), which is changed.

    What would stand outside is moved inside. Returns the box: left, top, right and bottom, in pixels.
    """
    ink = _tight(image)
    width = _width(ink, height)
    left, top = (min(max(at - size // 2, 0), SIZE - size) for at, size in ((x, width), (y, height)))
    box = [left, top, left + width, top + height]
    _put(scene, ink, box, 0.9)
    return box


def _width(ink, height, stretch=1.0):
    width = round(height * ink.shape[1] / ink.shape[0] * stretch)
    return min(max(width, 4), 2 * height, SIZE)


def _put(scene, ink, box, brightness):
    from PIL import Image

    left, top, right, bottom = box
    digit = Image.fromarray(ink).resize((right - left, bottom - top), Image.Resampling.BILINEAR)
    place = scene[top:bottom, left:right]
    np.maximum(place, (np.asarray(digit) * brightness).astype(np.uint8), out=place)


def _tight(image):
    """Cut an image to its ink."""
    rows, columns = (np.flatnonzero(image.max(axis=axis) > _INK) for axis in (1, 0))
    return image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _clutter(images, rng):
    """Scraps of digits on grain, uint8 (96, 96)."""
    ground = rng.integers(0, 30, (SIZE, SIZE), dtype=np.uint8)
    for i in rng.integers(len(images), size=rng.integers(*_SCRAPS)):
        y, x = rng.integers(6, 14, 2)
        scrap = images[i, y : y + 8, x : x + 8]
        if rng.random() < 0.5:
            scrap = scrap.repeat(2, axis=0).repeat(2, axis=1)
        top, left = rng.integers(0, SIZE - len(scrap), 2)
        _put(ground, scrap, [left, top, left + len(scrap), top + len(scrap)], rng.uniform(0.4, 0.9))
    return ground


def _covered(box, other):
    """Share of the smaller box that lies in the other one."""
    width = min(box[2], other[2]) - max(box[0], other[0])
    height = min(box[3], other[3]) - max(box[1], other[1])
    areas = [(b[2] - b[0]) * (b[3] - b[1]) for b in (box, other)]
    return max(width, 0) * max(height, 0) / min(areas)

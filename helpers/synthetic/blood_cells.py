"""Drawn blood with a box around every cell: what `load_blood_cells` falls back to without its photographs.

No pixel comes from a microscope. Sizes and numbers are about as in BCCD: many red cells, one white cell in
most pictures, a few platelets.
"""

import numpy as np

from helpers.synthetic.labels import check_arguments
from helpers.synthetic.nuclei import blob, least_gap

HEIGHT, WIDTH = 120, 160
RED, WHITE, PLATELET = range(3)
# Of the three kinds, in this order.
RADII = (13.0, 0.1), (23.0, 0.15), (4.5, 0.2)  # Usual one in pixels, and the spread of its logarithm.
LEAST_GAP = 0.6, 0.75, 0.5  # Between centres, in sums of both radii.
TRIES = 40


def make_blood_cells(n, rng):
    """Draw n blood smears, uint8 (n, 120, 160, 3), and list their cells' boxes, each float32 (cells, 5).

    A box is its class (0 red cell, 1 white cell, 2 platelet), then left, top, right and bottom in pixels.
    """
    check_arguments(n, rng, "make_blood_cells")
    drawn = [_draw(rng) for _ in range(n)]
    images = np.array([image for image, _ in drawn], np.uint8).reshape(n, HEIGHT, WIDTH, 3)
    return images, [boxes for _, boxes in drawn]


def _draw(rng):
    """Draw one picture: uint8 (120, 160, 3), and its boxes, float32 (cells, 5)."""
    from scipy.ndimage import gaussian_filter

    paper = np.array([208, 212, 206]) + rng.normal(0, 8) + rng.normal(0, 4, 3)
    slope = rng.normal(0, 6, 2)
    rows, columns = np.linspace(-1, 1, HEIGHT)[:, None, None], np.linspace(-1, 1, WIDTH)[None, :, None]
    picture = paper + slope[0] * rows + slope[1] * columns
    dyes = (  # By kind.
        np.array([186, 136, 128]) + rng.normal(0, 10) + rng.normal(0, 6, 3),
        np.array([190, 178, 208]) + rng.normal(0, 8, 3),
        np.array([112, 84, 176]) + rng.normal(0, 12, 3),
    )
    reds = int(np.clip(rng.normal(11.4, 4.5), 1, 24))
    numbers = reds, rng.choice(3, p=[0.06, 0.87, 0.07]), min(rng.poisson(1.0), 5)
    cells, boxes = [], []  # Of each cell: column, row, radius.
    for kind in np.repeat([RED, WHITE, PLATELET], numbers):
        usual, spread = RADII[kind]
        radius = usual * np.exp(rng.normal(0, spread))
        place = _place(cells, kind, radius, rng)
        if place is None:
            continue
        stretch = np.exp(rng.normal(0, 0.1))
        radii = radius * stretch, radius / stretch
        where, distance = blob((HEIGHT, WIDTH), place, radii, rng, wobble=0.05 if kind == RED else 0.1)
        inside = np.argwhere(distance < 1) + [side.start for side in where]
        (top, left), (bottom, right) = inside.min(axis=0), inside.max(axis=0) + 1
        cells.append((*place, radius))
        boxes.append((kind, left, top, right, bottom))
        _stain(picture, where, distance, radius, _dye(picture, distance, kind, dyes, rng))
        if kind == WHITE:
            _draw_nucleus(picture, place, radius, dyes[PLATELET], rng)
    soft = gaussian_filter(picture, (rng.uniform(0.5, 1.1),) * 2 + (0,))
    noisy = soft + rng.normal(0, rng.uniform(2, 6), soft.shape)
    return np.rint(noisy).clip(0, 255).astype(np.uint8), np.array(boxes, np.float32)


def _place(cells, kind, radius, rng):
    """A centre inside the picture, at a distance from the cells that are there; None if none is found."""
    for _ in range(TRIES):
        place = rng.uniform(0.02, 0.98, 2) * (WIDTH, HEIGHT)
        if least_gap(cells, *place, radius) > LEAST_GAP[kind]:
            return place
    return None


def _stain(picture, where, distance, radius, dye):
    """Colour what lies within the distance 1, with a soft edge."""
    cover = np.clip(0.5 + (1 - distance) * radius / 1.5, 0, 1)[..., None]
    picture[where] += cover * (dye - picture[where])


def _dye(picture, distance, kind, dyes, rng):
    dye = dyes[kind] + rng.normal(0, 6)
    if kind == RED:
        # Red cells are hollow on both sides, so most are pale in the middle.
        pale = rng.choice([0.0, rng.uniform(0.2, 0.8)], p=[0.4, 0.6])
        dye = dye + (picture.mean() - dye) * (pale * np.exp(-((distance / 0.45) ** 2)))[..., None]
        dye = dye - 14 * (distance[..., None] > 0.85)
    return dye


def _draw_nucleus(picture, place, radius, dye, rng):
    lobes = rng.integers(2, 5)
    first = rng.uniform(0, 2 * np.pi)
    for angle in first + np.arange(lobes) * rng.uniform(1.2, 1.8):
        centre = place + rng.uniform(0.3, 0.45) * radius * np.array([np.cos(angle), np.sin(angle)])
        size = radius * rng.uniform([0.25, 0.25], [0.42, 0.42])
        where, distance = blob((HEIGHT, WIDTH), centre, size, rng, wobble=0.1)
        _stain(picture, where, distance, size.min(), dye + rng.normal(0, 8))

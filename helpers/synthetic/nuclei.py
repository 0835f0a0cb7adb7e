"""Glowing cell nuclei, some of which touch: what `load_nuclei` falls back to without its photographs.

No pixel comes from a microscope. Sizes, numbers and brightness are about as in the Data Science Bowl's
pictures, and as there a threshold takes nuclei that touch for one.
"""

import numpy as np

from helpers.synthetic.labels import check_arguments

SIZE = 128
MOST = 100  # Nuclei in a picture.
LEAST_PIXELS = 5
TRIES = 30


def make_nuclei(n, rng):
    """Draw n pictures of nuclei as a fluorescence microscope shows them, and number each one's pixels.

    Images and numbers are uint8 (n, 128, 128); 0 is dark, and background. The pixels of the first nucleus
    are 1, those of the second 2 and so on.
    """
    check_arguments(n, rng, "make_nuclei")
    images, labels = np.zeros((2, n, SIZE, SIZE), np.uint8)
    for image, numbers in zip(images, labels, strict=True):
        image[:] = _draw(numbers, rng)
    return images, labels


def _draw(numbers, rng):
    """Draw one picture and write its instance numbers into `numbers`."""
    from scipy.ndimage import gaussian_filter

    light = np.zeros((SIZE, SIZE))
    usual, brightness = np.exp(rng.normal([1.2, 3.9], [0.25, 0.4]))
    crowding, unevenness = rng.uniform([0.0, 0.15], [0.3, 0.7])
    places = []  # Of each nucleus: column, row, radius.
    for _ in range(int(np.clip(np.exp(rng.normal(3.05, 0.75)), 2, MOST))):
        radius = usual * np.exp(rng.normal(0, 0.2))
        x, y = _place(places, radius, crowding, rng)
        stretch = np.exp(rng.normal(0, 0.18))
        where, distance = blob((SIZE, SIZE), (x, y), (radius * stretch, radius / stretch), rng, wobble=0.05)
        free = (distance < 1) & (numbers[where] == 0)
        if free.sum() < LEAST_PIXELS:
            continue
        places.append((x, y, radius))
        numbers[where][free] = len(places)
        own = brightness * np.exp(rng.normal(0, unevenness))
        light[where][free] = own * (1 - 0.35 * distance[free] ** 2)
    grain = 1 + 0.25 * gaussian_filter(rng.normal(0, 1, light.shape), 1) / 0.28
    haze = rng.uniform(0.1, 0.6) * gaussian_filter(light, 6)
    seen = gaussian_filter(light * grain, rng.uniform(0.5, 0.9)) + haze + rng.uniform(2, 10)
    noisy = seen + rng.normal(0, 1, seen.shape) * np.sqrt(0.1 * seen.clip(0))
    return np.rint(noisy).clip(0, 255)


def _place(places, radius, crowding, rng):
    """A centre that covers no other nucleus, mostly anywhere and often close beside another one."""
    for _ in range(TRIES):
        x, y = rng.uniform(0, SIZE, 2)
        if places and rng.random() < crowding:
            *beside, other = places[rng.integers(len(places))]
            angle, gap = rng.uniform(0, 2 * np.pi), rng.uniform(0.85, 1.3) * (radius + other)
            x, y = beside + gap * np.array([np.cos(angle), np.sin(angle)])
        if least_gap(places, x, y, radius) > 0.8 and 0 <= x < SIZE and 0 <= y < SIZE:
            break
    return x, y


def least_gap(places, x, y, radius):
    """Distance to the nearest of places (column, row, radius), in sums of both radii; 1 without any."""
    columns, rows, radii = np.array(places).reshape(-1, 3).T
    return min(np.hypot(columns - x, rows - y) / (radii + radius), default=1)


def blob(shape, centre, radii, rng, wobble):
    """An ellipse, turned by chance, whose edge moves in and out by a share `wobble` of the radius.

    `shape` is the picture's (rows, columns); centre (column, row) and radii are in pixels. Returns the slices
    of the picture that it may reach, empty if it lies outside, and for that part the distance, float64: 0 at
    the centre and 1 on the edge.
    """
    reach = max(radii) * (1 + 2 * wobble) + 2
    part = tuple(
        slice(*np.clip([middle - reach, middle + reach + 1], 0, size).astype(int))
        for middle, size in zip(centre[::-1], shape, strict=True)
    )
    rows, columns = np.ogrid[part]
    turn, *phases = rng.uniform(0, 2 * np.pi, 3)
    x, y = columns - centre[0], rows - centre[1]
    x, y = (np.cos(turn) * x + np.sin(turn) * y) / radii[0], (np.cos(turn) * y - np.sin(turn) * x) / radii[1]
    angle = np.arctan2(y, x)
    edge = 1 + wobble * (np.sin(2 * angle + phases[0]) + np.sin(3 * angle + phases[1]))
    return part, np.hypot(x, y) / edge

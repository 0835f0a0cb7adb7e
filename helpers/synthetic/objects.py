"""Vehicles and animals drawn in colour: what `load_cifar10` falls back to without CIFAR-10.

No pixel comes from CIFAR-10, and the drawings are much simpler than its photographs. Shapes, data types and
labels are the same, and the pictures are about as hard to tell apart for a small network. Every kind comes
in every colour and stands anywhere: only its shape tells what it is, so a network learns features of shapes,
which serve it for others as well.
"""

import numpy as np

from helpers.synthetic.labels import balanced_labels, read_table
from helpers.synthetic.painting import SIZE, backgrounds, finish, paint, paint_groups, tinted

OBJECTS = read_table("drawings/objects.toml")
"""Drawings of each kind, in the order of the labels; the file says how to read them."""

COLOURS = {
    **{"white": "e6e4de", "grey": "85868a", "silver": "b4b9bf", "black": "26262a", "red": "b5332b"},
    **{"blue": "31569c", "yellow": "d9b23a", "green": "4f8a3c", "olive": "76733a", "brown": "6f4a2f"},
    **{"orange": "bb7438", "sand": "bd9f74"},
}
SCENES = {
    "sky": ("6f9fd0", "a9c8e6", 2.0),
    "clouds": ("a8b6c4", "d9dde0", 2.0),
    "sea": ("9fbcd6", "34597a", 0.2),
    "water": ("4b7d94", "3f6a7a", 2.0),
    "grass": ("8fa5a0", "5d7d3a", -0.1),
    "leaves": ("4a6234", "6b7a44", 2.0),
    "road": ("9aa4a8", "6d6c6a", 0.25),
    "town": ("8d8178", "77736c", 0.1),
    "room": ("b09a80", "8a6a4c", 0.3),
    "sofa": ("7c4a48", "93806e", 0.4),
}
"""Colours above and below, and the horizon in half pictures downwards from the middle (2: there is none)."""

VIEW = {"size": (0.7, 1.1), "turn": 0.14, "move": 0.12, "cut": 0.03, "mirror": True}
HIDDEN = 0.35  # How often something stands in front of an object.


def make_objects(n, rng):
    """Draw n pictures of CIFAR-10's ten kinds: images, uint8 (n, 32, 32, 3), and labels, uint8 (n,).

    The labels are in random order and as equally frequent as n allows: airplane, automobile, bird, cat, deer,
    dog, frog, horse, ship, truck.
    """
    labels = balanced_labels(n, len(OBJECTS), rng, "make_objects")
    groups = []
    for label, drawings in enumerate(OBJECTS.values()):
        rows = np.array_split(np.flatnonzero(labels == label), len(drawings))  # `labels` are in random order.
        groups += zip(drawings, rows, strict=True)
    return paint_groups(groups, _draw, np.empty((n, SIZE, SIZE, 3), np.uint8), rng), labels


def _draw(parts, n, rng):
    scenes = rng.choice(list(SCENES), n)
    tops, bottoms = (tinted([SCENES[scene][i] for scene in scenes], 0.1, rng) for i in (0, 1))
    horizons = np.float32([[SCENES[scene][2]] for scene in scenes]) + rng.normal(0, 0.2, (n, 1))
    body = tinted([COLOURS[name] for name in rng.choice(list(COLOURS), n)], 0.1, rng)
    colours = {
        "b": body,
        "s": (body * rng.uniform(0.55, 1.3, (1, n, 1))).clip(0, 1).astype(np.float32),
        "d": tinted(["1c1c20"] * n, 0.05, rng),
        "l": tinted(["e2dfd6"] * n, 0.07, rng),
        "w": tinted(["7d93a6"] * n, 0.1, rng),
    }
    picture = paint(parts, backgrounds(tops, bottoms, horizons, 2, rng), colours, VIEW, rng)
    hidden = paint(["s l -60,120 -20,40 9"], picture, {"s": bottoms}, VIEW | {"turn": 1.2, "move": 0.5}, rng)
    picture = np.where(rng.random((n, 1)) < HIDDEN, hidden, picture)
    return finish(picture, 0.28, (0.6, 1.05), 0.04, rng)

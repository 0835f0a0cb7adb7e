"""Vehicles and animals drawn in colour: what `load_cifar10` falls back to without CIFAR-10.

No pixel comes from CIFAR-10, and the drawings are much simpler than its photographs. Shapes, data types and
labels are the same, and the pictures are about as hard to tell apart for a small network. Every kind comes
in every colour and stands anywhere: only its shape tells what it is, so a network learns features of shapes,
which serve it for others as well.
"""

import numpy as np

from helpers.synthetic.labels import balanced_labels
from helpers.synthetic.painting import SIZE, backgrounds, finish, paint, paint_kinds, tinted
from helpers.tables import read_table

_TABLE = read_table("drawings/objects.toml")
OBJECTS, COLOURS, SCENES = _TABLE["objects"], _TABLE["colours"], _TABLE["scenes"]
"""Drawings of each kind, in the order of the labels, and what is around them; the file explains all."""

VIEW = {"size": (0.7, 1.1), "turn": 0.14, "move": 0.12, "cut": 0.03, "mirror": True}
HIDDEN = 0.35  # How often something stands in front of an object.


def make_objects(n, rng):
    """Draw n pictures of CIFAR-10's ten kinds: images, uint8 (n, 32, 32, 3), and labels, uint8 (n,).

    The labels are in random order and as equally frequent as n allows: airplane, automobile, bird, cat, deer,
    dog, frog, horse, ship, truck.
    """
    labels = balanced_labels(n, len(OBJECTS), rng, "make_objects")
    pictures = np.empty((n, SIZE, SIZE, 3), np.uint8)
    return paint_kinds(labels, OBJECTS.values(), _draw, pictures, rng), labels


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

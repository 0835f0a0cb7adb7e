"""Drawn hands that show the digits 0 to 9: what `load_signs` falls back to without its photographs."""

import numpy as np

from helpers.synthetic.labels import balanced_labels
from helpers.synthetic.painting import SIZE, backgrounds, finish, paint, paint_kinds, tinted
from helpers.tables import read_table

HANDS = read_table("drawings/hands.toml")
"""Palm and fingers, which of these are stretched out, and colours; the file says how to read them."""

VIEW = {"size": (0.88, 1.1), "turn": 0.08, "move": 0.07, "cut": 0.022, "mirror": False}


def make_hands(n, rng):
    """Draw n hands that show digits with their fingers: images, uint8 (n, 32, 32, 3), and labels, uint8 (n,).

    The labels are 0 to 9 in random order and as equally frequent as n allows.
    """
    labels = balanced_labels(n, len(HANDS["signs"]), rng, "make_hands")
    hands = []
    for sign in HANDS["signs"]:
        stretched = [HANDS["fingers"][name] for name in sign.split()]
        folded = [part for name, part in HANDS["folded"].items() if name not in sign.split()]
        hands.append([[*stretched, *HANDS["palm"], *folded[::-1]]])
    return paint_kinds(labels, hands, _draw, np.empty((n, SIZE, SIZE, 3), np.uint8), rng), labels


def _draw(parts, n, rng):
    walls = [tinted(list(rng.choice(HANDS["walls"], n)), 0.08, rng) for _ in range(2)]
    horizons = rng.uniform(-0.5, 3, (n, 1))
    skin = tinted(list(rng.choice(HANDS["skin"], n)), 0.06, rng)
    colours = {"b": skin, "s": (skin * rng.uniform(0.6, 0.9, (1, n, 1))).astype(np.float32)}
    picture = paint(parts, backgrounds(*walls, horizons, 0, rng), colours, VIEW, rng)
    return finish(picture, 0.15, (0.8, 1.05), 0.02, rng)

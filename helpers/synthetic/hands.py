"""Drawn hands that show the digits 0 to 9: what `load_signs` falls back to without its photographs."""

import numpy as np

from helpers.synthetic.labels import balanced_labels
from helpers.synthetic.painting import SIZE, backgrounds, finish, paint, paint_groups, tinted

FINGERS = {
    "thumb": "b l 20,42 66,2 9",
    "index": "b l 22,8 30,-62 8",
    "middle": "b l 5,4 7,-76 8",
    "ring": "b l -12,6 -18,-66 8",
    "little": "b l -27,14 -42,-44 7",
}
"""Each finger as a line from the palm to its tip and half its width, as in `data/drawings/objects.toml`."""

FOLDED = {"thumb": "s l 28,40 -2,34 8", "index": "s o 22,6 9,11", "middle": "s o 5,2 9,11"}
FOLDED |= {"ring": "s o -12,4 9,11", "little": "s o -26,12 8,10"}
PALM = ["b l -2,50 -2,130 20", "b o 0,38 33,32"]

SIGNS = (
    *("", "index", "index middle", "thumb index middle", "index middle ring little"),
    *("thumb index middle ring little", "index middle ring", "index middle little"),
    *("index ring little", "middle ring little"),
)
"""Fingers stretched out for the digits 0 to 9, as the photographs show them; the others are folded."""

SKIN = ("e3b196", "d3a07f", "c68f6c", "9a6b4c", "6b4531")
WALLS = ("c9c8cc", "b9bcc0", "d8d4cc", "9fa7ab", "b6a58f")
VIEW = {"size": (0.88, 1.1), "turn": 0.08, "move": 0.07, "cut": 0.022, "mirror": False}


def make_hands(n, rng):
    """Draw n hands that show digits with their fingers: images, uint8 (n, 32, 32, 3), and labels, uint8 (n,).

    The labels are 0 to 9 in random order and as equally frequent as n allows.
    """
    labels = balanced_labels(n, len(SIGNS), rng, "make_hands")
    groups = []
    for label, sign in enumerate(SIGNS):
        stretched = [FINGERS[name] for name in sign.split()]
        folded = [FOLDED[name] for name in FOLDED if name not in sign.split()]
        groups.append(([*stretched, *PALM, *folded[::-1]], np.flatnonzero(labels == label)))
    return paint_groups(groups, _draw, np.empty((n, SIZE, SIZE, 3), np.uint8), rng), labels


def _draw(parts, n, rng):
    walls = [tinted(list(rng.choice(WALLS, n)), 0.08, rng) for _ in range(2)]
    horizons = rng.uniform(-0.5, 3, (n, 1))
    skin = tinted(list(rng.choice(SKIN, n)), 0.06, rng)
    colours = {"b": skin, "s": (skin * rng.uniform(0.6, 0.9, (1, n, 1))).astype(np.float32)}
    picture = paint(parts, backgrounds(*walls, horizons, 0, rng), colours, VIEW, rng)
    return finish(picture, 0.15, (0.8, 1.05), 0.02, rng)

"""Chapter 17's map: walk over a plane of codes, see the image that the decoder makes of each place."""

import numpy as np
from matplotlib import colormaps

from helpers.plotting import label_points
from helpers.widgets.controls import slider
from helpers.widgets.explorer import axes_at, kept, new_figure
from helpers.widgets.pointed import PointedExplorer

REACH = 3.0  # How far the map goes each way: of a normal distribution, 99.7% lie within.
_WIDTH, _HEIGHT = 700, 440
_MAP = 34, 96, 316, 316  # Left, bottom, width and height in pixels.
_IMAGE, _SIDE = (392, 96), 280
_ROW, _AWAY = (-2, -1, 0, 1, 2), 0.5  # The places below: the one chosen and two on each side.
_MOST_POINTS = 3_000


class LatentMap(PointedExplorer):
    """Walk over a map of codes; see what the decoder makes of a place, and of four to its left and right.

    Codes and labels that do not fit together, or none, are a ValueError.

    Parameters
    ----------
    decode : callable
        From codes (n, 2), float32, to images (n, 28, 28) or (n, 28, 28, 1) in [0, 1].
    codes : ndarray of shape (m, 2)
        Where real images lie on the map; of many, 3,000 are drawn.
    labels : ndarray of shape (m,), int
        Of these images, 0 to 9: colours and numbers on the map.
    """

    def __init__(self, decode, codes, labels):
        codes, labels = np.asarray(codes, float), np.asarray(labels)
        if codes.ndim != 2 or codes.shape[1] != 2 or len(codes) != len(labels) or not len(codes):
            raise ValueError(
                f"codes of shape {codes.shape}, labels of shape {labels.shape}; expected (n, 2) and (n,)"
            )
        self._decode = decode
        self._codes, self._labels = codes[:_MOST_POINTS], labels[:_MOST_POINTS]
        self._frame = kept(self._framed)
        controls = {
            name: slider(f"Number {i}", 0.0, -REACH, REACH, f"{which} number of the code.", 0.05, digits=2)
            for name, i, which in (("x", 1, "First"), ("y", 2, "Second"))
        }
        super().__init__(self.draw, self.alt, controls)

    def draw(self, x, y):
        """Draw the map with a cross at the place, its image, and a row of places beside it."""
        places = np.array([[x + _AWAY * i, y] for i in _ROW], np.float32)
        images = np.asarray(self._decode(places)).reshape(-1, 28, 28)
        fig = self._frame()
        chart, large, *small = fig.axes
        chart.plot(places[:, 0], places[:, 1], "o", color="white", mec="black", ms=5)
        chart.plot(x, y, "+", color="black", ms=22, mew=3)
        for ax, image in zip((large, *small), (images[2], *images), strict=True):
            ax.imshow(image, cmap="gray_r", vmin=0, vmax=1)
        fig.text(_IMAGE[0] / _WIDTH, 393 / _HEIGHT, _place(x, y), fontsize=13, weight="bold", va="center")
        return fig

    def _framed(self):
        """Draw what stays: the codes of real images, and the frames of pictures."""
        fig = new_figure(height=_HEIGHT / 100)
        chart = axes_at(fig, *_MAP)
        colours = colormaps["tab10"](self._labels % 10)
        chart.scatter(*self._codes.T, c=colours, s=7, alpha=0.6, linewidths=0)
        chart.set(xlim=(-REACH, REACH), ylim=(-REACH, REACH), xticks=range(-3, 4), yticks=range(-3, 4))
        names = np.unique(self._labels)
        middles = np.array([np.median(self._codes[self._labels == name], axis=0) for name in names])
        inside = np.abs(middles).max(axis=1) < 0.95 * REACH
        label_points(chart, middles[inside], names[inside], fontsize=14)
        fig.text(_MAP[0] / _WIDTH, 426 / _HEIGHT, "codes of real images, by label", fontsize=12, va="center")
        for left, bottom, side in [(*_IMAGE, _SIDE), *((392 + 57 * i, 8, 52) for i in range(5))]:
            ax = axes_at(fig, left, bottom, side, side)
            ax.imshow(np.ones((28, 28, 3)))
            ax.set(xticks=[], yticks=[])
            ax.spines[:].set(visible=True, color="0.6")
        words = f"the same second number,\nthe first in steps of {_AWAY:g}:"
        fig.text(384 / _WIDTH, 34 / _HEIGHT, words, fontsize=11, ha="right", va="center")
        return fig

    def alt(self, x, y):
        """Say in a sentence what `draw` shows for the same state."""
        distances = np.hypot(*(self._codes - [x, y]).T)
        near = self._labels[np.argsort(distances)[:25]]
        found, counts = np.unique(near, return_counts=True)
        common = ", ".join(str(found[i]) for i in np.argsort(-counts, kind="stable")[:3])
        return (
            f"A map of {len(self._codes):,} codes of real images; {_place(x, y)}, and the image made of it. "
            f"Labels of the real ones nearest to it, most frequent first: {common}."
        )

    def _pointed_at(self, x, y):
        left, bottom, width, height = _MAP
        across = (x * _WIDTH - left) / width
        up = (_HEIGHT * (1 - y) - bottom) / height
        if not (0 <= across <= 1 and 0 <= up <= 1):
            return {}
        return {name: round(20 * REACH * (2 * share - 1)) / 20 for name, share in (("x", across), ("y", up))}


def _place(x, y):
    return f"code ({x:.2f}, {y:.2f})".replace("-", "−")

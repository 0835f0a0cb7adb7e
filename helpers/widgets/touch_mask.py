"""Chapter 16's nuclei: touch one, see which pixels belong to it."""

from functools import lru_cache

import numpy as np

from helpers.plotting import ORANGE
from helpers.widgets.controls import slider
from helpers.widgets.explorer import axes_at, new_figure
from helpers.widgets.letters import counted
from helpers.widgets.pointed import PointedExplorer

_WIDTH, _HEIGHT = 700, 370
_PLACES = (8, 42, 336, 300), (356, 42, 336, 300)  # Left, bottom, width and height in pixels.


class TouchMask(PointedExplorer):
    """Touch a thing in a picture; see its mask, its size, and how many things there are.

    No picture, or a `segment` that gives another shape, is a ValueError.

    Parameters
    ----------
    pictures : ndarray of shape (n, height, width), uint8
        Grey, 0 is dark.
    segment : callable
        From a picture (height, width) to the number of the thing at each pixel (height, width), 0 for none.
        Called once for each picture.
    """

    def __init__(self, pictures, segment):
        self._pictures = np.asarray(pictures)
        if self._pictures.ndim != 3 or not len(self._pictures):
            raise ValueError(
                f"the pictures have shape {self._pictures.shape}, expected (n, height, width), n from 1"
            )
        self._numbers = lru_cache(64)(lambda i: self._checked(segment(self._pictures[i])))
        rows, columns = self._pictures.shape[1:]
        y, x = self._first(rows, columns)
        controls = {
            "picture": slider("Picture", 1, 1, len(self._pictures), "Which picture."),
            "x": slider("x", x, 0, columns - 1, "From the left, in pixels."),
            "y": slider("y", y, 0, rows - 1, "From the top, in pixels."),
        }
        super().__init__(self.draw, self.alt, controls)

    def _checked(self, numbers):
        if np.shape(numbers) != (shape := self._pictures.shape[1:]):
            raise ValueError(
                f"segment gives shape {np.shape(numbers)}, expected {shape}: a number for each pixel"
            )
        return np.asarray(numbers)

    def _first(self, rows, columns):
        """A place in the thing nearest to the middle of the first picture."""
        things = np.argwhere(self._numbers(0) > 0)
        middle = np.array([rows // 2, columns // 2])
        return map(int, things[np.abs(things - middle).sum(axis=1).argmin()] if len(things) else middle)

    def draw(self, picture, x, y):
        """Draw the picture with the touched thing's outline, and all things in colours."""
        image, numbers = np.sqrt(self._pictures[picture - 1] / 255), self._numbers(picture - 1)
        mask = numbers == numbers[y, x] if numbers[y, x] else np.zeros(numbers.shape, bool)
        fig = new_figure(height=_HEIGHT / 100)
        left, right = (axes_at(fig, *place) for place in _PLACES)
        left.imshow(image, cmap="gray", vmin=0, vmax=max(image.max(), 0.01))
        right.imshow(np.where(numbers > 0, numbers % 19, np.nan), cmap="tab20", vmin=0, vmax=19)
        titles = "touch a nucleus", f"nuclei found: {len(np.unique(numbers[numbers > 0]))}"
        for ax, title, mark in zip((left, right), titles, (ORANGE, "black"), strict=True):
            if mask.any():  # Padded, so that the outline is closed at the picture's edge.
                columns, rows = np.arange(-1, mask.shape[1] + 1), np.arange(-1, mask.shape[0] + 1)
                ax.contour(columns, rows, np.pad(mask, 1), [0.5], colors=mark, linewidths=2.5)
            ax.plot(x, y, "+", color=mark, markersize=11, markeredgewidth=2)
            ax.set_title(title, fontsize=12, pad=5)
            ax.set(xticks=[], yticks=[], xlim=(-0.5, mask.shape[1] - 0.5), ylim=(mask.shape[0] - 0.5, -0.5))
        fig.text(8 / _WIDTH, 14 / _HEIGHT, self._words(numbers, x, y), fontsize=12)
        return fig

    def alt(self, picture, x, y):
        """Say in a sentence what `draw` shows for the same state."""
        numbers = self._numbers(picture - 1)
        count = len(np.unique(numbers[numbers > 0]))
        return f"Picture {picture}; nuclei found: {count}. {self._words(numbers, x, y)}."

    def _words(self, numbers, x, y):
        place = f"At x {x}, y {y}: "
        if not numbers[y, x]:
            return f"{place}background"
        return f"{place}a nucleus of {counted(int((numbers == numbers[y, x]).sum()), 'pixel')}"

    def _pointed_at(self, x, y):
        shape = rows, columns = self._pictures.shape[1:]
        for place in _PLACES:
            row, column = self._pixel(x, y, place, shape)
            if 0 <= column < columns and 0 <= row < rows:
                return {"x": int(column), "y": int(row)}
        return {}

"""Chapter 20's canvas: one drawing, read by a large network and by a small one."""

import time

import ipywidgets
import numpy as np

from helpers.handwriting.strokes import strokes_to_image
from helpers.plotting import BLUE, ORANGE
from helpers.widgets.canvas import DrawingCanvas, picture_of, sample_digit
from helpers.widgets.explorer import Displayed, StillPicture, axes_at, new_figure

EXAMPLE = 5  # The digit in the still picture.
_SIDE, _WIDTH, _HEIGHT = 280, 400, 300


class TwoReaders(Displayed):
    """A canvas, and what each of two networks reads on it. End a cell with it to show it.

    More than two, or what is no function, is a ValueError.

    Parameters
    ----------
    readers : dict of str to callable
        By what to call them: `read(images)`, from an array (1, 28, 28, 1), float32 in [0, 1], to ten
        probabilities, an array (1, 10).

    Attributes
    ----------
    canvas, widget : DrawingCanvas, ipywidgets.Box
    answers : list of (str, ndarray of shape (10,), float)
        Name, probabilities and milliseconds of each, as they are shown; empty where nothing is drawn.
    """

    run_to = "draw"

    def __init__(self, readers):
        functions = readers.values() if isinstance(readers, dict) else ()
        if not 1 <= len(functions) <= 2 or not all(map(callable, functions)):
            raise ValueError(
                f"readers is {readers!r:.60}; expected one or two functions by what to call them"
            )
        self._readers = dict(readers)
        self.canvas = DrawingCanvas(_SIDE, _SIDE, label="Drawing canvas, read twice", hint="Draw a digit")
        self._shown = ipywidgets.HTML()
        self.widget = ipywidgets.Box([self.canvas, self._shown], layout={"flex_flow": "row wrap"})
        self._read(sample_digit(EXAMPLE))  # The first call takes long.
        self.canvas.observe(lambda _: self._on_drawing(), names="strokes")
        self._on_drawing()

    def _read(self, strokes):
        if not strokes:
            return []
        image, answers = strokes_to_image(strokes).reshape(1, 28, 28, 1), []
        for name, read in self._readers.items():
            begin = time.perf_counter()
            probabilities = np.asarray(read(image), float).reshape(-1)
            if probabilities.shape != (10,) or not abs(probabilities.sum() - 1) < 0.05:
                raise ValueError(
                    f"{name!r} gives {probabilities.round(1)}, expected ten probabilities that sum to 1; "
                    "scores need a softmax: lambda x: keras.ops.softmax(read(x))"
                )
            answers.append((name, probabilities, 1000 * (time.perf_counter() - begin)))
        return answers

    def _on_drawing(self):
        self.answers = self._read(self.canvas.strokes)
        self._shown.value = StillPicture.of_state(draw, alt, {"answers": self.answers}).html

    def _ipython_display_(self):
        strokes = self.canvas.strokes or sample_digit(EXAMPLE)
        # Without the time, which differs from run to run.
        answers = [(name, probabilities, None) for name, probabilities, _ in self._read(strokes)]
        still = StillPicture.of_state(draw, alt, {"answers": answers, "strokes": strokes})
        still.publish_beside(self, self.widget.model_id, self.canvas.still)


def draw(answers, strokes=None):
    """Draw what each network reads: ten bars and the digit in large; with strokes, the canvas beside it.

    Answers are those of `TwoReaders`; without milliseconds, no time is written.
    """
    left = 0 if strokes is None else _SIDE + 20
    fig = new_figure(_HEIGHT / 100, (_WIDTH + left) / 100)
    if strokes is not None:
        ax = axes_at(fig, 10, 10, _SIDE, _SIDE)
        ax.imshow(picture_of(strokes, _SIDE, _SIDE), cmap="gray", vmin=0, vmax=255)
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_visible(True)
    for i, (name, p, milliseconds) in enumerate(answers or [("Draw a digit.", np.zeros(10), 0)]):
        ax = axes_at(fig, left + 20, 190 - 150 * i, 270, 68)
        ax.bar(range(10), p, color=[BLUE if digit == p.argmax() else ORANGE for digit in range(10)])
        ax.set(xticks=range(10), yticks=[], ylim=(0, 1.02))
        ax.spines["left"].set_visible(False)
        ax.set_title(name, fontsize=11, loc="left")
        if answers:
            place = (left + 345) / (left + _WIDTH)
            fig.text(place, (228 - 150 * i) / _HEIGHT, str(p.argmax()), fontsize=30, ha="center", va="center")
            words = _words(p, milliseconds)
            fig.text(place, (192 - 150 * i) / _HEIGHT, words, fontsize=10, ha="center", va="center")
    return fig


def alt(answers, strokes=None):
    """Say in a sentence what `draw` shows."""
    told = [f"{name}: {p.argmax()}, {_words(p, milliseconds)}" for name, p, milliseconds in answers]
    return f"A drawing, and two rows of ten bars. {'; '.join(told) or 'Nothing is drawn yet'}."


def _words(p, milliseconds):
    time_taken = "" if milliseconds is None else f", {milliseconds:.{0 if milliseconds >= 1 else 2}f} ms"
    return f"{p.max():.0%}{time_taken}"

"""Chapter 16's scene: put digits into it, move the two thresholds, see boxes, precision and recall."""

from functools import lru_cache, partial

import numpy as np
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from helpers.boxes import right_ones, suppress
from helpers.plotting import BLUE, ORANGE, SKY
from helpers.synthetic.scenes import HEIGHTS, SIZE, put_digit
from helpers.widgets.controls import button, choice, slider, text_field
from helpers.widgets.explorer import axes_at, new_figure
from helpers.widgets.pointed import PointedExplorer

NOTHING = "none"
_WIDTH, _HEIGHT = 700, 340
_SCENE = 8, 44, 268, 268  # Left, bottom, width and height in pixels.
_CURVE = 384, 64, 296, 220
_LEAST = 0.01  # A lower score is never shown.
_WORD = 21, 6  # Width and height of a box's words, in pixels of the scene.
_SAID = 10  # Boxes that are read out.


class SceneEditor(PointedExplorer):
    """Put digits into a scene, move both thresholds; see boxes, and precision and recall over all scenes.

    No scenes, or not as many lists of boxes, are a ValueError.

    Parameters
    ----------
    answer : callable
        From a scene, uint8 of shape (96, 96), to boxes (k, 4), scores (k,) and classes (k,) before any
        threshold. Called once for each change of a scene.
    images, labels : ndarray of shape (m, 28, 28), uint8, and (m,), int
        Digits to put into a scene.
    scenes : ndarray of shape (n, 96, 96), uint8
    boxes : list of n ndarrays of shape (things, 5)
        Class, left, top, right, bottom.
    """

    def __init__(self, answer, images, labels, scenes, boxes):
        if not len(scenes) or len(scenes) != len(boxes):
            found = f"{len(scenes)} scenes and {len(boxes)} lists of boxes"
            raise ValueError(f"{found}: expected as many, at least one")
        self._digits = {int(kind): images[np.argmax(labels == kind)] for kind in np.unique(labels)}
        self._scenes, self._boxes, self._answer = scenes, boxes, answer
        # A threshold that moves asks for the same answers again.
        self._answered, self._found = lru_cache(64)(self._read), lru_cache(512)(self._find)
        options = [NOTHING, *map(str, self._digits)]
        about_overlap = "Of two boxes that overlap by more than this, the worse one goes."
        controls = {
            "scene": slider("Scene", 1, 1, len(scenes), "Which of the scenes."),
            "digit": choice("Put in", options, "A digit to put where you press in the scene."),
            "x": slider("x of its middle", 48, 0, SIZE - 1, "From the left, in pixels."),
            "y": slider("y of its middle", 48, 0, SIZE - 1, "From the top, in pixels."),
            "height": slider("Height", 28, HEIGHTS[0], HEIGHTS[1] - 1, "In pixels."),
            "score": slider("Score from", 0.5, 0.02, 0.98, "Boxes below it are not shown.", 0.02, 2),
            "overlap": slider("Overlap up to", 0.5, 0.05, 1, about_overlap, 0.05, 2),
            "kept": text_field("Kept", "", "Digits that were kept: each, its x, y and height."),
        }
        controls["kept"].layout.display = "none"  # A button writes it.
        empty = partial(self.set, kept="", digit=NOTHING)
        buttons = {
            "digit": button("Keep it", "Leave the digit there, and take another.", self.keep),
            "height": button("Take all out", "The scene as it was.", empty),
        }
        super().__init__(self.draw, self.alt, controls, buttons, hover=False)

    def keep(self):
        """Leave the digit where it is, so that another can be put in."""
        names = "digit", "x", "y", "height", "kept"
        self.set(kept=_things(*(self.state[name] for name in names)), digit=NOTHING)

    def draw(self, scene, digit, x, y, height, score, overlap, kept):
        """Draw the scene with its boxes, and precision over recall with the point of this threshold."""
        things = _things(digit, x, y, height, kept)
        found = self._found(scene, things, overlap)
        fig = new_figure(height=_HEIGHT / 100)
        ax = axes_at(fig, *_SCENE)
        ax.imshow(self._composed(scene, things)[0], cmap="gray", vmin=0, vmax=255, interpolation="nearest")
        ax.set(xticks=[], yticks=[], xlim=(-0.5, SIZE - 0.5), ylim=(SIZE - 0.5, -0.5))
        _draw_boxes(ax, *found, score)
        fig.text(_SCENE[0] / _WIDTH, 16 / _HEIGHT, _words(*found, score), fontsize=11)
        ax = axes_at(fig, *_CURVE)
        recall, precision, at = self._curve(scene, things, score, overlap)
        ax.plot(recall, precision, color=BLUE)
        if at:
            ax.plot(*at, "o", color=ORANGE, markersize=9)
            text = f"here: precision {at[1]:.2f}, recall {at[0]:.2f}"
            ax.text(0.5, 1.03, text, fontsize=11, weight="bold", ha="center", transform=ax.transAxes)
        ax.set(xlim=(0, 1.03), ylim=(0, 1.05), xlabel="recall", ylabel="precision")
        ax.set_title(f"all {len(self._scenes)} scenes, every threshold", fontsize=11, pad=24)
        return fig

    def alt(self, scene, digit, x, y, height, score, overlap, kept):
        """Say in a sentence what `draw` shows for the same state."""
        things = _things(digit, x, y, height, kept)
        found = self._found(scene, things, overlap)
        _, _, scores, kinds, _ = found
        shown = [f"{kinds[i]} ({scores[i]:.2f})" for i in np.flatnonzero(scores >= score)]
        more = f" and {len(shown) - _SAID} more" if len(shown) > _SAID else ""
        put_in = "" if digit == NOTHING else f", with a {digit} {height} high put in at x {x}, y {y}"
        *_, at = self._curve(scene, things, score, overlap)
        point = f"precision {at[1]:.2f}, recall {at[0]:.2f}" if at else "no box is shown"
        return (
            f"Scene {scene}{put_in}. Boxes of score {score:.2f} and more, overlap up to {overlap:.2f}: "
            f"{', '.join(shown[:_SAID]) or 'none'}{more}; {_words(*found, score)}. Beside it precision over "
            f"recall of all {len(self._scenes)} scenes; at this score: {point}."
        )

    def _curve(self, scene, things, score, overlap):
        """Recall and precision of all scenes, with `things` put into one of them; and those of a score."""
        numbers = range(1, len(self._scenes) + 1)
        found = (self._found(i, things if i == scene else "", overlap) for i in numbers)
        truths, _, scores, _, right = zip(*found, strict=True)
        scores, right = np.concatenate(scores), np.concatenate(right)
        hits = np.cumsum(right[np.argsort(-scores, kind="stable")])
        recall, precision = hits / max(sum(map(len, truths)), 1), hits / np.arange(1, len(hits) + 1)
        count = int((scores >= score).sum())
        return recall, precision, (recall[count - 1], precision[count - 1]) if count else None

    def _find(self, scene, things, overlap):
        """What is there (digits, 5); boxes, scores and classes found, surest first; which are right."""
        truth, found = self._composed(scene, things)[1], self._answered(scene, things)
        rows = suppress(*found[:2], overlap)
        boxes, scores, kinds = (part[rows] for part in found)
        right = np.zeros(len(boxes), bool)
        for kind in np.unique(kinds):
            mine = kinds == kind
            right[mine] = right_ones(boxes[mine], scores[mine], truth[truth[:, 0] == kind, 1:])
        return truth, boxes, scores, kinds, right

    def _composed(self, scene, things):
        picture, truth = self._scenes[scene - 1].copy(), [*self._boxes[scene - 1]]
        for thing in filter(None, things.split(";")):
            kind, x, y, height = map(int, thing.split())
            truth.append([kind, *put_digit(picture, self._digits[kind], x, y, height)])
        return picture, np.array(truth, float).reshape(-1, 5)

    def _read(self, scene, things):
        parts = [np.asarray(part) for part in self._answer(self._composed(scene, things)[0]) or ()]
        if len(parts) != 3 or len({len(part) for part in parts}) != 1:
            raise ValueError(
                f"raw_answers gives parts of the lengths {[len(part) for part in parts]}; expected boxes, "
                "scores and classes, as many of each"
            )
        likely = parts[1] >= _LEAST
        return [part[likely] for part in parts]

    def _pointed_at(self, x, y):
        if self.controls["digit"].value == NOTHING:
            return {}
        row, column = self._pixel(x, y, _SCENE, (SIZE, SIZE))
        return {"x": int(np.floor(column)), "y": int(np.floor(row))}


def _things(digit, x, y, height, kept):
    """What is put in, in words: of each digit its class, x, y and height."""
    return ";".join(filter(None, (kept, digit != NOTHING and f"{digit} {x} {y} {height}")))


def _words(truth, boxes, scores, kinds, right, score):
    shown = scores >= score
    return f"digits there: {len(truth)}, boxes shown: {shown.sum()}, right ones: {right[shown].sum()}"


def _draw_boxes(ax, truth, boxes, scores, kinds, right, score):
    """Draw those from a score on, each with its class and score where no surer one has written."""
    written = []
    for i in np.flatnonzero(scores >= score):
        left, top, _, bottom = boxes[i]
        colour, style = (SKY, "-") if right[i] else (ORANGE, "--")
        width, height = boxes[i, 2:] - boxes[i, :2]
        corner = left - 0.5, top - 0.5
        ax.add_patch(Rectangle(corner, width, height, fill=False, ec=colour, ls=style, lw=2))
        x = min(max(left, 0), SIZE - _WORD[0])
        y = top - 2 if top > _WORD[1] + 2 else min(bottom, SIZE - 2) + 7
        if all(abs(x - other) >= _WORD[0] or abs(y - line) >= _WORD[1] for other, line in written):
            written.append((x, y))
            text = f"{kinds[i]}: {scores[i]:.2f}"
            drawn = ax.text(x, y, text, color=colour, fontsize=10, weight="bold", clip_on=True)
            drawn.set_path_effects([withStroke(linewidth=2.5, foreground="black")])

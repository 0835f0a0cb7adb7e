"""Chapter 16's scene: put digits into it, move the two thresholds, see boxes, precision and recall."""

from functools import lru_cache

import ipywidgets
import numpy as np
from matplotlib.patches import Rectangle

from helpers.boxes import right_ones, suppress
from helpers.plotting import BLUE, ORANGE
from helpers.synthetic.scenes import HEIGHTS, SIZE, put_digit
from helpers.widgets.controls import choice, slider
from helpers.widgets.explorer import new_figure
from helpers.widgets.pointed import PointedExplorer

NOTHING = "none"
_WIDTH, _HEIGHT = 700, 340
_SCENE = 8, 44, 268, 268  # Left, bottom, width and height in pixels.
_CURVE = 384, 64, 296, 228
_LEAST = 0.01  # A lower score is never shown.


class SceneEditor(PointedExplorer):
    """Put digits into a scene, move both thresholds; see boxes, and precision and recall over all scenes.

    Parameters
    ----------
    answer : callable
        From a scene, uint8 of shape (96, 96), to boxes (k, 4), scores (k,) and classes (k,) before any
        threshold. Called once for each change of a scene.
    images : ndarray of shape (m, 28, 28), uint8
        Digits to put into a scene.
    labels : ndarray of shape (m,), int
    scenes : ndarray of shape (n, 96, 96), uint8
    boxes : list of n ndarrays of shape (things, 5)
        Class, left, top, right, bottom.

    Raises
    ------
    ValueError
        If there are no scenes, or not as many boxes as scenes.
    """

    def __init__(self, answer, images, labels, scenes, boxes):
        if not len(scenes) or len(scenes) != len(boxes):
            raise ValueError(
                f"{len(scenes)} scenes and {len(boxes)} lists of boxes: expected as many, at least one"
            )
        self._digits = {int(kind): images[np.argmax(labels == kind)] for kind in np.unique(labels)}
        self._scenes, self._boxes, self._answer = scenes, boxes, answer
        self._answered = lru_cache(64)(self._read)
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
            "kept": ipywidgets.Text("", layout={"display": "none"}),  # What was put in before.
        }
        keep = ipywidgets.Button(description="Keep it", tooltip="Leave the digit there, and take another.")
        clear = ipywidgets.Button(description="Take all out", tooltip="The scene as it was.")
        super().__init__(self.draw, self.alt, controls, {"digit": keep, "height": clear}, hover=False)
        keep.on_click(lambda _: self.keep())
        clear.on_click(lambda _: self.set(kept="", digit=NOTHING))

    def keep(self):
        """Leave the digit where it is, so that another can be put in."""
        state = self.state
        if state["digit"] != NOTHING:
            more = " ".join(str(state[name]) for name in ("digit", "x", "y", "height"))
            self.set(kept=f"{state['kept']};{more}".strip(";"), digit=NOTHING)

    def draw(self, scene, digit, x, y, height, score, overlap, kept):
        """Draw the scene with its boxes, and precision over recall with the point of this threshold."""
        picture, truth, (boxes, scores, kinds) = self._found(scene, digit, x, y, height, overlap, kept)
        shown = scores >= score
        good = _right(boxes[shown], scores[shown], kinds[shown], truth)
        fig = new_figure(height=_HEIGHT / 100)
        ax = _axes(fig, _SCENE)
        ax.imshow(picture, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
        ax.set(xticks=[], yticks=[], xlim=(-0.5, SIZE - 0.5), ylim=(SIZE - 0.5, -0.5))
        found = zip(boxes[shown], scores[shown], kinds[shown], good, strict=True)
        for (left, top, right, bottom), sure, kind, is_good in found:
            colour = "deepskyblue" if is_good else ORANGE
            style = {"ec": colour, "ls": "-" if is_good else "--"}
            ax.add_patch(
                Rectangle((left - 0.5, top - 0.5), right - left, bottom - top, fill=False, lw=2, **style)
            )
            place = min(max(left, 0), SIZE - 22), top - 2 if top > 9 else min(bottom, SIZE - 2) + 7
            ax.text(*place, f"{kind}: {sure:.2f}", color=colour, fontsize=10, weight="bold", clip_on=True)
        fig.text(_SCENE[0] / _WIDTH, 12 / _HEIGHT, self._words(truth, good), fontsize=11)
        self._draw_curve(_axes(fig, _CURVE), scene, (truth, boxes, scores, kinds), score, overlap)
        return fig

    def alt(self, scene, digit, x, y, height, score, overlap, kept):
        """Say in a sentence what `draw` shows for the same state."""
        _, truth, (boxes, scores, kinds) = self._found(scene, digit, x, y, height, overlap, kept)
        shown = scores >= score
        said = ", ".join(
            f"{kind} ({sure:.2f})" for kind, sure in zip(kinds[shown], scores[shown], strict=True)
        )
        good = _right(boxes[shown], scores[shown], kinds[shown], truth)
        return (
            f"Scene {scene} with boxes of score {score:.2f} and more and overlap up to {overlap:.2f}: "
            f"{said or 'none'}. {self._words(truth, good)}. Beside it precision over recall."
        )

    def _words(self, truth, good):
        return f"{len(truth)} digits there, {len(good)} boxes shown, {int(good.sum())} of them right"

    def _draw_curve(self, ax, scene, this, score, overlap):
        """Draw precision over recall of all scenes, where `this` takes the place of one."""
        scores, good, things = [], [], 0
        for i in range(len(self._scenes)):
            truth, boxes, sure, kinds = this if i == scene - 1 else self._unchanged(i, overlap)
            scores.append(sure)
            good.append(_right(boxes, sure, kinds, truth))
            things += len(truth)
        scores, good = np.concatenate(scores), np.concatenate(good)
        order = np.argsort(-scores, kind="stable")
        hits = np.cumsum(good[order])
        precision, recall = hits / np.arange(1, len(hits) + 1), hits / max(things, 1)
        ax.plot(recall, precision, color=BLUE)
        if count := int((scores >= score).sum()):
            at = recall[count - 1], precision[count - 1]
            ax.plot(*at, "o", color=ORANGE, markersize=9)
            text = f"precision {at[1]:.2f}\nrecall {at[0]:.2f}"
            ax.text(0.04, 0.06, text, color=ORANGE, fontsize=11, weight="bold")
        ax.set(xlim=(0, 1.03), ylim=(0, 1.05), xlabel="recall", ylabel="precision")
        ax.set_title(f"all {len(self._scenes)} scenes, every threshold", fontsize=11)

    def _unchanged(self, i, overlap):
        boxes, scores, kinds = self._thinned(self._answered(i + 1, ""), overlap)
        return self._boxes[i], boxes, scores, kinds

    def _found(self, scene, digit, x, y, height, overlap, kept):
        """The picture, its truth (things, 5), and what is found in it."""
        things = ";".join(part for part in (kept, digit != NOTHING and f"{digit} {x} {y} {height}") if part)
        picture, truth = self._composed(scene, things)
        return picture, truth, self._thinned(self._answered(scene, things), overlap)

    def _composed(self, scene, things):
        picture, truth = self._scenes[scene - 1].copy(), [*self._boxes[scene - 1]]
        for thing in filter(None, things.split(";")):
            kind, x, y, height = map(int, thing.split())
            truth.append([kind, *put_digit(picture, self._digits[kind], x, y, height)])
        return picture, np.array(truth, float).reshape(-1, 5)

    def _read(self, scene, things):
        boxes, scores, kinds = map(np.asarray, self._answer(self._composed(scene, things)[0]))
        likely = scores >= _LEAST
        return boxes[likely], scores[likely], kinds[likely]

    def _thinned(self, found, overlap):
        rows = suppress(*found[:2], overlap)
        return tuple(part[rows] for part in found)

    def _pointed_at(self, x, y):
        if self.controls["digit"].value == NOTHING:
            return {}
        left, bottom, width, height = _SCENE
        column, row = (x * _WIDTH - left) / width, (y * _HEIGHT - (_HEIGHT - bottom - height)) / height
        return {"x": int(np.floor(column * SIZE)), "y": int(np.floor(row * SIZE))}


def _right(boxes, scores, kinds, truth):
    """Say of each box whether it finds a thing of its class."""
    right = np.zeros(len(boxes), bool)
    for kind in np.unique(kinds):
        mine = kinds == kind
        right[mine] = right_ones(boxes[mine], scores[mine], truth[truth[:, 0] == kind, 1:])
    return right


def _axes(fig, box):
    left, bottom, width, height = box
    return fig.add_axes((left / _WIDTH, bottom / _HEIGHT, width / _WIDTH, height / _HEIGHT))

"""Chapter 17's digits on demand: ask for some, see them come out of noise step by step."""

from functools import lru_cache, partial

import numpy as np

from helpers.widgets.controls import Note, choice, play_button, read_button, slider, text_field
from helpers.widgets.explorer import Explorer, axes_at, new_figure

MOST = 8  # Digits at once.
STEPS = (5, 10, 25, 50)
_WIDTH, _HEIGHT = 700, 356
_STAGES, _ACROSS = 6, 3  # In the strips below.


def read(text):
    """Read the first 8 digits that are asked for, 0 to 7 where there are none; and say what was left out."""
    # Digits of other scripts count as well; ² and ½ are none.
    digits = [int(letter) for letter in text if letter.isdecimal()]
    others = [letter for letter in text if not letter.isdecimal() and not letter.isspace()]
    if not digits:
        return tuple(range(MOST)), "No digit in the text: type some, such as 2026. Here are 0 to 7."
    reasons = {"only its digits count": others, f"only the first {MOST} are made": digits[MOST:]}
    said = " and ".join(reason for reason, holds in reasons.items() if holds)
    return tuple(digits[:MOST]), said and f"Of this text {said}."


class DigitMaker(Explorer):
    """Ask for up to 8 digits, and see noise become them.

    Parameters
    ----------
    sample : callable
        `sample(labels, guidance, steps, seed)`: labels (n,) int32 to the images after each step,
        (steps + 1, n, 28, 28) in [0, 1], from noise to the last. The same seed gives the same images.
    text : str
        What is asked for first.
    """

    def __init__(self, sample, text="2026"):
        self._frames = lru_cache(32)(partial(_sampled, sample))
        self._note = Note()
        step = slider("Step", 25, 0, 25, "How many of the steps were taken.")
        controls = {
            "text": text_field("Digits", str(text), "Up to 8 digits.", placeholder="2026"),
            "guidance": slider(
                "Guidance", 2.0, 0, 4, "How much the label counts: 0 not at all, 1 as trained.", 0.5, digits=1
            ),
            "steps": choice("Steps in all", STEPS, "How many steps lead from noise to images.", 25),
            "seed": slider("Seed", 1, 1, 20, "Other noise."),
            "step": step,
        }
        buttons = {"text": read_button("Make"), "step": play_button(step, 150)}
        super().__init__(self.draw, self.alt, controls, buttons, above=[self._note])
        self._say()
        self._play = buttons["step"]

    def _follow(self, control):
        if control is self.controls["steps"]:
            self.controls["step"].max = self._play.max = control.value
            self.controls["step"].value = control.value
        self._say()

    def _say(self):
        self._note.say(read(self.controls["text"].value)[1])

    def draw(self, text, guidance, steps, seed, step):
        """Draw the digits after so many steps, large, and below them six stages."""
        labels = read(text)[0]
        frames = self._frames(labels, guidance, steps, seed)
        fig = new_figure(height=_HEIGHT / 100)
        side = min(160, 684 // len(labels))
        _show(axes_at(fig, 8, 246 - side / 2, side * len(labels), side), frames[step])
        title = f"step {step} of {steps}, guidance {guidance:g}"
        fig.text(8 / _WIDTH, 340 / _HEIGHT, title, fontsize=13, weight="bold", va="center")
        side = min(56, 216 // len(labels))
        for i, stage in enumerate(np.linspace(0, steps, _STAGES).round().astype(int)):
            left, bottom = 8 + 234 * (i % _ACROSS), 24 + 80 * (1 - i // _ACROSS)
            _show(axes_at(fig, left, bottom, side * len(labels), side), frames[stage])
            words = "noise" if stage == 0 else f"step {stage}"
            weight = "bold" if stage == step else "normal"
            fig.text(left / _WIDTH, (bottom - 12) / _HEIGHT, words, fontsize=11, va="center", weight=weight)
        return fig

    def alt(self, text, guidance, steps, seed, step):
        """Say in a sentence what `draw` shows for the same state."""
        labels = " ".join(map(str, read(text)[0]))
        return (
            f"Images on their way from noise to the digits {labels}: step {step} of {steps}, "
            f"guidance {guidance:g}, seed {seed}."
        )


def _sampled(sample, labels, guidance, steps, seed):
    frames = np.asarray(sample(np.array(labels, np.int32), guidance, steps, seed))
    if frames.size != (steps + 1) * len(labels) * 784:
        expected = f"({steps + 1}, {len(labels)}, 28, 28): noise and each of the {steps} steps"
        raise ValueError(f"sample gives shape {frames.shape}, expected {expected}")
    return frames.reshape(-1, len(labels), 28, 28)


def _show(ax, images):
    ax.imshow(np.hstack(list(images)), cmap="gray_r", vmin=0, vmax=1)
    ax.axis("off")

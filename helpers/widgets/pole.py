"""Chapter 18's game: hold CartPole's pole with the keys, then watch agents; `pole.js` is the other half.

The browser computes the learner's rounds by itself, so the cart follows the keys however busy the kernel is.
The agents' episodes are played here, once, and sent as lists. A test compares both with gymnasium.
"""

import math

import anywidget
import numpy as np
import traitlets

from helpers.plotting import BLUE, ORANGE
from helpers.widgets.controls import joined, styled
from helpers.widgets.explorer import Displayed, StillPicture, new_figure, still_class

MOST_STEPS = 500
"""An episode of so many steps ends, with the pole held."""

FARTHEST, STEEPEST = 2.4, math.radians(12)
"""The cart's place in metres, and the pole's angle, beyond which an episode is over."""

_STARTS = 50  # The learner's rounds go through as many starts, then through the same ones again.


def step(state, push):
    """Compute gymnasium's CartPole-v1 0.02 seconds later, by Euler's method.

    A state is the cart's place (m) and speed, the pole's angle (radians, positive to the right) and speed;
    the push is 10 newtons times -1, 0 or 1. Gymnasium's agents always push.
    """
    x, speed, angle, turning = state
    sine, cosine = math.sin(angle), math.cos(angle)
    pushed = (10 * push + 0.05 * turning**2 * sine) / 1.1
    turned = (9.8 * sine - cosine * pushed) / (0.5 * (4 / 3 - 0.1 * cosine**2 / 1.1))
    moved = pushed - 0.05 * turned * cosine / 1.1
    return x + 0.02 * speed, speed + 0.02 * moved, angle + 0.02 * turning, turning + 0.02 * turned


def fallen(state):
    """Say whether the cart has left the track or the pole leans by more than 12 degrees."""
    return abs(state[0]) > FARTHEST or abs(state[2]) > STEEPEST


def _play(agent, start, name):
    """Let an agent play one episode: [place, angle, push] before each step, and once more at its end."""
    state, frames = tuple(map(float, start)), []
    while len(frames) < MOST_STEPS and not fallen(state):
        try:
            answer = np.asarray(agent(np.array(state, np.float32)))
        except Exception as error:
            raise ValueError(
                f"{name} stopped with {type(error).__name__}: {error}. It gets one state of shape (4,): a "
                "policy for many needs state[None], and of its answer [0]"
            ) from error
        if answer.size != 1 or answer.item() not in (0, 1):
            raise ValueError(f"{name} answered {answer!r:.60}; expected 0 (left) or 1 (right)")
        push = 1 if answer.item() else -1
        frames.append([round(state[0], 4), round(state[2], 4), push])
        state = step(state, push)
    return [*frames, [round(state[0], 4), round(state[2], 4), 0]]


def draw(start, steps):
    """Draw cart and pole in a state, and bars of how long each player held it: `steps`, a dict of int."""
    fig = new_figure(height=2.8)
    ax = fig.add_axes((0.02, 0.04, 0.46, 0.92))
    x, _, angle, _ = start
    ax.plot([-FARTHEST, FARTHEST], [-0.18, -0.18], color="0.6", linewidth=2)
    ax.plot([x - 0.3, x + 0.3], [0, 0], color=BLUE, linewidth=22, solid_capstyle="butt")
    ax.plot([x, x + math.sin(angle)], [0.1, 0.1 + math.cos(angle)], color=ORANGE, linewidth=7)
    ax.set(xlim=(-2.5, 2.5), ylim=(-0.6, 1.5), aspect="equal")
    ax.axis("off")
    bars = fig.add_axes((0.68, 0.24, 0.25, 0.62))
    places = range(len(steps))
    bars.barh(places, list(steps.values()), color=[ORANGE, *[BLUE] * (len(steps) - 1)])
    bars.set(xlim=(0, MOST_STEPS), ylim=(max(len(steps), 4) - 0.4, -0.6), xlabel="steps held")
    bars.set_yticks(places, steps, fontsize=10)
    for place, held in zip(places, steps.values(), strict=True):
        bars.text(held + 12, place, held, fontsize=10, va="center")
    return fig


def alt(start, steps):
    """Say in a sentence what `draw` shows for the same state."""
    held = ", ".join(f"{name} {count}" for name, count in steps.items())
    return f"A cart with a pole that stands on it; beside it the steps held of {MOST_STEPS}: {held}."


class Pole(Displayed, anywidget.AnyWidget):
    """Hold a pole on a cart with the arrow keys, or watch agents do it. End a cell with it to show it.

    One plays 30 steps a second, or slower. Without a key nothing pushes the cart; agents always push. An
    agent that is no function, stops, or answers anything but 0 or 1 is a ValueError.

    Parameters
    ----------
    agents : dict of str to callable, optional
        By the names of their stages, functions from a state, an ndarray of shape (4,), float32, to 0 (left)
        or 1 (right). Each plays one episode at once, all from the same start. Without any one plays alone.
    record, seed : int
        The learner's best, as an earlier `Pole` has it; the seed of the starts: each number of a state
        uniform in ±0.05, as in gymnasium.

    Attributes
    ----------
    record, last : int
        Most steps for which the learner has held the pole, and steps of the last round, as the browser says.
    steps : dict of str to int
        Steps of each agent's episode, 500 at most.
    """

    run_to = "hold the pole"

    _esm = joined("pole.js")
    _css = styled("pole.css")

    record = traitlets.Int(0, min=0, max=MOST_STEPS).tag(sync=True)
    last = traitlets.Int(0, min=0, max=MOST_STEPS).tag(sync=True)
    # For the browser: where rounds begin, the agents' names and frames, the class of what is to be hidden.
    starts = traitlets.List().tag(sync=True)
    episodes = traitlets.List().tag(sync=True)
    still = traitlets.Unicode().tag(sync=True)

    def __init__(self, agents=None, record=0, seed=18):
        if agents and not (isinstance(agents, dict) and all(map(callable, agents.values()))):
            raise ValueError(f'agents is {agents!r:.60}; expected functions by name, as {{"mine": agent}}')
        starts = np.random.default_rng(seed).uniform(-0.05, 0.05, (_STARTS, 4)).tolist()
        episodes = [[name, _play(agent, starts[0], name)] for name, agent in (agents or {}).items()]
        super().__init__(record=record, starts=starts, episodes=episodes, still=still_class())

    @property
    def steps(self):
        return {name: len(frames) - 1 for name, frames in self.episodes}

    def _ipython_display_(self, **_):
        state = {"start": self.starts[0], "steps": {"you": self.record, **self.steps}}
        StillPicture.of_state(draw, alt, state).publish_beside(self, self.model_id, self.still)

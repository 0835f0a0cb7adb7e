"""Chapter 18's board: the walk beside a cliff, with its values and its greedy path while they are learned."""

import random
from functools import lru_cache

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import Normalize

from helpers.plotting import BLUE, ORANGE, RED
from helpers.widgets.controls import choice, play_button, slider, stops
from helpers.widgets.explorer import Explorer, kept, new_figure

METHODS = ("Q-learning", "SARSA")
STOPS = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500)
"""The numbers of episodes after which one can look."""

_ROWS, _COLUMNS = 4, 12
_START, _GOAL = 36, 47  # Square number row · 12 + column; between them lies the cliff.
_MOVES = ((-1, 0), (0, 1), (1, 0), (0, -1))  # Up, right, down, left, as in gymnasium.
_LONGEST = 2_000  # Steps of an episode: a wanderer who does not arrive is taken off the board.
_LOWEST = -40.0  # Values below have the colour of this one.
_WORST = -300  # Returns below are drawn at the edge.

_WALKS = []  # For each square and action: the square one comes to, and the reward.
for _square in range(_ROWS * _COLUMNS):
    _row, _column = divmod(_square, _COLUMNS)
    _to = [(min(max(_row + down, 0), 3), min(max(_column + right, 0), 11)) for down, right in _MOVES]
    _to = [row * _COLUMNS + column for row, column in _to]
    _WALKS.append([(_START, -100) if _START < new < _GOAL else (new, -1) for new in _to])


@lru_cache(maxsize=64)
def learn(method, epsilon, rate, seed):
    """Learn the cliff walk (Sutton and Barto 2018, Example 6.6) from nothing, `epsilon` of its moves random.

    Each step costs 1, who falls pays 100 and begins anew; nothing is discounted. Gives Q, (48, 4) for actions
    up, right, down, left, by numbers of episodes, `STOPS`, and the sum of rewards of each of all 500.
    """
    rng, sarsa = random.Random(seed), method == "SARSA"
    Q = [[0.0] * 4 for _ in _WALKS]  # Lists: for one number at a time they are quicker than arrays.

    def choose(square):
        if rng.random() < epsilon:
            return rng.randrange(4)
        values = Q[square]
        best = max(values)
        return rng.choice([action for action in range(4) if values[action] == best])

    tables, returns = {0: np.array(Q)}, []
    for episode in range(1, STOPS[-1] + 1):
        square, total, steps = _START, 0, 0
        action = choose(square)
        while square != _GOAL and steps < _LONGEST:
            new, reward = _WALKS[square][action]
            following = choose(new) if sarsa else None
            future = Q[new][following] if sarsa else max(Q[new])
            Q[square][action] += rate * (reward + future - Q[square][action])
            square, action = new, following if sarsa else choose(new)
            total, steps = total + reward, steps + 1
        returns.append(total)
        if episode in STOPS:
            tables[episode] = np.array(Q)
    return tables, np.array(returns)


def greedy_path(table):
    """List the squares (row, column) on the way from the start by the best action of `table`, as in `learn`.

    The walk ends at the goal, on the cliff, on a square where it was before, or where nothing was tried yet.
    """
    square, squares = _START, []
    while divmod(square, _COLUMNS) not in squares:
        squares.append(divmod(square, _COLUMNS))
        if not table[square].any():
            return squares
        action = int(np.argmax(table[square]))
        square, reward = _WALKS[square][action]
        if reward == -100:
            down, right = _MOVES[action]
            return [*squares, (squares[-1][0] + down, squares[-1][1] + right)]
    return [*squares, divmod(square, _COLUMNS)]


def _verdict(path):
    """Say how the greedy path ends."""
    if path[-1] == divmod(_GOAL, _COLUMNS):
        return f"arrives after {len(path) - 1} steps"
    if path[-1] in path[:-1]:
        return "walks in circles"
    return "falls off the cliff" if path[-1][1] > 0 and path[-1][0] == 3 else "ends in the unknown"


@kept
def _frame():
    """Make what never changes: the board's frame, the lower axes and their words."""
    fig = new_figure(height=5.0)
    board = fig.add_axes((0.02, 0.425, 0.96, 0.475))
    board.set(xlim=(-0.5, 11.5), ylim=(3.5, -0.5), xticks=[], yticks=[])
    board.spines[:].set_visible(True)
    lower = fig.add_axes((0.115, 0.115, 0.855, 0.22))
    lower.set(xlim=(0, STOPS[-1]), ylim=(_WORST - 10, 0), yticks=[-300, -200, -100, 0])
    lower.set(xlabel="episode (returns below −300 are drawn at −300)", ylabel="return")
    lower.yaxis.set_label_coords(-0.09, 0.5)
    return fig


def draw(method, episodes, epsilon, rate, seed):
    """Draw the best values and actions and the greedy path after so many episodes; below their returns.

    See `learn`; `episodes` is one of `STOPS`. The figure has 700 × 500 pixels.
    """
    tables, returns = learn(method, epsilon, rate, seed)
    table, returns = tables[episodes], returns[:episodes]
    path, values = greedy_path(table), table.max(axis=1)
    fig = _frame()
    board, lower = fig.axes
    title = f"{method}, {episodes} episodes: the greedy path {_verdict(path)}"
    fig.text(0.02, 0.945, title, fontsize=13, weight="bold", va="center")
    colours = colormaps["viridis"](Normalize(_LOWEST, 0)(values)).reshape(_ROWS, _COLUMNS, 4)
    colours[3, 1:11] = 0.25, 0.25, 0.25, 1
    board.imshow(colours, aspect="auto", interpolation="nearest", extent=(-0.5, 11.5, 3.5, -0.5))
    words, middle = "the cliff: −100, and back to the start", {"ha": "center", "va": "center"}
    board.text(5.5, 3, words, fontsize=12, color="white", **middle)
    seen = [square for square in range(_START + 1) if table[square].any()]
    inks = ["white" if value < 0.55 * _LOWEST else "black" for value in values]
    for square in [*range(_START + 1), _GOAL]:
        row, column = divmod(square, _COLUMNS)
        number = "goal" if square == _GOAL else f"{values[square]:.1f}".replace("-", "−")
        board.text(column, row - 0.27, number, fontsize=9, color=inks[square], **middle)
    rows, columns = np.divmod(seen, _COLUMNS)
    down, right = np.array(_MOVES).T[:, table[seen].argmax(axis=1)]
    board.quiver(columns, rows + 0.18, right, down, angles="xy", pivot="mid", scale=2.6, scale_units="x",
                 units="x", width=0.05, color=[inks[square] for square in seen], zorder=3)  # fmt: skip
    rows, columns = np.array(path).T
    board.plot(columns, rows + 0.18, "o-", color=RED, lw=6, alpha=0.6, markevery=[0, -1], zorder=1)
    if episodes:
        number, recent = np.arange(1, episodes + 1), returns[-50:]
        lower.plot(number, np.maximum(returns, _WORST), ".", color=BLUE, markersize=3)
        lower.plot(number[-50:], np.full(len(recent), max(recent.mean(), _WORST)), color=ORANGE, linewidth=3)
        words = f"mean of the last {len(recent)} episodes: {recent.mean():.0f}".replace("-", "−")
        fig.text(0.97, 0.37, words, fontsize=11, ha="right", va="center")
    else:
        lower.text(250, -150, "no episode yet", fontsize=11, **middle)
    return fig


def alt(method, episodes, epsilon, rate, seed):
    """Say in a sentence what `draw` shows for the same state."""
    tables, returns = learn(method, epsilon, rate, seed)
    recent = returns[:episodes][-50:]
    online = f"; the mean of the last {len(recent)} returns is {recent.mean():.0f}" if episodes else ""
    return (
        f"The cliff walk's board after {episodes} episodes of {method} with ε = {epsilon:.2f}, learning rate "
        f"{rate:.2f}, seed {seed}: the greedy path {_verdict(greedy_path(tables[episodes]))}{online}."
    )


class Cliff(Explorer):
    """See Q-learning or SARSA learn the walk beside the cliff; `episodes` is one of `STOPS`."""

    def __init__(self):
        about_method = "What counts of the next square: the best action (Q-learning), or that taken (SARSA)."
        episodes = stops("Episodes", STOPS, "How long it has learned.", 20)
        controls = {
            "method": choice("Method", METHODS, about_method),
            "episodes": episodes,
            "epsilon": slider("ε", 0.1, 0, 0.3, "Share of random moves.", step=0.05, digits=2),
            "rate": slider("Learning rate", 0.3, 0.1, 1, "How far a value moves.", step=0.1, digits=1),
            "seed": slider("Seed", 1, 1, 20, "Other random moves."),
        }
        super().__init__(draw, alt, controls, {"episodes": play_button(episodes, interval=800)})

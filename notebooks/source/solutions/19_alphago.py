# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # {title}: solutions
# {badge}
#
# Worked answers to the exercises of [chapter 19](../19_alphago.ipynb). Try
# each one yourself first, and `hint("19.1")` before you look. Other answers than these are
# right too: the checks look at what your code does, not at how it is written.

# %% tags=["setup"]
# {setup}

# %% [markdown]
# What the exercises need from the chapter: tic-tac-toe, the search, and Wilson's interval,
# as there.

# %%
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np

from helpers.checks import assert_between, check
from helpers.plotting import BLUE, show


# %%
class Board(NamedTuple):
    cells: np.ndarray  # (n, squares): 1 mine, -1 the other's, 0 empty


def take(states, rows):
    """Some of many games."""
    return type(states)(*(array[rows] for array in states))


# %%
def lines_of(rows, columns, length):
    square, steps = np.arange(rows * columns).reshape(rows, columns), np.arange(length)
    found = []
    for down, right in ((0, 1), (1, 0), (1, 1), (-1, 1)):
        for r in range(rows):
            for c in range(columns):
                end_r, end_c = r + down * (length - 1), c + right * (length - 1)
                if 0 <= end_r < rows and end_c < columns:
                    found.append(square[r + down * steps, c + right * steps])
    return np.array(found)


# %%
class Grid:
    def __init__(self, rows, columns, length):
        self.rows, self.columns = rows, columns
        self.lines = lines_of(rows, columns, length)

    def start(self, n=1):
        return Board(np.zeros((n, self.rows * self.columns), np.int8))

    def seen(self, states):
        cells = states.cells.reshape(-1, self.rows, self.columns)
        return np.stack([cells == 1, cells == -1], axis=3).astype("float32")

    def random_moves(self, states, rng):
        legal = self.legal(states)
        return (legal * rng.random(legal.shape)).argmax(axis=1)


# %%
class InARow(Grid):
    def lost(self, states):
        return (states.cells[:, self.lines] == -1).all(axis=2).any(axis=1)

    def over(self, states):
        return self.lost(states) | (states.cells != 0).all(axis=1)

    def score(self, states):
        """For the player to move, where the game is over."""
        return -self.lost(states).astype("float32")


# %%
class TicTacToe(InARow):
    actions = 9

    def __init__(self):
        super().__init__(3, 3, 3)

    def legal(self, states):
        return states.cells == 0

    sensible = legal

    def play(self, states, actions):
        cells = -states.cells  # The other player's turn: mine are now theirs.
        cells[np.arange(len(cells)), actions] = -1
        return Board(cells)


# %%
def puct(N, W, P, V, c=1.5):
    """Scores (..., actions) of a node's actions; V is the node's own value."""
    total = N.sum(axis=-1, keepdims=True)
    so_far = (W.sum(axis=-1, keepdims=True) + V[..., None]) / (total + 1)
    Q = np.where(N > 0, W / np.maximum(N, 1), so_far)
    return Q + c * P * np.sqrt(1 + total) / (1 + N)


# %%
class Tree:
    def __init__(self, game, states, nodes):
        n, actions = len(states[0]), game.actions
        self.child = np.full((n, nodes, actions), -1)
        self.N, self.W, self.P = np.zeros((3, n, nodes, actions), "float32")
        self.V, self.over = np.zeros((n, nodes), "float32"), np.zeros((n, nodes), bool)
        self.states = type(states)(
            *(np.zeros((n, nodes, *array.shape[1:]), array.dtype) for array in states)
        )


# %%
def priors(logits, allowed):
    powers = np.where(allowed, logits, -np.inf)
    powers = np.exp(powers - powers.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


# %%
def add(tree, game, evaluate, rows, node, states):
    """Make a node in each of the trees `rows`; its values for who moves there."""
    for kept, new in zip(tree.states, states, strict=True):
        kept[rows, node] = new
    tree.over[rows, node] = over = game.over(states)
    values = np.where(over, game.score(states), 0).astype("float32")
    if len(live := np.flatnonzero(~over)):
        logits, values[live] = evaluate(take(states, live))
        tree.P[rows[live], node] = priors(logits, game.sensible(take(states, live)))
    tree.V[rows, node] = values
    return values


# %%
def descend(tree, c=1.5):
    """The path, a list of (rows, nodes, actions): which games, where, what."""
    rows, path = np.arange(len(tree.N)), []
    nodes = np.zeros(len(rows), int)
    while len(rows):
        N, W, P = (array[rows, nodes] for array in (tree.N, tree.W, tree.P))
        scores = np.where(P > 0, puct(N, W, P, tree.V[rows, nodes], c), -np.inf)
        actions = scores.argmax(axis=1)
        path.append((rows, nodes, actions))
        after = tree.child[rows, nodes, actions]
        inside = (after >= 0) & ~tree.over[rows, after]
        rows, nodes = rows[inside], after[inside]
    return path


# %%
def back_up(tree, path, values):
    for rows, nodes, actions in reversed(path):
        values[rows] *= -1  # What is good for one is bad for the other.
        tree.N[rows, nodes, actions] += 1
        tree.W[rows, nodes, actions] += values[rows]


# %%
def search(game, evaluate, states, simulations, rng=None, noise=0.0, c=1.5):
    every = np.arange(len(states[0]))
    tree = Tree(game, states, simulations + 1)
    add(tree, game, evaluate, every, 0, states)
    if noise:
        P = tree.P[:, 0]
        drawn = rng.gamma(10 / (P > 0).sum(axis=1, keepdims=True), size=P.shape)
        drawn = (drawn + 1e-9) * (P > 0)
        P += noise * (drawn / drawn.sum(axis=1, keepdims=True) - P)
    for new in range(1, simulations + 1):
        path, last = descend(tree, c), np.zeros((2, len(every)), int)
        for rows, *edge in path:
            last[:, rows] = edge
        after = tree.child[every, *last]
        values, fresh = tree.V[every, after], np.flatnonzero(after < 0)
        if len(fresh):
            nodes, actions = last[:, fresh]
            before = type(states)(*(array[fresh, nodes] for array in tree.states))
            tree.child[fresh, nodes, actions] = new
            states_after = game.play(before, actions)
            values[fresh] = add(tree, game, evaluate, fresh, new, states_after)
        back_up(tree, path, values)
    return tree


# %%
def every_line(game, player, ours=True):
    """Lines that our player wins, draws and loses, against all that can be played."""
    states, counts = game.start(), np.zeros(3, int)
    while len(states.cells):
        if ours:
            states = game.play(states, player(states))
        else:
            rows, actions = np.nonzero(game.legal(states))
            states = game.play(take(states, rows), actions)
        over, lost = game.over(states), game.lost(states).sum()
        drawn = over.sum() - lost
        counts += (lost, drawn, 0) if ours else (0, drawn, lost)
        states, ours = take(states, ~over), not ours
    return counts


# %%
game = TicTacToe()


# %%
def knows_nothing(states):
    n = len(states.cells)
    return np.zeros((n, game.actions), "float32"), np.zeros(n, "float32")


def by_search(game, evaluate, simulations):
    def player(states):
        return search(game, evaluate, states, simulations).N[:, 0].argmax(axis=1)

    return player


def wilson(p, n, z=1.96):
    middle, half = p + z**2 / (2 * n), z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return (middle - half) / (1 + z**2 / n), (middle + half) / (1 + z**2 / n)


# %% [markdown]
# ## Exercise 19.1 – Only legal moves

# %% [markdown] tags=["hints"] exercise="19.1"
# **Hints**
#
# 1. What must a logit be, so that its power is exactly 0?
# 2. np.where(legal, logits, -np.inf) puts it there; subtract the row's maximum after
#    that.
# 3. Divide the powers by their sum along axis 1, with keepdims=True.
#
# **Right:** forbidden actions are out before the softmax, not after it


# %% tags=["solution"] exercise="19.1"
def legal_policy(logits, legal):
    powers = np.where(legal, logits, -np.inf)
    powers = np.exp(powers - powers.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


# %%
check("19.1", legal_policy)

# %%
print(legal_policy(np.array([[0.0, 99.0, 0.0]]), np.array([[True, False, True]])))
assert legal_policy(np.zeros((1, 2)), np.array([[True, False]])).tolist() == [[1, 0]]

# %% [markdown]
# ## Exercise 19.2 – PUCT on paper
#
# Three visits, so the square root is 2. Scores: $0.4/2+2\cdot0.6\cdot2/3=1$,
# $0.5/1+2\cdot0.3\cdot2/2=1.1$; for the third the mean so far, $(0.9+0.1)/4=0.25$, and
# $2\cdot0.1\cdot2=0.4$, together 0.65. So action 1 is taken. In the new node 0.7 is good
# for the other player: $W=0.5-0.7=-0.2$.

# %% [markdown] tags=["hints"] exercise="19.2"
# **Hints**
#
# 1. Q = W / N; under the root stands 1 plus the visits of all actions.
# 2. The third action has no visits: its Q is (W of all + V) / (N of all + 1).
# 3. The new node's value is seen by the other player: it comes up with a minus.
#
# **Right:** value and curiosity for each action, and the sign changes on the way up

# %% tags=["solution"] exercise="19.2"
puct_on_paper = {
    "score 0": 1.0,
    "score 1": 1.1,
    "score 2": 0.65,
    "action": 1,
    "W": -0.2,
}

# %%
check("19.2", puct_on_paper)

# %%
N, W, P = np.array([2, 1, 0]), np.array([0.4, 0.5, 0]), np.array([0.6, 0.3, 0.1])
print(puct(N, W, P, np.array(0.1), c=2).round(3))
assert np.allclose(puct(N, W, P, np.array(0.1), c=2), [1, 1.1, 0.65])

# %% [markdown]
# ## Exercise 19.3 – How much can search do alone?

# %% [markdown] tags=["hints"] exercise="19.3"
# **Hints**
#
# 1. by_search(game, knows_nothing, 10) is the player with 10 simulations.
# 2. every_line(game, player) gives lines won, drawn and lost; ours=False moves second.
# 3. Add both calls, and take number 2 of the sum.
#
# **Right:** more simulations lose fewer lines, but search alone comes to 0 only slowly

# %% tags=["solution"] exercise="19.3"
lines_lost = {}
for n in (10, 50, 200):
    searcher = by_search(game, knows_nothing, n)
    both = every_line(game, searcher) + every_line(game, searcher, ours=False)
    lines_lost[n] = both[2]

# %%
check("19.3", lines_lost)

# %%
fig, ax = plt.subplots(figsize=(6, 2.5))
ax.plot(list(lines_lost), list(lines_lost.values()), "o-", color=BLUE)
ax.set(xlabel="simulations a move", ylabel="lines lost", ylim=(0, None))
assert_between(lines_lost[200], 10, 26, "lines lost with 200 simulations")
show(fig, "Lines lost fall steeply from 10 to 50 simulations, then slowly.")

# %% [markdown]
# ## Exercise 19.4 – A difference in Elo

# %% [markdown] tags=["hints"] exercise="19.4"
# **Hints**
#
# 1. p is (won + drawn / 2) divided by all games.
# 2. Solve p = 1 / (1 + 10^(−d/400)) for d: 400 times log10 of p / (1 − p).
# 3. The same formula turns each end of wilson(p, n) into Elo.
#
# **Right:** three shares become three differences, and in Elo the interval is as wide
# below as above


# %% tags=["solution"] exercise="19.4"
def elo(won, drawn, lost):
    n = won + drawn + lost
    p = (won + drawn / 2) / n
    shares = np.array([p, *wilson(p, n)])
    return 400 * np.log10(shares / (1 - shares))


# %%
check("19.4", elo)

# %%
print(elo(30, 0, 10).round(), elo(300, 0, 100).round())
assert np.isclose(elo(10, 0, 10)[0], 0)

# %% [markdown]
# Ten times as many games make the interval about three times narrower.
#
# ## Exercise 19.5 – Capture

# %% [markdown] tags=["hints"] exercise="19.5"
# **Hints**
#
# 1. Work on board.copy(), and put my stone there first, 1 at (row, column). Which
#    stones of the other have an empty neighbour then?
# 2. These live, and so does each stone of the other's beside one that lives: repeat.
# 3. What does not live after 25 rounds becomes 0. Shift arrays, or go through points.
#
# **Right:** life spreads through a group from its liberties; the rest is taken off


# %% tags=["solution"] exercise="19.5"
def after_stone(board, row, column):
    board = board.copy()
    board[row, column] = 1
    source = board == 0
    for _ in range(25):
        near = np.pad(source, 1)
        near = near[:-2, 1:-1] | near[2:, 1:-1] | near[1:-1, :-2] | near[1:-1, 2:]
        source = source | near & (board == -1)
    return np.where((board == -1) & ~source, 0, board)


# %%
check("19.5", after_stone)

# %%
board = np.zeros((5, 5), int)
board[0, :3], board[1, :3] = -1, 1
print(after_stone(board, 0, 3)[:2])
assert (after_stone(board, 0, 3) == -1).sum() == 0

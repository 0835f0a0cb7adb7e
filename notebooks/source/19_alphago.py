# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---

# %% [markdown]
# # {title}
# {badge}
#
# **Question:** how can a program that knows only the rules of a game teach itself to play
# it better than those who wrote the program?
#
# **Aims.** At the end you can
#
# 1. write the rules of board games for many games at once, up to those of Go, and build
#    one network with residual blocks that answers two questions: which move, and who
#    wins;
# 2. write tree search with the PUCT rule, and follow its numbers on one position;
# 3. train by self-play, and prove, by searching every line of play, that a player never
#    loses at tic-tac-toe;
# 4. measure strength by matches with intervals and against a perfect solver, and compare
#    learning from records with learning from rules alone;
# 5. say what of AlphaGo, AlphaGo Zero, AlphaZero and MuZero is in this chapter, and what
#    is not.
#
# **Before you start:** [chapter 6](06_dynamic_cnn.ipynb): convolution in a network.
# [Chapter 18](18_reinforcement_learning.ipynb): states, actions, policy and value.
#
# **Minutes:** about {minutes} to read and do, under 180 seconds to run

# %% [markdown] tags=["teacher"]
# aim: Learners write a search and a network that teach each other from rules alone, and
# measure strength honestly.
# before: Chapter 06: convolution. Chapter 18: states, actions, policy and value.
# machine: Tic-tac-toe on the board with N, W, P beside five free squares: do six
# simulations by hand. Capture, suicide and ko with magnets or coins. Stored: the
# intervals of four players, strength over nine turns.
# opening: 3
# recap: 2

# %% [markdown]
# ## Setup
# The first cell finds the course, loads TensorFlow and sets the random seed. The second
# imports the packages. From `helpers` come the checks, figures, the weights of networks
# that have trained for longer, and the board to play on. Rules, network, search and
# self-play are written out below. No data are needed: the games are played here.

# %% tags=["setup"]
# {setup}

# %%
import json
import time
from typing import NamedTuple

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers

from helpers.checks import assert_between, check, happened, predict
from helpers.models import load_weights, shipped
from helpers.opponents import Opponent
from helpers.plotting import BLUE, ORANGE, show
from helpers.progress import track
from helpers.session import ROOT
from helpers.widgets import PlayBoard

# %% [markdown]
# ## 19.1 A game as arrays, a network with two answers
#
# Tic-tac-toe, Connect Four and Go have much in common. Two players move in turn, both see
# everything, there is no chance, and what one wins the other loses. Such a game needs few
# words: a **start**, the **legal** moves, what a move does (**play**), whether the game is
# **over**, and its **score**.
#
# Learning will need thousands of games, so all arrays here hold **many games side by
# side**, one a row. And a board is always shown as **the player to move** sees it: 1 is
# mine, −1 is the other's, 0 is empty. After a move the signs change, and the same network
# can play both sides.


# %% [markdown] tags=["teacher"]
# minutes: 13
# exercises: 3
# stall: Always as the player to move sees it: after a move signs change, so a finished
# game has lost for who is to move. Many games are rows. Logits include forbidden moves.
# ask: X has completed a row, and the score is −1. For whom?
# answer: For who would move now, which is O. The last mover has won or drawn, so the
# score is −1 or 0.
# skip: `lines_of`; the residual block, after chapter 06.


# %%
class Board(NamedTuple):
    cells: np.ndarray  # (n, squares): 1 mine, -1 the other's, 0 empty


def take(states, rows):
    """Some of many games."""
    return type(states)(*(array[rows] for array in states))


two = Board(np.array([[1, 0, -1], [0, 0, 1]], np.int8))
print(take(two, [1]))

# %% [markdown]
# In tic-tac-toe and Connect Four, who has enough stones in a row wins. The rows are
# found once: from every square to the right, down, and both diagonals, as far as the
# board reaches. Each becomes a list of squares, numbered from the upper left.


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


print(lines_of(3, 3, 3).tolist())

# %% [markdown]
# What both games share goes into one class. A game is over when the player who has just
# moved made a row, or when the board is full. The player to move can only have lost or
# drawn, so the score is −1 or 0. `seen` is what the network will get: two planes, my
# stones and the other's.


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


# %% [markdown]
# Tic-tac-toe adds which moves are allowed and what a move does. (`sensible` are the moves
# that a search looks at. For now these are all legal ones. Go will need less.)


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
game, state = TicTacToe(), TicTacToe().start()
for action in (0, 4, 1, 3, 2):  # X takes the upper row
    state = game.play(state, np.array([action]))
print(state.cells.reshape(3, 3), game.over(state), game.score(state))
assert game.over(state)[0] and game.score(state)[0] == -1

# %% [markdown]
# O is to move, has lost, and the score says −1. How much is the first move worth? Let two
# players who know nothing play ten thousand games. **Predict:** what share does the first
# one win?

# %%
predict("19.a", "Percent of random games that the first player wins?", within=5)

# %%
rng = np.random.default_rng(19)
states, move, results = game.start(10_000), 0, []
while len(states.cells):
    states, move = game.play(states, game.random_moves(states, rng)), move + 1
    over = game.over(states)
    last_player_won = game.score(take(states, over)) == -1
    results += (last_player_won * (1 if move % 2 else -1)).tolist()
    states = take(states, ~over)
first, second = (np.mean(np.equal(results, sign)) for sign in (1, -1))
print(f"first wins {first:.1%}, second {second:.1%}, drawn {1 - first - second:.1%}")
assert_between(first, 0.57, 0.6, "share won by the first player")
happened("19.a", 100 * first)

# %% [markdown]
# Moving first is an advantage among beginners. Among perfect players tic-tac-toe is drawn.
#
# ### One network, two heads
#
# The network looks at a position and gives two answers. The **policy** is a number (a
# logit) for each action: which moves look good? The **value** is a number from −1 to 1: who
# will win, as the player to move sees it? Both stand on the same body, a stack of
# **residual blocks**: two convolutions whose result is **added** to what went in. A block
# that has nothing to say can leave its input as it is, and the gradient has a way past it.


# %%
def conv(x, filters, size=3):
    x = layers.Conv2D(filters, size, padding="same", use_bias=False)(x)
    return layers.BatchNormalization(momentum=0.9)(x)


def residual_block(x, filters):
    inner = layers.ReLU()(conv(x, filters))
    return layers.ReLU()(x + conv(inner, filters))


x = keras.Input((3, 3, 32))
print(keras.Model(x, residual_block(x, 32)).count_params(), "parameters in a block")


# %%
def network(game, filters=32, blocks=3):
    seen = keras.Input(game.seen(game.start()).shape[1:])
    x = layers.ReLU()(conv(seen, filters))
    for _ in range(blocks):
        x = residual_block(x, filters)
    policy = layers.Flatten()(layers.ReLU()(conv(x, 4, 1)))
    value = layers.Flatten()(layers.ReLU()(conv(x, 2, 1)))
    value = layers.Dense(32, activation="relu")(value)
    heads = [
        layers.Dense(game.actions)(policy),
        layers.Dense(1, activation="tanh")(value),
    ]
    return keras.Model(seen, heads)


# %%
model = network(game, blocks=2)
print([tuple(head.shape) for head in model.outputs], model.count_params(), "parameters")

# %% [markdown]
# Around it goes a small function that the search below will call. It takes states, and
# returns logits and values as NumPy arrays. Anything that does so can guide the search, a
# network or, for comparison, a function that knows nothing:


# %%
def evaluator(game, model):
    planes = tf.TensorSpec((None, *model.input_shape[1:]))
    run = tf.function(lambda x: model(x, training=False), input_signature=[planes])

    def evaluate(states):
        logits, values = run(game.seen(states))
        return logits.numpy(), values.numpy()[:, 0]

    return evaluate


# %%
def knows_nothing(states):
    n = len(states.cells)
    return np.zeros((n, game.actions), "float32"), np.zeros(n, "float32")


logits, values = evaluator(game, model)(game.start(2))
print(logits.shape, values.shape, knows_nothing(game.start())[1])

# %% [markdown]
# ### Exercise 19.1 – Only legal moves (build)
#
# The policy's logits are for all actions, also for those that are not allowed. Write the
# function that makes probabilities of them: `logits` is (n, actions), `legal` is an array
# of the same shape with True where an action is allowed. Forbidden actions get exactly 0,
# the others a softmax among themselves, so that each row sums to 1. A forbidden action may
# have the largest logit by far, and that must do no harm.


# %% tags=["exercise"]
def legal_policy(logits, legal): ...


# %%
check("19.1", legal_policy)

# %% [markdown]
# ## 19.2 Search: the PUCT rule
#
# A network's first impression can be wrong. Search looks ahead. The tree of all games is
# far too large (Go on 19 × 19 has about $10^{170}$ legal positions), so **Monte-Carlo tree
# search** grows a small tree, a node at a time, where it is interesting. For each action
# $a$ of each node it keeps
#
# - $N(a)$, how often the search went this way;
# - $W(a)$, the sum of the values found there, and $Q(a)=W(a)/N(a)$, their mean;
# - $P(a)$, the network's opinion before any search, the **prior**.
#
# A **simulation** goes down from the root, at each node to the action with the largest
#
# $$Q(a) + U(a), \qquad U(a) = c\,P(a)\,\frac{\sqrt{1+\sum_b N(b)}}{1+N(a)} .$$
#
# $Q$ wants what has worked, $U$ is curiosity: large where the prior is large and visits
# are few. The sum runs over all actions $b$ of the node, and $c$ (1.5 here) says how
# much curiosity counts. An action without visits has no $Q$ yet, and gets the mean of
# what was found in this node so far (AlphaGo Zero took 0). This rule is called **PUCT**
# (predictor + upper confidence bound for trees).


# %% [markdown] tags=["teacher"]
# minutes: 17
# exercises: 3
# stall: Q + U by hand once, with the mean so far for an untried action. Values change
# their sign at each level of the way back. Visits are the answer, not Q. −1 in `child`
# means no node yet.
# ask: Square 8 wins, found in the fifth simulation. Why do the next ones go there, too?
# answer: Its Q is 1 where others have 0; curiosity needs many visits to outweigh that.
# skip: `Tree` and `descend` in NumPy; the worked position stays.


# %%
def puct(N, W, P, V, c=1.5):
    """Scores (..., actions) of a node's actions; V is the node's own value."""
    total = N.sum(axis=-1, keepdims=True)
    so_far = (W.sum(axis=-1, keepdims=True) + V[..., None]) / (total + 1)
    Q = np.where(N > 0, W / np.maximum(N, 1), so_far)
    return Q + c * P * np.sqrt(1 + total) / (1 + N)


N, W, P = np.array([3, 1, 0]), np.array([1.2, 0.5, 0]), np.array([0.5, 0.3, 0.2])
print(puct(N, W, P, np.array(0.1)).round(4))

# %% [markdown]
# By hand: four visits, so the square root is $\sqrt5=2.236$. First action:
# $Q=1.2/3=0.4$, $U=1.5\cdot0.5\cdot2.236/4=0.4193$, together 0.8193. Second:
# $0.5+1.5\cdot 0.3\cdot2.236/2=1.0031$. Third, never tried: the mean so far is
# $(1.2+0.5+0.1)/5=0.36$, and $U=1.5\cdot0.2\cdot2.236=0.6708$, together 1.0308. It is
# its turn, though its prior and its value are the lowest of the three.

# %%
assert np.allclose(puct(N, W, P, np.array(0.1)), [0.8193, 1.0031, 1.0308], atol=1e-4)

# %% [markdown]
# At the bottom a new node is made, the network gives its value and priors, and the value
# goes **back up** the path. At every step its sign changes: what is good for the one who
# moves is bad for the other. If the game is over there, its true score takes the place of
# the network's value.
#
# Now for many games at once: a tree for each. Node 0 is the root, `child` says which node
# lies behind an action, −1 where none was made yet.


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


# %% [markdown]
# Adding a node: store the state, ask whether the game is over, else ask `evaluate`. Where
# the prior is 0 the move is not allowed.


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
root = Tree(game, game.start(2), nodes=17)
print(add(root, game, knows_nothing, np.arange(2), 0, game.start(2)))

# %% [markdown]
# Going down, in all trees together: at each level every game that is still inside its tree
# takes its best action. Who comes to a place without a node, or to the end of a game,
# stops. The path is kept, level by level.


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


back_up(root, descend(root), np.array([0.5, -1], "float32"))
print(root.W[:, 0, 0])

# %% [markdown]
# The search is these pieces in a loop. While learning, the priors at the root are mixed
# with random numbers that sum to 1 (drawn from Dirichlet's distribution), so that every
# move is tried now and then.


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


# %% [markdown]
# ### One position, worked through
#
# X has the lower left corner and the square beside it, O the upper left ones. X is to
# move, and there are five free squares: 2, 3, 4, 5 and 8. Square 8 wins. The search knows
# nothing: all priors are 0.2 and every value is 0. So at first only curiosity counts, and
# it tries 2, 3, 4, 5, 8 in turn. The fifth simulation finds a win, +1. Now the other four
# score $0+U$ and square 8 scores $1+U$, with $U=1.5\cdot0.2\cdot\sqrt6/2=0.367$ for all.
# **Predict:** of 16 simulations, how many go to square 8?

# %%
predict("19.b", "Of 16 simulations, how many go to square 8?", within=0)

# %%
position = Board(np.array([[-1, -1, 0, 0, 0, 0, 1, 1, 0]], np.int8))
for simulations in (4, 5, 16):
    tree = search(game, knows_nothing, position, simulations)
    print(simulations, tree.N[0, 0].astype(int), tree.W[0, 0].round(1))
    if simulations == 5:
        U = 1.5 * tree.P[0, 0] * np.sqrt(6) / (1 + tree.N[0, 0])
        print("  U:", U.round(3))
        assert np.isclose(U[8], 0.3674, atol=1e-4)
assert tree.N[0, 0].tolist() == [0, 0, 1, 1, 1, 1, 0, 0, 12]
happened(
    "19.b", tree.N[0, 0, 8], "Once found, it is better than curiosity for a while."
)

# %% [markdown]
# One each for the others, and all the rest for the win. The visits are the search's
# answer: a **better policy than the one that went in**. And a position where it must
# look further: X's second stone is now on 5 in place of 7, so that O threatens to win
# on square 2. Every move other than 2 loses, and 2 makes two threats at once. The
# search has to see O's answer, and carry its value up with the right signs.

# %%
threat = Board(np.array([[-1, -1, 0, 0, 0, 0, 1, 0, 0]], np.int8))
threat.cells[0, 5] = 1  # X's second stone
tree = search(game, knows_nothing, threat, 200)
print("visits", tree.N[0, 0].astype(int))
print("Q     ", (tree.W[0, 0] / np.maximum(tree.N[0, 0], 1)).round(2))
assert tree.N[0, 0].argmax() == 2 and tree.N[0, 0, 2] > 100

# %% [markdown]
# Most visits go to the block, and the mean values of the others are low, since O's
# winning answer is soon found. No rule says "block". It follows from looking ahead.
#
# ### Exercise 19.2 – PUCT on paper (predict)
#
# A node has three actions with $P=(0.6, 0.3, 0.1)$, $N=(2, 1, 0)$, $W=(0.4, 0.5, 0)$; its
# own value is $V=0.1$, and $c=2$. Give the three scores, the action (0, 1 or 2) that the
# next simulation takes, and $W$ of this action afterwards, if the new node's value, as the
# player who moves **there** sees it, is 0.7.

# %% tags=["exercise"]
puct_on_paper = {
    "score 0": ...,
    "score 1": ...,
    "score 2": ...,
    "action": ...,
    "W": ...,
}

# %%
check("19.2", puct_on_paper)

# %% [markdown]
# ## 19.3 Self-play, and a player that never loses
#
# Now the idea that gave AlphaGo Zero its strength. The search, guided by the network,
# plays better than the network alone. So let it play against itself, and teach the network
#
# - the policy: **the visits** of the search, as shares;
# - the value: **who won** in the end.
#
# A better network guides a better search, whose visits make a better network. No one shows
# it a good game. The loss is cross-entropy plus squared error.
#
# One thing we learned by trying: two players who improve together see only sensible games,
# and lose to someone who plays nonsense. So each game begins with some random moves.


# %% [markdown] tags=["teacher"]
# minutes: 15
# exercises: 4
# stall: Who teaches whom: visits teach the policy, results teach the value. `(-1) **
# turn` gives the result to who moved. The proof plays all replies of the opponent, one
# reply of ours. Random openings are needed.
# ask: How can we claim that it never loses, and not only "lost no game"?
# answer: Every legal line of the opponent was played, with our player first and second.
# skip: `turned`; Exercise 19.3. Predict who loses most.


# %%
def openings(game, n, most, rng):
    """Starts of games, after up to `most` random moves."""
    states, left = game.start(n), rng.integers(most + 1, size=n)
    for step in range(most):
        rows = np.flatnonzero(left > step)
        before = take(states, rows)
        after = game.play(before, game.random_moves(before, rng))
        going = ~game.over(after)
        for kept, new in zip(states, after, strict=True):
            kept[rows[going]] = new[going]
    return states


print(openings(game, 3, 4, rng).cells)

# %% [markdown]
# In the first moves of a game an action is drawn by its share of the visits, later the most
# visited one is played. `turn` counts moves. When a game is over, its result is noted for
# the player who made the first move; who moved at an odd `turn` sees it with the other
# sign.


# %%
def draw_rows(shares, rng):
    """One action for each row of shares."""
    edges = shares.cumsum(axis=1)
    return (edges > rng.random((len(shares), 1)) * edges[:, -1:]).argmax(axis=1)


def gathered(turns, results):
    """What was seen, the shares, and the results for who moved, of all turns."""
    z = [results[rows] * (-1) ** turn for turn, (rows, _, _) in enumerate(turns)]
    seen, shares = (np.concatenate([turn[i] for turn in turns]) for i in (1, 2))
    return seen, shares.astype("float32"), np.concatenate(z)


# %%
def self_play(game, evaluate, n, simulations, rng, opening=4, varied=6):
    states, rows, turns = openings(game, n, opening, rng), np.arange(n), []
    results = np.zeros(n, "float32")
    while len(rows):
        tree = search(game, evaluate, states, simulations, rng, noise=0.25)
        shares = tree.N[:, 0] / tree.N[:, 0].sum(axis=1, keepdims=True)
        turns.append((rows, game.seen(states), shares))
        varies = len(turns) <= varied
        states = game.play(
            states, draw_rows(shares, rng) if varies else shares.argmax(axis=1)
        )
        over = game.over(states)
        results[rows[over]] = game.score(take(states, over)) * (-1) ** len(turns)
        rows, states = rows[~over], take(states, ~over)
    return gathered(turns, results)


# %%
played = self_play(game, knows_nothing, 8, 10, rng)
print([part.shape for part in played])

# %% [markdown]
# A position of tic-tac-toe or Go can be turned and mirrored in eight ways, and what is good
# stays good. Connect Four can only be mirrored. Each batch gets a random one. (AlphaGo Zero
# did this too, AlphaZero did not.)


# %%
def turned(seen, shares, rng):
    columns = seen.shape[2]
    points = shares.shape[1] // columns * columns  # Go's last action is to pass.
    grid = shares[:, :points].reshape(len(shares), -1, columns)
    if seen.shape[1] == columns:
        k = rng.integers(4)
        seen, grid = (np.rot90(array, k, (1, 2)) for array in (seen, grid))
    if rng.random() < 0.5:
        seen, grid = seen[:, :, ::-1], grid[:, :, ::-1]
    return seen, np.hstack([grid.reshape(len(shares), -1), shares[:, points:]])


example = turned(played[0][:1], np.arange(9.0)[None], rng)[1]
print(example.reshape(3, 3))


# %%
def make_update(model, rate=0.002):
    optimizer = keras.optimizers.Adam(rate, weight_decay=1e-4)
    optimizer.build(model.trainable_variables)

    @tf.function(reduce_retracing=True)
    def update(seen, shares, z):
        with tf.GradientTape() as tape:
            logits, values = model(seen, training=True)
            loss = tf.nn.softmax_cross_entropy_with_logits(shares, logits)
            loss = tf.reduce_mean(loss + (values[:, 0] - z) ** 2)
        optimizer.apply(tape.gradient(loss, model.trainable_variables))
        return loss

    return update


# %% [markdown]
# A learner holds a network, the last eight batches of games, and repeats: play, then some
# steps of training on what was played.


# %%
class Learner:
    def __init__(self, game, seed, blocks=2):
        keras.utils.set_random_seed(seed)
        self.game, self.rng, self.games = game, np.random.default_rng(seed), []
        self.model = network(game, blocks=blocks)
        self.evaluate, self.update = (
            evaluator(game, self.model),
            make_update(self.model),
        )

    def fit(self, data, steps, batch=256):
        for _ in range(steps):
            rows = self.rng.integers(len(data[0]), size=batch)
            seen, shares = turned(data[0][rows], data[1][rows], self.rng)
            batch_now = (seen, shares, data[2][rows])
            loss = self.update(*(tf.constant(part, tf.float32) for part in batch_now))
        return float(loss)

    def turn(self, n=128, simulations=25, steps=30, **more):
        new = self_play(self.game, self.evaluate, n, simulations, self.rng, **more)
        self.games = [*self.games[-7:], new]
        data = [np.concatenate(parts) for parts in zip(*self.games, strict=True)]
        return self.fit(data, steps)


# %% [markdown]
# Before it learns: how would we know that it **never loses**? Tic-tac-toe is small enough
# for a proof. Our player's move in a position is fixed. For the opponent, take **every**
# legal move. Follow all these lines to their ends, once with our player first, once second,
# and count. All lines are played side by side.


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
print(every_line(game, lambda states: game.random_moves(states, rng)).sum() > 100)

# %% [markdown]
# Three players: the search without a network, which believes all positions equal, the
# trained network alone, and the trained network with search. Training first.

# %%
learner = Learner(game, seed=19)
losses = [learner.turn() for _ in track(range(20), "Tic-tac-toe against itself")]


# %%
def by_policy(game, evaluate):
    def player(states):
        logits, _ = evaluate(states)
        return np.where(game.sensible(states), logits, -np.inf).argmax(axis=1)

    return player


def by_search(game, evaluate, simulations):
    def player(states):
        return search(game, evaluate, states, simulations).N[:, 0].argmax(axis=1)

    return player


# %%
players = {
    "search alone, 50": by_search(game, knows_nothing, 50),
    "network alone": by_policy(game, learner.evaluate),
    "network, search 50": by_search(game, learner.evaluate, 50),
}

# %% [markdown]
# **Predict:** which of the three is sure never to lose?

# %%
options = ["search alone", "network alone", "both together"]
predict("19.c", "Who is sure never to lose?", options)

# %% tags=["nbval-ignore-output"]
lost = {}
for name, player in players.items():
    counts = every_line(game, player) + every_line(game, player, ours=False)
    lost[name] = counts[2]
    print(f"{name:20} won {counts[0]:3}  drawn {counts[1]:3}  lost {counts[2]:3}")
assert_between(lost["search alone, 50"], 50, 58, "lines that search alone loses")
assert_between(lost["network alone"], 0, 40, "lines that the network alone loses")
assert lost["network, search 50"] == 0
happened("19.c", "both together", "The network alone may lose none, but only by luck.")

# %% [markdown]
# Both together never lose: **every** line was played, several hundred of them. The
# search alone loses dozens. The network alone loses fewer, or even none, which depends
# on the seed, and we promise nothing for it. Search repairs what the network gets
# wrong, and the network tells the search where to look. (The proof holds for this
# player; another seed's needs its own.)
#
# ### Exercise 19.3 – How much can search do alone? (change and measure)
#
# The search that knows nothing lost some lines with 50 simulations. Measure how many lines
# it loses, moving first and second together, with 10, 50 and 200. Store the three numbers.

# %% tags=["exercise"]
lines_lost = {10: ..., 50: ..., 200: ...}

# %%
check("19.3", lines_lost)

# %% [markdown]
# ## 19.4 Records or rules alone? Connect Four against a perfect solver
#
# The first AlphaGo learned from **records**: 30 million positions of games of strong
# players, and only then from self-play. AlphaGo Zero used the **rules alone**. Which is
# better, with the same computing? We compare in a game where the truth can be computed:
# Connect Four on 4 rows and 5 columns. Stones fall to the lowest free place of a
# column.


# %% [markdown] tags=["teacher"]
# minutes: 18
# exercises: 4
# stall: The key of a position is a trick with carries: skip its proof. Wilson's
# interval of 30 from 40 is wide, and that is the lesson. Equal seconds, not equal
# games. Overlapping intervals mean "we can't say".
# ask: Thirty of forty games won. Is it the better player?
# answer: Likely: the interval lies above one half, from about 60 to 86%. How much
# better stays open.
# skip: The solver's code; its verdict (drawn) and the comparison suffice.


# %%
class ConnectFour(InARow):
    actions = 5

    def __init__(self):
        super().__init__(4, 5, 4)

    def legal(self, states):
        return states.cells[:, :5] == 0  # A column is free if its top is.

    sensible = legal

    def play(self, states, actions):
        n = np.arange(len(actions))
        free = states.cells.reshape(-1, 4, 5)[n, :, actions] == 0
        cells = -states.cells
        cells[n, (free.sum(axis=1) - 1) * 5 + actions] = -1
        return Board(cells)


# %%
four, state = ConnectFour(), ConnectFour().start()
for column in (2, 2, 3, 1):
    state = four.play(state, np.array([column]))
print(state.cells.reshape(4, 5))

# %% [markdown]
# ### The solver
#
# All positions that can arise are made, move by move, and then valued from the end
# back: a position is worth the best of minus its successors' worth. To look a position
# up, it needs a number. A column of stones is written in five binary digits: a 1 above
# the highest stone, below it 1 for mine and 0 for the other's. Five columns make 25
# digits, so a table of $2^{25}$ small numbers (34 MB) has a place for every position.

# %%
DIGIT = 2 ** (5 * np.tile(np.arange(5), 4) + np.repeat([3, 2, 1, 0], 5))
BOTTOM = int(sum(32 ** np.arange(5)))


def key(states):
    taken, mine = states.cells != 0, states.cells == 1
    return (taken + mine.astype("int32")) @ DIGIT.astype("int32") + BOTTOM


# %%
def successors(states):
    """For each column: the rows where it is free, and the states after it."""
    for action in range(5):
        rows = np.flatnonzero(four.legal(states)[:, action])
        yield action, rows, four.play(take(states, rows), np.full(len(rows), action))


print(f"{key(four.start())[0]:025b}")

# %% [markdown]
# (Adding the 1s of all stones and the 1s of mine to a 1 at the bottom carries exactly so
# far that the leading 1 comes to stand above the highest stone.) Forwards: each level holds
# every position after so many moves, once.


# %%
def all_positions():
    levels, known = [four.start()], np.zeros(2**25, bool)
    while len(levels[-1].cells):
        live, found = take(levels[-1], ~four.over(levels[-1])), []
        for _, _, after in successors(live):
            fresh = ~known[key(after)]
            found.append(after.cells[fresh])
            known[key(after)] = True
        levels.append(Board(np.concatenate(found)))
    return levels[:-1]


# %%
levels = all_positions()
count = sum(len(level.cells) for level in levels)
print(f"{count:,} positions in {len(levels)} levels")
assert count == 3_945_711

# %% [markdown]
# And backwards. **Predict:** with perfect play, who wins on 4 × 5?

# %%
predict(
    "19.d", "Connect Four, 4 × 5, perfect play?", ["first wins", "drawn", "second wins"]
)

# %%
worth = np.zeros(2**25, np.int8)
for level in reversed(levels):
    best = np.where(four.over(level), four.score(level), -1).astype(np.int8)
    live = np.flatnonzero(~four.over(level))
    for _, rows, after in successors(take(level, live)):
        best[live[rows]] = np.maximum(best[live[rows]], -worth[key(after)])
    worth[key(level)] = best
value = worth[key(four.start())][0]
del levels
print("worth for the first player:", value)
assert value == 0
happened("19.d", ("second wins", "drawn", "first wins")[value + 1])

# %% [markdown]
# Drawn. The solver can judge any move: a **mistake** is a move after which the position is
# worth less than before. It also is the perfect player (which among its best moves draws at
# random), and the author of our game records.


# %%
def worth_of_moves(states):
    worths = np.full((len(states.cells), 5), -2)
    for action, rows, after in successors(states):
        worths[rows, action] = -worth[key(after)]
    return worths


def perfect(states):
    worths = worth_of_moves(states)
    best = worths == worths.max(axis=1, keepdims=True)
    return (best * rng.random(best.shape)).argmax(axis=1)


print(worth_of_moves(four.start()), perfect(four.start(3)).shape)

# %% [markdown]
# ### Matches and intervals
#
# A match of many games, all side by side. For variety the first moves are random ones
# (`openings`); each opening is played twice, with changed sides, so that nobody gains
# by it. In the second half of the games `two` has made the first move, and then both
# take turns in all games together.


# %%
def match(game, one, two, n, rng, opening=2, judge=None):
    """Results (n,) for `one`, who moves first in half of the games, and mistakes."""
    begun = openings(game, n // 2, opening, rng)
    after = game.play(begun, two(begun))
    states = type(begun)(*map(np.concatenate, zip(begun, after, strict=True)))
    results, mistakes, rows, turn = np.zeros(n), np.zeros(n), np.arange(n), 0
    while len(rows):
        actions = (one, two)[turn % 2](states)
        if judge and turn % 2 == 0:
            worths = judge(states)
            chosen = worths[np.arange(len(rows)), actions]
            mistakes[rows] += chosen < worths.max(axis=1)
        states, turn = game.play(states, actions), turn + 1
        over = game.over(states)
        results[rows[over]] = game.score(take(states, over)) * (-1) ** turn
        rows, states = rows[~over], take(states, ~over)
    return results, mistakes


random_four = lambda states: four.random_moves(states, rng)  # noqa: E731


# %%
results, mistakes = match(four, random_four, perfect, 200, rng, judge=worth_of_moves)
print("a random player loses", int((results < 0).sum()), "of 200 to the perfect one")
assert_between((results < 0).sum(), 165, 200, "games lost by a random player")

# %% [markdown]
# Of forty games won 30: is that 75%? It could be luck. For a share $\hat p$ of $n$ games
# **Wilson's interval** gives the true shares $p$ that would not make such a result a
# surprise, those with $|\hat p-p|\le z\sqrt{p(1-p)/n}$. Solved for $p$, with $z=1.96$ for
# 95%:
#
# $$\frac{\hat p + \frac{z^2}{2n} \pm z\sqrt{\frac{\hat p(1-\hat p)}{n}+\frac{z^2}{4n^2}}}
# {1+\frac{z^2}{n}} .$$


# %%
def wilson(p, n, z=1.96):
    middle, half = p + z**2 / (2 * n), z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return (middle - half) / (1 + z**2 / n), (middle + half) / (1 + z**2 / n)


low, high = wilson(30 / 40, 40)
print(f"{low:.3f} to {high:.3f}")
edges = np.array([low, high])
distance = 1.96 * np.sqrt(edges * (1 - edges) / 40)
assert np.allclose(np.abs(0.75 - edges), distance)

# %% [markdown]
# Between 60% and 86%: forty games are not many. A drawn game will count as half a win;
# that makes the interval rather too wide than too narrow.
#
# ### Plain search
#
# A strong opponent that learns nothing: the same search, all priors alike, and in place of
# a network's value the result of one game of **random moves** to the end. That is how the
# best programs played Go in the ten years before AlphaGo, with many refinements.


# %%
def playouts(game, rng):
    def evaluate(states):
        n = len(states[0])
        values, rows, sign = np.zeros(n, "float32"), np.arange(n), 1
        while len(rows):
            over = game.over(states)
            values[rows[over]] = sign * game.score(take(states, over))
            rows, states = rows[~over], take(states, ~over)
            if len(rows):
                states = game.play(states, game.random_moves(states, rng))
                sign = -sign
        return np.zeros((n, game.actions), "float32"), values

    return evaluate


# %%
plain = by_search(four, playouts(four, rng), 50)
results, _ = match(four, plain, random_four, 40, rng)
points = (1 + results.mean()) / 2
print("plain search scores over 85% against random moves:", points > 0.85)
assert points > 0.85

# %% [markdown]
# ### The comparison
#
# Both learners get 14 seconds of computing (what the solver and the records cost is not
# counted). One spends the first 4 on records: 600 games of the perfect player, some
# thousands of positions, of each the move that was played and the result. The rest is
# self-play like the other's.


# %%
def records(n, rng):
    states, rows, turns = openings(four, n, 6, rng), np.arange(n), []
    results = np.zeros(n, "float32")
    while len(rows):
        actions = perfect(states)
        turns.append((rows, four.seen(states), np.eye(5)[actions]))
        states = four.play(states, actions)
        over = four.over(states)
        results[rows[over]] = four.score(take(states, over)) * (-1) ** len(turns)
        rows, states = rows[~over], take(states, ~over)
    return gathered(turns, results)


shown = records(600, rng)
print([part.shape[1:] for part in shown], len(shown[0]) > 4000)


# %%
def train_four(seed, with_records, seconds=14, first=4):
    learner, begun = Learner(four, seed), time.process_time()
    while with_records and time.process_time() - begun < first:
        learner.fit(shown, 10)
    copy = [weights.copy() for weights in learner.model.get_weights()]
    while time.process_time() - begun < seconds:
        learner.turn()
    return learner, copy


# %%
names = {"records, then self-play": True, "rules alone": False}
learners = {}
for name in track(names, "Connect Four, two learners"):
    learners[name], early = train_four(4, names[name])
    if names[name]:
        learners["records only"] = Learner(four, 4)
        learners["records only"].model.set_weights(early)

# %% [markdown]
# Each of them, with 32 simulations a move, plays 200 games against random moves, in which
# the solver counts mistakes, and 100 against the perfect player, whom nobody can beat.


# %%
def exam(evaluate):
    player = by_search(four, evaluate, 32)
    _, mistakes = match(four, player, random_four, 200, rng, judge=worth_of_moves)
    results, _ = match(four, player, perfect, 100, rng, opening=0)
    return mistakes, results >= 0


exams = {name: exam(learner.evaluate) for name, learner in learners.items()}
exams["plain search, 50"] = exam(playouts(four, rng))


# %% tags=["nbval-ignore-output"]
for name, (mistakes, held) in exams.items():
    margin = 1.96 * mistakes.std() / np.sqrt(len(mistakes))
    low, high = wilson(held.mean(), len(held))
    print(
        f"{name:24} {mistakes.mean():.2f} ± {margin:.2f} mistakes a game,"
        f" held the perfect player {held.mean():.0%} ({low:.0%} to {high:.0%})"
    )
    assert_between(mistakes.mean(), 0.2, 2.2, f"mistakes a game of {name}")
print()

# %%
fig, ax = plt.subplots(figsize=(7, 2.6))
for level, (mistakes, _) in enumerate(exams.values()):
    margin = 1.96 * mistakes.std() / np.sqrt(len(mistakes))
    ax.errorbar(mistakes.mean(), -level, xerr=margin, fmt="o", capsize=4, color=BLUE)
ax.set(yticks=-np.arange(len(exams)), yticklabels=exams, ylim=(-len(exams) + 0.4, 0.6))
ax.set(xlabel="mistakes a game against random moves, with 95% intervals")
ax.set_xlim(left=0)
ax.set_ylabel(" ")
show(fig, "Mistakes a game of four players, each a dot with its 95% interval.")

# %% [markdown]
# One run with one seed each does not decide it; your numbers may say something else than
# your neighbour's. So the two learners of this section were trained beforehand with six
# seeds each, and for up to eight times as long (`python -m data.make.curves 19`):

# %%
curves = json.loads((ROOT / "data/curves/chapter_19.json").read_text())
with_records, alone = (np.array(curves[name]["mistakes"]) for name in names)  # (6, 5)
print("seconds          ", curves["seconds"])
for name, rows in (("with records", with_records), ("rules alone", alone)):
    print(f"{name:14} mean", rows.mean(axis=0).round(2))
print("seeds in which records are ahead:", (with_records < alone).sum(axis=0))

# %%
fig, ax = plt.subplots(figsize=(7, 3.6))
for rows, name, colour, mark in (
    (with_records, "records, then self-play", BLUE, "o-"),
    (alone, "rules alone", ORANGE, "s--"),
):
    ax.plot(curves["seconds"], rows.T, mark[0], color=colour, alpha=0.35)
    ax.plot(curves["seconds"], rows.mean(axis=0), mark, color=colour, label=name)
ax.set(xlabel="CPU seconds", ylabel="mistakes a game", xscale="log", ylim=(0, None))
ax.set_xticks(curves["seconds"], curves["seconds"])
ax.minorticks_off()
ax.legend()
show(fig, "Mistakes fall over the seconds; with records earlier, at the end alike.")
assert with_records[:, 2].max() < alone[:, 2].min()
assert with_records[:, 1].mean() < alone[:, 2].mean()
assert abs(with_records[:, -1].mean() - alone[:, -1].mean()) < 0.03

# %% [markdown]
# At equal seconds records bring a lead: after 28 seconds each of the six that began
# with them makes fewer mistakes than any of the others, and after 14 they are on
# average as good as those after 28. But the lead melts away, and after 112 seconds
# nothing is left of it. Records are a good beginning, and set no limit.
# AlphaGo Zero was at first behind the same network trained on records, passed it
# within a day, and ended far above.
#
# And all of them still make mistakes, in a game of at most 20 moves that a table of 34
# MB plays perfectly. Where a solver is possible, nothing beats it. On the full board of
# Go none is.
#
# ### Exercise 19.4 – A difference in Elo (build)
#
# Chess and Go players measure strength in **Elo**: who is ahead by $d$ points scores
# $p=1/(1+10^{-d/400})$. From the numbers of games that a player has `won`, `drawn` and
# `lost` (a draw counts half a win) return three numbers: by how many points it is
# ahead,
# $d$ (negative if it is behind), and its lower and upper end, which come from Wilson's
# interval for $p$, with $z=1.96$. You may call `wilson`.


# %% tags=["exercise"]
def elo(won, drawn, lost): ...


# %%
check("19.4", elo)

# %% [markdown]
# ## 19.5 Go on five by five points
#
# Go's rules are few, and harder to program than any above. Two players put stones on the
# **crossings** of lines.
#
# - Stones of a colour that touch along lines form a **group**. Empty points beside it are
#   its **liberties**. A group without liberties is **captured**, and taken off.
# - **Suicide**, a move whose own group has no liberty even after captures, is forbidden.
# - **Superko**: no move may bring back a position that was there before.
# - One may **pass**. Two passes in a row end the game.
# - **Area**: who holds more points (stones, and empty points that only this colour
#   reaches) wins. White gets half a point, so that nobody draws.
#
# For speed a board is one whole number, a bit for each of the 25 points. All neighbours of
# a set of points are then four shifts away:

# %% [markdown] tags=["teacher"]
# minutes: 16
# exercises: 3
# stall: Rules first with coins: group, liberty, suicide, superko, area. Boards are
# whole numbers with bits, so shifts are neighbours. Eyes are left out of `sensible`:
# human knowledge, said openly.
# ask: Why is a move allowed that has no liberty before it captures?
# answer: The captured stones are taken off first; their points are its liberties.
# skip: Bit tricks, all of them; play and watch the strength rise.

# %%
FULL, POINTS = 2**25 - 1, 1 << np.arange(25)
NOT_LEFT = int(sum(1 << i for i in range(25) if i % 5 > 0))
NOT_RIGHT = int(sum(1 << i for i in range(25) if i % 5 < 4))


def beside(points):
    near = points << 5 | points >> 5  # below, above
    near |= (points & NOT_RIGHT) << 1 | (points & NOT_LEFT) >> 1
    return near & FULL


# %%
def bits(*rows, of="X"):
    """A board, a string for each row, as a number: the points that hold `of`."""
    return np.array([sum(1 << i for i, s in enumerate("".join(rows)) if s in of)])


around = beside(bits(".....", ".....", "..X..", ".....", "....X"))
print((around[:, None] & POINTS != 0).reshape(5, 5).astype(int))

# %% [markdown]
# A group is found by spreading: from some of its stones to all neighbours of the same
# colour, until nothing is added. Turned around it finds who **lives**: stones that touch a
# liberty, and all that are joined to them. So to place a stone is: add it, keep of the
# other's stones those that live, then ask whether all of mine do.


# %%
def spread(sources, within):
    """All of `within` that is joined to `sources`."""
    while True:
        wider = sources | beside(sources) & within
        if np.array_equal(wider, sources):
            return wider
        sources = wider


def living(stones, all_stones):
    free = FULL & ~all_stones
    return spread(stones & beside(free), stones)


# %%
def place(own, other, points):
    """Boards after a stone on `points`, and whether it was suicide."""
    own = own | points
    other = living(other, own | other)
    return own, other, living(own, own | other) != own


# %% [markdown]
# Positions made by hand, X to move. Two stones of O have one liberty left, and X takes it:


# %%
def text(own, other):
    signs = np.where(own & POINTS, "X", np.where(other & POINTS, "O", "."))
    return ["".join(row) for row in signs.reshape(5, 5)]


before = (".X...", "XOX..", "XOX..", ".....", ".....")
own, other, suicide = place(bits(*before), bits(*before, of="O"), POINTS[16:17])
print("\n".join(text(own, other)))
assert other == 0 and not suicide and text(own, other)[3] == ".X..."

# %% [markdown]
# And the corner: with O on both neighbours a move of X there is suicide. If the same move
# captures something, it gets a liberty and is allowed:

# %%
corner = POINTS[:1]
for before in ((".O...", "O...."), (".OX..", "OX...")):
    own, other, suicide = place(bits(*before), bits(*before, of="O"), corner)
    print(before, "suicide" if suicide[0] else text(own, other)[:2])
    assert suicide[0] == (before[0] == ".O...")

# %% [markdown]
# Now the game. Its state also holds the move's number (`age`: Black makes the even ones),
# the passes in a row, and, for superko, all **past** positions, each as one number. A game
# ends after 60 moves at the latest.


# %%
class GoBoard(NamedTuple):
    own: np.ndarray  # (n,)
    other: np.ndarray
    age: np.ndarray
    passes: np.ndarray
    past: np.ndarray  # (n, 60), -1 where there is none yet


# %%
def code(own, other, black):
    """Both colours in one number, no matter whose turn it is."""
    return np.where(black, own | other << 25, other | own << 25)


print(
    code(bits("X"), bits("O", of="O"), True)
    == code(bits("O", of="O"), bits("X"), False)
)


# %%
class GoMoves:
    rows = columns = 5
    actions, most, komi = 26, 60, 0.5  # Action 25 is to pass.

    def start(self, n=1):
        past = np.full((n, self.most), -1)
        past[:, 0] = 0
        return GoBoard(*np.zeros((4, n), int), past)

    def play(self, states, actions):
        points = np.where(actions < 25, 1 << np.minimum(actions, 24), 0)
        own, other, _ = place(states.own, states.other, points)
        age, past = states.age + 1, states.past.copy()
        rows = np.flatnonzero(age < self.most)
        past[rows, age[rows]] = code(own, other, states.age % 2 == 0)[rows]
        passes = np.where(points == 0, states.passes + 1, 0)
        return GoBoard(other, own, age, passes, past)

    def over(self, states):
        return (states.passes >= 2) | (states.age >= self.most)


# %% [markdown]
# What is legal: for all 25 points at once, the board after a stone there is made. Occupied
# points, suicide, and boards that are among the past ones are out. `faults` keeps the
# three apart, so that a board to play on can say why a point is forbidden.


# %%
class GoLegal(GoMoves):
    def faults(self, states):
        """Where a stone lies, is suicide, repeats a past board: three times (n, 25)."""
        taken = (states.own | states.other)[:, None] & POINTS != 0
        stones = np.where(taken, 0, POINTS)
        own, other, suicide = place(states.own[:, None], states.other[:, None], stones)
        codes = code(own, other, (states.age % 2 == 0)[:, None])
        past = states.past[:, : states.age.max(initial=0) + 1]
        repeats = (codes[..., None] == past[:, None]).any(axis=2)
        return taken, suicide, repeats

    def legal(self, states):
        """(n, 26)"""
        allowed = ~np.any(self.faults(states), axis=0)
        return np.hstack([allowed, np.ones((len(allowed), 1), bool)])


# %%
class GoRules(GoLegal):
    def areas(self, states):
        """Points of the player to move and of the other."""
        free = FULL & ~(states.own | states.other)
        mine, theirs = (spread(beside(s) & free, free) for s in states[:2])
        own, other = states.own | mine & ~theirs, states.other | theirs & ~mine
        return np.bitwise_count(own).astype(int), np.bitwise_count(other).astype(int)

    def score(self, states):
        own, other = self.areas(states)
        return np.sign(own - other + np.where(states.age % 2, 1, -1) * self.komi)


# %% [markdown]
# The **ko**: X takes a stone, and O could take back at once, and so on for ever. Superko
# forbids it. After a move by each side elsewhere it is another position, and allowed.


# %%
def position(*rows):
    """A game that begins with this board, X (Black) to move."""
    start = GoRules().start()
    own, other = bits(*rows), bits(*rows, of="O")
    start.past[0, 0] = code(own, other, True)[0]
    return start._replace(own=own, other=other)


def played_from(state, *actions):
    for action in actions:
        state = GoRules().play(state, np.array([action]))
    return state


# %%
ko = position(".XO..", "XO.O.", ".XO..", ".....", ".....")
taken = played_from(ko, 7)  # X takes the stone on point 6
later = played_from(taken, 24, 20)
print(
    text(taken.other, taken.own)[:3], "take back at once:", GoRules().legal(taken)[0, 6]
)
print("after a move each elsewhere:", GoRules().legal(later)[0, 6])
assert not GoRules().legal(taken)[0, 6] and GoRules().legal(later)[0, 6]

# %% [markdown]
# And the count. X holds three columns, O two. A point that both reach counts for nobody.

# %%
for rows in (("..XO.",) * 5, ("..XO.",) * 4 + (".....",)):
    ended = position(*rows)
    print(rows[-1], *(int(area[0]) for area in GoRules().areas(ended)))
assert [int(a[0]) for a in GoRules().areas(position(*("..XO.",) * 5))] == [15, 10]

# %% [markdown]
# One thing beginners must learn: never to fill one's own **eyes**, empty points
# surrounded by one's own stones, on which a group lives. Random games would go on and
# on otherwise. So an eye (all neighbours mine, and all corners around it but one; at
# the edge, all) is not among the `sensible` moves. That is human knowledge, which
# AlphaGo Zero was **not** given. It saves us much time.

# %%
CORNERS = np.array([
    sum(1 << r * 5 + c for r in (y - 1, y + 1) for c in (x - 1, x + 1)
        if 0 <= r < 5 and 0 <= c < 5) for y in range(5) for x in range(5)
])  # fmt: skip
INSIDE = (np.bitwise_count(CORNERS) == 4).astype(int)


def eyes(own):
    closed = FULL & ~own & ~beside(FULL & ~own)
    missing = np.bitwise_count(CORNERS & ~own[..., None])
    return closed & ((missing <= INSIDE) * POINTS).sum(axis=-1)


print(text(eyes(bits(".X.X.", "XXXX.", "....X")), bits("..")))


# %%
class GoSeen(GoRules):
    def sensible(self, states):
        legal = self.legal(states)
        legal[:, :25] &= eyes(states.own)[:, None] & POINTS == 0
        return legal

    def seen(self, states):
        """My stones, the other's, legal points, am I Black, has the other passed."""
        stones = np.stack(states[:2], axis=1)[..., None] & POINTS != 0
        flags = np.stack([states.age % 2 == 0, states.passes > 0], axis=1)[..., None]
        legal = self.legal(states)[:, None, :25]
        planes = np.concatenate([stones, legal, flags & np.ones(25, bool)], axis=1)
        planes = planes.reshape(-1, 5, 5, 5).transpose(0, 2, 3, 1)
        return planes.astype("float32")


# %%
class Go5(GoSeen):
    def random_moves(self, states, rng):
        """A point that is no eye; a pass if it would be suicide."""
        free = FULL & ~(states.own | states.other) & ~eyes(states.own)
        points = random_points(free, rng)
        *_, suicide = place(states.own, states.other, points)
        actions = (points[:, None] == POINTS).argmax(axis=1)
        return np.where(suicide | (free == 0), 25, actions)


# %%
def random_points(free, rng):
    """One bit of each, 0 if there is none."""
    keys = (free[:, None] & POINTS != 0) * rng.random((len(free), 25))
    return np.where(free > 0, POINTS[keys.argmax(axis=1)], 0)


go = Go5()
print(go.seen(go.start()).shape, random_points(np.array([4, 0]), rng))

# %% [markdown]
# Plain search for Go: random games of 40 moves from here, then count. It has its own
# short loop, which like our random player looks at no past, since it is called hundreds
# of thousands of times.


# %%
def random_games(rng):
    def evaluate(states):
        own, other = states.own, states.other
        for _ in range(40):
            points = random_points(FULL & ~(own | other) & ~eyes(own), rng)
            mine, theirs, suicide = place(own, other, points)
            own, other = np.where(suicide, (other, own), (theirs, mine))
        values = go.score(states._replace(own=own, other=other))
        return np.zeros((len(own), 26), "float32"), values.astype("float32")

    return evaluate


# %%
values = random_games(rng)(go.start(400))[1]
assert_between(values.mean(), -0.1, 0.4, "value of the empty board, random games")
print(values.shape)

# %% [markdown]
# ### From nothing, for a minute
#
# The same learner as before, on Go. Before it starts and after every third turn it plays
# 60 games against random moves and 60 against plain search with 25 simulations. It has
# 16 simulations a move itself, and untrained it loses most games to plain search.
# **Predict:** after nine turns of 96 games, how many points does it get there?

# %%
predict("19.e", "Points against plain search after nine turns, in %?", within=15)

# %%
beginner, strength = Learner(go, seed=19), []
others = {
    "random moves": lambda states: go.random_moves(states, rng),
    "plain search, 25": by_search(go, random_games(rng), 25),
}


def points_of(player, n=60):
    """The share of points against each of the others."""
    results = [match(go, player, other, n, rng)[0] for other in others.values()]
    return (1 + np.mean(results, axis=1)) / 2


# %%
for turn in track(range(10), "Go against itself"):
    if turn % 3 == 0:
        strength.append(points_of(by_search(go, beginner.evaluate, 16)))
    if turn < 9:
        beginner.turn(n=96, simulations=16, opening=6)

# %% tags=["nbval-ignore-output"]
turns, points = [0, 3, 6, 9], np.transpose(strength)  # points: (others, turns)
low, high = wilson(points, 60)
for name, *figures in zip(others, points, low, high, strict=True):
    texts = [f"{p:.0%} ({a:.0%} to {b:.0%})" for p, a, b in zip(*figures, strict=True)]
    print(f"{name:17}", *texts, sep="  ")
assert_between(points[0, 0], 0.05, 0.75, "points against random moves, untrained")
assert_between(points[0, -1], 0.8, 1, "against random moves, after nine turns")
assert_between(points[1, 0], 0, 0.25, "against plain search, untrained")
assert_between(points[1, -1], 0.4, 0.95, "against plain search, after nine turns")
happened("19.e", 100 * points[1, -1])

# %%
fig, ax = plt.subplots(figsize=(7, 3))
for i, (color, mark) in enumerate(((BLUE, "o-"), (ORANGE, "s-"))):
    ax.fill_between(turns, 100 * low[i], 100 * high[i], color=color, alpha=0.2)
    ax.plot(turns, 100 * points[i], mark, color=color, label=list(others)[i])
ax.set(xlabel="turns of 96 games", ylabel="points in percent", ylim=(0, 103))
ax.set_xticks(turns)
ax.legend(title="against", loc="lower right")
show(
    fig,
    "Points over turns: soon nearly all against random moves, later and fewer against "
    "plain search.",
)

# %% [markdown]
# The bands are Wilson's intervals around the points in 60 games. In about a minute it
# learned all this from the rules and the hint about eyes. **Against random moves** it
# soon gets most of the points, and there the curve must end: nobody rises above 100%, so
# a weak opponent can't tell a fair player from a strong one. **Against plain search** it
# began near the bottom, and there is room above it still. So measure strength with an
# opponent who may win. And mind the bands: where two points lie in each other's, more
# games might change their order.
#
# The network that ships with the course trained like this for half an hour on one core.
# It plays from here on, and its card says how it was made.

# %%
expert_model = network(go)
load_weights(expert_model, shipped("go_5x5"), shipped=True)
expert = evaluator(go, expert_model)
megabytes = shipped("go_5x5").stat().st_size / 1e6
print(f"{megabytes:.1f} MB, {expert_model.count_params()} numbers")
assert megabytes < 1

# %% [markdown]
# **Predict:** where does it open, as Black, on the empty board?

# %%
predict("19.f", "Black's first move on 5 × 5?", ["centre", "near the centre", "corner"])

# %%
tree = search(go, expert, go.start(), 100)
prior, visits = tree.P[0, 0, :25], tree.N[0, 0, :25] / 100
print(f"centre: prior {prior[12]:.1f}, visits {visits[12]:.0%}")
best = divmod(int(visits.argmax()), 5)
print("most visited: row, column", best, " value above 0.4:", tree.V[0, 0] > 0.4)
assert best == (2, 2) and tree.V[0, 0] > 0.4
distance = max(abs(best[0] - 2), abs(best[1] - 2))
happened("19.f", distance, "From there Black reaches everything.")


# %%
def draw_board(ax, own, other, shares=None):
    """My stones black, the other's white; shares of visits as blue circles."""
    ax.hlines(range(5), 0, 4, color="0.4", linewidth=1)
    ax.vlines(range(5), 0, 4, color="0.4", linewidth=1)
    for i in range(25):
        column, row = i % 5, i // 5
        if own >> i & 1 or other >> i & 1:
            face = "black" if own >> i & 1 else "white"
            ax.scatter(column, row, 330, color=face, edgecolor="0.2", zorder=3)
        elif shares is not None and shares[i] > 0.004:
            ax.scatter(
                column, row, 20 + 500 * shares[i], color=BLUE, alpha=0.6, zorder=2
            )
            ax.annotate(f"{shares[i]:.0%}", (column + 0.3, row - 0.25), fontsize=9)
    ax.set(xlim=(-0.6, 4.6), ylim=(4.6, -0.6), aspect="equal")
    ax.axis("off")


# %%
fig, axes = plt.subplots(1, 2, figsize=(7, 3.2))
for ax, shares, name in zip(axes, (prior, visits), ("prior", "visits"), strict=True):
    draw_board(ax, 0, 0, shares)
    ax.set_title(f"{name} of the first move")
show(fig, "Two empty boards: prior and visits both lie on the centre.")

# %% [markdown]
# The centre, and the value says that Black is ahead. Rightly so: with the first move in the
# centre Black wins all 25 points with perfect play (E. van der Werf and others solved 5 × 5
# in 2002). The network was not told. So White's games are the harder test.
#
# Matches against plain search of two sizes, the first of them the beginner's opponent: 20
# games with each colour, our side with 32 simulations. (A test against 400 simulations,
# with 100 of ours, stands in the weights' card.)

# %% tags=["nbval-ignore-output"]
guided = by_search(go, expert, 32)
for size in (25, 50):
    plain = by_search(go, random_games(rng), size)
    results, _ = match(go, guided, plain, 40, rng, opening=1)
    points = (1 + results) / 2
    first, second = points[:20].mean(), points[20:].mean()
    low, high = wilson(points.mean(), 40)
    print(
        f"plain search, {size:3}: {points.mean():.0%} ({low:.0%} to {high:.0%}),"
        f" as first player {first:.0%}, as second {second:.0%}"
    )
    assert_between(points.mean(), 0.7, 1, f"points against plain search, {size}")

# %% [markdown]
# It looks at 32 positions a move and beats a search that plays 50 random games a
# move. One of its games against itself, from the fourth move on, shows what it learned:

# %%
state, stops = go.start(), []
while not go.over(state)[0]:
    visits = search(go, expert, state, 50).N[0, 0]
    state = go.play(state, visits[None].argmax(axis=1))
    stops.append(state)
own_area, other_area = (int(area[0]) for area in go.areas(state))
black, white = (own_area, other_area)[:: 1 if state.age[0] % 2 == 0 else -1]
print("Black ahead at the end:", black > white)
assert black > white

# %%
fig, axes = plt.subplots(1, 4, figsize=(8, 2.4))
chosen = [3, min(7, len(stops) - 3), min(11, len(stops) - 2), len(stops) - 1]
for ax, move in zip(axes, chosen, strict=True):
    shown_state = stops[move]
    colours = shown_state[:2] if shown_state.age[0] % 2 == 0 else shown_state[1::-1]
    draw_board(ax, *(int(stones[0]) for stones in colours))
    ax.set_title(f"move {move + 1}")
show(
    fig,
    "Four moments of a game: Black takes the centre, and in the end most of the board.",
)

# %% [markdown]
# ### Exercise 19.5 – Capture (build)
#
# The board as a 5 × 5 array: 1 my stones, −1 the other's, 0 empty. I put a stone on the
# empty point (`row`, `column`), which is no suicide. Return the board after it, with the
# other's captured stones taken off. Do not change the given board.


# %% tags=["exercise"]
def after_stone(board, row, column): ...


# %%
check("19.5", after_stone)

# %% [markdown]
# ## 19.6 What the published programs did, and what stands here
#
# | | learned from | networks | search | published result |
# |---|---|---|---|---|
# | **AlphaGo** (Nature, 2016) | 30 million positions of strong players' games (57.0% of their moves predicted), then self-play | policy and value apart, 13 layers, 48 planes of hand-made features; a fast policy for playouts | value network and playouts, half and half | 5–0 against Fan Hui (2015), 4–1 against Lee Sedol (2016) |
# | **AlphaGo Zero** (Nature, 2017) | rules alone: 4.9 million games in 3 days | one, residual, 17 planes: stones of 8 moves, colour | no playouts, 1,600 simulations a move in training | 100–0 against the version that beat Lee Sedol |
# | **AlphaZero** (Science, 2018) | rules alone, no mirrored boards | as Zero, latest network always | 800 simulations a move in training | chess, shogi and Go by one method; 155 won, 6 lost of 1,000 chess games with Stockfish |
# | **MuZero** (Nature, 2020) | no rules inside the search: it learns a model that predicts reward, policy and value | three: representation, dynamics, prediction | in the learned model | AlphaZero's level in Go, chess and shogi; 57 Atari games |
# | **here** | rules and two hints, see below (and records once, in 19.4) | one, residual, 2 or 3 blocks, 5 planes | 16 to 400 simulations | see above |
#
# What is here: the one network with two heads, residual blocks, PUCT, noise at the
# root, visits as targets, results as targets, turned boards, superko and area. From the
# first AlphaGo: records first. What is not: a board of 361 points, and the computing:
# AlphaZero made its games on 5,000 special processors, ours come from one or two cores.
# Nor a judge that lets only better networks play (AlphaGo Zero had one, AlphaZero
# dropped it), nor the first AlphaGo's hand-made features and separate networks, nor the
# learned model of MuZero. And our `sensible` moves and the
# randomly opened games are two pieces of human knowledge that AlphaGo Zero did without.
#
# How far apart are the two boards? A number to hold on to:

# %% [markdown] tags=["teacher"]
# minutes: 6
# stall: The table is read as a ranking of programs; it says what each learned from.
# What stands here is rules alone on 25 points, with two pieces of human knowledge.
# ask: What did AlphaGo Zero not need that AlphaGo had?
# answer: Records of people's games, hand-made features and playouts.
# skip: The table read aloud; let the room play.

# %%
small, large = 25 * np.log10(3), 361 * np.log10(3)
print(f"at most 10^{small:.0f} boards on 5 × 5, 10^{large:.0f} on 19 × 19")
assert (round(small), round(large)) == (12, 172)

# %% [markdown]
# ### Play against it
#
# For Connect Four, too, a network ships that trained by self-play:

# %%
four_model = network(four)
load_weights(four_model, shipped("connect_four"), shipped=True)
four_expert = evaluator(four, four_model)

# %% [markdown]
# Choose Go or Connect Four, and how many simulations it may use. The circles on the board
# are its visits, it tells why it moved in words, and you may take back, ask for a hint, or
# let it play itself. On 5 × 5 take Black first: who plays well in the centre can win.
#
# It plays by the rules and the search **that stand above**. So change them, and feel it in
# the game: another $c$ (0, or 10) or some `noise` (0.5) in `thinking`, the formula in
# `puct`, or a rule: with `go.komi = 24.5` Black must hold every point. Run the cell that
# you changed, then the board's again.


# %%
def thinking(game, evaluate, states, simulations):
    return search(game, evaluate, states, simulations, rng, noise=0.0, c=1.5)


opponents = {
    "Go 5×5": Opponent(go, expert, thinking),
    "Connect Four": Opponent(four, four_expert, thinking),
}
board = PlayBoard(opponents)
board

# %% [markdown]
# ## Recap
#
# 1. **Games as arrays**: start, legal, play, over, score, for many games side by side,
#    always as the player to move sees them. Go adds groups, liberties, capture, suicide,
#    superko and area. One network with residual blocks has two heads, policy and value.
# 2. **PUCT** goes where the mean value plus curiosity is largest; curiosity is the prior,
#    shrinking with visits. On one position 12 of 16 simulations went to the winning move.
# 3. **Self-play**: the visits teach the policy, the results teach the value. With search
#    the trained player lost none of all lines of tic-tac-toe; the search alone lost dozens.
# 4. **Strength** is points in matches, with Wilson's interval, or mistakes against the
#    solver. At equal seconds, those who began with records were ahead of rules alone
#    after half a minute, and level after nearly two.
# 5. **The published programs**: records and two networks (AlphaGo), rules alone and one
#    network (Zero), any such game (AlphaZero), without rules in the search (MuZero).
#
# ## Read on
#
# - D. Silver and others, *Mastering the game of Go with deep neural networks and tree
#   search* (Nature, 2016): AlphaGo.
# - D. Silver and others, *Mastering the game of Go without human knowledge* (Nature, 2017):
#   AlphaGo Zero, the source of what is written out here.
# - D. Silver and others, *A general reinforcement learning algorithm that masters chess,
#   shogi, and Go through self-play* (Science, 2018): AlphaZero.
# - J. Schrittwieser and others, *Mastering Atari, Go, chess and shogi by planning with a
#   learned model* (Nature, 2020): MuZero.
# - C. D. Rosin, *Multi-armed Bandits with Episode Context* (2011): the origin of PUCT.
# - R. Coulom, *Efficient Selectivity and Backup Operators in Monte-Carlo Tree Search*
#   (2006); L. Kocsis, C. Szepesvári, *Bandit based Monte-Carlo Planning* (2006).
# - E. C. D. van der Werf, H. J. van den Herik, J. W. H. M. Uiterwijk, *Solving Go on small
#   boards* (ICGA Journal, 2003).
# - E. B. Wilson, *Probable Inference, the Law of Succession, and Statistical Inference*
#   (1927).

"""Search for a good move in many games at once, as chapter 19 has it: the PUCT rule of AlphaGo Zero."""

import numpy as np

from data.make.games import take


class Tree:
    """Trees of n games: arrays (n, nodes) and, of edges, (n, nodes, actions).

    `child` is the number of the node behind an action, -1 where none was made. N, W and P, float32, are
    visits, sum of values and prior probability of each action, as the player to move there sees them; V is
    the node's own value, when it was made.
    """

    def __init__(self, game, states, nodes):
        shape = len(states[0]), nodes, game.actions
        self.child = np.full(shape, -1)
        self.N, self.W, self.P = (np.zeros(shape, np.float32) for _ in range(3))
        self.V, self.over = np.zeros(shape[:2], np.float32), np.zeros(shape[:2], bool)
        self.legal = np.zeros(shape, bool)
        self.states = type(states)(*(np.zeros((shape[0], nodes, *a.shape[1:]), a.dtype) for a in states))

    def scores(self, rows, nodes, c):
        """Value and curiosity of all actions (k, actions): the PUCT rule."""
        N, W, P = (array[rows, nodes] for array in (self.N, self.W, self.P))
        total = N.sum(axis=1, keepdims=True)
        mean = (W.sum(axis=1, keepdims=True) + self.V[rows, nodes, None]) / (total + 1)
        Q = np.where(N > 0, W / np.maximum(N, 1), mean)  # An action not tried counts as the node so far.
        U = c * P * np.sqrt(total + 1) / (1 + N)
        return np.where(self.legal[rows, nodes], Q + U, -np.inf)

    def add(self, game, evaluate, rows, node, states):
        """Make a node in each of the trees `rows`; return the values for who moves there."""
        for kept, new in zip(self.states, states, strict=True):
            kept[rows, node] = new
        self.over[rows, node] = over = game.over(states)
        values = np.where(over, game.score(states), 0).astype(np.float32)
        if len(going := np.flatnonzero(~over)):
            live = take(states, going)
            logits, values[going] = evaluate(live)
            legal = game.sensible(live)
            logits = np.where(legal, logits, -np.inf)
            P = np.exp(logits - logits.max(axis=1, keepdims=True))
            self.P[rows[going], node] = P / P.sum(axis=1, keepdims=True)
            self.legal[rows[going], node] = legal
        self.V[rows, node] = values
        return values


def search(game, evaluate, states, simulations, rng=None, noise=0.0, c=1.5):
    """Search in many games, none of them over; N[:, 0] of the tree are the visits of the first moves.

    `evaluate` takes states to logits (n, actions) and values (n,) in [-1, 1] for the player to move. `noise`
    is the share of Dirichlet's noise, drawn by `rng`, in the priors of the first moves, for self-play; c is
    the weight of curiosity. (D. Silver et al., "Mastering the game of Go without human knowledge", 2017; many
    games side by side, one new node each per simulation)
    """
    n = len(states[0])
    tree, every = Tree(game, states, simulations + 1), np.arange(n)
    tree.add(game, evaluate, every, 0, states)
    if noise:
        legal = tree.legal[:, 0]
        random = rng.gamma(10 / legal.sum(axis=1, keepdims=True), size=legal.shape) * legal + 1e-9 * legal
        tree.P[:, 0] = (1 - noise) * tree.P[:, 0] + noise * random / random.sum(axis=1, keepdims=True)
    for new in range(1, simulations + 1):
        rows, nodes, path, made = every, np.zeros(n, int), [], []
        values = np.zeros(n, np.float32)
        while len(rows):
            actions = tree.scores(rows, nodes, c).argmax(axis=1)
            path.append((rows, nodes, actions))
            after = tree.child[rows, nodes, actions]
            fresh = after < 0
            made.append((rows[fresh], nodes[fresh], actions[fresh]))
            ended = ~fresh & tree.over[rows, after]
            values[rows[ended]] = tree.V[rows[ended], after[ended]]
            rows, nodes = rows[~fresh & ~ended], after[~fresh & ~ended]
        rows, nodes, actions = map(np.concatenate, zip(*made, strict=True))
        if len(rows):
            states = game.play(take(tree.states, (rows, nodes)), actions)
            tree.child[rows, nodes, actions] = new
            values[rows] = tree.add(game, evaluate, rows, new, states)
        for rows, nodes, actions in reversed(path):
            values[rows] *= -1  # What is good for one is bad for the other.
            tree.N[rows, nodes, actions] += 1
            tree.W[rows, nodes, actions] += values[rows]
    return tree

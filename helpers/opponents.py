"""Opponents for chapter 19's board: Go 5×5 and Connect Four, played by networks that ship and by search.

`helpers.widgets.PlayBoard` knows nothing of the rules. An opponent offers it:

rows, columns, kind       "points" (action row · columns + column, then the pass) or "drop" (action a column)
start(), play(position, action)    positions, which only the opponent understands
player(position)          0 for Black, who begins, or 1
stones(position)          int (rows, columns): 0 none, 1 black, 2 white; row 0 at the top
why_not(position, action) what forbids an action, "" if nothing does
over(position)            how the game has ended, "" if it has not
think(position, simulations)    visits, prior (actions,), value in [-1, 1] for the player to move, main line
"""

import numpy as np

from helpers.games import CONNECT_FOUR, Go5
from helpers.models import load_weights, shipped
from helpers.tree_search import main_line, search

_COLOURS = ("Black", "White")
_FAULTS = (
    "there is a stone already",
    "suicide: the stone and what it joins would have no liberty",
    "ko: the board would be as it was before in this game",
)


def network(game, filters=32, blocks=3):
    """Build a network with residual blocks: from planes to logits of the actions and a value in [-1, 1]."""
    import keras
    from keras import layers

    def conv(z, count, size=3):
        z = layers.Conv2D(count, size, padding="same", use_bias=False)(z)
        return layers.BatchNormalization(momentum=0.9)(z)

    seen = keras.Input(game.seen(game.start()).shape[1:])
    z = layers.ReLU()(conv(seen, filters))
    for _ in range(blocks):
        inner = layers.ReLU()(conv(z, filters))
        z = layers.ReLU()(z + conv(inner, filters))
    policy = layers.Flatten()(layers.ReLU()(conv(z, 4, 1)))
    value = layers.Flatten()(layers.ReLU()(conv(z, 2, 1)))
    value = layers.Dense(32, activation="relu")(value)
    return keras.Model(seen, [layers.Dense(game.actions)(policy), layers.Dense(1, activation="tanh")(value)])


def evaluator(game, model):
    """Make of a network what `search` asks for."""
    import tensorflow as tf

    run = tf.function(lambda planes: model(planes, training=False), reduce_retracing=True)

    def evaluate(states):
        logits, values = run(tf.constant(game.seen(states)))
        return logits.numpy(), values.numpy()[:, 0]

    return evaluate


class Searcher:
    """Plays a game of `helpers.games` by search; a position is a batch of one."""

    def __init__(self, game, evaluate):
        self.game, self.evaluate = game, evaluate
        self.rows, self.columns = game.rows, game.columns
        self.kind = "points" if isinstance(game, Go5) else "drop"
        self.start = game.start

    def player(self, position):
        """Black makes the even moves."""
        return int((position.age if self.kind == "points" else np.bitwise_count(sum(position[:2])))[0] % 2)

    def stones(self, position):
        own, other = np.moveaxis(self.game.seen(position)[0, ..., :2], -1, 0).astype(int)
        player = self.player(position)
        return own * (1 + player) + other * (2 - player)

    def why_not(self, position, action):
        if self.over(position):
            return "the game is over"
        if self.kind == "drop":
            return "" if self.game.legal(position)[0, action] else "the column is full"
        faults = np.array(self.game.faults(position))[:, 0]
        pairs = zip(faults, _FAULTS, strict=True) if action < self.rows * self.columns else ()
        return next((sentence for fault, sentence in pairs if fault[action]), "")

    def play(self, position, action):
        return self.game.play(position, np.array([action]))

    def over(self, position):
        if not self.game.over(position)[0]:
            return ""
        if self.kind == "drop":
            lost = self.game.score(position)[0] < 0
            winner = _COLOURS[1 - self.player(position)]
            return f"{winner} has four in a row and wins." if lost else "The board is full: nobody wins."
        black, white = (int(points[0]) for points in self.game.areas(position))
        ahead = black - white - self.game.komi
        why = "Both have passed" if position.passes[0] >= 2 else f"After {self.game.most} moves the game ends"
        return (
            f"{why}: stones and surrounded points are {black} for Black, {white} for White, who gets "
            f"{self.game.komi} for moving second. {_COLOURS[ahead < 0]} wins by {abs(ahead):g}."
        )

    def think(self, position, simulations):
        tree = search(self.game, self.evaluate, position, simulations)
        visits, values, best = tree.N[0, 0], tree.W[0, 0], tree.N[0, 0].argmax()
        value = values[best] / visits[best] if simulations else tree.V[0, 0]
        return {"visits": visits, "prior": tree.P[0, 0], "value": float(value), "line": main_line(tree)}


def opponents():
    """Return opponents by the names of their games, with the networks that came with the course."""
    games = {"Go 5×5": (Go5(), "go_5x5"), "Connect Four": (CONNECT_FOUR, "connect_four")}
    found = {}
    for name, (game, file) in games.items():
        model = network(game)
        load_weights(model, shipped(file), shipped=True)
        found[name] = Searcher(game, evaluator(game, model))
    return found

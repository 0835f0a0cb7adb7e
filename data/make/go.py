"""Train the networks of chapter 19 by self-play alone: Go 5 × 5, and Connect Four on 4 rows and 5 columns.

python -m data.make.go                   # Go, about half an hour on one core
python -m data.make.go connect_four      # about ten minutes
"""

import sys
import time

import numpy as np

from data.make.games import CONNECT_FOUR, Go5, take
from data.make.in_half import in_half, save_in_half
from data.make.playouts import play_out, playouts, random_moves
from data.make.tree_search import search
from helpers.models import shipped
from helpers.session import quiet_native_log


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


def self_play(game, evaluate, games, simulations, rng, openings=8, drawn=8):
    """Play many games side by side.

    Half of the games begin with up to `openings` random moves; in the first `drawn` moves after that actions
    are drawn by their visits, later the most visited is taken.

    Returns
    -------
    planes : float32 (positions, rows, columns, planes)
    shares : float32 (positions, actions)
        Of the visits.
    results : float32 (positions,)
        +1, 0 or -1 for the player to move.
    """
    states = game.start(games)
    length = rng.integers(0, openings + 1, games) * (rng.random(games) < 0.5)
    for move in range(openings):
        going = np.flatnonzero((move < length) & ~game.over(states))
        after = game.play(take(states, going), random_moves(game, take(states, going), rng))
        for array, new in zip(states, after, strict=True):
            array[going] = new
    rows = []

    def choose(states, numbers, move):
        visits = search(game, evaluate, states, simulations, rng, noise=0.25).N[:, 0]
        rows.append((game.seen(states), visits / visits.sum(axis=1, keepdims=True), numbers, (-1) ** move))
        chances = visits if move < drawn else visits == visits.max(axis=1, keepdims=True)
        gumbel = -np.log(rng.exponential(size=visits.shape))
        return np.where(chances > 0, np.log(np.maximum(chances, 1e-9)) + gumbel, -np.inf).argmax(axis=1)

    results = play_out(game, states, choose)
    return (
        np.concatenate([row[0] for row in rows]),
        np.concatenate([row[1] for row in rows]),
        np.concatenate([row[3] * results[row[2]] for row in rows]),
    )


def turned(planes, shares, rng):
    """Turn and mirror positions of Go, each its own way."""
    planes, shares = planes.copy(), shares.copy()
    kinds = rng.integers(8, size=len(planes))
    for kind in range(8):
        rows = np.flatnonzero(kinds == kind)
        board = shares[rows, :25].reshape(-1, 5, 5)
        both = [np.rot90(array, kind % 4, axes=(1, 2)) for array in (planes[rows], board)]
        if kind >= 4:
            both = [array[:, :, ::-1] for array in both]
        planes[rows], shares[rows, :25] = both[0], both[1].reshape(-1, 25)
    return planes, shares


def mirrored(planes, shares, rng):
    """Mirror half of the positions of Connect Four."""
    flip = rng.random(len(planes)) < 0.5
    return np.where(flip[:, None, None, None], planes[:, :, ::-1], planes), np.where(
        flip[:, None], shares[:, ::-1], shares
    )


class Trainer:
    """A network, its optimiser and the last positions it was trained on."""

    def __init__(self, game, change, seed=19, rate=2e-3, window=60_000):
        import keras
        import tensorflow as tf

        keras.utils.set_random_seed(seed)
        self.game, self.change, self.rng = game, change, np.random.default_rng(seed)
        self.model, self.window, self.memory = network(game), window, None
        self.evaluate = evaluator(game, self.model)
        self.optimizer = keras.optimizers.Adam(rate, weight_decay=1e-4)
        self.optimizer.build(self.model.trainable_variables)

        @tf.function
        def step(planes, shares, results):
            with tf.GradientTape() as tape:
                logits, values = self.model(planes, training=True)
                loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(shares, logits))
                loss += tf.reduce_mean((results - values[:, 0]) ** 2)
            variables = self.model.trainable_variables
            self.optimizer.apply(tape.gradient(loss, variables), variables)
            return loss

        self.step = step

    def turn(self, games=128, simulations=32, steps=60, batch=256):
        """Play, remember, learn; return the mean loss."""
        new = self_play(self.game, self.evaluate, games, simulations, self.rng)
        old = self.memory or [array[:0] for array in new]
        self.memory = [np.concatenate(pair)[-self.window :] for pair in zip(old, new, strict=True)]
        losses = []
        for _ in range(steps):
            rows = self.rng.integers(len(self.memory[0]), size=batch)
            planes, shares, results = (array[rows] for array in self.memory)
            planes, shares = self.change(planes, shares, self.rng)
            losses.append(float(self.step(planes, shares.astype(np.float32), results)))
        return float(np.mean(losses))


def match(game, first, second, games, simulations, rng, drawn=2):
    """Play `first` (moves first) against `second`, each an `evaluate`; simulations are two numbers.

    The first `drawn` moves of each are drawn by visits.

    Returns
    -------
    (int, int, int)
        Games won by `first`, drawn, lost.
    """

    def choose(states, _, move):
        visits = search(game, (first, second)[move % 2], states, simulations[move % 2]).N[:, 0]
        if move < 2 * drawn:
            visits = visits * rng.random(visits.shape) ** 0.5
        return visits.argmax(axis=1)

    results = play_out(game, game.start(games), choose)
    return tuple(int((results == result).sum()) for result in (1, 0, -1))


def strength(game, evaluate, other, games, simulations, seed=1):
    """Won, drawn and lost of the network's games, half with either colour."""
    rng, n = np.random.default_rng(seed), games // 2
    plain = playouts(game, rng)
    black = match(game, evaluate, plain, n, (simulations, other), rng)
    white = match(game, plain, evaluate, n, (other, simulations), rng)[::-1]
    return black, white


def main(name="go"):
    """Train, report now and then, save."""
    with quiet_native_log():
        import keras  # noqa: F401
    game, change, turns, slower = {
        "go": (Go5(), turned, 130, (90, 120)),
        "connect_four": (CONNECT_FOUR, mirrored, 60, (42, 54)),
    }[name]
    trainer, begun = Trainer(game, change), time.process_time()
    for turn in range(1, turns + 1):
        if turn in slower:
            trainer.optimizer.learning_rate = float(trainer.optimizer.learning_rate) / 3
        loss = trainer.turn()
        print(f"{turn:4} {loss:.3f} {len(trainer.memory[0])} {time.process_time() - begun:.0f} s", flush=True)
        if turn % 10 == 0:
            print("     against plain search:", strength(game, trainer.evaluate, 50, 40, 32), flush=True)
    seconds = time.process_time() - begun
    in_half(trainer.model)
    figures = {}
    for other, simulations in ((50, 32), (400, 100)):
        results = strength(game, trainer.evaluate, other, 200, simulations)
        for colour, (won, drawn, lost) in zip(("first", "second"), results, strict=True):
            print(colour, other, won, drawn, lost, flush=True)
            words = f"as {colour}, {simulations} simulations, of 100 against plain search with {other}"
            figures |= {f"won {words}": won / 100, f"drawn {words}": drawn / 100}
    file = shipped("go_5x5" if name == "go" else name)
    data, recipe = "none: the network played against itself", f"python -m data.make.go {name}"
    save_in_half(trainer.model, file, data=data, accuracy=figures, seconds=seconds, recipe=recipe)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))

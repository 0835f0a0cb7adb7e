"""Whole games side by side, and a judgement by random games: for chapter 19's training and matches."""

import numpy as np

from data.make.games import FULL, POINTS, Go5, place, take


def play_out(game, states, choose):
    """Play n games, of which some may be over, to their ends: float32 (n,), +1, 0 or -1 for who moves first.

    `choose(states, numbers, move)` gives actions for the games that still go on, which are these `numbers` of
    the n; moves are counted from 0.
    """
    n, move = len(states[0]), 0
    results, numbers = np.zeros(n, np.float32), np.arange(n)
    while True:
        over = game.over(states)
        if over.any():
            results[numbers[over]] = (-1) ** move * game.score(take(states, over))
            numbers, states = numbers[~over], take(states, ~over)
        if not len(numbers):
            return results
        states, move = game.play(states, choose(states, numbers, move)), move + 1


def random_moves(game, states, rng):
    """Draw a legal action for each board, all alike; in Go no eye of one's own, and superko is not asked."""
    if not isinstance(game, Go5):
        legal = game.legal(states)
        return (legal * rng.random(legal.shape)).argmax(axis=1)
    free = FULL & ~(states.own | states.other) & ~game.eyes(states.own)
    actions = np.full(len(free), 25)
    for _ in range(3):  # Tries; then it passes.
        keys = (free[:, None] & POINTS != 0) * rng.random((len(free), 25))
        tries = keys.argmax(axis=1)
        bit = np.where(free > 0, 1 << tries, 0)
        *_, suicide = place(states.own, states.other, bit)
        actions = np.where((actions == 25) & (bit > 0) & ~suicide, tries, actions)
        free = free & ~bit
    return actions


def playouts(game, rng):
    """Return an `evaluate` that knows nothing: all moves alike, and the result of one random game."""

    def evaluate(states):
        results = play_out(game, states, lambda states, *_: random_moves(game, states, rng))
        return np.zeros((len(results), game.actions), np.float32), results

    return evaluate

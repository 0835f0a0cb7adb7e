"""Rules and search as chapter 19 writes them out equal those that trained its networks."""

from typing import NamedTuple

import numpy as np
import pytest
from exercise_twins import defined

from data.make import games, tree_search

pytestmark = pytest.mark.chapter(19)

NAMES = {
    "Board",
    "take",
    "lines_of",
    "Grid",
    "InARow",
    "TicTacToe",
    "ConnectFour",
    "puct",
    "Tree",
    "priors",
    "add",
    "descend",
    "back_up",
    "search",
    "FULL",
    "POINTS",
    "NOT_LEFT",
    "NOT_RIGHT",
    "beside",
    "spread",
    "living",
    "place",
    "GoBoard",
    "code",
    "GoMoves",
    "GoLegal",
    "GoRules",
    "CORNERS",
    "INSIDE",
    "eyes",
    "GoSeen",
    "Go5",
    "random_points",
}


@pytest.fixture(scope="module")
def chapter():
    """What the notebook defines, without running the rest of it."""
    return defined(19, *NAMES, NamedTuple=NamedTuple)


PAIRS = {
    "TicTacToe": lambda: games.InARow(3, 3, 3, drop=False),
    "ConnectFour": lambda: games.InARow(4, 5, 4, drop=True),
    "Go5": games.Go5,
}


def opinion(game):
    """An evaluation that depends on what is seen alone, with no two moves alike."""
    rng = np.random.default_rng(19)
    weights = rng.normal(size=(game.seen(game.start()).size, game.actions + 1))

    def evaluate(states):
        scores = game.seen(states).reshape(len(states[0]), -1) @ weights
        return scores[:, :-1], np.tanh(scores[:, -1] / 9).astype("float32")

    return evaluate


@pytest.mark.parametrize("name", PAIRS)
def test_rules_and_search_of_the_chapter_equal_those_that_trained_its_networks(chapter, name):
    mine, theirs, rng = chapter[name](), PAIRS[name](), np.random.default_rng(1)
    a, b, played = mine.start(40), theirs.start(40), 0
    while len(a[0]):
        for ask in ("seen", "legal", "sensible"):
            assert np.array_equal(getattr(mine, ask)(a), getattr(theirs, ask)(b)), ask
        if played in (0, 3, 6):
            ours = chapter["search"](mine, opinion(mine), a, 25)
            other = tree_search.search(theirs, opinion(theirs), b, 25)
            assert np.array_equal(ours.N[:, 0], other.N[:, 0])
            np.testing.assert_allclose(ours.W[:, 0], other.W[:, 0], atol=1e-4)
        legal = theirs.legal(b)
        actions = (legal * rng.random(legal.shape)).argmax(axis=1)
        a, b, played = mine.play(a, actions), theirs.play(b, actions), played + 1
        over = theirs.over(b)
        assert np.array_equal(mine.over(a), over)
        assert np.array_equal(mine.score(chapter["take"](a, over)), theirs.score(games.take(b, over)))
        a, b = chapter["take"](a, ~over), games.take(b, ~over)
    assert played > 6

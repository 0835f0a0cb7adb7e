"""Chapter 19's Go network wins what is won: twenty endings, solved to their ends by trying all moves."""

import numpy as np
import pytest
from test_games_chapter_19 import GO, position

from data.make.go import evaluator, network
from data.make.playouts import play_out, playouts
from data.make.tree_search import search
from helpers.models import load_weights, read_card, shipped

pytestmark = pytest.mark.chapter(19)

BLACK, WHITE = True, False
WON = (
    (".##oo ###o. #oooo ##o#. .#o..", WHITE),
    (".ooo. .oooo #o.## o#ooo .#o.#", WHITE),
    (".#.#. ##### ooooo #.o.# .oooo", WHITE),
    ("..o#. #ooo# oo.oo ooo## ###.#", WHITE),
    ("###.# #.### #..o# ..### .o##.", BLACK),
    ("##.#. ##### #.##. .#o## .#.oo", BLACK),
    (".oo## oo### ####o ##.oo o.###", BLACK),
    (".#.oo o#o## o##.# ####. #.###", BLACK),
    ("oo.oo ##### ##.## .o### .#.##", BLACK),
    ("..o## #.### o.#.# ##### #.o#.", BLACK),
    ("##.## .###. ##o## ..o.# .##..", BLACK),
    ("###o. o.##o ##.#o #.##. ##.#o", BLACK),
    ("oo#o. oo#.o #oooo ##o#o ..o.o", WHITE),
    (".oooo oooo# .o... ooo.. .ooo#", WHITE),
    ("o.o#. ooooo .oo.o .oooo .#.#o", WHITE),
    ("oo#oo .o.o# oooo. .o.oo ooo#.", WHITE),
    (".oo#. #ooo# oo.oo ooo.# .#.oo", WHITE),
    ("oo..o oo#.. o#.oo oooo. .o.oo", WHITE),
    ("oo.#o ooooo .oo#. #.oo# .#ooo", WHITE),
    ("o.#.o oo#.o .o##o oooo. o.ooo", WHITE),
)
"""Black #, White o, row by row, and who moves and wins, whatever the other does."""


@pytest.fixture(scope="module")
def evaluate():
    model = network(GO)
    load_weights(model, shipped("go_5x5"), shipped=True)
    return evaluator(GO, model)


def test_no_won_ending_is_lost(evaluate):
    assert len(set(WON)) == 20
    parts = [position(text, mover) for text, mover in WON]
    states = type(parts[0])(*map(np.concatenate, zip(*parts, strict=True)))
    plain = playouts(GO, np.random.default_rng(19))

    def choose(states, _, move):
        tree = search(GO, plain if move % 2 else evaluate, states, 100 if move % 2 else 50)
        return tree.N[:, 0].argmax(axis=1)

    results = play_out(GO, states, choose)
    assert (results == 1).all(), [WON[i] for i in np.flatnonzero(results < 1)]


def test_it_opens_in_the_centre_and_knows_who_is_ahead(evaluate):
    tree = search(GO, evaluate, GO.start(), 100)
    assert tree.N[0, 0].argmax() == 12 and tree.W[0, 0, 12] / tree.N[0, 0, 12] > 0.5
    centre = GO.play(GO.start(), np.array([12]))
    corner = GO.play(GO.start(), np.array([0]))
    # As White sees it after Black's move: behind after the centre, not after the corner.
    after_centre, after_corner = (evaluate(state)[1][0] for state in (centre, corner))
    assert after_centre < -0.5 and after_corner > after_centre + 0.5


def test_its_card_tells_of_100_games_against_plain_search_of_400_simulations():
    won = read_card(shipped("go_5x5"), shipped=True)["accuracy"]
    words = "100 simulations, of 100 against plain search with 400"
    assert won[f"won as first, {words}"] >= 0.9 and won[f"won as second, {words}"] >= 0.6
    assert shipped("go_5x5").stat().st_size < 1e6

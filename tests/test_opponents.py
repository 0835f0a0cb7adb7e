"""The opponents of chapter 19's board: what they say of the rules, whole games, the time they take."""

import time

import numpy as np
import pytest

from data.make.playouts import playouts
from helpers.games import Go5, InARow
from helpers.opponents import Searcher, evaluator, network, opponents
from helpers.widgets import PlayBoard

pytestmark = pytest.mark.chapter(19)

GAMES = {"Go 5×5": Go5(), "Connect Four": InARow(4, 5, 4, drop=True)}


def simple(name):
    """An opponent without a network: it judges by one random game."""
    return Searcher(GAMES[name], playouts(GAMES[name], np.random.default_rng(19)))


def played(opponent, *actions):
    position = opponent.start()
    for action in actions:
        assert not opponent.why_not(position, action)
        position = opponent.play(position, action)
    return position


PASS = 25


def test_go_says_why_a_point_is_forbidden():
    go = simple("Go 5×5")
    assert go.why_not(played(go, 12), 12) == "there is a stone already"
    assert all(go.why_not(go.start(), action) == "" for action in range(26))
    # Black holds B5 and A4: A5 has no liberty for White, and is free for Black.
    corner = played(go, 1, 20, 5)
    assert go.why_not(corner, 0).startswith("suicide: ")
    assert go.why_not(played(go, 1, 20, 5, PASS), 0) == ""
    # Rows 5 to 3 after White's B4 has taken a stone on C4, which would take B4 in turn:
    # . X O . .
    # X O . O .
    # . X O . .
    ko = played(go, 1, 2, 5, 8, 11, 12, 7, 6)
    assert go.stones(ko)[1].tolist() == [1, 2, 0, 2, 0]
    assert go.why_not(ko, 7).startswith("ko: ")
    later = ko
    for action in (24, 20):
        later = go.play(later, action)
    assert go.why_not(later, 7) == ""
    assert go.why_not(played(go, PASS, PASS), 3) == "the game is over"


def test_go_counts_at_the_end():
    go = simple("Go 5×5")
    assert go.over(played(go, 12, PASS)) == ""
    assert go.over(played(go, PASS, PASS)) == (
        "Both have passed: stones and surrounded points are 0 for Black, 0 for White, who gets 0.5 for "
        "moving second. White wins by 0.5."
    )
    assert go.over(played(go, 12, PASS, PASS)).endswith("25 for Black, 0 for White, who gets 0.5 for "
                                                        "moving second. Black wins by 24.5.")  # fmt: skip


def test_connect_four_says_what_is_full_and_who_wins():
    four = simple("Connect Four")
    full = played(four, 0, 0, 0, 0)
    assert four.stones(full)[:, 0].tolist() == [2, 1, 2, 1]
    assert four.why_not(full, 0) == "the column is full" and four.why_not(full, 1) == ""
    won = played(four, 0, 4, 1, 4, 2, 4, 3)
    assert four.over(won) == "Black has four in a row and wins." and four.player(won) == 1
    assert four.why_not(won, 1) == "the game is over"
    assert four.over(played(four, 0, 4, 1, 4, 2, 4, 0, 4)) == "White has four in a row and wins."


@pytest.mark.parametrize("name", GAMES)
def test_stones_and_players_alternate(name):
    opponent, rng = simple(name), np.random.default_rng(1)
    position, moves = opponent.start(), 0
    while not opponent.over(position) and moves < 12:
        places = opponent.columns if opponent.kind == "drop" else 25  # Without the pass
        legal = [i for i in range(places) if not opponent.why_not(position, i)]
        before, player = opponent.stones(position), opponent.player(position)
        assert player == moves % 2
        position, moves = opponent.play(position, int(rng.choice(legal))), moves + 1
        changed = opponent.stones(position) != before
        assert opponent.stones(position)[changed & (before == 0)].tolist() == [1 + player]


@pytest.mark.parametrize("simulations", [0, 25])
@pytest.mark.parametrize("name", GAMES)
def test_a_whole_game_on_the_board(name, simulations):
    board = PlayBoard({name: simple(name)}, simulations=simulations)
    board.watch()
    while board.shown["watching"]:
        board.step()
        assert not board.shown["thinking"] and 0 <= board.shown["chance"] <= 1
        assert all(0.005 <= share <= 1 for _, share in board.shown["shares"])
    assert board.shown["over"] and board.shown["words"].endswith(board.shown["over"])


def test_thinking_says_what_the_search_found():
    four = simple("Connect Four")
    threat = played(four, 0, 4, 0, 4, 0)  # Black threatens column A; White has to play there.
    answer = four.think(threat, 400)
    assert answer["visits"].sum() == 400 and answer["visits"].argmax() == 0 == answer["line"][0]
    won = four.think(played(four, 0, 4, 0, 4, 0, 4), 50)
    assert won["line"] == [0] and won["value"] > 0.9
    alone = four.think(threat, 0)
    assert alone["visits"].sum() == 0 and alone["prior"].sum() == pytest.approx(1) and alone["line"] == []


def test_a_network_answers_for_one_position_and_for_many():
    pytest.importorskip("tensorflow")
    game = GAMES["Connect Four"]
    evaluate = evaluator(game, network(game, filters=4, blocks=1))
    for n in (1, 3):
        logits, values = evaluate(game.start(n))
        assert logits.shape == (n, 5) and values.shape == (n,) and (np.abs(values) <= 1).all()


def test_the_shipped_networks_answer_within_a_second():
    pytest.importorskip("tensorflow")
    for name, opponent in opponents().items():
        opponent.think(opponent.start(), 1)  # Compiles.
        begun = time.process_time()
        answer = opponent.think(opponent.start(), 200)
        assert time.process_time() - begun < 1, name
        assert answer["visits"].sum() == 200
        if name == "Go 5×5":
            assert answer["line"][0] == 12, "it does not open in the centre"

"""Chapter 19's board without a browser: whole games against a stand-in, and what a page may send."""

import json

import numpy as np
import pytest
from figures import faults_of
from stand_in_opponents import Stones

from helpers.widgets import PlayBoard
from helpers.widgets.play_board import STRENGTHS, alt, draw

pytestmark = pytest.mark.chapter(19)


def go(**options):
    return PlayBoard({"Go": Stones(3, 3), "Connect Four": Stones(3, 4, "drop")}, **options)


def ask(board, do, value=None):
    """Send what the page sends; return what is shown then."""
    board._handle_custom_msg(json.loads(json.dumps({"do": do, "value": value})), [])
    json.dumps(board.shown)  # Nothing that the page could not read.
    return board.shown


def test_a_whole_game():
    board = go()
    assert board.shown["words"] == "You are Black: choose a crossing of lines."
    shown = ask(board, "play", 4)
    assert shown["stones"] == [2, 0, 0, 0, 1, 0, 0, 0, 0]
    assert (shown["moves"], shown["last"], shown["turn"], shown["over"]) == (2, 0, 0, "")
    expected = "I play A3: 50% of 200 visits. I expect B3, then C3, then A2. I think Black wins with 71%."
    assert shown["words"] == expected and shown["chance"] == pytest.approx(0.71)
    assert shown["shares"][:2] == [[0, 0.5], [1, 0.25]] and shown["shares"][-1][0] is None
    assert shown["line"] == [[1, 0], [2, 1], [3, 0]]
    for move in (1, 3, 7):
        shown = ask(board, "play", move)
    assert shown["words"].startswith("I pass") or shown["moves"] == 8
    shown = ask(board, "play", 9)  # Only the taboo is left: the opponent passes as well.
    assert shown["over"] == "Black has 4 stones, White 4: White wins."
    assert shown["words"].startswith("I pass: ") and shown["words"].endswith(shown["over"])
    again = ask(board, "play", 4)
    assert again["words"] == "The game is over. Take back, or begin a new one." and again["moves"] == 10
    assert "nothing to play" in ask(board, "hint")["words"]
    assert ask(board, "back")["moves"] == 8 and not board.shown["over"]


@pytest.mark.parametrize(
    ("move", "why"),
    [
        (4, "You cannot play B2. There is a stone already."),
        (6, "You cannot play A1. Suicide: the stone would have no liberty."),
        *[
            (odd, "There is no such move on this board.")
            for odd in (-1, 10, 999, None, "4", 4.0, True, [4], {})
        ],
    ],
)
def test_a_move_that_is_not_allowed_is_explained_and_changes_nothing(move, why):
    board = go()
    before = ask(board, "play", 4)
    after = ask(board, "play", move)
    assert after["words"] == why
    assert {**after, "words": "", "count": 0} == {**before, "words": "", "count": 0}
    assert ask(board, "play", move)["count"] == after["count"] + 1  # The page hears of it again.


def test_nonsense_from_the_page_is_not_followed():
    board = go()
    for content in (None, [], "play", {}, {"do": "__init__"}, {"do": "_move", "value": 3}, {"do": ["play"]}):
        before = board.shown
        board._on_message(board, content, [])
        assert board.shown == before
    wishes = (3, {"game": "Chess", "you": 7}, {"game": [], "you": "1"})
    odd = [("new", wish) for wish in wishes] + [("strength", s) for s in (33, None, [25])]
    for do, value in [*odd, ("step", None), ("step", "x")]:
        board._on_message(board, {"do": do, "value": value}, [])
        shown = ask(board, do, value)
        assert (shown["game"], shown["you"], shown["simulations"], shown["moves"]) == ("Go", 0, 200, 0)
    with pytest.raises(ValueError, match="simulations=33; expected one of"):
        go(simulations=33)


def test_the_learners_stone_is_shown_before_the_opponent_thinks():
    board, seen = go(), []
    board.observe(lambda change: seen.append((change["new"]["thinking"], change["new"]["moves"])), "shown")
    ask(board, "play", 4)
    assert seen == [(True, 1), (False, 2)]


def test_take_back_goes_over_a_move_of_each_side():
    board = go()
    assert ask(board, "back")["words"] == "There is nothing to take back."
    first = ask(board, "play", 4)
    ask(board, "play", 8)
    shown = ask(board, "back")
    assert shown["moves"] == 2 and shown["stones"] == first["stones"] and shown["shares"] == first["shares"]
    assert ask(board, "back")["moves"] == 0
    shown = ask(board, "new", {"you": 1})
    assert (shown["moves"], shown["turn"], shown["you"]) == (1, 1, 1)
    assert ask(board, "back")["words"] == "There is nothing to take back."
    assert ask(board, "play", 5)["moves"] == 3 and ask(board, "back")["moves"] == 1


def test_resigning_ends_a_game_and_can_be_taken_back():
    board = go()
    ask(board, "play", 4)
    shown = ask(board, "resign")
    assert shown["over"] == shown["words"] == "You resign: White wins."
    assert "over" in ask(board, "play", 8)["words"]
    shown = ask(board, "back")
    assert (shown["over"], shown["moves"]) == ("", 2)
    ask(board, "resign")
    assert ask(board, "new")["over"] == ""
    ask(board, "new", {"you": 1})
    assert ask(board, "resign")["over"] == "You resign: Black wins."


def test_a_hint_says_what_it_would_play():
    board = go()
    ask(board, "play", 4)
    shown = ask(board, "hint")
    assert shown["words"].startswith("I would play B3 for you: 50% of 200 visits. I expect C3, then A2")
    assert shown["line"] == [[1, 0], [2, 1], [3, 0], [5, 1]] and shown["moves"] == 2


def test_strength_is_the_number_of_simulations():
    board = go()
    opponent = board._board
    for simulations in STRENGTHS:
        ask(board, "strength", simulations)
        shown = ask(board, "hint")
        assert opponent.asked[-1] == shown["simulations"] == simulations
        assert (f"of {simulations} visits" in shown["words"]) == (simulations > 0)
    ask(board, "strength", 0)
    assert "50% by the network alone" in ask(board, "hint")["words"]


def test_it_plays_itself_until_the_end_or_a_pause():
    board = go()
    assert ask(board, "watch")["watching"]
    assert ask(board, "step", 0)["words"].startswith("Black plays A3: 50% of 200 visits.")
    assert ask(board, "step", 0)["moves"] == 1, "an order for an earlier position"
    paused = ask(board, "watch")  # It was White's turn, which is not the learner's.
    assert not paused["watching"] and paused["moves"] == 2 and paused["turn"] == 0
    assert ask(board, "step", 2)["moves"] == 2
    ask(board, "watch")
    for count in range(2, 10):
        shown = ask(board, "step", count)
    assert shown["over"] and not shown["watching"] and shown["over"] in shown["words"]
    assert not ask(board, "watch")["watching"]
    ask(board, "new")
    ask(board, "watch")
    assert not ask(board, "play", 4)["watching"] and board.shown["moves"] == 2


def test_stones_fall_in_connect_four():
    board = go()
    shown = ask(board, "new", {"game": "Connect Four", "you": 1})
    assert shown["words"].startswith("I play column A: 50% of 200 visits. I expect column A, then column A")
    assert shown["words"].endswith("I think Black gets 71% of the point.")
    assert (shown["kind"], shown["last"], shown["line"][:3]) == ("drop", 8, [[4, 1], [0, 0], [9, 1]])
    assert shown["shares"][:2] == [[8, 0.5], [9, 0.25]]
    ask(board, "play", 0)
    shown = ask(board, "play", 0)
    assert shown["words"] == "You cannot play column A. This column is full."
    assert "no such move" in ask(board, "play", 4)["words"]
    while not board.shown["over"]:
        free = np.reshape(board.shown["stones"], (3, 4))[0] == 0
        ask(board, "play", int(free.argmax()))
    assert board.shown["moves"] == 12 and board.shown["words"].endswith(board.shown["over"])


def interrupted(*_):
    raise KeyboardInterrupt


def test_a_failure_is_told_and_the_game_goes_on():
    board = go()
    think, board._board.think = board._board.think, lambda *_: 1 / 0
    with pytest.raises(ZeroDivisionError):
        board._on_message(board, {"do": "play", "value": 4}, [])
    shown = board.shown
    assert shown["words"].startswith("That failed (ZeroDivisionError: division by zero).")
    assert not shown["thinking"] and shown["moves"] == 1
    board._board.think = interrupted
    with pytest.raises(KeyboardInterrupt):
        board._on_message(board, {"do": "hint"}, [])
    assert board.shown["words"].startswith("That failed (KeyboardInterrupt). Mend")
    assert not board.shown["thinking"]
    board._board.think = think
    assert ask(board, "play", 8)["words"].startswith("I play A3") and board.shown["moves"] == 2
    assert ask(board, "back")["moves"] == 0


@pytest.mark.parametrize(("shape", "kind"), [((5, 5), "points"), ((4, 5), "drop"), ((6, 7), "drop")])
def test_the_still_picture_is_legible(shape, kind):
    words = ["Connect Four 6 × 7, 400 simulations for a move.", "You are White: choose a column."]
    state = {"stones": np.arange(shape[0] * shape[1]).reshape(shape) % 3, "kind": kind, "words": words}
    faults, _ = faults_of(draw, state)
    assert not faults, faults
    assert f"{shape[1]} by {shape[0]}" in alt(**state) and alt(**state).endswith("choose a column.")

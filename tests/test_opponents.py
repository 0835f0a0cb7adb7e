"""The opponents of chapter 19's board: what they say of the rules, whole games, the time they take."""

import contextlib
import json
import re
import time
from typing import NamedTuple

import numpy as np
import pytest
from exercise_twins import defined
from test_written_out_chapter_19 import NAMES

from helpers.models import load_weights, shipped
from helpers.opponents import Opponent
from helpers.widgets import PlayBoard

pytestmark = pytest.mark.chapter(19)

MORE = ("conv", "residual_block", "network", "evaluator", "playouts", "thinking")
CHAPTER = defined(19, *NAMES, *MORE, NamedTuple=NamedTuple, rng=np.random.default_rng(19))
GAMES = {"Go 5×5": CHAPTER["Go5"](), "Connect Four": CHAPTER["ConnectFour"]()}


def simple(name):
    """An opponent without a network: it judges by one random game."""
    evaluate = CHAPTER["playouts"](GAMES[name], np.random.default_rng(19))
    return Opponent(GAMES[name], evaluate, CHAPTER["thinking"])


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


def ask(board, do, value=None):
    """Send what the page sends, which may fail; return what is shown then."""
    with contextlib.suppress(Exception):
        board._on_message(board, {"do": do, "value": value}, [])
    json.dumps(board.shown, allow_nan=False)  # Nothing that the page could not read.
    return board.shown


def changed(tree, **arrays):
    for name, array in arrays.items():
        setattr(tree, name, array)
    return tree


search = CHAPTER["search"]
BROKEN = {
    "a stub": (lambda *_: ..., "ValueError: search gives Ellipsis, expected its tree"),
    "nothing returned": (lambda *_: None, "search gives None, expected its tree: does it end with return"),
    "visits returned": (lambda *args: search(*args).N[:, 0], r"search gives array\(.*, expected its tree"),
    "one argument forgotten": (lambda game, evaluate, states: None, "TypeError: .* takes 3 positional arg"),
    "a name misspelt": (lambda *_: serach(*_), "NameError: name 'serach' is not defined"),  # noqa: F821
    "a new line in the text": (lambda *_: ["a"].remove("one\n" * 200), r"ValueError: \S"),
    "no number as a value": (
        lambda *args: changed(search(*args), W=search(*args).W + np.nan),
        "search gives visits, priors or a value that are nan or infinite",
    ),
    "priors divided by 0": (
        lambda *args: changed(search(*args), P=search(*args).P + np.inf),
        "search gives visits, priors or a value that are nan or infinite",
    ),
}


@pytest.mark.parametrize("name", GAMES)
@pytest.mark.parametrize("slip", BROKEN)
def test_a_broken_search_ends_in_a_sentence_and_the_game_goes_on(name, slip):
    broken, words = BROKEN[slip]
    opponent = simple(name)
    board = PlayBoard({name: opponent}, simulations=25)
    whole, opponent.search = opponent.search, broken
    for do, moves in (("play", 1), ("hint", 1), ("watch", 1), ("step", 1), ("play", 1)):
        shown = ask(board, do, 2 if do == "play" else None)
        if do != "watch":
            assert re.match(rf"That failed \(.*{words}.*\)\. Mend it, run its cell and", shown["words"])
            assert len(shown["words"]) < 420
        assert (shown["moves"], shown["thinking"]) == (moves, False)
    assert ask(board, "new", {"you": 1})["words"].startswith("That failed (")
    opponent.search = whole
    shown = ask(board, "play", 2)
    assert shown["moves"] == 1 and shown["words"].startswith("I play "), "a click asks again"


def test_without_visits_the_network_decides():
    opponent = simple("Connect Four")
    opponent.search = lambda *args: changed(search(*args), N=search(*args).N * 0)
    answer = opponent.think(opponent.start(), 25)
    assert answer["line"] == [] and -1 <= answer["value"] <= 1
    assert "by the network alone" in ask(PlayBoard({"four": opponent}), "hint")["words"]


# Rules that a learner has changed


class NoCentre(CHAPTER["Go5"]):
    """Go without the point in the middle, nor passes."""

    def legal(self, states):
        legal = super().legal(states)
        legal[:, [12, 25]] = False
        return legal


class Level(CHAPTER["Go5"]):
    komi = 0


class Short(CHAPTER["ConnectFour"]):
    """Three in a row win."""

    def __init__(self):
        CHAPTER["InARow"].__init__(self, 4, 5, 3)


class Endless(CHAPTER["ConnectFour"]):
    """Nobody wins, and nothing ends."""

    def over(self, states):
        return np.zeros(len(states.cells), bool)


class Broken(CHAPTER["Go5"]):
    """It cannot count."""

    def areas(self, states):
        return 1 / 0


def with_rules(game):
    return Opponent(game, CHAPTER["playouts"](game, np.random.default_rng(19)), CHAPTER["thinking"])


def test_the_board_follows_rules_that_a_learner_has_changed():
    go = with_rules(NoCentre())
    assert go.why_not(go.start(), 12) == go.why_not(go.start(), PASS) == "the rules forbid it"
    assert go.why_not(played(go, 11), 11) == "there is a stone already"
    assert go.think(go.start(), 25)["visits"][[12, PASS]].sum() == 0
    level = with_rules(Level())
    assert level.over(played(level, PASS, PASS)).endswith("who gets 0 for moving second. Nobody wins.")
    short = with_rules(Short())
    assert short.over(played(short, 0, 4, 1, 4, 2)) == "Black has three in a row and wins."


def always_passes(_, evaluate, states, simulations):
    tree = search(GAMES["Go 5×5"], evaluate, states, simulations)
    return changed(tree, N=np.eye(26)[None, [PASS]])


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_rules_that_fail_or_never_end_are_told_and_the_board_lives():
    go, four = with_rules(Broken()), with_rules(Endless())
    go.evaluate, go.search = simple("Go 5×5").evaluate, always_passes
    four.evaluate = lambda states: (np.zeros((len(states.cells), 5)), np.zeros(len(states.cells)))
    board = PlayBoard({"Go": go, "Connect Four": four}, simulations=25)
    assert ask(board, "play", 12)["words"].startswith("I pass: 100% of 1 visits.")
    shown = ask(board, "play", PASS)  # It cannot be counted.
    assert shown["words"].startswith("That failed (ZeroDivisionError: ") and shown["moves"] == 2
    assert ask(board, "back")["moves"] == 0
    four = ask(board, "new", {"game": "Connect Four"})
    for move in range(10):
        free = np.reshape(board.shown["stones"], (4, 5))[0] == 0
        four = ask(board, "play", int(free.argmax()))
        assert not four["over"] and not four["thinking"], move
    assert four["moves"] == 20
    assert "the rules allow no move, and do not say that the game is over" in ask(board, "hint")["words"]
    assert ask(board, "new")["moves"] == 0


def test_a_game_that_cannot_begin_leaves_the_old_one():
    board = PlayBoard({"Go": simple("Go 5×5"), "Connect Four": simple("Connect Four")}, simulations=25)
    board._opponents["Connect Four"].start = lambda: None
    shown = ask(board, "new", {"game": "Connect Four", "you": 1})
    assert shown["words"].startswith("That failed (AttributeError: 'NoneType'")
    assert (shown["game"], shown["kind"], shown["you"]) == ("Go", "points", 0)
    assert ask(board, "play", 12)["moves"] == 2


def test_a_game_without_columns_and_without_passes_is_refused():
    with pytest.raises(ValueError, match="the game has 9 actions; expected Connect Four, .* or Go"):
        Opponent(CHAPTER["TicTacToe"](), None, search)


@pytest.fixture(scope="module")
def keras():
    """Keras, as the chapter's functions find it."""
    CHAPTER["tf"] = pytest.importorskip("tensorflow")
    CHAPTER["keras"] = pytest.importorskip("keras")
    CHAPTER["layers"] = CHAPTER["keras"].layers


def test_a_network_answers_for_one_position_and_for_many(keras):
    game = GAMES["Connect Four"]
    evaluate = CHAPTER["evaluator"](game, CHAPTER["network"](game, filters=4, blocks=1))
    for n in (1, 3):
        logits, values = evaluate(game.start(n))
        assert logits.shape == (n, 5) and values.shape == (n,) and (np.abs(values) <= 1).all()


@pytest.mark.parametrize(("name", "file"), [("Go 5×5", "go_5x5"), ("Connect Four", "connect_four")])
def test_the_shipped_networks_answer_within_a_second(keras, name, file):
    game = GAMES[name]
    model = CHAPTER["network"](game)
    load_weights(model, shipped(file), shipped=True)
    opponent = Opponent(game, CHAPTER["evaluator"](game, model), CHAPTER["thinking"])
    opponent.think(opponent.start(), 1)  # Compiles.
    begun = time.process_time()
    answer = opponent.think(opponent.start(), 200)
    assert time.process_time() - begun < 1, name
    assert answer["visits"].sum() == 200
    if name == "Go 5×5":
        assert answer["line"][0] == 12, "it does not open in the centre"

"""Chapter 19's board: play Go or Connect Four against a network that searches; `play_board.js` is its page.

A game stands here in full: the page sends what is asked for, and shows the trait `shown`.
"""

import textwrap

import anywidget
import numpy as np
import traitlets
from matplotlib.patches import Circle

from helpers.opponents import COLOURS
from helpers.widgets.controls import joined, styled
from helpers.widgets.explorer import Displayed, StillPicture, new_figure, still_class

STRENGTHS = (0, 25, 50, 100, 200, 400)
"""Simulations for a move that one can choose; 0 is the network alone."""

REQUESTS = ("new", "play", "back", "resign", "hint", "watch", "step", "strength")


def draw(stones, kind, words):
    """Draw a board with its stones, 0 none, 1 black, 2 white: int (rows, columns); sentences beside it."""
    fig, (rows, columns) = new_figure(height=2.8), np.shape(stones)
    ax = fig.add_axes((0.02, 0.02, 0.4, 0.96))
    ax.set(xlim=(-0.6, columns - 0.4), ylim=(rows - 0.4, -0.6), aspect="equal")
    ax.axis("off")
    if kind == "points":
        ax.hlines(range(rows), 0, columns - 1, color="0.3", linewidth=1)
        ax.vlines(range(columns), 0, rows - 1, color="0.3", linewidth=1)
    for (row, column), stone in np.ndenumerate(stones):
        if stone or kind == "drop":
            face = ("0.85", "black", "white")[stone]
            ax.add_patch(Circle((column, row), 0.42, facecolor=face, edgecolor="0.3", zorder=3))
    lines = [line for sentence in words for line in textwrap.wrap(sentence, 42)]
    fig.text(0.47, 0.93, "\n".join(lines), fontsize=12, linespacing=1.6, va="top")
    return fig


def alt(stones, kind, words):
    """Say in a sentence what `draw` shows."""
    rows, columns = np.shape(stones)
    what = "crossings of lines" if kind == "points" else "places into which stones fall"
    black, white = (np.sum(np.equal(stones, stone)) for stone in (1, 2))
    board = f"A board of {columns} by {rows} {what}, with {black} black and {white} white stones."
    return " ".join((board, *words))


def _turn(opponent, position):
    """What is known of a position before anybody thinks about it."""
    stones, player = np.asarray(opponent.stones(position)), opponent.player(position)
    known = {"position": position, "stones": stones, "turn": player, "over": opponent.over(position)}
    return {**known, "last": None, "shares": (), "line": (), "chance": None}


class PlayBoard(Displayed, anywidget.AnyWidget):
    """Play against opponents that think aloud. End a cell with it to show it.

    Other simulations, or what is no opponent, are a ValueError.

    Parameters
    ----------
    opponents : dict of str to object
        By the names of their games; `helpers.opponents` says what an opponent offers.
    simulations : int
        For a move, one of `STRENGTHS`.
    """

    run_to = "play"

    _esm = joined("play_board.js")
    _css = styled("play_board.css")

    shown = traitlets.Dict().tag(sync=True)
    """All that the page shows: the board, whose turn it is, what the opponent thinks, its words."""
    still = traitlets.Unicode().tag(sync=True)

    def __init__(self, opponents, simulations=200):
        if simulations not in STRENGTHS:
            raise ValueError(f"simulations={simulations!r:.40}; expected one of {STRENGTHS}")
        named = isinstance(opponents, dict) and opponents
        if not named or not all(hasattr(opponent, "think") for opponent in opponents.values()):
            raise ValueError(
                f"opponents is {opponents!r:.40}; expected opponents by name, such as "
                "{'Go': Opponent(go, expert, search)}"
            )
        super().__init__(still=still_class())
        self._opponents, self._simulations = dict(opponents), int(simulations)
        self._game, self._you, self._count = next(iter(self._opponents)), 0, 0
        self.on_msg(self._on_message)
        self.new()

    # What one can ask for

    def new(self, wish=None):
        """Begin a game; a wish may name another `game`, and who `you` are: 0 for Black, 1 for White."""
        wish = wish if isinstance(wish, dict) else {}
        game = wish["game"] if wish.get("game") in list(self._opponents) else self._game
        first = _turn(self._opponents[game], self._opponents[game].start())
        self._game, self._board, self._turns = game, self._opponents[game], [first]
        self._you = int(wish["you"]) if wish.get("you") in (0, 1) else self._you
        self._resigned = self._watching = False
        where = "a column" if self._board.kind == "drop" else "a crossing of lines"
        self._answer(f"You are {COLOURS[self._you]}: choose {where}.")

    def play(self, action):
        """Play for the learner, then answer."""
        self._watching = False
        if self._over:
            self._show("The game is over. Take back, or begin a new one.")
        elif type(action) is not int or not 0 <= action < self._actions:
            self._show("There is no such move on this board.")
        elif self._now["turn"] != self._you:  # A pause or a failure has left the opponent's turn.
            self._answer("")
        elif why := self._board.why_not(self._now["position"], action):
            self._show(f"You cannot play {self._name(action)}. {why[0].upper()}{why[1:].rstrip('.')}.")
        else:
            self._move(action)
            self._answer("")

    def back(self, _=None):
        """Go back to the learner's last turn, over a move of each side, or take a resignation back."""
        mine = [i for i, turn in enumerate(self._turns[:-1]) if turn["turn"] == self._you]
        if self._resigned:
            words = "You have not resigned: it is your turn."
        elif mine:
            del self._turns[mine[-1] + 1 :]
            words = "Taken back: it is your turn again."
        else:
            words = "There is nothing to take back."
        self._watching = self._resigned = False
        self._show(words)

    def resign(self, _=None):
        """Give the game up for the learner."""
        self._resigned, self._watching = self._resigned or not self._over, False
        self._show(self._over)

    def hint(self, _=None):
        """Say what the opponent would play in the learner's place."""
        words = "The game is over: there is nothing to play."
        if not self._over:
            action, thought, why = self._think()
            self._now.update(thought)
            words = f"I would play {self._name(action)} for you: {why}"
        self._show(words)

    def watch(self, _=None):
        """Let it play for both, or stop that; the page asks for each `step`."""
        self._watching = not self._watching and not self._over
        if self._watching:
            self._show("I play for both sides.")
        else:
            self._answer("It is your turn.")

    def step(self, count=None):
        """Play one move of a game that is watched, if that is still after `count` moves."""
        if self._watching and count in (None, len(self._turns) - 1):
            self._own_move(f"{COLOURS[self._now['turn']]} plays")
            self._watching = not self._over
        self._show()

    def strength(self, simulations):
        """Set the number of simulations for a move."""
        self._simulations = simulations if simulations in STRENGTHS else self._simulations
        self._show()

    # How it plays

    @property
    def _now(self):
        return self._turns[-1]

    @property
    def _over(self):
        if self._resigned:
            return f"You resign: {COLOURS[1 - self._you]} wins."
        return self._now["over"]

    @property
    def _actions(self):
        """Count the actions: columns, or points and the pass."""
        return self._board.columns if self._board.kind == "drop" else self._now["stones"].size + 1

    def _name(self, action):
        """Name an action as players do: C3 counts from the lower left corner."""
        row, column = divmod(action, self._board.columns)
        if self._board.kind == "drop":
            return f"column {chr(65 + column)}"
        return "pass" if row == self._board.rows else f"{chr(65 + column)}{self._board.rows - row}"

    def _cell(self, stones, action):
        """Say where an action's stone comes to lie, row · columns + column; None for a pass."""
        if self._board.kind == "drop":
            return int((stones[:, action] == 0).sum() - 1) * self._board.columns + action
        return action if action < stones.size else None

    def _move(self, action, **thought):
        last = self._cell(self._now["stones"], action)
        after = _turn(self._board, self._board.play(self._now["position"], action))
        self._turns.append({**after, "last": last, **thought})

    def _answer(self, words):
        """Let the opponent move if it is its turn: then its words are shown, else these."""
        if self._now["turn"] != self._you and not self._over:
            self._own_move("I play")
        else:
            self._words = self._over or words
        self._show()

    def _own_move(self, verb):
        action, thought, why = self._think()
        thought["line"] = thought["line"][1:]
        self._move(action, **thought)
        name = self._name(action)
        passes = verb.replace("plays", "passes").replace("play", "pass")
        does = passes if name == "pass" else f"{verb} {name}"
        self._words = f"{does}: {why} {self._over}".strip()
        if name == "pass" and not self._over:
            self._words += " After one more pass the game is counted."

    def _think(self):
        """Ask for the best move: the move, what the page shows of the thought, and why in words."""
        self._show("Thinking …", thinking=True)
        legal = [i for i in range(self._actions) if not self._board.why_not(self._now["position"], i)]
        if not legal:
            raise ValueError("the rules allow no move, and do not say that the game is over")
        answer = self._board.think(self._now["position"], self._simulations)
        stones, player = self._now["stones"], self._now["turn"]
        visits = np.asarray(answer["visits"], float)
        shares = visits / visits.sum() if visits.sum() else np.asarray(answer["prior"], float)
        action = max(legal, key=lambda i: shares[i])
        line = [int(i) for i in answer["line"]]
        line = line if line[:1] == [action] else [action]
        chance = (1 + float(answer["value"]) * (1 - 2 * player)) / 2  # Black's
        method = f"of {visits.sum():.0f} visits" if visits.sum() else "by the network alone"
        expected = ", then ".join(self._name(i) for i in line[1:4])
        falls = self._board.kind == "drop"  # Such a game may be drawn, which counts half.
        verb, of = ("gets", " of the point") if falls else ("wins with", "")
        hope = f"{COLOURS[chance < 0.5]} {verb} {max(chance, 1 - chance):.0%}{of}."
        if falls and abs(chance - 0.5) < 0.005:
            hope = "both are level."
        why = f"{shares[action]:.0%} {method}. {f'I expect {expected}. ' if expected else ''}I think {hope}"
        seen = [[self._cell(stones, i), float(shares[i])] for i in legal if shares[i] >= 0.005]
        filled, ghosts = stones.copy(), []
        for i in line:
            ghosts.append([self._cell(filled, i), (player + len(ghosts)) % 2])
            if ghosts[-1][0] is not None:
                filled.flat[ghosts[-1][0]] = 1
        return action, {"shares": seen, "line": ghosts, "chance": chance}, why

    # The page

    def _show(self, words=None, thinking=False):
        self._count += 1
        self._words = self._words if words is None else words
        board = self._board
        chances = [turn["chance"] for turn in self._turns if turn["chance"] is not None]
        self.shown = {
            **self._now, "position": None, "stones": self._now["stones"].ravel().tolist(),
            "count": self._count,  # So that the page hears of it even if nothing else has changed.
            "game": self._game, "games": list(self._opponents), "kind": board.kind, "rows": board.rows,
            "columns": board.columns, "you": self._you, "moves": len(self._turns) - 1,
            "chance": chances[-1] if chances else None, "words": self._words, "over": self._over,
            "thinking": thinking, "watching": self._watching, "simulations": self._simulations,
            "strengths": STRENGTHS,
        }  # fmt: skip

    def _on_message(self, _, content, buffers):
        if not isinstance(content, dict) or content.get("do") not in REQUESTS:
            return
        try:
            getattr(self, content["do"])(content.get("value"))
        except (Exception, KeyboardInterrupt) as error:
            what = f"{type(error).__name__}: {textwrap.shorten(str(error), 300)}".removesuffix(": ")
            self._watching = False
            self._show(f"That failed ({what}). Mend it, run its cell and this one again, or take back.")
            raise

    def _ipython_display_(self, **_):
        other = " or ".join(game for game in self._opponents if game != self._game)
        words = [f"{self._game}, {self._simulations} simulations for a move.", self._words]
        words += [f"To choose as well: {other}."] if other else []
        state = {"stones": self._now["stones"], "kind": self._board.kind, "words": words}
        StillPicture.of_state(draw, alt, state).publish_beside(self, self.model_id, self.still)

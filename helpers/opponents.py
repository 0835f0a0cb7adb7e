"""Opponents for chapter 19's board, which play by the rules and the search that the chapter writes.

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

COLOURS = ("Black", "White")
_FAULTS = (
    "there is a stone already",
    "suicide: the stone and what it joins would have no liberty",
    "ko: the board would be as it was before in this game",
)


class Opponent:
    """Plays one game of the chapter by search.

    A game without a pass, and without columns to drop stones into, is a ValueError.

    Parameters
    ----------
    game : object
        Go or Connect Four, as chapter 19 writes them; a position is its states, of one game.
    evaluate : callable
        From states to logits (n, actions) and values (n,) for the player to move.
    search : callable
        `search(game, evaluate, states, simulations)` returns the chapter's tree.
    """

    def __init__(self, game, evaluate, search):
        if game.actions not in (game.columns, game.rows * game.columns + 1):
            raise ValueError(
                f"the game has {game.actions} actions; expected Connect Four, with one for each column, or "
                "Go, with one for each point and the pass"
            )
        self.game, self.evaluate, self.search = game, evaluate, search
        self.rows, self.columns, self.start = game.rows, game.columns, game.start
        self.kind = "drop" if game.actions == game.columns else "points"

    def player(self, position):
        """Black makes the even moves."""
        moves = position.age[0] if self.kind == "points" else np.count_nonzero(position.cells)
        return int(moves % 2)

    def stones(self, position):
        own, other = np.moveaxis(self.game.seen(position)[0, ..., :2], -1, 0).astype(int)
        player = self.player(position)
        return own * (1 + player) + other * (2 - player)

    def why_not(self, position, action):
        if self.over(position):
            return "the game is over"
        if self.game.legal(position)[0, action]:
            return ""
        if self.kind == "drop":
            faults = {"the column is full": self.stones(position)[0]}
        else:
            faults = dict(zip(_FAULTS, np.array(self.game.faults(position))[:, 0], strict=True))
        # What forbids a move may also be a rule that a learner has added.
        reasons = (why for why, where in faults.items() if action in np.flatnonzero(where))
        return next(reasons, "the rules forbid it")

    def play(self, position, action):
        return self.game.play(position, np.array([action]))

    def over(self, position):
        if not self.game.over(position)[0]:
            return ""
        if self.kind == "drop":
            lost = self.game.score(position)[0] < 0
            row = ("two", "three", "four", "five")[self.game.lines.shape[1] - 2]
            winner = COLOURS[1 - self.player(position)]
            return f"{winner} has {row} in a row and wins." if lost else "The board is full: nobody wins."
        areas = [int(points[0]) for points in self.game.areas(position)]  # Of who would move next, first.
        black, white = areas if self.player(position) == 0 else areas[::-1]
        ahead = black - white - self.game.komi
        why = "Both have passed" if position.passes[0] >= 2 else f"After {self.game.most} moves the game ends"
        wins = f"{COLOURS[ahead < 0]} wins by {abs(ahead):g}" if ahead else "Nobody wins"
        return (
            f"{why}: stones and surrounded points are {black} for Black, {white} for White, who gets "
            f"{self.game.komi} for moving second. {wins}."
        )

    def think(self, position, simulations):
        tree = self.search(self.game, self.evaluate, position, simulations)
        if not all(hasattr(tree, name) for name in ("N", "W", "P", "V", "child")):
            raise ValueError(f"search gives {tree!r:.40}, expected its tree: does it end with return tree?")
        visits, sums, prior = (array[0, 0] for array in (tree.N, tree.W, tree.P))
        best = visits.argmax()
        value = float(sums[best] / visits[best] if visits[best] else tree.V[0, 0])
        if not np.isfinite([*visits, *prior, value]).all():
            raise ValueError("search gives visits, priors or a value that are nan or infinite")
        return {"visits": visits, "prior": prior, "value": value, "line": main_line(tree)}


def main_line(tree, most=8):
    """List the actions most visited, one after the other, in the tree of one game."""
    node, line = 0, []
    while len(line) < most and node >= 0 and tree.N[0, node].any():
        line.append(int(tree.N[0, node].argmax()))
        node = tree.child[0, node, line[-1]]
    return line

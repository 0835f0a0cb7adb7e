"""Opponents for the tests of chapter 19's board: whole games by simple rules, moves known beforehand."""

import time

import numpy as np


class Stones:
    """Stones on crossings, or falling (`drop`): who has more at the end wins; the lower left corner is taboo.

    It plays the first free place from the top left; half of its visits go there, a quarter to the next ...
    """

    def __init__(self, rows=3, columns=3, kind="points", seconds=0):
        self.rows, self.columns, self.kind, self.seconds = rows, columns, kind, seconds
        self.asked = []

    def start(self):
        return ()

    def player(self, position):
        return len(position) % 2

    def stones(self, position):
        board = np.zeros((self.rows, self.columns), int)
        for i, action in enumerate(position):
            if self.kind == "drop":
                board[(board[:, action] == 0).sum() - 1, action] = 1 + i % 2
            elif action < board.size:
                board.flat[action] = 1 + i % 2
        return board

    def why_not(self, position, action):
        board = self.stones(position)
        if self.kind == "drop":
            return "this column is full" if board[0, action] else ""
        if action == board.size:
            return ""
        if board.flat[action]:
            return "there is a stone already"
        taboo = action == board.size - self.columns
        return "suicide: the stone would have no liberty" if taboo else ""

    def play(self, position, action):
        assert type(action) is int and not self.why_not(position, action)
        return *position, action

    def over(self, position):
        board = self.stones(position)
        passed = position[-2:] == (board.size,) * 2
        if not passed and (board == 0).any():
            return ""
        black, white = (board == 1).sum(), (board == 2).sum()
        return f"Black has {black} stones, White {white}: {'Black' if black > white else 'White'} wins."

    def think(self, position, simulations):
        time.sleep(self.seconds)
        self.asked.append(simulations)
        actions = self.columns if self.kind == "drop" else self.rows * self.columns + 1
        legal = [action for action in range(actions) if not self.why_not(position, action)]
        prior = np.zeros(actions)
        prior[legal] = 0.5 ** np.arange(1, len(legal) + 1)
        line, place = [], position
        while len(line) < 4 and not self.over(place):
            line.append(next(a for a in range(actions) if not self.why_not(place, a)))
            place = self.play(place, line[-1])
        value = 0.42 if self.player(position) == 0 else -0.42
        visits = np.floor(prior * simulations)
        visits[legal[-1]] += simulations - visits.sum()
        return {"visits": visits, "prior": prior, "value": value, "line": line}

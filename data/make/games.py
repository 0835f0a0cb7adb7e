"""Rules of board games for many games at once, as chapter 19 has them: tic-tac-toe, Connect Four and Go 5×5.

A board is two whole numbers, a bit a point: stones of the player to move, and of the other. All n games of an
array are played side by side. A game offers:

rows, columns, actions  sizes of the board, and how many actions there are
start(n)                n empty boards
legal(states)           which actions are allowed, bool (n, actions)
sensible(states)        the same, without what a player should never do
play(states, actions)   the boards after one legal action each, (n,); the players change places
over(states)            which games have ended, bool (n,)
score(states)           result of ended games, float32 (n,): +1, 0 or -1 as the player to move sees it
seen(states)            the boards for a network, float32 (n, rows, columns, planes)
"""

from typing import NamedTuple

import numpy as np


def take(states, rows):
    """Pick some of many games."""
    return type(states)(*(array[rows] for array in states))


class Board(NamedTuple):
    """Boards of `InARow`: stones of who moves next and of the other, int64 (n,)."""

    own: np.ndarray
    other: np.ndarray


class InARow:
    """Who has `length` stones in a row wins: tic-tac-toe, or where stones fall (`drop`) Connect Four.

    Then an action is a column, else row · columns + column, row 0 at the top. Bits go up each column, with an
    empty one on top, so that a line never goes on in the next column. (J. Tromp, "John's Connect Four
    Playground", 1995)
    """

    def __init__(self, rows, columns, length, drop):
        self.rows, self.columns, self.length, self.drop = rows, columns, length, drop
        self.actions = columns if drop else rows * columns
        row, column = np.divmod(np.arange(rows * columns), columns)
        self._bits = np.int64(1) << (column * (rows + 1) + rows - 1 - row).astype(np.int64)
        self._full = self._bits.sum()
        self._bottom = np.int64(1) << (np.arange(columns) * (rows + 1)).astype(np.int64)
        self._columns = self._bits.reshape(rows, columns).sum(axis=0)

    def start(self, n=1):
        return Board(np.zeros(n, np.int64), np.zeros(n, np.int64))

    def legal(self, states):
        taken = (states.own | states.other)[:, None]
        tops = self._bits[: self.columns] if self.drop else self._bits
        return taken & tops == 0

    sensible = legal

    def play(self, states, actions):
        if self.drop:
            taken = states.own | states.other
            bit = (taken + self._bottom[actions]) & self._columns[actions]
        else:
            bit = self._bits[actions]
        return Board(states.other, states.own | bit)

    def over(self, states):
        return self._has_line(states.other) | (states.own | states.other == self._full)

    def score(self, states):
        return -self._has_line(states.other).astype(np.float32)

    def _has_line(self, stones):
        found = np.zeros(len(stones), bool)
        for step in (1, self.rows, self.rows + 1, self.rows + 2):
            line = stones
            for _ in range(self.length - 1):
                line = stones & (line >> step)
            found |= line != 0
        return found

    def seen(self, states):
        """Own and other stones."""
        planes = np.stack([states.own, states.other], axis=1)[..., None] & self._bits != 0
        return planes.reshape(-1, 2, self.rows, self.columns).transpose(0, 2, 3, 1).astype(np.float32)


CONNECT_FOUR = InARow(4, 5, 4, drop=True)
"""Connect Four on 4 rows and 5 columns."""

FULL = (1 << 25) - 1
_NOT_LEFT = sum(1 << i for i in range(25) if i % 5 > 0)
_NOT_RIGHT = sum(1 << i for i in range(25) if i % 5 < 4)
POINTS = 1 << np.arange(25)


def _above_and_below(points):
    return (points << 5 | points >> 5) & FULL


def _left_and_right(points):
    return (points & _NOT_RIGHT) << 1 | (points & _NOT_LEFT) >> 1


_CORNERS = _left_and_right(_above_and_below(POINTS))  # Of each point.
_FOREIGN_CORNERS = (np.bitwise_count(_CORNERS) == 4).astype(int)  # An eye at the edge allows none.


def _beside(points):
    return _above_and_below(points) | _left_and_right(points)


def _spread(sources, within):
    """All points `within` that are joined to `sources`, themselves within."""
    while True:
        wider = sources | _beside(sources) & within
        if np.array_equal(wider, sources):
            return wider
        sources = wider


def _living(own, other):
    """Stones of `own` that are joined to a liberty."""
    return _spread(own & _beside(FULL & ~(own | other)), own)


def place(own, other, points):
    """Put stones of `own`; take what has no liberty left. The last answer says where this is suicide."""
    own = own | points
    other = _living(other, own)
    return own, other, _living(own, other) != own


class GoBoard(NamedTuple):
    """Boards of `Go5`: bit row · 5 + column is a point, row 0 at the top.

    All are int64 (n,), but `past` is (n, 60).
    """

    own: np.ndarray  # Stones of who moves next.
    other: np.ndarray
    age: np.ndarray  # Moves so far; Black makes the even ones.
    passes: np.ndarray  # In a row.
    past: np.ndarray  # Positions so far, black and white as one number each; -1 from `age` on.


class Go5:
    """Go on 5 × 5 points: capture, no suicide, positional superko, area scoring.

    Actions 0 to 24 are points, row · 5 + column; 25 is to pass. Two passes end a game, and so do 60 moves.
    White gets half a point, so that nobody draws. (Tromp and Taylor's rules, but for suicide and the end.)
    """

    rows = columns = 5
    actions, most, komi = 26, 60, 0.5

    def start(self, n=1):
        zeros = np.zeros(n, np.int64)
        past = np.full((n, self.most), -1, np.int64)
        past[:, 0] = 0
        return GoBoard(zeros, zeros, zeros, zeros, past)

    @staticmethod
    def _positions(states, own, other):
        """Number boards (n, k) after a move as `past` does."""
        black = (states.age % 2 == 0)[:, None]
        return np.where(black, own | other << 25, other | own << 25)

    def faults(self, states):
        """Say what forbids each point: occupied, suicide, an earlier position; three times bool (n, 25)."""
        taken = (states.own | states.other)[:, None] & POINTS != 0
        own, other, suicide = place(states.own[:, None], states.other[:, None], np.where(taken, 0, POINTS))
        past = states.past[:, None, : states.age.max(initial=0) + 1]
        repeats = (self._positions(states, own, other)[..., None] == past).any(axis=2)
        return taken, suicide & ~taken, repeats & ~taken & ~suicide

    def legal(self, states):
        points = ~np.any(self.faults(states), axis=0)
        return np.concatenate([points, np.ones((len(points), 1), bool)], axis=1)

    def sensible(self, states):
        """All but eyes of one's own, which a player should never fill."""
        legal = self.legal(states)
        legal[:, :25] &= self.eyes(states.own)[:, None] & POINTS == 0
        return legal

    @staticmethod
    def eyes(own):
        """Points whose neighbours, and all corners but one inside the board, are one's own."""
        eyes = FULL & ~own & ~_beside(FULL & ~own)
        missing = np.bitwise_count(_CORNERS & ~own[..., None])
        return eyes & ((missing <= _FOREIGN_CORNERS) * POINTS).sum(axis=-1)

    def play(self, states, actions):
        points = np.where(actions < 25, 1 << np.minimum(actions, 24), 0)
        own, other, _ = place(states.own, states.other, points)
        age, past = states.age + 1, states.past.copy()
        rows = np.flatnonzero(age < self.most)
        past[rows, age[rows]] = self._positions(states, own[:, None], other[:, None])[rows, 0]
        return GoBoard(other, own, age, np.where(points == 0, states.passes + 1, 0), past)

    def over(self, states):
        return (states.passes >= 2) | (states.age >= self.most)

    def areas(self, states):
        """Points of Black and of White (n,): stones, and empty points that only they reach."""
        free = FULL & ~(states.own | states.other)
        mine, theirs = (_spread(_beside(stones) & free, free) for stones in (states.own, states.other))
        own = np.bitwise_count(states.own | mine & ~theirs).astype(int)
        other = np.bitwise_count(states.other | theirs & ~mine).astype(int)
        black = states.age % 2 == 0
        return np.where(black, own, other), np.where(black, other, own)

    def score(self, states):
        black, white = self.areas(states)
        return (np.sign(black - white - self.komi) * np.where(states.age % 2, -1, 1)).astype(np.float32)

    def seen(self, states):
        """Own and other stones, where one may play, whether Black moves, and whether the other has passed."""
        legal = self.legal(states)[:, :25]
        stones = np.stack([states.own, states.other], axis=1)[..., None] & POINTS != 0
        flags = np.stack([states.age % 2 == 0, states.passes > 0], axis=1)[..., None] & np.ones(25, bool)
        planes = np.concatenate([stones, legal[:, None], flags], axis=1)
        return planes.reshape(-1, 5, 5, 5).transpose(0, 2, 3, 1).astype(np.float32)

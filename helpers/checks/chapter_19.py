"""Checks of chapter 19, AlphaGo."""

import numpy as np

from helpers.checks.engine import close, exercise, pure, refuse, softmax
from helpers.checks.reading import as_array, numbers


@exercise("19.1")
def legal_policy(answer):
    """Judge a softmax over legal actions, by rows in which a forbidden logit is the largest."""
    rng = np.random.default_rng(19)
    for shift, largest in ((0, 2.0), (0, 1000.0), (-60, 2.0)):
        # Far below 0, no small number stands for -np.inf.
        logits, legal = rng.normal(shift, size=(4, 6)), rng.random((4, 6)) < 0.5
        legal[:, 0], legal[:, 1] = True, False
        logits[:, 1] = largest
        right = softmax(np.where(legal, logits, -np.inf))
        mistakes = {
            "forbidden actions get a share": softmax(logits),
            "forbidden actions are 0, but the rows no longer sum to 1": softmax(logits) * legal,
            "a logit of 0 is not a probability of 0: use -np.inf": softmax(np.where(legal, logits, 0)),
            "it is the legal actions that are forbidden": softmax(np.where(legal, -np.inf, logits)),
            "all legal actions are alike: use the logits": legal / legal.sum(axis=1, keepdims=True),
            "one sum for each row, not over all": np.exp(logits) * legal / (np.exp(logits) * legal).sum(),
        }
        why = "each row: softmax of legal logits, the forbidden ones left out before exp"
        found = close(pure(answer, logits, legal), right, "the policy", mistakes, why)
        most = found[~legal].max()
        refuse({"a forbidden action gets {most:.0e}, expected exactly 0: use -np.inf": most > 0}, most=most)


@exercise("19.3")
def lines_lost(answer):
    """Judge how many lines of tic-tac-toe the search loses that knows nothing, for three sizes."""
    several = "{name} are {count} numbers: take the last of the three counts"
    found = numbers(answer, (10, 50, 200), "the lines lost with {key} simulations", several=several)
    few, some, many = found.values()
    # Nothing is drawn: 221, 54 and 17, half a dozen more or less where two scores are equal but for rounding.
    faults = {
        "they are shares, expected numbers of lines": 0 < max(few, some, many) <= 1,
        "all three are about {few:.0f}: hand the number of simulations to the search that knows nothing": (
            np.ptp(list(found.values())) < 20
        ),
        "with 10 it is {few:.0f}, expected more than with 200 ({many:.0f}): the last of the three counts are "
        "the lines lost": few < many,
        "with 10 it is {few:.0f}; are lines won counted? Take the last of the three counts": few > 300,
        "with 10 it is {few:.0f}, expected about 220: is it moving first and second, together?": (
            not 205 < few < 240
        ),
        "with 50 it is {some:.0f}, expected about 54: is it moving first and moving second, together?": (
            not 44 < some < 64
        ),
        "with 200 it is {many:.0f}, expected about 17": not 9 < many < 27,
    }
    refuse(faults, few=few, some=some, many=many)


@exercise("19.4")
def elo(answer):
    """Judge a difference in Elo with its interval, by results of several matches."""
    for won, drawn, lost in ((30, 0, 10), (10, 20, 10), (5, 6, 29), (120, 40, 40)):
        n = won + drawn + lost
        p = (won + drawn / 2) / n

        def points(p, n=n, z=1.96):
            middle, half = p + z**2 / (2 * n), z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
            return np.array([p, (middle - half) / (1 + z**2 / n), (middle + half) / (1 + z**2 / n)])

        def scale(p):
            return 400 * np.log10(p / (1 - p))

        plain = p + np.array([0, -1, 1]) * 1.96 * np.sqrt(p * (1 - p) / n)
        right, decided = scale(points(p)), scale(points(won / (won + lost), won + lost))
        mistakes = {
            "these are shares: turn each into Elo": points(p),
            "a draw counts half a win": scale(points(won / n)),
            "a draw counts half a win, but it is one of the games": decided,
            "it has the wrong sign: who wins more is stronger": -right,
            "the natural logarithm, expected that to base 10": right * np.log(10),
            "the interval is p ± 1.96 √(p(1−p)/n), expected Wilson's": scale(plain),
            "the upper end stands before the lower one": right[[0, 2, 1]],
            "the difference itself comes first, then the ends": right[[1, 0, 2]],
            "400 is missing": right / 400,
        }
        name = "for {won} won, {drawn} drawn, {lost} lost the result"
        values = {"won": won, "drawn": drawn, "lost": lost}
        found = as_array(pure(answer, won, drawn, lost), None, name, **values)
        if np.all(found % 1 == 0):  # rounded to whole points
            right = right.round()
        close(found, right, name, mistakes, rtol=1e-3, **values)


_CROSS = [(0, 1), (1, 0), (0, -1), (-1, 0)]
_ROUND = [*_CROSS, (1, 1), (1, -1), (-1, 1), (-1, -1)]
_BEYOND = [(0, 4), (4, 0), (0, -4), (-4, 0)]  # steps to the opposite edge
_CAPTURES = {  # rows from above, X mine, and where I play
    **{"": 12, "O....": 1, ".X...XOX..": 11, "XX...OOX..OX...": 15},
    **{".OX..OX...": 0, "O.OX.X.X..": 1, "OX....O...": 5, "OOOO.XXXX.": 12},
    "OOOOOOXXX.OX.X.OXXX.OOOO.": 9,  # a group of 12 stones, with its liberty at the other end
}


def _placed(board, row, column, steps=_CROSS, colours=(-1,), joined=True, joins=None):
    """Place a stone, and take the groups of some colours that have no liberty."""
    new = board.copy()
    new[row, column] = 1
    for colour in colours:
        stones, free = (set(map(tuple, np.argwhere(new == sign))) for sign in (colour, 0))
        near, joint = (
            {(r, c): {(r + y, c + x) for y, x in which} for r, c in stones}
            for which in (steps, joins or steps)
        )
        living = {stone for stone in stones if near[stone] & free}
        for _ in range(25 * joined):
            living |= {stone for stone in stones if joint[stone] & living}
        for stone in stones - living:
            new[stone] = 0
    return new


@exercise("19.5")
def after_stone(answer):
    """Judge captures by boards made by hand: stones, groups, edges, captures that save the own stone."""
    for text, point in _CAPTURES.items():
        board = np.array([{"X": 1, "O": -1}.get(sign, 0) for sign in text.ljust(25, ".")]).reshape(5, 5)
        row, column = divmod(point, 5)
        right = _placed(board, row, column)
        mistakes = {
            "stones join along lines, not diagonally": _placed(board, row, column, joins=_ROUND),
            "beyond an edge is nothing, not the opposite edge": _placed(board, row, column, _CROSS + _BEYOND),
            "captured stones are still there": _placed(board, row, column, colours=()),
            "stones touch along lines, not diagonally": _placed(board, row, column, _ROUND),
            "mine has gone: the other's stones are taken first": _placed(board, row, column, colours=(1, -1)),
            "a stone lives by the liberties of its whole group": _placed(board, row, column, joined=False),
            "the colours are changed": -right,
            "the board is unchanged": board,
        }
        name = "after row {row}, column {column} the board"
        otherwise = "a group of the other without an empty point beside it is taken off, and nothing else"
        found = pure(answer, board, row, column)
        close(found, right, name, mistakes, otherwise, row=row, column=column)

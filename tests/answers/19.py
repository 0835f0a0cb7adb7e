"""Right and wrong answers to the exercises of chapter 19."""

import numpy as np

PAPER = {"score 0": 1.0, "score 1": 1.1, "score 2": 0.65, "action": 1, "W": -0.2}
LOST = {10: 221, 50: 54, 200: 17}


def policy(logits, legal, forbidden=-np.inf):
    powers = np.where(legal, logits, forbidden)
    powers = np.exp(powers - powers.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def masked_afterwards(logits, legal):
    powers = np.exp(logits - logits.max(axis=1, keepdims=True)) * legal
    return powers / powers.sum(axis=1, keepdims=True)


def row_by_row(logits, legal):
    rows = []
    for row, allowed in zip(logits, legal, strict=True):
        powers = [np.exp(x) if ok else 0 for x, ok in zip(row, allowed, strict=True)]
        rows.append([power / sum(powers) for power in powers])
    return rows


def in_place(logits, legal):
    logits[~legal] = -np.inf
    return policy(logits, legal)


def wilson(p, n, z=1.96):
    middle, half = p + z**2 / (2 * n), z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return (middle - half) / (1 + z**2 / n), (middle + half) / (1 + z**2 / n)


def share_and_interval(won, drawn, lost, draw=0.5, wilson=True):
    n, z = won + drawn + lost, 1.96
    p = (won + draw * drawn) / n
    half = z * np.sqrt(p * (1 - p) / n + wilson * z**2 / (4 * n**2))
    middle, whole = (p + wilson * z**2 / (2 * n)), 1 + wilson * z**2 / n
    return np.array([p, (middle - half) / whole, (middle + half) / whole])


def elo(won, drawn, lost, **options):
    p = share_and_interval(won, drawn, lost, **options)
    return 400 * np.log10(p / (1 - p))


def elo_one_by_one(won, drawn, lost):
    return tuple(-400 * np.log10(1 / p - 1) for p in share_and_interval(won, drawn, lost))


POINTS = {(row, column) for row in range(5) for column in range(5)}


def beside(row, column):
    for y, x in ((0, 1), (1, 0), (0, -1), (-1, 0)):
        if 0 <= row + y < 5 and 0 <= column + x < 5:
            yield row + y, column + x


def group(board, row, column):
    found, ahead = {(row, column)}, [(row, column)]
    while ahead:
        for point in beside(*ahead.pop()):
            if board[point] == board[row, column] and point not in found:
                found.add(point)
                ahead.append(point)
    return found


def captured(board, row, column):
    new = np.array(board)
    new[row, column] = 1
    for point in beside(row, column):
        if new[point] == -1:
            stones = group(new, *point)
            if not any(new[free] == 0 for stone in stones for free in beside(*stone)):
                for stone in stones:
                    new[stone] = 0
    return new


def joined_diagonally(board, row, column):
    """Stones at a corner belong to the group; liberties are counted along lines."""
    new = np.array(board)
    new[row, column] = 1
    for start in zip(*np.nonzero(new == -1), strict=True):
        stones, ahead = {start}, [start]
        while ahead:
            r, c = ahead.pop()
            near = {(r + y, c + x) for y in (-1, 0, 1) for x in (-1, 0, 1)} & POINTS
            for point in near - stones:
                if new[point] == -1:
                    stones.add(point)
                    ahead.append(point)
        if not any(new[free] == 0 for stone in stones for free in beside(*stone)):
            return np.where(np.isin(np.arange(25).reshape(5, 5), [5 * r + c for r, c in stones]), 0, new)
    return new


def alone(board, row, column):
    """Takes stones one by one, without their groups."""
    new = np.array(board)
    new[row, column] = 1
    dead = [p for p in map(tuple, np.argwhere(new == -1)) if all(new[q] != 0 for q in beside(*p))]
    for point in dead:
        new[point] = 0
    return new


def not_taken(board, row, column):
    new = np.array(board)
    new[row, column] = 1
    return new


def changes_board(board, row, column):
    board[row, column] = 1
    return captured(board, row, column)


def everything_taken(board, row, column):
    new = captured(board, row, column)
    return np.where(new == -1, 0, new)


def spread(rounds, over_the_edge=False):
    """A function like `captured` in which life spreads by so many points."""

    def after_stone(board, row, column):
        new = np.array(board)
        new[row, column] = 1
        living = new == 0
        for _ in range(rounds):
            near = np.pad(living, 1, mode="wrap" if over_the_edge else "constant")
            near = near[:-2, 1:-1] | near[2:, 1:-1] | near[1:-1, :-2] | near[1:-1, 2:]
            living = living | near & (new == -1)
        return np.where((new == -1) & ~living, 0, new)

    return after_stone


def first_group_only(board, row, column):
    new, after = np.array(board), captured(board, row, column)
    new[row, column] = 1
    for point in beside(row, column):
        if new[point] == -1 and after[point] == 0:
            for stone in group(new, *point):
                new[stone] = 0
            break
    return new


# Names that the worked solution needs besides np; it must be right too.
WORKED = {"19.1": {}, "19.2": {}, "19.4": {"wilson": wilson}, "19.5": {}}

RIGHT = {
    "19.1": {
        "with -inf": policy,
        "row by row": row_by_row,
        "float32": lambda *given: policy(*given).astype("float32"),
        "with a number that far below": lambda *given: policy(*given, -1e9),
    },
    "19.2": {
        "numbers": PAPER,
        "in order": list(PAPER.values()),
        "NumPy's": {key: np.float32(value) for key, value in PAPER.items()},
    },
    "19.3": {
        "measured": LOST,
        "in order": list(LOST.values()),
        "NumPy's": {str(key): np.int64(value) for key, value in LOST.items()},
        "other ties": [226, 50, 19],
    },
    "19.4": {
        "Wilson": elo,
        "one by one": elo_one_by_one,
        "rounded": lambda *given: elo(*given).round(1),
        "whole points": lambda *given: elo(*given).round().astype(int),
        "a generator": lambda *given: iter(elo(*given)),
    },
    "19.5": {"groups": captured, "lists": lambda *given: captured(*given).tolist()},
}

WRONG = {
    "19.1": [
        (lambda z, ok: policy(z, np.ones_like(ok)), "forbidden actions get a share"),
        (lambda z, ok: policy(z, np.ones_like(ok)) * ok, "no longer sum to 1"),
        (lambda z, ok: policy(z, ok, 0), "not a probability of 0"),
        (lambda z, ok: policy(z, ok, -30), "use -np.inf"),
        (lambda z, ok: policy(z, ok, -100), "expected exactly 0"),
        (lambda z, ok: policy(z, ok) + 1e-9, "expected exactly 0"),
        (masked_afterwards, "is nan: .* before exp"),
        (lambda z, ok: policy(z, ~ok), "legal actions that are forbidden"),
        (lambda z, ok: ok / ok.sum(axis=1, keepdims=True), "use the logits"),
        (lambda z, ok: np.exp(z) * ok / (np.exp(z) * ok).sum(), "one sum for each row"),
        (lambda z, ok: np.where(ok, z, -np.inf), "softmax of legal logits"),
        (in_place, "work on a copy"),
        (lambda z, ok: None, "returns None"),
        (np.ones((4, 6)), "expected a function"),
    ],
    "19.2": [
        (PAPER | {"score 0": 0.2}, "Q alone"),
        (PAPER | {"score 0": 0.893}, "1 plus the visits"),
        (PAPER | {"score 0": 1.2}, "not W"),
        (PAPER | {"score 1": 1.7}, r"divided by 1 \+ N|root of 4"),
        (PAPER | {"score 1": 0.6}, "U alone"),
        (PAPER | {"score 2": 0.4}, "mean so far, not 0"),
        (PAPER | {"score 2": 0.7}, "mean so far is"),
        (PAPER | {"score 2": 0.5}, "not V alone"),
        (PAPER | {"action": 0}, "largest prior"),
        (PAPER | {"action": 2}, "smallest score; the first action is 0"),
        (PAPER | {"action": 3}, "counted from 0"),
        (PAPER | {"score 1": 0.95}, "with c = 2"),
        (PAPER | {"W": -0.1}, "the mean is Q"),
        (PAPER | {"W": np.nan}, "'W' is nan"),
        (PAPER | {"W": 1.2}, "sign changes"),
        (PAPER | {"W": -0.7}, "is a sum"),
        (PAPER | {"W": 3}, "seen from here"),
        (PAPER | {"score 0": 3}, "P ·"),
        ({"score 0": 1.0}, "is missing"),
        (PAPER | {"W": ...}, "replace the"),
    ],
    "19.3": [
        ([0.29, 0.08, 0.03], "numbers of lines"),
        ([54, 54, 54], "hand the number"),
        ([428, 483, 462], "lines lost"),
        ([17, 54, 221], "last of the three"),
        ([428, 54, 17], "lines won counted"),
        ([110, 27, 8], "together"),
        ([193, 48, 17], "together"),
        ([122, 146, 132], "last of the three"),
        ([0, 0, 0], "search that knows nothing"),
        ([221, np.nan, 17], "with 50 it is nan"),
        ([221, np.nan, np.nan], "with 50 it is nan"),
        ({10: [428, 122, 221], 50: [483, 146, 54], 200: [462, 132, 17]}, "take the last"),
        ([221, 27, 17], "together"),
        ([221, 54, 44], "about 17"),
        ({10: 221}, "is missing"),
        ({10: ..., 50: ..., 200: ...}, "replace the"),
        ([221, "some", 17], "expected numbers"),
    ],
    "19.4": [
        (share_and_interval, "these are shares"),
        (lambda *given: elo(*given, draw=0), "half a win"),
        (lambda won, drawn, lost: elo(won, 0, lost), "half a win|one of the games"),
        (lambda *given: -elo(*given), "wrong sign"),
        (lambda *given: elo(*given) * np.log(10), "natural logarithm"),
        (lambda *given: elo(*given, wilson=False), "expected Wilson's"),
        (lambda *given: elo(*given)[[0, 2, 1]], "upper end"),
        (lambda *given: elo(*given)[[1, 0, 2]], "comes first"),
        (lambda *given: np.floor(elo(*given)), "is 190, expected 191"),
        (lambda won, drawn, lost: elo(won + drawn, 0, lost), "for 10 won, 20 drawn"),
        (lambda *given: elo(*given) / 400, "400 is missing"),
        (lambda *given: elo(*given)[0], "shape"),
        (lambda *given: None, "returns None"),
        (191, "expected a function"),
    ],
    "19.5": [
        (not_taken, "still there"),
        (alone, "whole group|still there"),
        (joined_diagonally, "not diagonally"),
        (spread(25, over_the_edge=True), "opposite edge"),
        (spread(1), "whole group"),
        (spread(5), r"board\[0, 0\] is 0"),
        (first_group_only, "is -1"),
        (changes_board, "work on a copy"),
        (everything_taken, "nothing else"),
        (lambda board, row, column: -captured(board, row, column), "colours are changed"),
        (lambda board, row, column: board, "unchanged"),
        (lambda board, row, column: captured(board, row, column).sum(), "shape"),
        (lambda board, row, column: None, "returns None"),
        (lambda board: board, "TypeError"),
        (np.zeros((5, 5)), "expected a function"),
    ],
}

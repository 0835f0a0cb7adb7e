"""Rules and search that trained chapter 19's networks: against hand-made positions and a slow reference."""

import itertools

import numpy as np
import pytest

from data.make.games import Go5, InARow, take
from data.make.playouts import play_out, playouts, random_moves
from data.make.tree_search import search
from helpers.opponents import main_line

pytestmark = pytest.mark.chapter(19)

GO, FOUR, TIC = Go5(), InARow(4, 5, 4, drop=True), InARow(3, 3, 3, drop=False)


def board_of(text):
    """Black (#) and white (o) points as two numbers, from five rows of text."""
    points = "".join(text.split())
    assert len(points) == 25
    return tuple(sum(1 << i for i, sign in enumerate(points) if sign == kind) for kind in "#o")


def position(text, black=True, before=()):
    """Make a Go position in which Black, or White, moves; `before` are texts of earlier positions."""
    sides = board_of(text) if black else board_of(text)[::-1]
    age = 10 + (not black)
    state = GO.start()
    past = state.past.copy()
    for i, earlier in enumerate([text, *before]):
        dark, light = board_of(earlier)
        past[0, i] = dark | light << 25
    own, other = (np.array([side], np.int64) for side in sides)
    return state._replace(own=own, other=other, age=np.array([age]), past=past)


def shown(state):
    """Draw a Go position as text, Black #, White o."""
    black = state.age[0] % 2 == 0
    own, other = ("#", "o") if black else ("o", "#")
    signs = [own if state.own[0] >> i & 1 else other if state.other[0] >> i & 1 else "." for i in range(25)]
    return "\n".join("".join(signs[row : row + 5]) for row in range(0, 25, 5))


# The slow reference: sets of points, one position, no bits


class Reference:
    """Go 5 × 5 by sets and recursion."""

    def __init__(self):
        self.stones, self.black, self.passes, self.moves = {}, True, 0, 0
        self.before = {frozenset()}

    @staticmethod
    def beside(point):
        y, x = point
        return [
            (y + a, x + b) for a, b in ((1, 0), (-1, 0), (0, 1), (0, -1)) if 0 <= y + a < 5 and 0 <= x + b < 5
        ]

    def group(self, stones, point):
        """Points of a group, and whether it has a liberty."""
        found, edge, free = {point}, [point], False
        while edge:
            for other in self.beside(edge.pop()):
                if other not in stones:
                    free = True
                elif stones[other] == stones[point] and other not in found:
                    found.add(other)
                    edge.append(other)
        return found, free

    def after(self, point):
        """Stones after a move of who moves, or None where it is forbidden."""
        if point in self.stones:
            return None
        stones = {**self.stones, point: self.black}
        for other in self.beside(point):
            if stones.get(other) is (not self.black):
                group, free = self.group(stones, other)
                if not free:
                    stones = {place: who for place, who in stones.items() if place not in group}
        if not self.group(stones, point)[1] or frozenset(stones.items()) in self.before:
            return None
        return stones

    def play(self, action):
        if action == 25:
            self.passes += 1
        else:
            self.stones, self.passes = self.after(divmod(action, 5)), 0
        self.before.add(frozenset(self.stones.items()))
        self.black, self.moves = not self.black, self.moves + 1

    def legal(self):
        return [self.after(divmod(i, 5)) is not None for i in range(25)] + [True]

    def areas(self):
        count = {True: 0, False: 0}
        for who in self.stones.values():
            count[who] += 1
        left = {(y, x) for y in range(5) for x in range(5)} - set(self.stones)
        while left:
            region, edge, touched = set(), [left.pop()], set()
            while edge:
                point = edge.pop()
                region.add(point)
                for other in self.beside(point):
                    if other in self.stones:
                        touched.add(self.stones[other])
                    elif other in left:
                        left.remove(other)
                        edge.append(other)
            if len(touched) == 1:
                count[touched.pop()] += len(region)
        return count[True], count[False]


def test_go_equals_a_slow_reference_on_2000_positions():
    rng, compared, captures, repeats, suicides = np.random.default_rng(19), 0, 0, 0, 0
    for game in range(60):
        slow, fast = Reference(), GO.start()
        while not GO.over(fast)[0]:
            legal = GO.legal(fast)[0]
            assert legal.tolist() == slow.legal(), shown(fast)
            taken, suicide, repeat = GO.faults(fast)
            suicides, repeats = suicides + suicide.sum(), repeats + repeat.sum()
            assert (taken | suicide | repeat)[0].tolist() == [not each for each in slow.legal()[:25]]
            assert tuple(int(a[0]) for a in GO.areas(fast)) == slow.areas()
            # Passes are rare, so that boards fill, stones are taken, and fights for a point go on.
            chances = legal * np.where(np.arange(26) == 25, 0.02 if game % 4 else 0.3, 1)
            action = int(rng.choice(26, p=chances / chances.sum()))
            count = len(slow.stones)
            slow.play(action)
            fast = GO.play(fast, np.array([action]))
            captures += len(slow.stones) <= count and action < 25
            compared += 1
            assert (fast.age[0], fast.passes[0]) == (slow.moves, slow.passes)
            signs = {point: "#" if who else "o" for point, who in slow.stones.items()}
            rows = ["".join(signs.get((y, x), ".") for x in range(5)) for y in range(5)]
            assert shown(fast) == "\n".join(rows)
    assert compared >= 2000 and captures > 100 and repeats > 30 and suicides > 100


def test_many_games_are_played_as_one():
    rng = np.random.default_rng(1)
    many, single = GO.start(40), [GO.start() for _ in range(40)]
    for _ in range(30):
        legal = GO.legal(many)
        actions = (legal * rng.random(legal.shape)).argmax(axis=1)
        many = GO.play(many, actions)
        single = [GO.play(one, actions[[i]]) for i, one in enumerate(single)]
    for i, one in enumerate(single):
        assert all(np.array_equal(a[i], b[0]) for a, b in zip(many, one, strict=True))
        assert np.array_equal(GO.legal(take(many, [i])), GO.legal(one))
        assert np.array_equal(GO.seen(take(many, [i])), GO.seen(one))


@pytest.mark.parametrize(
    ("text", "black", "action", "after"),
    [
        (".o... #.... ..... ..... .....", True, 2, None),
        ("#o... ..... ..... ..... .....", False, 5, ".o... o.... ..... ..... ....."),
        (".##.. #oo#. .##.. ..... .....", False, 0, None),
        ("..... .#... #o#.. ..... .....", True, 16, "..... .#... #.#.. .#... ....."),
        ("oo#.. o##.. .#... ##... .....", True, 10, "..#.. .##.. ##... ##... ....."),
    ],
)
def test_captures_by_hand(text, black, action, after):
    state = position(text, black)
    if after is None:  # Legal, and takes nothing.
        count = np.bitwise_count(state.own | state.other)[0]
        new = GO.play(state, np.array([action]))
        assert np.bitwise_count(new.own | new.other)[0] == count + 1
    else:
        assert shown(GO.play(state, np.array([action]))).split() == after.split()


def test_suicide_is_forbidden_and_a_capture_is_none():
    corner = position(".o... o.... ..... ..... .....")
    assert not GO.legal(corner)[0, 0] and GO.faults(corner)[1][0, 0]
    group = position(".#o.. #o... o.... ..... .....", black=True)
    assert not GO.legal(group)[0, 0], "the whole group would have no liberty"
    takes = position(".o#.. o#... #.... ..... .....")
    assert GO.legal(takes)[0, 0], "it takes both white stones"


def test_ko_and_superko():
    ko = position(".#o.. #o.o. .#o.. ..... .....")
    after = GO.play(ko, np.array([7]))
    assert shown(after).split()[1] == "#.#o."
    assert not GO.legal(after)[0, 6] and GO.faults(after)[2][0, 6]
    elsewhere = GO.play(GO.play(after, np.array([24])), np.array([20]))
    assert GO.legal(elsewhere)[0, 6], "two stones later it is another position"


@pytest.mark.parametrize(
    ("text", "areas"),
    [
        ("..... ..... ..... ..... .....", (0, 0)),
        ("..... ..... ..#.. ..... .....", (25, 0)),
        (".#o.. .#o.. .#o.. .#o.. .#o..", (10, 15)),
        (".#.o. .#.o. .#.o. .#.o. .#.o.", (10, 10)),
        ("#.o.. #.o.. ##o.. .#o.. .#o..", (8, 15)),
    ],
)
def test_areas_by_hand(text, areas):
    assert tuple(int(a[0]) for a in GO.areas(position(text))) == areas


def test_scores_are_the_movers_and_white_gets_half_a_point():
    level = ".#.o. .#.o. .#.o. .#.o. .#.o."
    assert GO.score(position(level, black=True))[0] == -1
    assert GO.score(position(level, black=False))[0] == 1
    dark = "..... ..... ..#.. ..... ....."
    assert GO.score(position(dark, black=True))[0] == 1 and GO.score(position(dark, black=False))[0] == -1


def test_games_end_after_two_passes_or_sixty_moves():
    state = GO.start()
    for passes in (1, 2):
        assert not GO.over(state)[0]
        state = GO.play(state, np.array([25]))
        assert state.passes[0] == passes
    assert GO.over(state)[0] and not GO.over(GO.start())[0]
    assert GO.over(GO.start()._replace(age=np.array([60])))[0]


@pytest.mark.parametrize(
    ("text", "eyes"),
    [
        (".#... ##... ..... ..... .....", [0]),
        (".#... #.... ..... ..... .....", []),
        (".#.#. ##### ..... ..... .....", [0, 2, 4]),
        ("##### ##.## #.### ##### #####", [7, 11]),
        ("##### ##.## ##### ..... .....", [7]),
        ("#o### ##.## #o### ##### .....", []),
        ("#o### ##.## ##### ##### .....", [7]),
        (".o... oo... ..... ..... .....", []),
    ],
)
def test_eyes_are_never_filled(text, eyes):
    state = position(text)
    legal, sensible = GO.legal(state)[0], GO.sensible(state)[0]
    assert np.flatnonzero(legal & ~sensible).tolist() == [eye for eye in eyes if legal[eye]]
    drawn = {int(random_moves(GO, state, np.random.default_rng(seed))[0]) for seed in range(60)}
    assert not drawn & set(eyes)


# Lines


def test_connect_four_equals_a_search_for_lines():
    rng, ended = np.random.default_rng(4), {0: 0, 1: 0}
    for _ in range(300):
        state, grid, player = FOUR.start(), np.zeros((4, 5), int), 1
        while True:
            won = any(
                all(0 <= y + k * a < 4 and 0 <= x + k * b < 5 and grid[y + k * a, x + k * b] == 3 - player
                    for k in range(4))
                for y, x in itertools.product(range(4), range(5))
                for a, b in ((0, 1), (1, 0), (1, 1), (1, -1))
            )  # fmt: skip
            full = (grid > 0).all()
            assert FOUR.over(state)[0] == (won or full)
            if won or full:
                assert FOUR.score(state)[0] == -won
                ended[int(won)] += 1
                break
            assert FOUR.legal(state)[0].tolist() == (grid[0] == 0).tolist()
            seen = FOUR.seen(state)[0]
            np.testing.assert_array_equal(seen[..., 0], grid == player)
            np.testing.assert_array_equal(seen[..., 1], grid == 3 - player)
            column = int(random_moves(FOUR, state, rng)[0])
            grid[np.flatnonzero(grid[:, column] == 0).max(), column] = player
            state, player = FOUR.play(state, np.array([column])), 3 - player
    assert min(ended.values()) > 5


def test_tic_tac_toe_has_255168_games():
    state, count = TIC.start(), 0
    states = state
    while len(states.own):
        over = TIC.over(states)
        count += over.sum()
        states = take(states, ~over)
        rows, actions = np.nonzero(TIC.legal(states))
        states = TIC.play(take(states, rows), actions)
    assert count == 255_168


# Search


def won_in_one(rng):
    """Tic-tac-toe: who moves has two in the first row."""
    return TIC.start()._replace(own=TIC._bits[[0]] | TIC._bits[[1]], other=TIC._bits[[3]] | TIC._bits[[7]])


def test_search_finds_a_win_and_prevents_a_loss():
    rng = np.random.default_rng(0)
    tree = search(TIC, playouts(TIC, rng), won_in_one(rng), 60)
    assert tree.N[0, 0].argmax() == 2 and tree.W[0, 0, 2] == tree.N[0, 0, 2]
    threat = TIC.start()._replace(own=TIC._bits[[3]], other=TIC._bits[[0]] | TIC._bits[[1]])
    tree = search(TIC, playouts(TIC, rng), threat, 200)
    assert tree.N[0, 0].argmax() == 2
    assert main_line(tree)[0] == 2


def test_the_numbers_of_a_tree_agree():
    rng = np.random.default_rng(0)
    tree = search(GO, playouts(GO, rng), GO.start(6), 50, rng, noise=0.25)
    assert (tree.N[:, 0].sum(axis=1) == 50).all()
    assert (np.abs(tree.W) <= tree.N).all() and (tree.N[tree.P == 0] == 0).all()
    np.testing.assert_allclose(tree.P[:, 0].sum(axis=1), 1, rtol=1e-5)
    for row, node, action in np.argwhere(tree.child >= 0):
        child = tree.child[row, node, action]
        inside = tree.N[row, child].sum()
        # Visits of an edge: one made the node behind it, the others went on from there.
        assert tree.over[row, child] or tree.N[row, node, action] == inside + 1
        if not tree.over[row, child]:
            value = -tree.V[row, child] - tree.W[row, child].sum()
            np.testing.assert_allclose(tree.W[row, node, action], value, atol=1e-4)


def test_many_searches_are_each_alone():
    def evaluate(states):
        # A made-up judgement that hangs on the board alone.
        mixed = (states.own * 31 + states.other * 17) % 101
        logits = (mixed[:, None] * np.arange(1, 6) % 7).astype(np.float32)
        return logits, ((mixed % 21 - 10) / 10).astype(np.float32)

    rng, states = np.random.default_rng(2), FOUR.start(12)
    for _ in range(3):
        states = FOUR.play(states, random_moves(FOUR, states, rng))
    together = search(FOUR, evaluate, states, 40)
    for row in range(12):
        alone = search(FOUR, evaluate, take(states, [row]), 40)
        np.testing.assert_array_equal(together.N[row], alone.N[0])
        np.testing.assert_allclose(together.W[row], alone.W[0], atol=1e-5)


def test_more_search_is_stronger():
    rng, wins = np.random.default_rng(3), 0
    for first in (True, False):

        def choose(states, _, move, first=first):
            simulations = 100 if (move % 2 == 0) == first else 5
            return search(FOUR, playouts(FOUR, rng), states, simulations).N[:, 0].argmax(axis=1)

        results = play_out(FOUR, FOUR.start(40), choose)
        wins += (results == (1 if first else -1)).sum()
    assert wins >= 55

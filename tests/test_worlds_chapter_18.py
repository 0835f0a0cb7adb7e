"""Chapter 18's own worlds, as its text has them, against gymnasium's; returns against their definition."""

import ast
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.chapter(18)

gymnasium = pytest.importorskip("gymnasium")

TWIN = Path(__file__).parents[1] / "notebooks/source/18_reinforcement_learning.py"
NAMES = {
    "physics",
    "has_fallen",
    "Poles",
    "returns_of",
    "advantages_of",
    "play",
    "forward",
    "draws",
    "Memory",
}


@pytest.fixture(scope="module")
def chapter():
    """The functions and classes of the chapter's text, without running the rest."""
    tree = ast.parse(TWIN.read_text(encoding="utf-8"))
    kept = [node for node in tree.body if getattr(node, "name", None) in NAMES]
    assert {node.name for node in kept} == NAMES
    space = {"np": np}
    exec(compile(ast.Module(kept, []), str(TWIN), "exec"), space)
    return space


def test_every_step_is_gymnasiums(chapter):
    """Whole episodes from wide starts, which leave the track too: states to 1e-6, and the same ends."""
    world, rng, ends = gymnasium.make("CartPole-v1").unwrapped, np.random.default_rng(18), set()
    for episode in range(60):
        world.reset(seed=episode)
        world.state = rng.uniform(-1, 1, 4) * [2.4, 3, 0.2, 3]
        over = False
        while not over:
            before, push = np.array(world.state, float)[None], int(rng.integers(2))
            _, reward, over, _, _ = world.step(push)
            after = chapter["physics"](before, np.array([push]))
            np.testing.assert_allclose(after[0], world.state, rtol=0, atol=1e-6)
            assert bool(chapter["has_fallen"](after)[0]) == over and reward == 1
        ends.add(abs(world.state[0]) > 2.4)
    assert ends == {True, False}


def test_many_poles_are_as_many_worlds_of_gymnasium(chapter):
    """The vectorised world beside one world of gymnasium for each pole, through several beginnings."""
    rng = np.random.default_rng(1)
    poles = chapter["Poles"](6, np.random.default_rng(2))
    worlds = [gymnasium.make("CartPole-v1") for _ in range(6)]
    for world, state in zip(worlds, poles.states, strict=True):
        world.reset(seed=0)
        world.unwrapped.state = state.copy()
    falls = 0
    for _ in range(200):
        actions = rng.integers(2, size=6)
        after, fallen, late = poles.step(actions)
        for number, world in enumerate(worlds):
            state, _, terminated, truncated, _ = world.step(int(actions[number]))
            np.testing.assert_allclose(after[number], state, rtol=0, atol=1e-6)
            assert (fallen[number], late[number]) == (terminated, truncated)
            if terminated:
                falls += 1
                assert np.abs(poles.states[number]).max() <= 0.05 and poles.ages[number] == 0
                world.reset()
                world.unwrapped.state = poles.states[number].copy()
    assert falls > 20


def test_time_is_up_after_500_steps(chapter):
    poles = chapter["Poles"](2, np.random.default_rng(0))
    for step in range(1, 501):
        poles.states[:] = 0.0
        _, fallen, late = poles.step(np.array([0, 1]))
        assert not fallen.any()
        assert late.all() == (step == 500)
    assert poles.ages.tolist() == [0, 0]


def test_episodes_end_where_the_pole_falls(chapter):
    def to_the_left(states):
        return np.zeros(len(states), int)

    _, actions, alive = chapter["play"](to_the_left, 5, np.random.default_rng(3))
    lengths = alive.sum(axis=0)
    assert ((lengths >= 8) & (lengths <= 10)).all() and not actions.any()
    for pole, length in enumerate(lengths):
        assert alive[:length, pole].all() and not alive[length:, pole].any()


def test_returns_are_sums_of_what_is_to_come(chapter):
    alive = np.arange(500)[:, None] < np.array([3, 500, 1])
    G = chapter["returns_of"](alive, gamma=0.9)
    np.testing.assert_allclose(G[0], [2.71, 10, 1], rtol=1e-5)
    np.testing.assert_allclose(G[:4, 0], [2.71, 1.9, 1, 0], rtol=1e-5)


def test_advantages_stop_at_ends_and_look_past_the_clock(chapter):
    rng = np.random.default_rng(5)
    V, V_after = rng.normal(size=(2, 6, 1))
    fallen, over = np.zeros((2, 6, 1))
    fallen[1], over[1], over[4] = 1, 1, 1  # Step 1 falls, step 4 is cut off.
    A = chapter["advantages_of"](V, V_after, fallen, over, gamma=0.9, lam=0.5)[:, 0]
    delta = (1 + 0.9 * V_after * (1 - fallen) - V)[:, 0]
    right = [delta[0] + 0.45 * delta[1], delta[1], delta[2] + 0.45 * (delta[3] + 0.45 * delta[4])]
    np.testing.assert_allclose(A[:3], right, rtol=1e-5)
    np.testing.assert_allclose(A[4], 1 + 0.9 * V_after[4, 0] - V[4, 0], rtol=1e-5)


def test_the_policy_draws_as_softmax_says(chapter):
    weights = [np.zeros((4, 2)), np.ones(2), np.array([[0.0, 0.0], [0.0, 0.0]]), np.array([0.0, 1.0])]
    drawn = chapter["draws"](weights, np.random.default_rng(0))(np.zeros((20_000, 4)))
    assert abs(drawn.mean() - np.e / (1 + np.e)) < 0.01


def test_the_memory_keeps_the_newest(chapter):
    memory = chapter["Memory"](10)
    for number in range(13):
        memory.add(np.full((1, 4), number), np.array([number]), np.full((1, 4), number + 1), np.array([0.0]))
    states, actions, after, fallen = memory.batches(50, 8, np.random.default_rng(0))
    assert states.shape == after.shape == (50, 8, 4) and actions.shape == fallen.shape == (50, 8)
    assert set(actions.ravel()) == set(range(3, 13))
    np.testing.assert_array_equal(states[..., 0] + 1, after[..., 0])

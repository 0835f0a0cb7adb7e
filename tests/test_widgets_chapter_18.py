"""Chapter 18's game and board without a browser: gymnasium's physics, the agents' episodes, greedy paths."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from figures import faults_of

from helpers.widgets import Cliff, Pole, cliff
from helpers.widgets.cliff import METHODS, STOPS, draw, greedy_path, learn
from helpers.widgets.pole import FARTHEST, MOST_STEPS, STEEPEST, alt, fallen, step
from helpers.widgets.pole import draw as draw_pole

pytestmark = pytest.mark.chapter(18)

gymnasium = pytest.importorskip("gymnasium")

POLE_JS = Path(__file__).parents[1] / "helpers/widgets/pole.js"


def left(state):
    """Push to the left, whatever happens."""
    return 0


def toward(state):
    """Push to where the pole leans."""
    return int(state[2] > 0)


def steady(state):
    """Hold the pole by weights written by hand."""
    return int(state @ [0.05, 0.1, 1, 0.5] > 0)


# The pole


def gymnasiums_episodes(count=30):
    """Episodes with random pushes: lists of (state, push, next state, whether it has fallen)."""
    world, rng = gymnasium.make("CartPole-v1").unwrapped, np.random.default_rng(18)
    rows = []
    for episode in range(count):
        # Wide starts: some leave the track, which a fallen pole forestalls otherwise.
        world.reset(seed=episode)
        world.state = rng.uniform(-1, 1, 4) * [2.4, 3, 0.2, 3]
        over = False
        while not over:
            before, push = [float(number) for number in world.state], int(rng.integers(2))
            _, _, over, *_ = world.step(push)
            rows.append((before, 2 * push - 1, [float(number) for number in world.state], bool(over)))
    return rows


def test_the_physics_are_gymnasiums():
    rows = gymnasiums_episodes()
    assert len(rows) > 200 and {over for *_, over in rows} == {True, False}
    for before, push, after, over in rows:
        np.testing.assert_allclose(step(before, push), after, rtol=0, atol=1e-12)
        assert fallen(after) == over
    assert {abs(after[0]) > FARTHEST for *_, after, over in rows if over} == {True, False}


def test_the_browsers_physics_are_gymnasiums(tmp_path):
    if not (node := shutil.which("node")):
        pytest.skip("no node found; tests/browser compares the same")
    module, program = tmp_path / "pole.mjs", tmp_path / "compare.mjs"
    module.write_bytes(POLE_JS.read_bytes())
    program.write_text(
        "import { step, fallen, MOST_STEPS, FARTHEST, STEEPEST } from './pole.mjs';\n"
        "import { readFileSync } from 'node:fs';\n"
        "const rows = JSON.parse(readFileSync(0)).map(([state, push]) => step(state, push));\n"
        "const limits = [MOST_STEPS, FARTHEST, STEEPEST];\n"
        "console.log(JSON.stringify({ rows, over: rows.map(fallen), limits }));\n"
    )
    rows = gymnasiums_episodes()
    asked = json.dumps([row[:2] for row in rows])
    answer = subprocess.run([node, program], input=asked, capture_output=True, text=True, check=True)
    found = json.loads(answer.stdout)
    np.testing.assert_allclose(found["rows"], [after for *_, after, _ in rows], rtol=0, atol=1e-6)
    assert found["over"] == [over for *_, over in rows]
    np.testing.assert_allclose(found["limits"], [MOST_STEPS, FARTHEST, STEEPEST])


@pytest.mark.parametrize("agent", [left, toward, steady])
def test_an_agents_episode_is_gymnasiums(agent):
    shown = Pole({"agent": agent})
    world = gymnasium.make("CartPole-v1")
    world.reset(seed=0)
    world.unwrapped.state = np.array(shown.starts[0])
    state, steps, over = np.array(shown.starts[0], np.float32), 0, False
    (_, frames), *_ = shown.episodes
    while not over:
        push = agent(state)
        np.testing.assert_allclose(frames[steps][:2], [state[0], state[2]], atol=1e-4)
        assert frames[steps][2] == 2 * push - 1
        state, _, terminated, truncated, _ = world.step(push)
        steps, over = steps + 1, terminated or truncated
    assert shown.steps == {"agent": steps} and len(frames) == steps + 1
    np.testing.assert_allclose(frames[-1], [state[0], state[2], 0], atol=1e-4)


def test_agents_get_what_gymnasium_gives_and_answer_as_they_like():
    seen = []

    def agent(state):
        seen.append(state)
        return [np.int64(0), np.array([1]), True, 0.0][len(seen) % 4]

    shown = Pole({"agent": agent})
    assert all(state.shape == (4,) and state.dtype == np.float32 for state in seen)
    assert len(seen) == shown.steps["agent"] < 60


@pytest.mark.parametrize("answer", [2, -1, 0.5, [0, 1], None, "left"])
def test_an_agent_that_answers_nonsense_is_named(answer):
    with pytest.raises(ValueError, match=r"^clever answered .*; expected 0 \(left\) or 1 \(right\)$"):
        Pole({"clever": lambda state: answer})


def test_starts_are_as_gymnasiums_and_the_same_for_all():
    shown, again, other = Pole(), Pole(), Pole(seed=4)
    assert shown.starts == again.starts != other.starts
    assert np.shape(shown.starts)[1] == 4 and 0.04 < np.abs(shown.starts).max() <= 0.05
    both = Pole({"one": toward, "two": toward})
    assert both.episodes[0][1] == both.episodes[1][1]


def test_the_record_is_kept_in_a_later_game():
    first = Pole()
    assert (first.record, first.last, first.steps) == (0, 0, {})
    first.set_state({"record": 77, "last": 30})  # What the browser sends.
    later = Pole({"agent": left}, record=first.record)
    assert later.record == 77
    with pytest.raises(Exception, match="record"):
        later.record = MOST_STEPS + 1


@pytest.mark.parametrize("names", [(), ("untrained", "after 20 updates", "after 200 updates")])
def test_the_still_picture_is_legible(names):
    steps = {"you": 0, **dict(zip(names, (9, 230, 500), strict=False))}
    state = {"start": (2.0, 0.0, STEEPEST, 0.0), "steps": steps}
    faults, fig = faults_of(draw_pole, state)
    assert not faults, faults
    assert all(f"{name} {count}" in alt(**state) for name, count in steps.items())


# The cliff


@pytest.mark.parametrize("seed", range(1, 9))
def test_paths_after_500_episodes(seed):
    paths, means = {}, {}
    for method in METHODS:
        tables, returns = learn(method, 0.1, 0.3, seed)
        paths[method], means[method] = greedy_path(tables[500]), returns[-100:].mean()
        assert paths[method][0] == (3, 0) and paths[method][-1] == (3, 11)
    assert len(paths["Q-learning"]) - 1 == 13 and {row for row, _ in paths["Q-learning"]} == {2, 3}
    # SARSA keeps away from the edge: one row at least lies between it and the cliff.
    assert len(paths["SARSA"]) - 1 in (15, 17)
    assert {row for row, column in paths["SARSA"] if 1 <= column <= 5} <= {0, 1}
    # The longer way earns more while one still makes random moves.
    assert means["Q-learning"] < -28 and -60 < means["SARSA"] < -17 and means["SARSA"] > means["Q-learning"]


def test_sarsas_path_is_17_steps_on_most_seeds():
    lengths = [len(greedy_path(learn("SARSA", 0.1, 0.3, seed)[0][500])) - 1 for seed in range(1, 21)]
    assert set(lengths) <= {15, 17} and lengths.count(17) >= 15


def test_the_board_is_gymnasiums():
    world = gymnasium.make("CliffWalking-v1").unwrapped
    for square in range(37):
        for action in range(4):
            ((_, new, reward, over),) = world.P[square][action]
            assert cliff._WALKS[square][action] == (new, reward)
            assert over == (new == 47)


def test_values_without_random_moves_are_the_true_ones():
    # Nothing but greedy moves from zeros, which no true value exceeds: they find the shortest way.
    tables, returns = learn("Q-learning", 0.0, 1.0, 3)
    table = tables[500]
    values = [table[12 * row + column].max() for row, column in greedy_path(table)[:-1]]
    assert values == list(range(-13, 0))
    assert returns[-1] == -13 and returns.shape == (500,)
    assert tuple(tables) == STOPS and not tables[0].any()
    np.testing.assert_array_equal(learn("SARSA", 0.0, 1.0, 3)[1][-50:], -13)


@pytest.mark.parametrize(
    ("actions", "path", "said"),
    [
        ({}, [(3, 0)], "ends in the unknown"),
        ({36: 1}, [(3, 0), (3, 1)], "falls off the cliff"),
        ({36: 0, 24: 2}, [(3, 0), (2, 0), (3, 0)], "walks in circles"),
        ({36: 3}, [(3, 0), (3, 0)], "walks in circles"),
        ({36: 0, 24: 1}, [(3, 0), (2, 0), (2, 1)], "ends in the unknown"),
        (
            {36: 0, **dict.fromkeys(range(24, 35), 1), 35: 2},
            [(3, 0), *[(2, column) for column in range(12)], (3, 11)],
            "arrives after 13 steps",
        ),
    ],
)
def test_how_paths_end(actions, path, said):
    table = np.zeros((48, 4))
    for square, action in actions.items():
        table[square] = -2
        table[square, action] = -1
    assert greedy_path(table) == path
    assert cliff._verdict(path) == said


def test_numbers_and_arrows_are_the_tables():
    shown = Cliff()
    shown.set(episodes=500)
    tables, returns = learn(**{name: shown.state[name] for name in ("method", "epsilon", "rate", "seed")})
    board, lower = draw(**shown.state).axes
    numbers = [text.get_text().replace("−", "-") for text in board.texts if text.get_fontsize() == 9]
    assert numbers == [*[f"{value:.1f}" for value in tables[500][:37].max(axis=1)], "goal"]
    (arrows,) = [part for part in board.collections if hasattr(part, "U")]
    best = tables[500][:37].argmax(axis=1)
    np.testing.assert_array_equal(arrows.U, np.array([0, 1, 0, -1])[best])
    np.testing.assert_array_equal(arrows.V, np.array([-1, 0, 1, 0])[best])
    (path,) = board.lines
    assert len(path.get_xdata()) == 14
    np.testing.assert_array_equal(lower.lines[0].get_ydata(), np.maximum(returns, -300))


def test_the_play_button_goes_from_stop_to_stop():
    shown = Cliff()
    row = shown.widget.children[1].children[1]
    slider, play = row.children
    seen = []
    shown.controls["episodes"].observe(lambda change: seen.append(change["new"]), names="value")
    assert play.value == STOPS.index(slider.value)
    for index in range(play.max + 1):
        play.value = index
    assert seen == list(STOPS) and "arrives after 13 steps" in shown.still.alt
    slider.value = 20
    assert play.value == STOPS.index(20)

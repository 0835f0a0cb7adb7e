"""The game with the pole and the cliff's board in a real Chromium: keys, fingers, agents, the record.

Screenshots go to the test's temporary folder; `pytest --basetemp=DIR` says where.
"""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from widget_page import assert_nothing_is_cut_off, expect, open_page, picture, wait_until_changed

from helpers.widgets import Pole
from helpers.widgets.pole import MOST_STEPS, fallen, step

pytestmark = pytest.mark.chapter(18)

gymnasium = pytest.importorskip("gymnasium")

CELLS = [
    """from helpers.widgets import Pole
def steady(state):
    return int(state @ [0.05, 0.1, 1, 0.5] > 0)
pole = Pole({"untrained": lambda state: 0, "after 20 updates": lambda state: int(state[2] > 0),
             "after 200 updates": steady})
pole""",
    """import ipywidgets
told = ipywidgets.Label()
def tell(change):
    told.value = f"last {pole.last}, record {pole.record}"
pole.observe(tell, ["record", "last"])
tell(None)
told""",
    "from helpers.widgets import Cliff\nCliff()",
]


@pytest.fixture(scope="module")
def page(new_page, lab):
    """A page that shows a notebook with both widgets."""
    page = open_page(new_page, lab, "chapter_18.ipynb", CELLS)
    page.locator(".course-pole").wait_for(timeout=60_000)
    expect(page.get_by_text("last 0, record 0")).to_be_visible(timeout=60_000)
    return page


@pytest.fixture
def game(page):
    """The game, in sight, nothing being played."""
    page.set_viewport_size({"width": 1280, "height": 720})
    root = page.locator(".course-pole")
    player(root).select_option("you")
    root.get_by_label("Speed").select_option("30 steps a second")
    expect(root).to_have_attribute("data-stage", "ready")
    root.scroll_into_view_if_needed()
    return root


def player(root):
    """Return the list of players."""
    return root.get_by_label("Player")


def start(root):
    """Begin a round."""
    root.locator(".start").click()
    expect(root).to_have_attribute("data-stage", "running")


def steps_of(root):
    """Return how many steps the round has lasted."""
    return int(root.get_attribute("data-steps"))


def place_of(root):
    """Return where the cart is."""
    return json.loads(root.get_attribute("data-state"))[0]


def unpushed(state):
    """Count the steps until a pole falls that nobody holds."""
    steps = 0
    while not fallen(state):
        state, steps = step(state, 0), steps + 1
    return steps


def test_the_physics_are_gymnasiums(new_page):
    page = new_page()
    world, rng, rows = gymnasium.make("CartPole-v1").unwrapped, np.random.default_rng(18), []
    for _ in range(30):
        world.reset()
        world.state, over = rng.uniform(-1, 1, 4) * [2.4, 3, 0.2, 3], False
        while not over:
            before, push = list(map(float, world.state)), int(rng.integers(2))
            _, _, over, *_ = world.step(push)
            rows.append((before, 2 * push - 1, list(map(float, world.state)), bool(over)))
    source = (Path(__file__).parents[2] / "helpers/widgets/pole.js").read_text(encoding="utf-8")
    found = page.evaluate(
        """async ([source, rows]) => {
            const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
            const { step, fallen } = await import(url);
            return rows.map(([state, push]) => step(state, push)).map((state) => [state, fallen(state)]);
        }""",
        [source, [row[:2] for row in rows]],
    )
    for (state, over), (*_, after, ended) in zip(found, rows, strict=True):
        np.testing.assert_allclose(state, after, rtol=0, atol=1e-6)
        assert over == ended


def test_keys_push_only_in_the_game_and_the_record_is_kept(page, game, tmp_path):
    starts = Pole().starts
    page.screenshot(path=tmp_path / "ready.png")
    page.locator(".jp-CodeCell .jp-InputPrompt").first.click()
    page.keyboard.press("ArrowRight")
    assert game.get_attribute("data-stage") == "ready"
    # Nobody holds it.
    start(game)
    expect(game).to_have_attribute("data-stage", "over")
    falls = unpushed(starts[0])
    assert steps_of(game) == falls
    expect(game.get_by_role("status")).to_have_text("Over: the pole fell. Your record!")
    expect(page.get_by_text(f"last {falls}, record {falls}")).to_be_visible()
    assert game.locator("tr").nth(1).inner_text().split() == ["you,", "your", "record", str(falls)]
    # The next start; pushed without end, the pole falls soon, to the other side.
    for key, side in (("ArrowRight", 1), ("ArrowLeft", -1)):
        start(game)
        page.keyboard.down(key)
        expect(game).to_have_attribute("data-push", str(side))
        expect(game).to_have_attribute("data-stage", "over")
        page.keyboard.up(key)
        assert 7 <= steps_of(game) < falls and place_of(game) * side > 0.02
    page.screenshot(path=tmp_path / "over.png")
    expect(game.get_by_role("status")).to_have_text("Over: the pole fell.")
    steps = steps_of(game)
    expect(page.get_by_text(f"last {steps}, record {falls}")).to_be_visible()
    # The keyboard alone begins a round, and JupyterLab does not run or leave the cell.
    page.keyboard.press("Space")
    expect(game).to_have_attribute("data-stage", "running")
    expect(page.locator(".jp-CodeCell")).to_have_count(4)


def test_held_with_the_keys_it_lasts_longer(page, game):
    game.get_by_label("Speed").select_option("slow, 15 a second")
    start(game)
    # A hand quicker than a learner's: it pushes where the pole leans and turns to.
    game.evaluate(
        """root => {
            const key = (type, key) => root.querySelector("canvas").dispatchEvent(
                new KeyboardEvent(type, { key, bubbles: true }));
            const hold = () => {
                if (root.dataset.steps > 120) {
                    for (const each of ["ArrowLeft", "ArrowRight"]) key("keyup", each);
                    return;
                }
                const [x, speed, angle, turning] = JSON.parse(root.dataset.state);
                const right = 0.05 * x + 0.1 * speed + angle + 0.5 * turning > 0;
                key("keyup", right ? "ArrowLeft" : "ArrowRight");
                key("keydown", right ? "ArrowRight" : "ArrowLeft");
                setTimeout(hold, 10);
            };
            hold();
        }"""
    )
    page.wait_for_function("document.querySelector('.course-pole').dataset.steps > 120", timeout=40_000)
    player(game).select_option("untrained")  # Who leaves keeps no record.
    expect(game).to_have_attribute("data-stage", "over")


def test_fingers_push(page, game):
    pads = game.locator(".pad")
    for pad in [*pads.all(), game.locator(".start")]:
        assert pad.bounding_box()["height"] >= 44 and pad.bounding_box()["width"] >= 44
    session = page.context.new_cdp_session(page)

    def touch(kind, *pads):
        boxes = [pad.bounding_box() for pad in pads]
        places = [{"x": box["x"] + 20, "y": box["y"] + 20} for box in boxes]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    for pad, side in zip(pads.all(), (-1, 1), strict=True):
        game.get_by_label("Speed").select_option("slow, 15 a second")
        start(game)
        touch("touchStart", pad)
        expect(game).to_have_attribute("data-push", str(side))
        touch("touchEnd")
        expect(game).to_have_attribute("data-push", "0")
        assert place_of(game) * side > -0.06
    expect(game).to_have_attribute("data-stage", "over")


def test_agents_play_30_frames_a_second(page, game, tmp_path):
    counts = [row.inner_text().split()[-1] for row in game.locator("tr").all()[2:]]
    assert counts[2] == str(MOST_STEPS) and int(counts[0]) < int(counts[1]) < 100
    record = game.locator("tr").nth(1).inner_text()
    player(game).select_option("untrained")
    expect(game).to_have_attribute("data-stage", "over")
    assert steps_of(game) == int(counts[0])
    player(game).select_option("after 200 updates")
    page.wait_for_function("document.querySelector('.course-pole').dataset.steps > 5")
    clock = "root => [Number(root.dataset.steps), performance.now()]"
    first = game.evaluate(clock)
    page.wait_for_timeout(3_000)
    last = game.evaluate(clock)
    rate = 1_000 * (last[0] - first[0]) / (last[1] - first[1])
    print(f"{rate:.1f} steps a second")
    assert 20 < rate < 32  # A busy machine's browser leaves frames out.
    page.screenshot(path=tmp_path / "agent.png")
    assert game.locator("tr").nth(1).inner_text() == record


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_is_cut_off(page, game, tmp_path, width):
    page.set_viewport_size({"width": width, "height": 844})
    game.scroll_into_view_if_needed()
    player(game).select_option("after 20 updates")
    expect(game).to_have_attribute("data-stage", "over")
    page.screenshot(path=tmp_path / f"pole_{width}.png")
    cell = page.locator(".jp-CodeCell").nth(1)
    assert_nothing_is_cut_off(cell, 0, images=0)
    board = page.locator(".jp-CodeCell").nth(3)
    board.scroll_into_view_if_needed()
    picture(board).first.scroll_into_view_if_needed()
    page.screenshot(path=tmp_path / f"cliff_{width}.png")
    assert_nothing_is_cut_off(board, 5)


def test_the_board_plays(page, game):
    board = page.locator(".jp-CodeCell").nth(3)
    image = picture(board).first
    image.scroll_into_view_if_needed()
    assert "after 20 episodes of Q-learning" in image.get_attribute("alt")
    old = image.get_attribute("src")
    board.locator(".jupyter-widget-play button, .widget-play button").first.click()
    wait_until_changed(image, old)
    expect(image).to_have_attribute(
        "alt", re.compile("after 500 episodes of Q-learning.*arrives after 13 steps"), timeout=40_000
    )


def test_dark_theme(page, game, tmp_path):
    choose_theme(page, "JupyterLab Dark")
    page.wait_for_function("document.body.dataset.jpThemeLight === 'false'")
    # The end of the track, drawn anew in the theme's ink.
    end = """async (canvas) => {
        await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
        const [x, y] = [(300 - 118 * 2.4) / 600, 212 / 230];
        return canvas.getContext("2d").getImageData(x * canvas.width, y * canvas.height, 1, 1).data[1];
    }"""
    start(game)
    page.keyboard.down("ArrowRight")
    expect(game).to_have_attribute("data-push", "1")
    page.screenshot(path=tmp_path / "dark.png")
    page.keyboard.up("ArrowRight")
    assert game.locator("canvas").evaluate(end) > 150, "dark ink on dark paper"
    choose_theme(page, "JupyterLab Light")
    page.wait_for_function("document.body.dataset.jpThemeLight === 'true'")
    assert game.locator("canvas").evaluate(end) < 100, "light ink on light paper"


def choose_theme(page, name):
    """Choose a theme in JupyterLab's menu."""
    page.get_by_role("menuitem", name="Settings", exact=True).click()
    labels = page.locator(".lm-Menu-itemLabel")
    labels.get_by_text("Theme", exact=True).hover()
    labels.get_by_text(name, exact=True).click()


def test_removed_it_stops(page, game):
    player(game).select_option("after 200 updates")
    page.wait_for_function("document.querySelector('.course-pole').dataset.steps > 5")
    old = game.element_handle()
    page.locator(".jp-CodeCell").nth(1).locator(".jp-InputPrompt").click()
    page.keyboard.press("Control+Enter")  # Runs the cell again: another game takes its place.
    page.wait_for_function("old => !old.isConnected", arg=old)
    page.wait_for_timeout(200)
    steps = old.evaluate("root => root.dataset.steps")
    page.wait_for_timeout(500)
    assert old.evaluate("root => root.dataset.steps") == steps
    expect(page.locator(".course-pole")).to_have_attribute("data-stage", "ready")

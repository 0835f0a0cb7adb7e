"""The board of chapter 19 in a real Chromium: mouse, keys, fingers, a game that plays itself, a lost kernel.

Screenshots go to the test's temporary folder; `pytest --basetemp=DIR` says where.
"""

import re
from pathlib import Path

import pytest
from widget_page import assert_nothing_is_cut_off, expect, open_page

pytestmark = pytest.mark.chapter(19)

TESTS = Path(__file__).parents[1]
CELL = f"""sys.path.insert(0, {str(TESTS)!r})
from helpers.widgets import PlayBoard
from stand_in_opponents import Stones
PlayBoard({{"Go 5×5": Stones(5, 5), "Connect Four": Stones(4, 5, "drop")}})"""


@pytest.fixture(scope="module")
def page(new_page, lab):
    """A page that shows a notebook with the board."""
    page = open_page(new_page, lab, "chapter_19.ipynb", [CELL])
    page.locator(".course-play").wait_for(timeout=60_000)
    return page


@pytest.fixture
def game(page):
    """A new game of Go, in sight, the learner has Black."""
    page.set_viewport_size({"width": 1280, "height": 720})
    root = page.locator(".course-play")
    choose(root, "Game", "Go 5×5")
    choose(root, "You are", "Black, first")
    press(root, "New game")
    moves(root, 0)
    root.scroll_into_view_if_needed()
    return root


def choose(root, label, option):
    """Choose in one of the lists, and wait for the answer."""
    count = root.get_attribute("data-count")
    if root.get_by_label(label).input_value() != option:
        root.get_by_label(label).select_option(option)
        expect(root).not_to_have_attribute("data-count", count)


def press(root, name):
    """Press a button, and wait for the answer."""
    count = root.get_attribute("data-count")
    root.get_by_role("button", name=name).click()
    expect(root).not_to_have_attribute("data-count", count)


def moves(root, count):
    """Wait until so many moves stand on the board and nobody thinks."""
    expect(root).to_have_attribute("data-moves", str(count))
    expect(root).to_have_attribute("data-thinking", "false")


def says(root, words):
    """Wait until the status line has these words."""
    expect(root.get_by_role("status").first).to_contain_text(words)


def click(root, row, column, how="click"):
    """Click on a place of Go's board, or tap."""
    board = root.locator("svg")
    side = board.bounding_box()["width"] / 5.4
    getattr(board, how)(position={"x": (column + 0.9) * side, "y": (row + 0.5) * side})


def test_mouse(page, game, tmp_path):
    page.screenshot(path=tmp_path / "start.png")
    click(game, 2, 2)
    moves(game, 2)
    says(game, "I play A5: 50% of 200 visits. I expect B5, then C5")
    says(game, "I think Black wins with 71%.")
    expect(game.get_by_role("meter")).to_have_attribute("aria-valuenow", "71")
    expect(game.locator(".last")).to_have_count(1)
    expect(game.locator(".ghost")).to_have_count(3)
    page.screenshot(path=tmp_path / "answered.png")
    click(game, 4, 0)
    says(game, "You cannot play A1. Suicide: the stone would have no liberty.")
    click(game, 2, 2)
    says(game, "You cannot play C3. There is a stone already.")
    press(game, "Hint")
    says(game, "I would play B5 for you: 50% of 200 visits.")
    page.screenshot(path=tmp_path / "hint.png")
    for name in ("shares", "line", "chance"):
        game.get_by_label(name).uncheck()
    expect(game.locator(".ghost, .share")).to_have_count(0)
    expect(game.get_by_role("meter")).to_be_hidden()
    page.screenshot(path=tmp_path / "plain.png")
    for name in ("shares", "line", "chance"):
        game.get_by_label(name).check()
    press(game, "Take back")
    moves(game, 0)
    press(game, "Resign")
    says(game, "You resign: White wins.")


def test_keys(page, game, tmp_path):
    page.locator(".jp-CodeCell .jp-InputPrompt").first.click()
    page.keyboard.press("ArrowDown")
    moves(game, 0)
    game.locator("svg").focus()
    for key in ("ArrowUp", "ArrowLeft"):
        page.keyboard.press(key)
    expect(game.get_by_role("status").last).to_have_text("B4: empty")
    page.screenshot(path=tmp_path / "cursor.png")
    page.keyboard.press("Enter")
    moves(game, 2)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    moves(game, 4)
    page.keyboard.press("u")
    moves(game, 2)
    page.keyboard.press("h")
    says(game, "I would play B5 for you")
    page.keyboard.press("p")
    moves(game, 4)
    assert page.locator(".jp-CodeCell").count() == 2, "JupyterLab has taken a key"


def test_connect_four_as_white_and_strength(page, game, tmp_path):
    choose(game, "Game", "Connect Four")
    moves(game, 0)
    expect(game.get_by_role("button", name="Pass")).to_be_hidden()
    game.locator("input[type=range]").focus()
    for key in ("Home", "ArrowRight"):
        page.keyboard.press(key)
    expect(game.locator(".many")).to_have_text("25 simulations")
    choose(game, "You are", "White")
    says(game, "I play column A: 48% of 25 visits.")
    game.locator("svg").focus()
    page.keyboard.press("ArrowRight")
    page.screenshot(path=tmp_path / "connect.png")
    page.keyboard.press("Space")
    moves(game, 3)
    press(game, "Take back")
    moves(game, 1)
    game.locator("input[type=range]").focus()
    page.keyboard.press("Home")
    expect(game.locator(".many")).to_have_text("network alone")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    choose(game, "Game", "Go 5×5")


def test_it_plays_itself_until_paused(page, game):
    press(game, "Let it play")
    expect(game).to_have_attribute("data-moves", re.compile("[3-9]"))
    press(game, "Pause")
    expect(game).to_have_attribute("data-watching", "false")
    expect(game).to_have_attribute("data-thinking", "false")
    count = game.get_attribute("data-count")
    page.wait_for_timeout(1_200)
    assert game.get_attribute("data-count") == count


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_is_cut_off_and_all_is_large_enough_for_a_finger(page, game, tmp_path, width):
    page.set_viewport_size({"width": width, "height": 844})
    click(game, 2, 2)
    moves(game, 2)
    press(game, "Hint")
    game.scroll_into_view_if_needed()
    page.screenshot(path=tmp_path / f"board_{width}.png")
    assert_nothing_is_cut_off(page.locator(".jp-CodeCell").nth(1), 0, images=0)
    board = game.locator("svg").bounding_box()
    assert board["width"] / 5.4 >= 44 and board["x"] + board["width"] <= width
    for part in game.locator("button:visible, select, label:visible").all():
        assert part.bounding_box()["height"] >= 44, part.inner_text()
    if width < 500:
        game.get_by_role("status").first.scroll_into_view_if_needed()
        page.screenshot(path=tmp_path / f"side_{width}.png")


def test_dark_theme(page, game, tmp_path):
    choose_theme(page, "JupyterLab Dark")
    page.wait_for_function("document.body.dataset.jpThemeLight === 'false'")
    click(game, 1, 3)
    moves(game, 2)
    page.screenshot(path=tmp_path / "dark.png")
    ink = game.evaluate("root => getComputedStyle(root).color.match(/[0-9.]+/g).slice(0, 3).map(Number)")
    assert min(ink) > 150, "dark ink on dark paper"
    choose_theme(page, "JupyterLab Light")
    page.wait_for_function("document.body.dataset.jpThemeLight === 'true'")


def choose_theme(page, name):
    """Choose a theme in JupyterLab's menu."""
    page.get_by_role("menuitem", name="Settings", exact=True).click()
    labels = page.locator(".lm-Menu-itemLabel")
    labels.get_by_text("Theme", exact=True).hover()
    labels.get_by_text(name, exact=True).click()


def test_a_finger_plays_and_a_lost_kernel_is_told(chromium, lab, tmp_path):
    size = {"width": 390, "height": 844}
    page = chromium.new_context(viewport=size, has_touch=True, is_mobile=True).new_page()
    page.set_default_timeout(20_000)
    slow = CELL.replace("Stones(5, 5)", "Stones(5, 5, seconds=0.7)")
    open_page(lambda: page, lab, "chapter_19_touch.ipynb", [slow])
    game = page.locator(".course-play")
    game.wait_for(timeout=60_000)
    game.scroll_into_view_if_needed()
    click(game, 2, 2, "tap")
    expect(game).to_have_attribute("data-moves", "1")  # The stone is there while Python thinks.
    says(game, "Thinking …")
    click(game, 1, 1, "tap")  # Nobody's turn: it is not kept for later.
    moves(game, 2)
    page.screenshot(path=tmp_path / "touch.png")
    lab.stop_kernels()
    click(game, 1, 1, "tap")
    says(game, "Python has not answered yet: it is busy, or needs this cell run again.")
    page.context.close()

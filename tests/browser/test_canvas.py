"""The drawing canvas in a real JupyterLab: real strokes, keyboard, touch, reload, restart, themes, sizes.

Screenshots go to the test's temporary folder; `pytest --basetemp=DIR` says where.
"""

import os
import re
import signal
import time

import pytest

pytestmark = pytest.mark.chapter(7)

expect = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed").expect

CELLS = [
    "from helpers.widgets import DrawingCanvas\none = DrawingCanvas(hint='Write a digit')\none",
    "other = DrawingCanvas(width=420, height=140)\nother",
    # What Python has, in words that a test can wait for.
    """import ipywidgets
shown = ipywidgets.Label()
def tell(change):
    shown.value = ' '.join(
        f'{name}: {len(c.strokes)} strokes, {sum(map(len, c.strokes))} points;'
        for name, c in (('one', one), ('other', other)))
for canvas in (one, other):
    canvas.observe(tell, names='strokes')
tell(None)
shown""",
    "one",
    "import os\nprint('process', os.getpid())",
]


@pytest.fixture(scope="module")
def page(new_page, lab):
    """A page that shows a notebook with two canvases, run."""
    page = new_page()
    lab.write("canvas.ipynb", CELLS)
    lab.open(page, "canvas.ipynb")
    lab.run_all(page)
    expect(page.get_by_text("one: 0 strokes")).to_be_visible(timeout=40_000)
    return page


@pytest.fixture
def one(page):
    """The first canvas, empty, in sight."""
    root = canvas(page, 0)
    empty(root)
    told(page, "one", "0 strokes")
    root.scroll_into_view_if_needed()
    return root


def canvas(page, number):
    """Return the root of one of the page's canvases: `one`, `other`, and `one` a second time."""
    return page.locator(".course-canvas").nth(number)


def empty(root):
    """Press Clear and wait."""
    root.get_by_role("button", name="Clear").click()
    expect(root.locator("canvas")).to_have_attribute("data-strokes", "0")


def draw(page, root, points, steps=4):
    """Move the mouse with its button down along points given as shares of the canvas's width and height."""
    box = root.locator("canvas").bounding_box()
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=steps)
    page.mouse.up()


def ink(root):
    """Return the share of the canvas's pixels that have ink."""
    return root.locator("canvas").evaluate(
        """canvas => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => {
            const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            let n = 0;
            for (let i = 3; i < data.length; i += 4) n += data[i] > 127;
            done(n / (canvas.width * canvas.height));
        })))"""
    )


def told(page, name, what):
    """Wait until Python's words about a canvas match."""
    expect(page.locator(".jp-OutputArea").get_by_text(re.compile(f"{name}: {what}"))).to_be_visible()


def test_mouse_undo_erase_clear(page, one, tmp_path):
    draw(page, one, [(0.2, 0.2), (0.8, 0.2), (0.4, 0.8)])
    told(page, "one", "1 strokes")
    draw(page, one, [(0.3, 0.6), (0.7, 0.6)])
    told(page, "one", "2 strokes")
    page.screenshot(path=tmp_path / "seven.png")
    assert 0.05 < ink(one) < 0.3
    one.get_by_role("button", name="Undo").click()
    told(page, "one", "1 strokes")
    draw(page, one, [(0.1, 0.95), (0.9, 0.95)])
    told(page, "one", "2 strokes")
    one.get_by_role("button", name="Eraser").click()
    draw(page, one, [(0.1, 0.1), (0.3, 0.25)])
    told(page, "one", "1 strokes")
    one.get_by_role("button", name="Eraser").click()
    one.get_by_role("button", name="Clear").click()
    told(page, "one", "0 strokes")
    assert ink(one) == 0
    page.keyboard.press("u")  # Brings back what was cleared.
    told(page, "one", "1 strokes")
    one.locator("canvas").press("Control+z")  # And what was erased before.
    told(page, "one", "2 strokes")


def test_keyboard_alone(page, one, tmp_path):
    drawn = one.locator("canvas")
    one.get_by_role("combobox").focus()
    page.keyboard.press("Tab")
    expect(drawn).to_be_focused()
    for key in ["Space", *["ArrowRight"] * 6, *["ArrowDown"] * 5, "Shift+ArrowLeft", "Space"]:
        page.keyboard.press(key)
    told(page, "one", "1 strokes, 13 points")
    page.screenshot(path=tmp_path / "keyboard.png")
    expect(one.get_by_role("status")).to_have_text("1 stroke")
    for key in ("Space", "ArrowUp", "Escape"):
        page.keyboard.press(key)
    expect(one.get_by_role("status")).to_have_text("Stroke dropped.")
    told(page, "one", "1 strokes")
    page.keyboard.press("4")
    expect(one.get_by_role("status")).to_have_text("Sample digit 4 written.")
    told(page, "one", "2 strokes")
    # JupyterLab has not taken these keys for its own: the cell is still code.
    expect(page.locator(".jp-CodeCell")).to_have_count(6)
    page.keyboard.press("Delete")
    told(page, "one", "0 strokes")
    assert drawn.get_attribute("aria-label") == "Drawing canvas"
    described = page.locator(f"#{drawn.get_attribute('aria-describedby')}")
    assert "Space puts it down" in described.text_content()
    ring = drawn.evaluate("node => getComputedStyle(node).outlineStyle + getComputedStyle(node).outlineWidth")
    assert ring == "solid3px"


def test_touch_draws_and_does_not_scroll(page, one):
    box = one.locator("canvas").bounding_box()
    session = page.context.new_cdp_session(page)
    scrolled = "document.querySelector('.jp-WindowedPanel-outer').scrollTop"
    before = page.evaluate(scrolled)

    def touch(kind, *places):
        points = [{"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]} for x, y in places]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", (0.5, 0.9))
    for i in range(12):
        touch("touchMove", (0.5 + 0.01 * i, 0.9 - 0.07 * i))
    touch("touchEnd")
    told(page, "one", "1 strokes, 1[23] points")
    assert page.evaluate(scrolled) == before
    # Two fingers do not make a stroke that jumps between them.
    touch("touchStart", (0.2, 0.2))
    touch("touchStart", (0.2, 0.2), (0.8, 0.8))
    touch("touchMove", (0.3, 0.2), (0.9, 0.8))
    touch("touchEnd")
    told(page, "one", "2 strokes, 1[45] points")


def test_two_canvases(page, one):
    other = canvas(page, 1)
    empty(other)
    other.scroll_into_view_if_needed()
    box = other.locator("canvas").bounding_box()
    page.mouse.move(box["x"] + 30, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(box["x"] + 90, box["y"] + 90, steps=10)
    told(page, "one", "0 strokes, 0 points; other: 0 strokes")
    page.mouse.up()
    told(page, "one", "0 strokes, 0 points; other: 1 strokes")
    # A wide canvas takes several sample digits side by side.
    empty(other)
    for digit in "2026":
        other.locator("canvas").press(digit)
    told(page, "one", "0 strokes, 0 points; other: 4 strokes")


def test_views_of_one_canvas_stay_in_step(page, one):
    again = canvas(page, 2)
    draw(page, one, [(0.2, 0.5), (0.8, 0.5)])
    expect(again.locator("canvas")).to_have_attribute("data-strokes", "1")
    assert ink(again) == pytest.approx(ink(one), rel=0.05)
    again.scroll_into_view_if_needed()
    draw(page, again, [(0.5, 0.2), (0.5, 0.8)])
    expect(one.locator("canvas")).to_have_attribute("data-strokes", "2")
    told(page, "one", "2 strokes")


def test_a_kernel_that_does_not_answer_does_not_stop_the_pen(page, one):
    process = int(
        re.search(r"process (\d+)", page.get_by_text(re.compile(r"process \d+")).last.inner_text())[1]
    )
    os.kill(process, signal.SIGSTOP)
    try:
        draw(page, one, [(0.2, 0.2), (0.8, 0.8)])
        draw(page, one, [(0.8, 0.2), (0.2, 0.8)])
        one.get_by_role("button", name="Undo").click()
        draw(page, one, [(0.5, 0.1), (0.5, 0.9)])
        expect(one.locator("canvas")).to_have_attribute("data-strokes", "2")
        assert ink(one) > 0.05
        told(page, "one", "0 strokes")  # Python has not heard of it yet.
        expect(one.get_by_role("status")).to_contain_text("Python has not answered yet")
    finally:
        os.kill(process, signal.SIGCONT)
    told(page, "one", "2 strokes")
    expect(one.locator("canvas")).to_have_attribute("data-strokes", "2")


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 720)])
def test_nothing_is_cut_off(page, one, tmp_path, width, height):
    page.set_viewport_size({"width": width, "height": height})
    one.locator("canvas").press("3")
    page.screenshot(path=tmp_path / f"canvas_{width}.png")
    output = page.locator(".jp-OutputArea-output", has=one).first.bounding_box()
    for control in one.locator("button, select, input, canvas").all():
        box = control.bounding_box()
        assert box["x"] >= output["x"] and box["x"] + box["width"] <= output["x"] + output["width"] + 1
    assert page.locator("img:visible").count() == 0, "the still picture is not hidden"


def test_pulled_larger_it_keeps_its_coordinates(page, one):
    one.evaluate("node => { node.style.width = '500px'; }")
    box = one.locator("canvas").bounding_box()
    assert box["width"] == pytest.approx(box["height"], abs=1) and box["width"] > 480
    draw(page, one, [(0.0, 0.5), (1.0, 0.5)], steps=1)
    one.evaluate("node => { node.style.width = ''; }")
    told(page, "one", "1 strokes, 2 points")
    assert ink(one) == pytest.approx(20 / 280, abs=0.02)  # From side to side, 20 of 280 pixels high.


def test_dark_theme(page, one, tmp_path):
    draw(page, one, [(0.2, 0.2), (0.8, 0.8)])
    ink_colour = "canvas => getComputedStyle(canvas).color"
    light = one.locator("canvas").evaluate(ink_colour)
    choose_theme(page, "JupyterLab Dark")
    page.wait_for_function("document.body.dataset.jpThemeLight === 'false'")
    shown = """canvas => {
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        for (let i = 3; i < data.length; i += 4) if (data[i] === 255) return data[i - 1];
    }"""
    expect(one.locator("canvas")).not_to_have_css("color", light)
    ink(one)  # Two frames later.
    assert one.locator("canvas").evaluate(shown) > 128, "dark ink on dark paper"
    page.screenshot(path=tmp_path / "dark.png")
    choose_theme(page, "JupyterLab Light")
    page.wait_for_function("document.body.dataset.jpThemeLight === 'true'")


def save(page, lab):
    """Save the notebook by keyboard, and wait until it is in the file."""
    file = lab.folder / "canvas.ipynb"
    before = file.stat().st_mtime_ns
    page.keyboard.press("Control+s")
    end = time.monotonic() + 20
    while file.stat().st_mtime_ns == before or "DrawingCanvas: run this cell" not in file.read_text():
        assert time.monotonic() < end, "not saved"
        page.wait_for_timeout(100)


def choose_theme(page, name):
    """Choose a theme in JupyterLab's menu."""
    page.get_by_role("menuitem", name="Settings", exact=True).click()
    labels = page.locator(".lm-Menu-itemLabel")
    labels.get_by_text("Theme", exact=True).hover()
    labels.get_by_text(name, exact=True).click()


def test_reload_and_a_second_page_with_a_sharp_screen(page, lab, chromium, one, tmp_path):
    draw(page, one, [(0.2, 0.2), (0.8, 0.8)])
    told(page, "one", "1 strokes")
    save(page, lab)  # From the canvas: JupyterLab's own shortcuts work there.
    lab.open(page, "canvas.ipynb")
    one = canvas(page, 0)
    expect(one.locator("canvas")).to_have_attribute("data-strokes", "1", timeout=40_000)
    assert ink(one) > 0.05
    one.get_by_role("button", name="Undo").click()  # Without any history in this page.
    expect(one.locator("canvas")).to_have_attribute("data-strokes", "0")
    sharp = chromium.new_context(viewport={"width": 1280, "height": 720}, device_scale_factor=2).new_page()
    sharp.set_default_timeout(20_000)
    lab.open(sharp, "canvas.ipynb")
    two = canvas(sharp, 0)
    expect(two.locator("canvas")).to_have_attribute("data-strokes", "0", timeout=40_000)
    draw(sharp, two, [(0.3, 0.7), (0.7, 0.3)])
    size = "canvas => [canvas.width, canvas.getBoundingClientRect().width]"
    pixels, wide = two.locator("canvas").evaluate(size)
    assert pixels == 2 * wide
    sharp.screenshot(path=tmp_path / "sharp.png")
    expect(one.locator("canvas")).to_have_attribute("data-strokes", "1")
    sharp.context.close()


def test_restart_and_reopening(page, lab, tmp_path):
    one = canvas(page, 0)
    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.locator(".lm-Menu-itemLabel").get_by_text("Restart Kernel…", exact=True).click()
    page.locator(".jp-Dialog").get_by_text("Restart", exact=True).click()
    page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for(state="attached")
    # Without its kernel the canvas still draws, and says what is missing.
    empty(one)
    draw(page, one, [(0.2, 0.2), (0.8, 0.8)])
    assert ink(one) > 0.05
    expect(one.get_by_role("status")).to_contain_text("needs this cell run again")
    lab.run_all(page)
    expect(page.get_by_text("one: 0 strokes")).to_be_visible(timeout=40_000)
    draw(page, canvas(page, 0), [(0.2, 0.2), (0.8, 0.8)])
    told(page, "one", "1 strokes")
    save(page, lab)
    lab.stop_kernels()
    lab.open(page, "canvas.ipynb")
    still = page.get_by_role("img", name="Drawing canvas, with an example in black on white.").first
    expect(still).to_be_visible()
    page.screenshot(path=tmp_path / "reopened.png")

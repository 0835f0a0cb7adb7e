"""The text generator in a real JupyterLab: written live, stopped, begun again; prompts, notes, errors.

Screenshots go to the test's temporary folder; `pytest --basetemp=DIR` says where.
"""

import re

import pytest
from widget_page import (
    assert_nothing_is_cut_off,
    click_on,
    dropdown,
    expect,
    open_page,
    press_on,
    slider,
    type_into,
)

pytestmark = pytest.mark.chapter(13)

# No network is needed to see the widget: this one counts, in words if it is hot. It never ends.
CELL = """import itertools, pathlib, time
from helpers.widgets import TextGenerator
def write(prompt, temperature, top_k, top_p):
    if "error" in prompt:
        raise ValueError("this prompt is not for me")
    for i in itertools.count(1):
        time.sleep(0.01)
        yield f" {i}" if temperature < 1 else " お茶" if i % 2 else " word"
def note(prompt):
    end = time.monotonic() + 60
    while prompt == "slow" and not pathlib.Path("go").exists() and time.monotonic() < end:
        time.sleep(0.1)
    return "Unknown letters: 水." if "水" in prompt else ""
shown = TextGenerator(write, "The film was", ["The film was", "a b c -> c b a"], note)
shown.set(length=300)
shown"""


@pytest.fixture(scope="module")
def page(new_page, lab):
    """A page that shows a notebook with the generator."""
    return open_page(new_page, lab, "text_generator.ipynb", [CELL])


@pytest.fixture
def shown(page):
    """The generator's cell, with nothing being written."""
    page.set_viewport_size({"width": 1280, "height": 720})
    cell = page.locator(".jp-CodeCell").nth(1)
    field(cell).wait_for(timeout=60_000)
    if stop_button(cell).get_attribute("aria-disabled") == "false":
        stop_button(cell).click()  # Left over from a test that failed.
    expect(stop_button(cell)).to_have_attribute("aria-disabled", "true")
    field(cell).scroll_into_view_if_needed()
    return cell


def field(cell):
    """Return the prompt's field."""
    return cell.locator(".course-writer textarea")


def write_button(cell):
    """Return the button that begins."""
    return cell.get_by_role("button", name="Write", exact=True)


def stop_button(cell):
    """Return the button that stops."""
    return cell.get_by_role("button", name="Stop", exact=True)


def text(cell):
    """Return the area with prompt and text."""
    return cell.locator(".course-writer .page")


def status(cell):
    """Return what is said beside the buttons."""
    return cell.locator(".course-writer [role=status]").first


def note(cell):
    """Return what is said about the prompt."""
    return cell.locator(".course-writer .note")


def type_prompt(page, cell, prompt):
    """Replace the prompt by keyboard."""
    type_into(field(cell), prompt, end="")


def test_only_the_prompt_is_shown_first(page, shown):
    expect(text(shown).locator("b")).to_have_text("The film was")
    expect(text(shown).locator("span").first).to_have_text("")
    expect(status(shown)).to_have_text("")


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 720)])
def test_it_appears_and_nothing_is_cut_off(page, shown, tmp_path, width, height):
    page.set_viewport_size({"width": width, "height": height})
    text(shown).scroll_into_view_if_needed()
    page.screenshot(path=tmp_path / f"generator_{width}.png")
    assert_nothing_is_cut_off(shown, labels=5, images=0)
    for part in (field(shown), write_button(shown), stop_button(shown), text(shown)):
        assert part.evaluate("node => node.scrollWidth <= node.clientWidth")


def test_it_writes_live_and_stops_while_writing(page, shown, tmp_path):
    type_prompt(page, shown, "Numbers:")
    write_button(shown).click()
    expect(status(shown)).to_have_text("Writing …")
    expect(text(shown)).to_contain_text("Numbers: 1 2 3 4 5 6 7 8")
    page.screenshot(path=tmp_path / "writing.png")
    stop_button(shown).click()
    expect(status(shown)).to_have_text(re.compile(r"^Stopped after \d+ pieces\.$"))
    pieces = int(re.search(r"\d+", status(shown).inner_text()).group())
    assert pieces < 300, "it was stopped before its end"
    expect(text(shown)).to_have_text(re.compile(rf"^Numbers: 1 2 .* {pieces}▏?$"))
    number = text(shown).get_attribute("data-number")
    page.wait_for_timeout(500)
    assert text(shown).get_attribute("data-number") == number, "nothing comes after Stop"
    assert shown.locator(".jp-OutputArea-child:visible").count() == 1, "one area, no flood of outputs"
    page.screenshot(path=tmp_path / "stopped.png")


def test_there_are_ten_messages_a_second_at_most(page, shown):
    type_prompt(page, shown, "Count")
    text(shown).evaluate(
        """node => {
            window.course = [];
            const seen = () => window.course.push(performance.now());
            new MutationObserver(seen).observe(node, { attributeFilter: ["data-number"] });
        }"""
    )
    page.keyboard.press("Enter")
    expect(text(shown)).to_contain_text(" 100 ")
    stop_button(shown).click()
    expect(status(shown)).to_have_text(re.compile("^Stopped"))
    times = page.evaluate("window.course")
    # Each message waits for a tenth of a second after the last one was shown. Some are answers to other
    # things: to what was typed, to Enter, to Stop.
    assert len(times) - 8 <= (times[-1] - times[0]) / 100 + 1
    assert len(times) > 10, "it is written live"


def test_keyboard_alone(page, shown, tmp_path):
    type_prompt(page, shown, "one")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("two")
    expect(field(shown)).to_have_value("one\ntwo")
    page.keyboard.press("Enter")
    expect(text(shown).locator("b")).to_have_text("one\ntwo")
    expect(text(shown)).to_contain_text(" 8 ")
    page.keyboard.press("Escape")
    expect(status(shown)).to_have_text(re.compile("^Stopped"))
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(status(shown)).to_have_text("Writing …")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(status(shown)).to_have_text(re.compile("^Stopped"))
    assert page.locator(".jp-CodeCell").count() == 2, "JupyterLab took no key for a shortcut"


def test_notes_empty_prompts_and_errors(page, shown, tmp_path):
    type_prompt(page, shown, "これは水です。")
    expect(note(shown)).to_have_text("Unknown letters: 水.")
    page.screenshot(path=tmp_path / "note.png")
    type_prompt(page, shown, "an error <b>")
    page.keyboard.press("Enter")
    expect(status(shown)).to_have_text("write failed with ValueError: this prompt is not for me")
    expect(text(shown).locator("b")).to_have_text("an error <b>")
    page.screenshot(path=tmp_path / "error.png")
    type_prompt(page, shown, "")
    expect(note(shown)).to_have_text(re.compile("^No prompt"))
    page.keyboard.press("Enter")
    expect(text(shown)).to_contain_text("1 2 3 4")
    page.keyboard.press("Escape")
    expect(status(shown)).to_have_text(re.compile("^Stopped"))


def test_examples_and_sliders(page, shown, tmp_path):
    type_prompt(page, shown, "mine")
    expect(dropdown(shown, "Examples")).to_have_value("my own prompt")
    dropdown(shown, "Examples").select_option(label="a b c -> c b a")
    expect(field(shown)).to_have_value("a b c -> c b a")
    expect(text(shown)).to_have_text(re.compile("^a b c -> c b a▏?$"))
    temperature = slider(shown, "Temperature").locator(".widget-readout")
    click_on(shown, "Temperature", 0.9)
    expect(temperature).to_have_text(re.compile("^1[.]"))
    press_on(shown, "Top-k", "ArrowRight")
    expect(slider(shown, "Top-k").locator(".widget-readout")).to_have_text("100")
    write_button(shown).click()
    expect(text(shown)).to_contain_text("お茶 word お茶 word")
    stop_button(shown).click()
    expect(status(shown)).to_have_text(re.compile("^Stopped"))
    page.screenshot(path=tmp_path / "japanese.png")
    press_on(shown, "Temperature", "Home")
    expect(temperature).to_have_text("0.00")


def test_a_slow_kernel_is_said(page, shown, lab):
    go = lab.folder / "go"
    go.unlink(missing_ok=True)
    type_prompt(page, shown, "slow")
    page.keyboard.press("Enter")
    expect(status(shown)).to_have_text("Waiting for the kernel …")
    go.touch()
    expect(text(shown)).to_contain_text("slow 1 2 3 4")
    stop_button(shown).click()
    expect(status(shown)).to_have_text(re.compile("^Stopped"))


def test_fingers(chromium, lab, page, shown, tmp_path):
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    try:
        touched = open_page(context.new_page, lab, "touched_generator.ipynb", [CELL])
        cell = touched.locator(".jp-CodeCell").nth(1)
        field(cell).wait_for(timeout=60_000)
        write_button(cell).tap()
        expect(text(cell)).to_contain_text("The film was 1 2 3 4 5 6 7 8")
        stop_button(cell).tap()
        expect(status(cell)).to_have_text(re.compile("^Stopped"))
        touched.screenshot(path=tmp_path / "touched.png")
    finally:
        context.close()


def test_a_stored_notebook_shows_the_still_picture(page, shown, lab, new_page):
    lab.strip(page, "text_generator.ipynb", "committed_generator.ipynb")
    other = new_page()
    lab.open(other, "committed_generator.ipynb")
    cell = other.locator(".jp-CodeCell").nth(1)
    cell.get_by_text("TextGenerator: run this cell to move its controls").wait_for()
    expect(cell.locator("img:visible")).to_have_count(1)

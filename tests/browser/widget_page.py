"""What the tests of widgets do on a page again and again."""

import pytest

expect = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed").expect


def open_page(new_page, lab, name, cells):
    """Open a page that shows a notebook of these cells, all of them run; cell 0 is the setup.

    Parameters
    ----------
    new_page, lab : the fixtures
    name : str
        The notebook's file name.
    cells : list of str

    Returns
    -------
    page : playwright.sync_api.Page
    """
    page = new_page()
    lab.write(name, cells)
    lab.open(page, name)
    lab.run_all(page)
    return page


def picture(cell):
    """Return the picture of a cell's widget, which is not the still one beside it."""
    return cell.locator(".widget-html img, .jupyter-widget-html img, img[data-number]")


def wait_until_changed(image, old):
    """Wait until an image's source is not `old`; return the new one."""
    expect(image).not_to_have_attribute("src", old, timeout=40_000)
    return image.get_attribute("src")


def slider(cell, label):
    """Return the slider of a label."""
    return cell.locator(".widget-slider, .widget-hslider").filter(has_text=label)


def press_on(cell, label, key):
    """Press a key on the slider of a label."""
    slider(cell, label).locator(".noUi-handle").first.focus()
    cell.page.keyboard.press(key)


def click_on(cell, label, share):
    """Click on the track of a slider, at a share of its length."""
    base = slider(cell, label).locator(".noUi-base").first
    base.scroll_into_view_if_needed()
    # While a slider glides to the last click, for 0.3 s, it takes no other.
    expect(slider(cell, label).locator(".noUi-state-tap")).to_have_count(0)
    track = base.bounding_box()
    cell.page.mouse.click(track["x"] + track["width"] * share, track["y"] + track["height"] / 2)


def dropdown(cell, label):
    """Return the dropdown of a label."""
    return cell.locator(".widget-dropdown").filter(has_text=label).locator("select")


def type_into(field, text, end="Enter"):
    """Replace a field's text by keyboard, and press a key."""
    keyboard = field.page.keyboard
    field.click()
    keyboard.press("Control+a")
    keyboard.type(text) if text else keyboard.press("Delete")
    if end:
        keyboard.press(end)


def assert_nothing_is_cut_off(cell, labels, images=1):
    """See that the pictures are visible, labels readable in full, and nothing is wider than the page.

    Parameters
    ----------
    cell : playwright.sync_api.Locator
    labels : int
        How many labels there are at least.
    images : int
        How many pictures the widget has.
    """
    assert cell.locator("img:visible").count() == images, "the still picture is not hidden"
    found = cell.locator(".widget-label:visible, .widget-label-basic:visible, .jupyter-button:visible").all()
    assert len(found) >= labels
    for label in found:
        assert label.evaluate("node => node.scrollWidth <= node.clientWidth"), label.inner_text()
    output = cell.locator(".jp-OutputArea-output").first
    assert output.evaluate("node => node.scrollWidth <= node.clientWidth"), "wider than the page"
    edge = output.bounding_box()["x"] + output.bounding_box()["width"] + 1
    for part in cell.locator(
        "canvas:visible, textarea:visible, input:visible, img:visible, button:visible"
    ).all():
        assert part.bounding_box()["x"] + part.bounding_box()["width"] <= edge

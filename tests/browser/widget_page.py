"""What the tests of widgets do on a page again and again."""

from playwright.sync_api import expect


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
    return cell.locator(".widget-html img, .jupyter-widget-html img")


def shown_cell(page, number=1):
    """Return a cell, 1 for the first one after the setup, when its widget's picture is there and in view."""
    cell = page.locator(".jp-CodeCell").nth(number)
    picture(cell).wait_for(timeout=90_000)  # Some load TensorFlow and a model first.
    cell.scroll_into_view_if_needed()
    return cell


def wait_until_changed(image, old):
    """Wait until an image's source is not `old`; return the new one."""
    expect(image).not_to_have_attribute("src", old, timeout=40_000)
    return image.get_attribute("src")


def slider(cell, label):
    """Return the slider of a label."""
    return cell.locator(".widget-slider, .widget-hslider").filter(has_text=label)


def dropdown(cell, label):
    """Return the dropdown of a label."""
    return cell.locator(".widget-dropdown").filter(has_text=label).locator("select")


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
    found = cell.locator(".widget-label:visible, .widget-label-basic:visible").all()
    assert len(found) >= labels
    for label in found:
        assert label.evaluate("node => node.scrollWidth <= node.clientWidth"), label.inner_text()
    output = cell.locator(".jp-OutputArea-output").first
    assert output.evaluate("node => node.scrollWidth <= node.clientWidth"), "wider than the page"

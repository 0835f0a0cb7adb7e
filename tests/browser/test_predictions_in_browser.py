"""Predictions in a real JupyterLab: answered by mouse and by keyboard, and too late."""

import pytest
from widget_page import expect, open_page, type_into

CELLS = [
    "import os, tempfile\n"
    "os.environ['COURSE_PROGRESS_FILE'] = tempfile.mkdtemp() + '/progress.json'\n"
    "from helpers.checks import happened, predict\n"
    "predict('2.a', 'Which size?', ['10', '100', '1,000'])",
    "predict('2.b', 'By which factor?', within=2)",
    "predict('2.c', 'Which size?', ['10', '100'])",
    "happened('2.c', '100')",
]


@pytest.fixture(scope="module")
def cells(new_page, lab):
    """The cells of a notebook with three questions, one of which has met its result."""
    page = open_page(new_page, lab, "predictions.ipynb", CELLS)
    cells = page.locator(".jp-CodeCell")
    cells.nth(3).get_by_role("button", name="100", exact=True).wait_for()
    return cells


def test_a_click_and_a_key_choose(cells):
    cells.nth(1).get_by_role("button", name="10", exact=True).click()
    expect(cells.nth(1).get_by_role("status")).to_contain_text("Kept: 10.")
    cells.nth(1).get_by_role("button", name="1,000").focus()
    cells.page.keyboard.press("Enter")
    expect(cells.nth(1).get_by_role("status")).to_contain_text("Kept: 1,000.")


def test_a_number_is_typed(cells):
    type_into(cells.nth(2).get_by_role("textbox").last, "12,5")
    expect(cells.nth(2).get_by_role("status")).to_contain_text("Kept: 12,5.")


def test_an_answer_after_the_result_is_not_counted(cells):
    cells.nth(3).get_by_role("button", name="100", exact=True).click()
    expect(cells.nth(3).get_by_role("status")).to_contain_text("this is not counted")

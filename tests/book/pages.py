"""The website that `make book` has made: its links, its words for pictures, the network in its front page."""

import json
import re
from functools import cache
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import numpy as np
import pytest
from browser.conftest import chromium, new_page  # noqa: F401 (fixtures)
from build import ROOT, read_chapters

from helpers.handwriting.pen import pen_strokes
from helpers.handwriting.recognizer import load_recognizer, outputs
from helpers.handwriting.strokes import strokes_to_image

SITE = ROOT / "classroom/book/made/site"
NAMES = [chapter.twin.stem for chapter in read_chapters()]
PAGES = [f"{folder}{name}.html" for folder in ("", "solutions/") for name in NAMES]
HTML = sorted(SITE.glob("*.html")) + sorted(SITE.glob("solutions/*.html"))
LOOKED_AT = ["index.html", PAGES[2], PAGES[7], PAGES[-1], f"solutions/{PAGES[4]}"]


class Page(HTMLParser):
    """What a page links to, loads and shows."""

    def __init__(self, path):
        super().__init__()
        self.links, self.loads, self.pictures, self.ids, self.folded = [], [], [], set(), 0
        self.text = path.read_text(encoding="utf-8")
        self.feed(self.text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.ids |= {given.get("id"), given.get("name")}
        self.folded += tag == "details"
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "img":
            self.pictures.append(given)
        if given.get("src") or tag == "link":
            self.loads.append(given.get("src") or given.get("href"))


@cache
def parsed(path):
    return Page(path)


def test_every_chapter_is_there():
    assert all((SITE / page).exists() for page in PAGES)
    front = parsed(SITE / "index.html")
    assert {f"{name}.html" for name in NAMES} <= {link.removeprefix("./") for link in front.links}


def test_every_link_leads_somewhere():
    lost = []
    for path in HTML:
        for link in parsed(path).links:
            parts = urlsplit(link)
            if parts.scheme:
                if parts.scheme not in ("http", "https", "mailto") or not (parts.netloc or parts.path):
                    lost.append((path.name, link))
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            to = unquote(parts.fragment) if target.suffix == ".html" else ""
            if not target.exists() or to and to not in parsed(target).ids:
                lost.append((path.name, link))
    assert not lost


def test_nothing_is_loaded_from_outside():
    for path in HTML:
        for address in parsed(path).loads:
            parts = urlsplit(address)
            assert not parts.netloc and parts.scheme in ("", "data"), (path.name, address)
            assert parts.scheme or (path.parent / unquote(parts.path)).exists(), (path.name, address)


@pytest.mark.parametrize("page", PAGES)
def test_every_picture_has_words(page):
    pictures = [given for given in parsed(SITE / page).pictures if "figures/" in given["src"]]
    assert all(len(given.get("alt", "")) >= 20 for given in pictures)
    if not page.startswith(("solutions", "00")):
        assert pictures


@pytest.mark.parametrize("name", NAMES)
def test_solutions_are_folded_and_widgets_say_how_to_run(name):
    solved = parsed(SITE / f"solutions/{name}.html")
    notebook = json.loads((ROOT / f"notebooks/solutions/{name}.ipynb").read_text(encoding="utf-8"))
    exercises = sum("solution" in cell["metadata"].get("tags", []) for cell in notebook["cells"])
    assert solved.folded >= exercises >= 3
    text = parsed(SITE / f"{name}.html").text
    assert "A Jupyter Widget" not in text and "widget-view" not in text


@pytest.mark.parametrize("page", LOOKED_AT)
def test_pages_in_a_browser(new_page, page):  # noqa: F811
    shown, faults = new_page(), []
    shown.on("pageerror", lambda error: faults.append(str(error)))
    shown.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
    shown.on("request", lambda asked: faults.append(asked.url) if asked.url.startswith("http") else None)
    for width, scheme in ((1280, "light"), (390, "dark")):
        shown.set_viewport_size({"width": width, "height": 800})
        shown.emulate_media(color_scheme=scheme)
        shown.goto((SITE / page).as_uri())
        shown.wait_for_timeout(1_000)
        assert shown.evaluate("document.documentElement.scrollWidth <= innerWidth"), (page, width)
    if page != "index.html":
        shown.locator("mjx-container").first.wait_for(state="attached")
    assert not faults


def test_one_can_search(new_page):  # noqa: F811
    page = new_page()
    page.goto((SITE / "search.html").as_uri() + "?q=momentum")
    page.locator('#search-results a[href^="03_multilayer_perceptron.html"]').first.wait_for()


def test_the_network_in_the_page_equals_keras(new_page):  # noqa: F811
    digits, _ = pen_strokes(500, np.random.default_rng(11))
    images = np.array([strokes_to_image(strokes) for strokes in digits])
    probabilities, no_digit = outputs(images, load_recognizer())
    page = new_page()
    page.goto((SITE / "index.html").as_uri())
    found = page.evaluate(
        """(digits) => digits.map((strokes) => {
             const begun = performance.now();
             const image = Recognizer.image(strokes), read = Recognizer.read(image);
             return { image: [...image], ...read, ms: performance.now() - begun };
           })""",
        [[stroke.tolist() for stroke in strokes] for strokes in digits],
    )
    assert np.abs(images.reshape(500, -1) - [each["image"] for each in found]).max() < 1e-4
    assert np.abs(probabilities - [each["probabilities"] for each in found]).max() < 1e-4
    assert np.abs(no_digit - [each["noDigit"] for each in found]).max() < 1e-4
    print(f"\nmedian of 500 readings in the page: {np.median([each['ms'] for each in found]):.1f} ms")


def test_one_draws_in_the_page(new_page):  # noqa: F811
    page = new_page()
    page.goto((SITE / "index.html").as_uri())
    answer = page.locator("#recognizer [role=status]")
    assert answer.inner_text() == "Draw a digit."
    box = page.locator("#recognizer .place > canvas").bounding_box()
    page.mouse.move(box["x"] + 140, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + 138, box["y"] + 230, steps=12)
    page.mouse.up()
    assert re.match(r"1, \d+%", answer.inner_text())
    page.get_by_role("button", name="Undo").press("Enter")
    assert answer.inner_text() == "Draw a digit."
    read = []
    for _ in range(5):
        page.get_by_role("button", name="Show me one").press("Enter")
        read.append(answer.inner_text()[0])
    assert read == list("72049")
    page.get_by_role("button", name="Clear").click()
    assert answer.inner_text() == "Draw a digit."

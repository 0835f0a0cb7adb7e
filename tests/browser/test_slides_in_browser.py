"""A chapter's slides, as `make slides` makes them, in a real Chromium without network."""

import nbformat
import pytest
from build import find_chapter, read_notes, target_of

from classroom import slides

expect = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed").expect

# What is wrong with the slide on the screen: a picture without content or words, or something cut off.
FAULTS = """() => {
  const slide = Reveal.getCurrentSlide(), box = slide.getBoundingClientRect(), faults = [];
  for (const img of slide.querySelectorAll("img"))
    if (!img.naturalWidth || !img.alt) faults.push("picture " + img.src.slice(0, 40));
  if (box.height < 300 || box.top < -1 || box.bottom > innerHeight + 1) faults.push("off the screen");
  for (const part of slide.querySelectorAll(".jp-Cell, .jp-Cell img"))
    if (part.getBoundingClientRect().right > box.right + 1) faults.push(part.outerHTML.slice(0, 40));
  return faults;
}"""


def test_every_slide_of_a_chapter_can_be_shown(new_page, tmp_path, monkeypatch):
    monkeypatch.setattr(slides, "SLIDES", tmp_path)
    try:
        slides.fetch()
    except SystemExit as no_network:
        pytest.skip(str(no_network))
    chapter = find_chapter("02")
    notebook = nbformat.read(target_of(chapter.twin), as_version=4)
    (tmp_path / "02.html").write_text(slides.page(notebook, read_notes(chapter)), encoding="utf-8")

    page, asked, errors = new_page(), [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((tmp_path / "02.html").as_uri())
    page.wait_for_function("Reveal.isReady() && document.querySelector('.MathJax')")
    count = page.evaluate("Reveal.getTotalSlides()")
    assert count > 40
    pictures, faults = 0, {}
    for number in range(count):
        expect(page.locator(".slide-number-a")).to_have_text(str(number + 1))
        pictures += page.evaluate("Reveal.getCurrentSlide().querySelectorAll('img').length")
        if found := page.evaluate(FAULTS):
            faults[number + 1] = found
        page.keyboard.press("Space")
    assert page.evaluate("Reveal.isLastSlide()") and pictures >= 5 and not faults, faults
    assert not errors and all(url.startswith(("file:", "data:", "about:")) for url in asked), errors or asked

    # What only the teacher sees is in the page, and on no slide.
    expect(page.locator("aside.notes").first).to_be_hidden()
    assert "minutes" in page.locator("aside.notes").first.text_content()

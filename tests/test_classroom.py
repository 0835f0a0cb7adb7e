"""For who teaches: notes, paths, notebooks for live coding and slides, all made from the chapters."""

import ast
import copy
import functools
import re

import build
import nbformat
import pytest
import teacher_notes

from classroom import handout, make_plan, slides

CHAPTERS = build.read_chapters()
BY_TWIN = {"argvalues": CHAPTERS, "ids": [chapter.twin.stem for chapter in CHAPTERS]}


@functools.cache
def notes_of(chapter):
    notes = build.read_notes(chapter)
    assert notes, f"{chapter.twin.name} has no cells tagged `teacher`: see notebooks/source/README.md"
    return notes


@functools.cache
def notebook_of(chapter):
    return nbformat.read(build.target_of(chapter.twin), as_version=4)


# --- Notes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("chapter", **BY_TWIN)
def test_notes_are_what_the_twin_says_and_minutes_sum(chapter):
    notes, file = notes_of(chapter), build.notes_file(chapter)
    assert notes.minutes == chapter.minutes
    assert file.read_text(encoding="utf-8") == teacher_notes.page(notes, chapter), (
        f"{file.name} isn't what its twin says: make notebooks CHAPTER={chapter.number:02}"
    )


@pytest.mark.parametrize("chapter", **BY_TWIN)
def test_notes_are_short_and_know_the_exercises(chapter):
    sections, current = {}, None
    for cell in notebook_of(chapter).cells:
        for line in cell.source.splitlines() if cell.cell_type == "markdown" else []:
            if line.startswith("## "):
                current = line[3:]
            elif line.startswith("### Exercise"):
                sections[current] = sections.get(current, 0) + 1
    for section in notes_of(chapter).sections:
        words = len(" ".join([section.stall, section.ask, section.answer, section.skip]).split())
        assert 45 <= words <= 130, f"{section.heading}: {words} words, expected about 60 to 120"
        assert (section.exercises > 0) == (section.heading in sections), f"{section.heading}: exercises?"
        assert section.exercises < section.minutes


@pytest.mark.parametrize("chapter", **BY_TWIN)
def test_no_notebook_shows_what_is_for_the_teacher(chapter):
    twin = chapter.twin.read_text(encoding="utf-8")
    assert twin.count('tags=["teacher"]') == 1 + len(notes_of(chapter).sections)
    for cell in notebook_of(chapter).cells:
        assert "teacher" not in cell.metadata.get("tags", [])
        assert not re.search(r"^(?:stall|skip): ", cell.source, re.M)


HEAD = "aim: a\nbefore: b\nmachine: c\nopening: 2\nrecap: 3"
SECTION = "minutes: 40\nexercises: 5\nstall: d\n  and on\nask: e\nanswer: f\nskip: g"


def cells_of(head, *texts):
    def teachers(text):
        return nbformat.v4.new_markdown_cell(text, metadata={"tags": ["teacher"]})

    cells = [nbformat.v4.new_markdown_cell("# 1 Title"), teachers(head)]
    for number, text in enumerate(texts, start=1):
        cells += [nbformat.v4.new_markdown_cell(f"Before.\n\n## 1.{number} Part"), teachers(text)]
    return [cell for cell in cells if cell.source]


def test_a_teachers_cell_is_read_field_by_field():
    notes = teacher_notes.read_notes(cells_of(HEAD, SECTION), CHAPTERS[1])
    assert notes.minutes == 45 and notes.sections[0].stall == "d and on"
    assert "| 1.1 Part | 40 | 5 |" in teacher_notes.page(notes, CHAPTERS[1])
    assert teacher_notes.read_notes([nbformat.v4.new_markdown_cell("## 1.1 Part")], CHAPTERS[1]) is None


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ((HEAD, SECTION.replace("40", "41")), "sum to 46, and chapters.toml says 45"),
        ((HEAD, SECTION.replace("40", "forty")), "'minutes' is 'forty', expected whole minutes"),
        ((HEAD, SECTION.replace("ask: e\n", "")), "1.1 Part: the field 'ask' is missing"),
        ((HEAD, SECTION + "\nask: again"), "'ask' stands twice"),
        ((HEAD, "hello"), "'hello' belongs to no field"),
        ((HEAD, ""), "no teacher's cell after 1.1 Part"),
        (("", SECTION), "no teacher's cell after the title"),
        ((HEAD.replace("aim: a\n", ""), SECTION), "the title: the field 'aim' is missing"),
    ],
)
def test_a_wrong_teachers_cell_is_one_clear_error(texts, words):
    with pytest.raises(teacher_notes.NotesError, match=re.escape(words)):
        teacher_notes.read_notes(cells_of(*texts), CHAPTERS[1])


# --- Paths -------------------------------------------------------------------------------------------


@functools.cache
def chapters_with_notes():
    return {chapter.number: (chapter, notes_of(chapter)) for chapter in CHAPTERS}


def test_the_paths_fit_and_their_page_is_what_the_plan_says():
    page = make_plan.page(make_plan.read_plan(), chapters_with_notes())
    file = make_plan.HERE / "two_days.md"
    assert file.read_text(encoding="utf-8") == page, "two_days.md isn't what paths.toml says: make plan"
    assert page.count("\n## ") == 3 and "[07 A handwriting recognizer]" in page
    for link in re.findall(r"\]\(([^)#\s]+)", page):
        assert (make_plan.HERE / link).exists(), link


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda day: day["blocks"].insert(0, {"chapter": 99}), "there is no chapter 99"),
        (lambda day: day["blocks"][0].update(skip=["0.9 Gone"]), "no section '0.9 Gone'; it has 0.1 How"),
        (lambda day: day["blocks"][0].update(skipp=[]), "says {'skipp'}"),
        (lambda day: day.update(end="15:45"), "5 minutes over its end, 15:45"),
        (lambda day: day["blocks"].pop(2), "135 minutes without a pause at [02 Softmax"),
        (lambda day: day["blocks"].pop(0) and day["blocks"].pop(0), "expected 10 to 12 hours"),
    ],
)
def test_a_plan_that_does_not_fit_is_refused(change, words):
    plan = copy.deepcopy(make_plan.read_plan())
    plan["path"] = plan["path"][:1]
    change(plan["path"][0]["day"][0])
    with pytest.raises(make_plan.PlanError, match=re.escape(words)):
        make_plan.page(plan, chapters_with_notes())


def test_what_is_left_out_is_not_counted():
    block = {"chapter": 3, "skip": ["3.6 Deeper"]}
    whole, left, homework = (
        make_plan.taught(b, chapters_with_notes())[0]
        for b in ({"chapter": 3}, block, block | {"exercises": False})
    )
    assert whole == 75 and homework < left < whole


# --- Live coding -------------------------------------------------------------------------------------


def solutions_of(chapter):
    path = build.target_of(chapter.twin)
    return nbformat.read(path.parent / "solutions" / path.name, as_version=4)


def code_of(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


@pytest.mark.parametrize("chapter", **BY_TWIN)
def test_blank_notebooks_leave_the_taught_cells_to_write(chapter):
    notebook = nbformat.from_dict(notebook_of(chapter))
    made = handout.blank(notebook)
    changed = 0
    for cell, old in zip(code_of(made), code_of(notebook), strict=True):
        assert not cell.outputs and cell.execution_count is None
        ast.parse(cell.source)
        if cell.source != old.source:
            changed += 1
            assert re.search(r"^# (?:Write|Build) the ", cell.source, re.M)
            assert not handout.tags(cell) & {"setup", "exercise"}
    assert changed >= 2


def test_what_is_left_to_write_is_said_with_its_names():
    source = '@tf.function\ndef f(a, b=2):\n    """Add."""\n    return a + b\n\n\nprint(f(1))'
    cell = nbformat.v4.new_code_cell(source)
    assert handout.emptied(cell) == "# Write the function f(a, b=2).\n# Add.\n\nprint(f(1))"
    model = nbformat.v4.new_code_cell("x = 1\nm = keras.Sequential([\n    x\n])")
    assert handout.emptied(model) == "x = 1\n# Build the model: m = ..."
    for keep in ("def draw(x):\n    fig, ax = plt.subplots()", "x = 1\n" * 16 + "def f(): pass"):
        assert handout.emptied(nbformat.v4.new_code_cell(keep)) == keep.strip()


@pytest.mark.parametrize("chapter", **BY_TWIN)
def test_filled_notebooks_have_every_exercise_solved(chapter):
    made = handout.filled(notebook_of(chapter), solutions_of(chapter))
    said = "".join(out.get("text", "") for cell in code_of(made) for out in cell.outputs)
    for number in re.findall(r"^### Exercise ([\d.]+)", "\n".join(c.source for c in made.cells), re.M):
        assert re.search(rf"^{re.escape(number)} right", said, re.M), f"{number} isn't solved"
        assert f"{number} not yet" not in said
    assert not [cell for cell in code_of(made) if "exercise" in handout.tags(cell)]


def test_a_solution_gives_the_chapters_variables_back():
    cells = [nbformat.v4.new_code_cell(source) for source in ("w = 1", "w = 2\nu = 3", "print(w)")]
    assert handout.overwritten(cells, 1) == ["w"]
    assert handout.overwritten([*cells[:2], nbformat.v4.new_code_cell("w = 4\nprint(u)")], 1) == []


def test_the_handout_is_two_notebooks_whose_links_lead_somewhere(tmp_path):
    chapter = CHAPTERS[1]
    assert handout.make(chapter, tmp_path) > 5
    for kind in ("blank", "filled"):
        file = tmp_path / kind / f"{chapter.twin.stem}.ipynb"
        made = nbformat.read(file, as_version=4)
        text = "\n".join(cell.source for cell in made.cells if cell.cell_type == "markdown")
        for link in re.findall(r"\]\(([^)#\s]+)", text):
            beside = (build.NOTEBOOKS / link).parent == build.NOTEBOOKS
            assert "://" in link or beside or (file.parent / link).exists(), link


# --- Slides ------------------------------------------------------------------------------------------


def test_slides_load_nothing_from_the_network_and_every_figure_has_its_words():
    chapter = CHAPTERS[1]
    html = slides.page(notebook_of(chapter), notes_of(chapter))
    loaded = re.findall(r'<(?:script|link|img|iframe)[^>]*?(?:src|href)="([^"]*)"', html)
    assert loaded and all(address.startswith(("lib/", "data:image/")) for address in loaded)
    pictures = re.findall(r"<img [^>]*>", html)
    assert len(pictures) > 5 and all(re.search(r'alt="[^"]{20,}"', picture) for picture in pictures)
    assert html.count('<aside class="notes">') == len(notes_of(chapter).sections)
    assert "import(" not in html and "@import" not in html


@pytest.mark.parametrize("chapter", **BY_TWIN)
def test_sections_become_rows_of_slides(chapter):
    made = slides.as_slides(notebook_of(chapter), notes_of(chapter))
    kinds = [(cell.metadata.slideshow.slide_type, cell.source) for cell in made.cells]
    rows = [source.splitlines()[0] for kind, source in kinds if kind == "slide"]
    headings = [f"## {section.heading}" for section in notes_of(chapter).sections]
    assert [row for row in rows if row in headings] == headings
    assert sum(kind == "notes" for kind, _ in kinds) == len(headings)
    assert kinds[0][0] == "slide" and "colab" not in kinds[0][1]
    code = [cell.source for cell in made.cells if cell.cell_type == "code"]
    assert not re.search(r"^(?:assert |happened\(|predict\(|check\()", "\n".join(code), re.M)


def test_predictions_become_questions():
    question = slides.question('predict("1.a", "What is σ(0)?", ["0", "0.5"])')
    assert question == "**What is σ(0)?**\n\n- 0\n- 0.5"
    assert slides.question('predict("1.b", "How many?", within=2)') == "**How many?**\n"
    assert slides.without_checks('x = 1\nassert x\nhappened(\n    "1.a", x\n)\nprint(x)') == "x = 1\nprint(x)"


def test_what_slides_are_shown_with_is_pinned():
    lock = (slides.HERE / "slides.lock").read_text(encoding="utf-8")
    assert lock.count("==") == lock.count("--hash=sha256:") == len(slides.PARTS) and "://" not in lock

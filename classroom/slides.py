"""Slides of a chapter from its committed notebook, to show without network: `make slides CHAPTER=02`.

Makes `classroom/slides/NN_name.html` and, beside it, a folder with reveal.js and MathJax, which come once
from the package index (see `slides.lock`). A section is a row of slides, a piece of text with its code and
stored outputs a slide below; the notes for who teaches are in the window that the key S opens. Nothing is
executed.
"""

import ast
import copy
import re
import subprocess
import sys
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "notebooks" / "source")]

import build  # noqa: E402 - found by the line above.
import nbformat  # noqa: E402
from nbconvert import SlidesExporter  # noqa: E402
from traitlets.config import Config, PyFileConfigLoader  # noqa: E402

from classroom.handout import DRAWS  # noqa: E402

SLIDES = HERE / "slides"
CACHE = build.ROOT / "data" / "cache" / "slides"
# Folder of a wheel, and where it goes beside the slides.
PARTS = {
    "sphinx_revealjs/_static/revealjs/": "reveal/",
    "jupyter_server_mathjax/static/": "mathjax/",
}


def fetch():
    """Put reveal.js and MathJax beside the slides, from the cache or from the package index."""
    target = SLIDES / "lib"
    if (target / "mathjax" / "MathJax.js").exists() and (target / "reveal" / "dist").exists():
        return
    if len(list(CACHE.glob("*.whl"))) < len(PARTS):
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
        command += ["--only-binary=:all:", "--dest", str(CACHE), "-r", str(HERE / "slides.lock")]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(
                "The slides need reveal.js and MathJax, which could not be fetched. Connect this machine once"
                f" and say make slides again. (pip says: {done.stderr.strip().splitlines()[-1:]})"
            )
    for wheel in CACHE.glob("*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                for start, folder in PARTS.items():
                    if name.startswith(start) and not name.endswith("/"):
                        path = target / folder / name.removeprefix(start)
                        path.parent.mkdir(parents=True, exist_ok=True)
                        path.write_bytes(archive.read(name))


def pieces(cell):
    """A Markdown cell, divided where a section or subsection begins within it."""
    text = re.sub(r"^\[Open in Colab\].*\n", "", cell.source, flags=re.M)
    text = re.sub(r"\]\((?!#)(?!\w+://)", "](../../notebooks/", text)  # Links to files beside it.
    parts = re.split(r"^(?=#{1,3} )", text, flags=re.M)
    return [nbformat.v4.new_markdown_cell(part.strip()) for part in parts if part.strip()]


def without_checks(source):
    """Code without the statements that only hold the text's claims, or answer a prediction."""
    lines = source.splitlines()
    for node in reversed(ast.parse(source).body):
        call = getattr(getattr(getattr(node, "value", None), "func", None), "id", "")
        if isinstance(node, ast.Assert) or call == "happened":
            del lines[node.lineno - 1 : node.end_lineno]
    return "\n".join(lines).strip()


def question(source):
    """A prediction's cell as Markdown, the question and what may be chosen; None if it asks nothing."""
    named = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign):
            named[ast.unparse(node.targets[0])] = node.value
        elif getattr(getattr(getattr(node, "value", None), "func", None), "id", "") == "predict":
            _, asked, *options = node.value.args
            choices = [named.get(ast.unparse(option), option) for option in options]
            lines = [f"- {choice}" for choice in (ast.literal_eval(choices[0]) if choices else [])]
            return "\n".join([f"**{ast.literal_eval(asked)}**", "", *lines])
    return None


def is_shown(cell):
    """Say whether a code cell is for a talk: it shows or asks something, or defines what is no figure."""
    defines = re.search(r"^(?:def|class) ", cell.source, re.M) and not DRAWS.search(cell.source)
    says = cell.outputs and not cell.source.startswith("check(") or defines or question(cell.source)
    return bool(says) and "setup" not in cell.metadata.get("tags", [])


def as_slides(notebook, notes=None):
    """A copy whose cells say which slide they are on: a section to the right, its pieces below."""
    made = nbformat.v4.new_notebook(metadata=copy.deepcopy(notebook.metadata))
    said = {section.heading: section for section in notes.sections} if notes else {}
    fresh = False  # Does the next code cell stay on this slide?
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        if cell.cell_type == "markdown":
            for piece in pieces(cell):
                heading = re.match(r"##? (.+)", piece.source)
                piece.metadata.slideshow = {"slide_type": "slide" if heading else "subslide"}
                made.cells.append(piece)
                fresh = True
                if heading and (section := said.get(heading[1])):
                    made.cells.append(_aside(section))
            continue
        if "exercise" not in tags and not is_shown(cell):  # A stub stays, its check goes.
            continue
        if asked := question(cell.source):
            code = nbformat.v4.new_markdown_cell(asked)
        else:
            code = copy.deepcopy(cell)
            code.source = without_checks(code.source)
        code.metadata.slideshow = {"slide_type": "-" if fresh else "subslide"}
        made.cells.append(code)
        fresh = False
    return made


def _aside(section):
    lines = [f"{section.minutes} minutes", f"Stall: {section.stall}", f"Ask: {section.ask}"]
    lines += [f"Answer: {section.answer}", f"May be skipped: {section.skip}"]
    cell = nbformat.v4.new_markdown_cell("\n\n".join(lines))
    cell.metadata.slideshow = {"slide_type": "notes"}
    return cell


def page(notebook, notes=None):
    """The HTML page of a notebook's slides."""
    loader = PyFileConfigLoader("jupyter_config.py", path=str(build.SOURCE))  # It keeps alt texts.
    config = Config(loader.load_config())
    config.SlidesExporter.preprocessors = config.HTMLExporter.preprocessors
    exporter = SlidesExporter(
        config=config,
        template_name="slides_page",
        extra_template_basedirs=[str(HERE)],
        reveal_url_prefix="lib/reveal",
        reveal_theme="white",
        mathjax_url="lib/mathjax/MathJax.js?config=TeX-AMS-MML_HTMLorMML-full,Safe",
        font_awesome_url="",
        exclude_input_prompt=True,
        exclude_output_prompt=True,
    )
    html, _ = exporter.from_notebook_node(as_slides(notebook, notes))
    return html


def main(number):
    """Make the slides of a chapter."""
    chapter = build.find_chapter(number)
    fetch()
    notebook = nbformat.read(build.target_of(chapter.twin), as_version=4)
    notebook.metadata.title = f"{chapter.number:02} {chapter.title}"
    target = SLIDES / f"{chapter.twin.stem}.html"
    build.write(target, page(notebook, build.read_notes(chapter)))
    print(f"{target.relative_to(build.ROOT)}: open it in a browser; it and the folder lib need no network")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("Of which chapter? For example: make slides CHAPTER=02")
    main(sys.argv[1])

"""Build the notebooks from their text twins: `make notebooks [CHAPTER=02] [FORCE=1]`.

Every `NN_name.py` here becomes `notebooks/NN_name.ipynb`, and every one in `solutions/`
becomes `notebooks/solutions/NN_name.ipynb`. They are executed on the course's embedded
data, whatever data this machine has, so that everybody's build is the same: same cells,
same cell ids, same outputs apart from measured times. Where only prose has changed, the
outputs of the last build stay. README's table of chapters is made on the way, and
`classroom/notes/NN.md` from the twins' cells tagged `teacher`, which no notebook holds.
"""

import argparse
import hashlib
import multiprocessing
import os
import re
import subprocess
import sys
import tempfile
import time
import tomllib
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import NamedTuple

import jupytext
import nbformat
from nbclient import NotebookClient
from tqdm import tqdm

import teacher_notes

SOURCE = Path(__file__).resolve().parent
NOTEBOOKS = SOURCE.parent
ROOT = NOTEBOOKS.parent
sys.path.insert(0, str(ROOT))

from helpers.progress import COMMITTED

SETUP = """\
# Run this cell first. In Colab it fetches the course; elsewhere it only finds it.
import subprocess
import sys
from pathlib import Path

COURSE = "{address}"
here = Path.cwd()
if "google.colab" in sys.modules and not (here / "course/helpers").is_dir():
    subprocess.run(f"git clone -q --depth=1 {COURSE} course", shell=True)
for folder in (here / "course", here, *here.parents):
    if (folder / "helpers/session.py").is_file():
        sys.path.insert(0, str(folder))
        break
else:
    raise FileNotFoundError(
        f"The course is neither in {here} nor in a folder above it. Open this notebook "
        "inside the course's folder, or say %cd FOLDER in a cell before this one. "
        "In Colab: delete the folder course, if it is there, and run this cell again; "
        "it needs network. Do not install a package named helpers: it is another one."
    )
if "helpers.session" not in sys.modules:
    sys.modules.pop("helpers", None)  # Another package of that name.
from helpers.session import begin

begin(seed=42)"""


def course_address():
    """Return the course's public address, from its one place in pyproject.toml."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return settings["project"]["urls"]["repository"].rstrip("/")


def setup_cell():
    """Return the source of the setup cell, the same in every notebook."""
    return SETUP.replace("{address}", course_address())


def badge(target):
    """Return the Markdown of the badge that opens notebook `target` in Colab: text, which needs no network."""
    owner_and_name = course_address().removeprefix("https://github.com/")
    path = target.relative_to(ROOT).as_posix()
    return f"[Open in Colab](https://colab.research.google.com/github/{owner_and_name}/blob/main/{path})"


class ChapterError(ValueError):
    """There is no such chapter, or the list is wrong; the message says what to do."""


class Chapter(NamedTuple):
    """One entry of chapters.toml, and the twin that belongs to it."""

    number: int
    title: str
    minutes: int
    line: str
    twin: Path

    def link(self, folder=""):
        """Return a Markdown link to the notebook in `folder`."""
        return f"[{self.number:02} {self.title}]({folder}{self.twin.stem}.ipynb)"


def read_chapters():
    """Return what chapters.toml says, as a list of Chapter by their numbers.

    Raises
    ------
    ChapterError
        If it cannot be read, an entry isn't complete, or entries and twins don't belong
        to each other one by one.
    """
    try:
        text = (SOURCE / "chapters.toml").read_text(encoding="utf-8")
        entries = tomllib.loads(text)["chapter"]
    except (OSError, ValueError, KeyError) as problem:
        raise ChapterError(
            f"chapters.toml has no list [[chapter]]: {problem}"
        ) from None
    twins = sorted(SOURCE.glob("[0-9][0-9]_*.py"))
    chapters = {}
    for entry in entries if isinstance(entries, list) else [entries]:
        if not _is_entry(entry):
            raise ChapterError(
                f"chapters.toml: the entry {entry} should have exactly number and"
                " minutes (whole numbers), title and line (each a line without |)"
            )
        number = entry["number"]
        if number in chapters:
            raise ChapterError(
                f"chapters.toml: {chapters[number].title!r} and {entry['title']!r} both"
                f" have the number {number}; give each chapter its own"
            )
        own = [twin for twin in twins if twin.name.startswith(f"{number:02}_")]
        if len(own) != 1:
            found = " and ".join(twin.name for twin in own) or "none"
            raise ChapterError(
                f"chapters.toml: chapter {number} should have one twin, "
                f"notebooks/source/{number:02}_name.py; found {found}."
                " Write it, or take the entry out"
            )
        chapters[number] = Chapter(**entry, twin=own[0])
    for twin in set(twins) - {chapter.twin for chapter in chapters.values()}:
        raise ChapterError(
            f"notebooks/source/{twin.name} has no entry in chapters.toml; add"
            " [[chapter]] with its number, title, minutes and line"
        )
    return [chapters[number] for number in sorted(chapters)]


def _is_entry(entry):
    kinds = {"number": int, "title": str, "minutes": int, "line": str}
    return (
        isinstance(entry, dict)
        and {key: type(value) for key, value in entry.items()} == kinds
        and all(re.fullmatch(r"[^|\n]*\w[^|\n]*", entry[k]) for k in ("title", "line"))
        and entry["minutes"] > 0
    )


def find_chapter(number):
    """Return the Chapter with a number, given as 5, "5" or "05".

    Raises
    ------
    ChapterError
        If there is none.
    """
    chapters = read_chapters()
    for chapter in chapters:
        if re.fullmatch(rf"0*{chapter.number}", str(number)):
            return chapter
    known = ", ".join(f"{chapter.number:02}" for chapter in chapters)
    raise ChapterError(f"there is no chapter {number!r}; there are {known}")


def find_twins(chapter=None):
    """Return the paths of all twins, or of one chapter's: chapters, then solutions."""
    chapters = read_chapters() if chapter is None else [find_chapter(chapter)]
    twins = [chapter.twin for chapter in chapters]
    solutions = [SOURCE / "solutions" / twin.name for twin in twins]
    return twins + [twin for twin in solutions if twin.exists()]


def with_table(page):
    """Return the text of README.md with the table of chapters made anew.

    Parameters
    ----------
    page : str

    Raises
    ------
    ChapterError
        If the page has no such table.
    """
    head = "| chapter | minutes | in Colab |\n|---|---:|---|\n"
    table = head + "".join(
        f"| {chapter.link('notebooks/')} | {chapter.minutes} |"
        f" {badge(target_of(chapter.twin))} |\n"
        for chapter in read_chapters()
    )
    page, found = re.subn(re.escape(head) + r"(?:\|.*\n)*", lambda _: table, page)
    if found != 1:
        raise ChapterError(
            f"README.md has {found} tables that begin with {head!r}, not 1"
        )
    return page


def chapter_map():
    """Return chapter 00's table of the chapters, as Markdown."""
    rows = ["| chapter | you build | minutes |", "|---|---|---|"]
    for chapter in read_chapters():
        rows.append(f"| {chapter.link()} | {chapter.line} | {chapter.minutes} |")
    return "\n".join(rows)


def target_of(twin):
    """Return the path of the notebook that is built from a twin."""
    return (NOTEBOOKS / twin.relative_to(SOURCE)).with_suffix(".ipynb")


def is_teachers(cell):
    """Say whether a twin's cell is for who teaches: it goes to the notes, not into the notebook."""
    return "teacher" in cell.metadata.get("tags", [])


def read_notes(chapter):
    """Return what the teacher's cells of a chapter say, or None if it has none.

    Raises
    ------
    teacher_notes.NotesError
        If they are not complete.
    """
    cells = jupytext.read(chapter.twin, fmt="py:percent").cells
    return teacher_notes.read_notes(cells, chapter)


def notes_file(chapter):
    """Return the path of a chapter's notes for who teaches."""
    return ROOT / "classroom" / "notes" / f"{chapter.number:02}.md"


def write_notes(chapter):
    """Write `classroom/notes/NN.md`, if the twin has cells for who teaches."""
    notes = read_notes(chapter)
    if notes:
        write(notes_file(chapter), teacher_notes.page(notes, chapter))


def read_twin(twin):
    """Return the notebook that a twin describes, without outputs and teacher's cells.

    Parameters
    ----------
    twin : Path

    Returns
    -------
    notebook : nbformat.NotebookNode
        Cell ids are made from the cells' text: the same in every build.
    """
    notebook = jupytext.read(twin, fmt="py:percent")
    notebook.cells = [cell for cell in notebook.cells if not is_teachers(cell)]
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {
                "display_name": "Python 3",
                "language": "python",
                "name": "python3",
            },
            "language_info": {"name": "python"},
        }
    )
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    chapter = find_chapter(twin.name[:2])
    head = {
        "{badge}": badge(target_of(twin)),
        "{title}": f"{chapter.number} {chapter.title}",
        "{minutes}": str(chapter.minutes),
    }
    for placeholder, text in head.items() if notebook.cells else ():
        notebook.cells[0].source = notebook.cells[0].source.replace(placeholder, text)
    seen = {}
    for cell in notebook.cells:
        if "setup" in cell.metadata.get("tags", []):
            cell.source = setup_cell()
        if "\n{chapters}" in cell.source:
            cell.source = cell.source.replace("{chapters}", chapter_map())
        seen[cell.source] = seen.get(cell.source, 0) + 1
        name = f"{cell.source}{seen[cell.source]}"
        cell.id = hashlib.sha256(name.encode()).hexdigest()[:12]
    return notebook


def execute(notebook, folder, environment):
    """Run all cells in a fresh kernel and keep what they put out.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        Changed in place.
    folder : Path
        The kernel's working folder.
    environment : dict of str to str
        The kernel's environment variables.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        If a cell raises and isn't tagged `raises-exception`.
    """
    client = NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        record_timing=False,
        coalesce_streams=True,
        store_widget_state=False,
    )
    # The kernel's own log lines don't belong into the progress bar.
    client.execute(env=environment, stderr=subprocess.DEVNULL)
    _keep_what_lasts(notebook)


def _keep_what_lasts(notebook):
    """Drop what differs between two runs or needs a running kernel."""
    notebook.metadata.language_info = nbformat.from_dict({"name": "python"})
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            lasting = output.get("metadata", {}).pop(COMMITTED, None)
            if lasting is not None:
                kept = {kind: output.data[kind] for kind in lasting}
                output.data = nbformat.from_dict(kept)


def embedded_environment(own):
    """Return environment variables under which the course finds no data but its own.

    Parameters
    ----------
    own : str or Path
        Folder for what a learner would make: progress, trained models, digits.
    """
    return os.environ | {
        "COURSE_DATA_DIR": "",
        "COURSE_OFFLINE": "1",
        "COURSE_CACHE_DIR": str(ROOT / "data" / "cache" / "embedded"),
        "COURSE_PROGRESS_FILE": str(Path(own) / "progress.json"),
        "COURSE_MODELS_DIR": str(Path(own) / "models"),
        "COURSE_OWN_DIGITS": str(Path(own) / "own_digits.json"),
        "KERAS_BACKEND": "tensorflow",
        "KERAS_HOME": str(Path(own) / "keras"),
    }


def keep_outputs(notebook, target):
    """Give a notebook the outputs of its last build, if nothing that runs changed.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        As `read_twin` returns it; changed in place.
    target : Path
        The notebook that the last build wrote.

    Returns
    -------
    kept : bool
        False if the notebook must be executed: it is new or damaged, a cell was
        changed, added, moved or dropped, outputs are missing or hold an error, or
        Jupyter has saved it since, perhaps with another data set's outputs.
    """
    try:
        stored = nbformat.read(target, as_version=4)
        nbformat.validate(stored)
    except Exception:  # Whatever is wrong with that file, executing replaces it.
        return False
    before, now = (list(filter(_is_run, nb.cells)) for nb in (stored, notebook))
    # Jupyter writes the kernel's version into the metadata.
    if stored.metadata != notebook.metadata or len(before) != len(now):
        return False
    executed = 0
    for old, new in zip(before, now, strict=True):
        if (old.cell_type, old.source, old.metadata) != (
            (new.cell_type, new.source, new.metadata)
        ):
            return False
        if new.cell_type == "code":
            executed += 1
            if old.execution_count != executed or not _has_its_outputs(old):
                return False
            new.outputs, new.execution_count = old.outputs, old.execution_count
    return True


def _is_run(cell):
    # Hints and praise stand in Markdown cells, and checks print them.
    return cell.cell_type == "code" or "hints" in cell.metadata.get("tags", [])


def _has_its_outputs(cell):
    if any(output.output_type == "error" for output in cell.outputs):
        return "raises-exception" in cell.metadata.get("tags", [])
    prints = re.search(r"^(?:print|show|check|begin)\(", cell.source, re.M)
    return bool(cell.outputs or not prints)


def write(target, text):
    """Write a file in one step, so that nobody ever finds half of it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f"{target.name}.part")
    unfinished.write_text(text.rstrip("\n") + "\n", encoding="utf-8")
    unfinished.replace(target)


def build(twin):
    """Build and execute one notebook; replace the old one only when it ran to its end.

    Returns
    -------
    seconds : float
        Wall-clock time.
    """
    start = time.perf_counter()
    notebook = read_twin(twin)
    # What another chapter left behind would change what this one shows.
    with tempfile.TemporaryDirectory() as own:
        execute(notebook, target_of(twin).parent, embedded_environment(own))
    write(target_of(twin), nbformat.writes(notebook))
    return time.perf_counter() - start


def main(arguments=None):
    """Build what the command line asks for; return 0 when every notebook was built."""
    parser = argparse.ArgumentParser(description="Build and execute the notebooks.")
    parser.add_argument("chapter", nargs="?", help="e.g. 02; all if left out")
    parser.add_argument(
        "--force", action="store_true", help="execute also where only prose changed"
    )
    options = parser.parse_args(arguments)
    try:
        twins = find_twins(options.chapter)
        page = ROOT / "README.md"
        write(page, with_table(page.read_text(encoding="utf-8")))
        for chapter in read_chapters():
            if chapter.twin in twins:
                write_notes(chapter)
        to_execute = []
        for twin in twins:
            notebook = read_twin(twin)
            if options.force or not keep_outputs(notebook, target_of(twin)):
                to_execute.append(twin)
                continue
            write(target_of(twin), nbformat.writes(notebook))
            print(f"{_name(twin):<55} only its prose rebuilt", flush=True)
    except (ChapterError, teacher_notes.NotesError) as problem:
        parser.error(str(problem))
    return execute_all(to_execute) if to_execute else 0


def execute_all(twins):
    """Build and execute notebooks, two at a time; return 0 when all were built."""
    # Here, or the first to load them would tell in its notebook that they were drawn.
    with tempfile.TemporaryDirectory() as own:
        command = [sys.executable, str(SOURCE / "load_data.py")]
        environment = embedded_environment(own)
        subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
    failed = 0
    # Two at a time keep two cores busy without memory running short.
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(2, os.cpu_count() or 1), spawn) as pool:
        jobs = {pool.submit(build, twin): twin for twin in twins}
        with tqdm(total=len(jobs), unit="notebook", desc="executing") as bar:
            for job in as_completed(jobs):
                name = _name(jobs[job])
                try:
                    bar.write(f"{name:<55} executed {job.result():6.1f} s")
                except Exception as problem:  # one must not hide the others
                    failed += 1
                    bar.write(f"{name:<55} FAILED\n{problem}")
                bar.update()
    return 1 if failed else 0


def _name(twin):
    return target_of(twin).relative_to(ROOT).as_posix()


if __name__ == "__main__":
    sys.exit(main())

"""Build the notebooks from their text twins: `make notebooks [CHAPTER=02]`.

Every `NN_name.py` here becomes `notebooks/NN_name.ipynb`, and every one in `solutions/`
becomes `notebooks/solutions/NN_name.ipynb`. They are executed on the course's embedded
data, whatever data this machine has, so that everybody's build is the same: same cells,
same cell ids, same outputs apart from measured times.
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

import jupytext
import nbformat
from nbclient import NotebookClient
from tqdm import tqdm

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
    """Return the Markdown of the badge that opens notebook `target` in Colab."""
    owner_and_name = course_address().removeprefix("https://github.com/")
    path = target.relative_to(ROOT).as_posix()
    colab = "https://colab.research.google.com"
    address = f"{colab}/github/{owner_and_name}/blob/main/{path}"
    return f"[![Open in Colab]({colab}/assets/colab-badge.svg)]({address})"


def refresh_badges(page):
    """Make the badges of a Markdown page from the course's address."""
    text = page.read_text(encoding="utf-8")
    for twin in find_twins():
        target = target_of(twin)
        path = re.escape(target.relative_to(ROOT).as_posix())
        old = rf"\[!\[Open in Colab\]\([^()]*\)\]\([^()]*/{path}\)"
        text = re.sub(old, badge(target), text)
    unfinished = page.with_suffix(".md.part")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(page)


def find_twins(chapter=None):
    """Return the paths of all twins, or of those whose name starts with `chapter`."""
    twins = sorted(
        [*SOURCE.glob("[0-9][0-9]_*.py"), *SOURCE.glob("solutions/[0-9][0-9]_*.py")]
    )
    return [twin for twin in twins if not chapter or twin.name.startswith(chapter)]


def target_of(twin):
    """Return the path of the notebook that is built from a twin."""
    return (NOTEBOOKS / twin.relative_to(SOURCE)).with_suffix(".ipynb")


def read_twin(twin):
    """Return the notebook that a twin describes, without outputs.

    Parameters
    ----------
    twin : Path

    Returns
    -------
    notebook : nbformat.NotebookNode
        Cell ids are made from the cells' text: the same in every build.
    """
    notebook = jupytext.read(twin, fmt="py:percent")
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
    seen = {}
    for cell in notebook.cells:
        if "setup" in cell.metadata.get("tags", []):
            cell.source = setup_cell()
        if cell.cell_type == "markdown":
            cell.source = cell.source.replace("{badge}", badge(target_of(twin)))
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


def embedded_environment(cache, own):
    """Return environment variables under which the course finds no data but its own.

    Parameters
    ----------
    cache : Path
        Folder of the embedded data.
    own : Path
        Folder for what a learner would make: progress, trained models, digits.
    """
    return os.environ | {
        "COURSE_DATA_DIR": "",
        "COURSE_OFFLINE": "1",
        "COURSE_CACHE_DIR": str(cache),
        "COURSE_PROGRESS_FILE": str(Path(own) / "progress.json"),
        "COURSE_MODELS_DIR": str(Path(own) / "models"),
        "COURSE_OWN_DIGITS": str(Path(own) / "own_digits.json"),
        "KERAS_BACKEND": "tensorflow",
        "KERAS_HOME": str(Path(own) / "keras"),
    }


def build(twin):
    """Build and execute one notebook; replace the old one only when it ran to its end.

    Returns
    -------
    seconds : float
        Wall-clock time.
    """
    start = time.perf_counter()
    target = target_of(twin)
    notebook = read_twin(twin)
    cache = ROOT / "data" / "cache" / "embedded"
    # What another chapter left behind would change what this one shows.
    with tempfile.TemporaryDirectory() as own:
        execute(notebook, target.parent, embedded_environment(cache, own))
    target.parent.mkdir(exist_ok=True)
    unfinished = target.with_suffix(".ipynb.part")
    nbformat.write(notebook, unfinished)
    unfinished.replace(target)
    return time.perf_counter() - start


def main(arguments=None):
    """Build what the command line asks for; return 0 when every notebook was built."""
    parser = argparse.ArgumentParser(description="Build and execute the notebooks.")
    parser.add_argument(
        "chapter", nargs="?", default="", help="e.g. 02; all if left out"
    )
    chapter = parser.parse_args(arguments).chapter
    twins = find_twins(chapter)
    if not twins:
        parser.error(f"no twin in notebooks/source starts with {chapter!r}")
    refresh_badges(ROOT / "README.md")
    failed = 0
    # Two at a time keep two cores busy without memory running short.
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(2, os.cpu_count() or 1), spawn) as pool:
        jobs = {pool.submit(build, twin): twin for twin in twins}
        with tqdm(total=len(jobs), unit="notebook", desc="building") as bar:
            for job in as_completed(jobs):
                name = target_of(jobs[job]).relative_to(ROOT).as_posix()
                try:
                    bar.write(f"{name:<50} {job.result():6.1f} s")
                except Exception as problem:  # one must not hide the others
                    failed += 1
                    bar.write(f"{name:<50} FAILED\n{problem}")
                bar.update()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

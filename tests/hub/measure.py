"""Learners at once on a real hub: seconds and megabytes of each. `make bench-hub LEARNERS=20`; no timed test.

Each logs in, starts a server, runs chapter 02's first cells, saves a line, is killed, comes back, and looks
whether the line, and nobody else's, is there.
"""

import os
import re
import shutil
import signal
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

from two_learners import CHAPTER, ROOT, Hub, Learner, cells

sys.path[:0] = [str(ROOT), str(ROOT / "notebooks/source")]
import bench  # noqa: E402

FIRST_CELLS = 8
PAUSE = 2  # Seconds between two learners' logins.
STEPS = ["log in", "start", f"run {FIRST_CELLS} cells", "start again"]


def mebibytes(name):
    """PSS of all processes that the learner's server has begun: shared pages are counted once for all."""
    total = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"JUPYTERHUB_USER={name}\0".encode() in (folder / "environ").read_bytes():
                pss = (folder / "smaps_rollup").read_text().split("Pss:")[1]
                total += int(pss.split()[0]) / 1024
        except OSError:
            continue  # Ended meanwhile.
    return total


def work(hub, number):
    """One learner's visit; seconds of each step, and mebibytes."""
    name, seconds = f"learner{number}", []
    time.sleep(PAUSE * number)  # Nobody comes in the same moment.

    def timed(step):
        begun = time.perf_counter()
        result = step()
        seconds.append(time.perf_counter() - begun)
        return result

    learner = timed(lambda: Learner(hub, name))
    timed(learner.start)
    notebook = learner.notebook()
    code = [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code"][:FIRST_CELLS]
    memory = f"import os\nprint('server', os.getppid())\nopen({str(hub.folder / name)!r}, 'w').close()\n"
    memory += "import time\ntime.sleep(8)"
    with ThreadPoolExecutor(1) as beside:
        running = beside.submit(timed, lambda: learner.run(*code, memory))
        while not (hub.folder / name).exists() and not running.done():
            time.sleep(0.5)
        used = mebibytes(name)
        said = running.result()
    seconds[-1] -= 8
    assert "Error" not in said, said
    notebook["cells"][0]["source"] += f"\nwritten by {name}"
    learner.own("PUT", f"contents/{CHAPTER}", json={"type": "notebook", "content": notebook})
    os.kill(int(said.split("server ")[-1]), signal.SIGKILL)

    def again():
        url = f"{hub.url}/hub/api/users/{name}/server"
        hub.until(lambda: learner.session.post(url).ok, "the killed server is started again", 300)
        learner.until_ready()

    timed(again)
    title = cells(learner.notebook())[0]
    assert title.endswith(f"written by {name}") and title.count("written by") == 1, title
    return seconds, used


def report(count, visits):
    """Word the section of BENCHMARKS.md."""
    seconds = list(zip(*(visit[0] for visit in visits), strict=True))
    used = [visit[1] for visit in visits]
    each = statistics.median(used) / 1024
    chapters = re.findall(r"^\| (\d\d)_\w+ \|[^|]*\|[^|]*\| (\d+) \|", bench.TARGET.read_text(), re.MULTILINE)
    peaks = {chapter: int(mebibytes) / 1024 for chapter, mebibytes in chapters}
    hungry = max(peaks, key=peaks.get)
    needs = [("the first cells, as here", each), ("chapter 02 to its end", peaks["02"])]
    needs.append((f"the hungriest, {hungry}, to its end", peaks[hungry]))
    rows = [
        f"| {what} | {need:.1f} | " + " | ".join(f"{2 + n * need:.0f}" for n in (20, 50, 100)) + " |"
        for what, need in needs
    ]
    return [
        "## A class on one machine",
        "",
        f"Written by `make bench-hub LEARNERS={count}`: {count} learners log in within {PAUSE * count} "
        f"seconds, start their servers, and run the first {FIRST_CELLS} cells of chapter 02; their servers "
        "are killed and started again. Nothing was lost, and nobody had another's work.",
        "",
        f"{bench.machine()}. {datetime.now():%Y-%m-%d}.",
        "",
        "| step | seconds, median | slowest |",
        "|---|---:|---:|",
        *(
            f"| {step} | {statistics.median(s):.1f} | {max(s):.1f} |"
            for step, s in zip(STEPS, seconds, strict=True)
        ),
        "",
        "Mebibytes of a learner after the first cells, pages that all share counted once: "
        f"{min(used):,.0f} to {max(used):,.0f}, median {statistics.median(used):,.0f}.",
        "",
        "| gibibytes if all have run, with 2 for the machine | a learner | 20 | 50 | 100 |",
        "|---|---:|---:|---:|---:|",
        *rows,
    ]


def main(count):
    """Let so many learners come, and write what was measured."""
    """Print a table for so many learners."""
    folder = Path(tempfile.mkdtemp(prefix="class-", dir="/tmp"))
    folder.chmod(0o777)  # Learners' marks of the bench lie there, too.
    names = [f"learner{i}" for i in range(count)]
    hub = Hub(folder, accounts=os.geteuid() == 0, names=names)
    try:
        with ThreadPoolExecutor(count) as room:
            visits = list(room.map(lambda number: work(hub, number), range(count)))
    finally:
        hub.stop()
        shutil.rmtree(folder, ignore_errors=True)
    section = report(count, visits)
    print("\n".join(section))
    bench.write_section(section)


if __name__ == "__main__":
    main(int(sys.argv[1]))

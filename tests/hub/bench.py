"""Learners at once on a real hub: seconds and megabytes of each. `make bench-hub LEARNERS=4`; no timed test.

Each logs in, starts a server, runs chapter 02's first cells, saves a line, is killed, comes back, and looks
whether the line, and nobody else's, is there.
"""

import os
import shutil
import signal
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from two_learners import CHAPTER, Hub, Learner, cells

FIRST_CELLS = 8
STEPS = ["log in", "start", f"run {FIRST_CELLS} cells", "start again"]


def megabytes(name):
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
    """One learner's visit; seconds of each step, and megabytes."""
    name, seconds = f"learner{number}", []
    time.sleep(2 * number)  # Nobody comes in the same moment.

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
        used = megabytes(name)
        said = running.result()
    seconds[-1] -= 8
    assert "Error" not in said, said
    notebook["cells"][0]["source"] += f"\nwritten by {name}"
    learner.own("PUT", f"contents/{CHAPTER}", json={"type": "notebook", "content": notebook})
    os.kill(int(said.split("server ")[-1]), signal.SIGKILL)

    def again():
        url = f"{hub.url}/hub/api/users/{name}/server"
        hub.until(lambda: learner.session.post(url).ok, "the killed server is started again", 120)
        learner.until_ready()

    timed(again)
    title = cells(learner.notebook())[0]
    assert title.endswith(f"written by {name}") and title.count("written by") == 1, title
    return seconds, used


def main(count):
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
    print(f"{count} learners, {os.cpu_count()} cores; nothing lost, nobody has another's work.\n")
    print("| step | median seconds | slowest |\n|---|---:|---:|")
    for step, values in zip(STEPS, zip(*(visit[0] for visit in visits), strict=True), strict=True):
        print(f"| {step} | {statistics.median(values):.1f} | {max(values):.1f} |")
    used = [visit[1] for visit in visits]
    print(f"\nMegabytes a learner: median {statistics.median(used):,.0f}, most {max(used):,.0f}.")


if __name__ == "__main__":
    main(int(sys.argv[1]))

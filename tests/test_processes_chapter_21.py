"""`run_workers`: results in order, one clear error, and nothing left behind whatever happens."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import psutil
import pytest

from helpers.processes import WorkerError, free_port, run_workers
from helpers.session import ROOT


def children():
    return [
        child
        for child in psutil.Process().children(recursive=True)
        if "spawn_main" in " ".join(child.cmdline())
    ]


@pytest.fixture(autouse=True)
def _nothing_is_left():
    yield
    assert not children()


def test_results_come_in_order_of_rank():
    assert run_workers(lambda rank, links, a, b: (rank, sorted(links), a + b), 3, 1, 2) == [
        (0, [1, 2], 3),
        (1, [0, 2], 3),
        (2, [0, 1], 3),
    ]


def test_links_carry_arrays_both_ways():
    def swap(rank, links, size):
        links[1 - rank].send(np.full(size, rank))
        return links[1 - rank].recv().sum()

    assert run_workers(swap, 2, 100) == [100, 0]


def test_workers_compute_with_one_thread_and_without_tensorflow():
    def look(rank, links):
        return os.environ["OMP_NUM_THREADS"], "tensorflow" in sys.modules, "pytest" in sys.modules

    assert run_workers(look, 1) == [("1", False, False)]


def test_the_environment_is_as_before(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "7")
    run_workers(lambda rank, links: None, 1)
    assert "OMP_NUM_THREADS" not in os.environ and os.environ["OPENBLAS_NUM_THREADS"] == "7"


def test_an_error_names_its_worker_and_place():
    def fail(rank, links):
        if rank == 1:
            raise ValueError("no such gradient")
        time.sleep(60)

    begun = time.monotonic()
    with pytest.raises(
        WorkerError, match=r"worker 1 of 2 failed: ValueError: no such gradient \(in fail, line"
    ):
        run_workers(fail, 2)
    assert time.monotonic() - begun < 20


@pytest.mark.parametrize("end", [lambda: os._exit(3), lambda: os.kill(os.getpid(), signal.SIGKILL)])
def test_a_worker_that_dies_is_named(end):
    def die(rank, links):
        if rank == 0:
            end()
        links[0].recv()

    with pytest.raises(WorkerError, match="worker [01] of 2"):
        run_workers(die, 2)


def test_two_that_wait_for_each_other_are_ended():
    with pytest.raises(WorkerError, match="after 2 seconds worker 0, 1 of 2 had not finished"):
        run_workers(lambda rank, links: links[1 - rank].recv(), 2, seconds=2)


def test_an_interrupted_cell_ends_its_workers():
    def interrupt(rank, links, process):
        os.kill(process, signal.SIGINT)
        time.sleep(60)

    # A job that a script's shell runs in the background ignores interrupts, and so do its children.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            run_workers(interrupt, 1, os.getpid())
    finally:
        signal.signal(signal.SIGINT, before)


def test_what_a_worker_prints_is_not_seen(capfd):
    def talk(rank, links):
        print("out")
        print("err", file=sys.stderr)
        os.write(2, b"native")

    run_workers(talk, 1)
    assert capfd.readouterr() == ("", "")


def test_workers_end_with_a_kernel_that_is_killed():
    code = (
        "import time, os\nfrom helpers.processes import run_workers\n"
        "def sleep(rank, links):\n    time.sleep(100)\n"
        "run_workers(sleep, 2, seconds=100)\n"
    )
    kernel = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    process = psutil.Process(kernel.pid)
    end = time.monotonic() + 20
    while len(workers := [c for c in process.children() if "spawn_main" in " ".join(c.cmdline())]) < 2:
        assert time.monotonic() < end
        time.sleep(0.1)
    time.sleep(2)  # They are at work.
    kernel.kill()
    kernel.wait()
    _, alive = psutil.wait_procs(workers, timeout=10)
    assert not alive


def test_a_script_is_not_run_again_by_its_workers(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "from helpers.processes import run_workers\nprint('once')\nprint(run_workers(lambda r, l: r, 2))\n"
    )
    told = subprocess.run(
        [sys.executable, script],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert (told.stdout, told.stderr) == ("once\n[0, 1]\n", "")


def test_ports_are_free():
    assert 1024 < free_port() < 65536

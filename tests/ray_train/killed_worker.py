"""Ray Train with two workers on this machine, and with one of them killed: `make test-ray`.

`make test` doesn't collect this file, because of its name: it needs the environment `.venv-ray`.
"""

import os
import re
import signal
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EPOCHS = 30
BEGINS = re.compile(r"worker (\d) of 2: process (\d+) begins with epoch (\d+)")
EPOCH = re.compile(r"worker (\d): epoch (\d+) ([\d.]+) ([\d.]+)")

Run = namedtuple("Run", "begun epochs end storage home lines")


def trained(folder, kill):
    """Run the script in a home of its own; with `kill`, end worker 1 by force after its third epoch."""
    home, storage = folder / "home", folder / "storage"
    home.mkdir()
    script = ROOT / "notebooks" / "optional" / "train_with_ray.py"
    words = [sys.executable, script, "--images", "512", "--epochs", str(EPOCHS), "--storage", storage]
    own = {"HOME": str(home), "KERAS_HOME": str(folder / "keras")}
    begun, epochs, lines = [], [], []
    with subprocess.Popen(
        words, env=os.environ | own, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as script:
        for line in script.stdout:
            lines.append(line)
            if found := BEGINS.search(line):
                begun.append(tuple(map(int, found.groups())))
            elif found := EPOCH.search(line):
                epochs.append((int(found[1]), int(found[2]), float(found[3]), float(found[4])))
                if kill and epochs[-1][:2] == (1, 3):
                    os.kill(next(process for rank, process, _ in begun if rank == 1), signal.SIGKILL)
                    kill = False
    assert script.returncode == 0, "".join(lines[-40:])
    return Run(begun, epochs, epochs[-1][2:], storage, home, lines)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("undisturbed"), kill=False)


@pytest.fixture(scope="module")
def disturbed(tmp_path_factory):
    return trained(tmp_path_factory.mktemp("disturbed"), kill=True)


def test_two_workers_train_one_network(undisturbed):
    assert {(rank, epoch) for rank, _, epoch in undisturbed.begun} == {(0, 1), (1, 1)}
    found = {rank: {e: rest for r, e, *rest in undisturbed.epochs if r == rank} for rank in (0, 1)}
    assert found[0].keys() == set(range(1, EPOCHS + 1))
    assert found[0] == found[1], "the workers have different weights"
    assert found[0][EPOCHS][0] < 0.1 * found[0][1][0]


def test_after_a_death_all_resume_from_the_last_checkpoint(disturbed):
    assert [epoch for _, _, epoch in disturbed.begun[:2]] == [1, 1]
    again = disturbed.begun[2:]
    assert {rank for rank, _, _ in again} == {0, 1}, "both workers begin again, not only the dead one"
    # Ray may not yet have noted the third checkpoint when the worker dies: then epoch 3 is done twice.
    assert len({epoch for _, _, epoch in again}) == 1 and 3 <= again[0][2] <= EPOCHS
    assert not {process for _, process, _ in disturbed.begun[:2]} & {process for _, process, _ in again}


def test_it_ends_as_if_nothing_had_happened(undisturbed, disturbed):
    assert disturbed.epochs[-1][1] == undisturbed.epochs[-1][1] == EPOCHS
    assert disturbed.end[0] == pytest.approx(undisturbed.end[0], rel=0.05)  # a loss, near 0
    assert disturbed.end[1] == pytest.approx(undisturbed.end[1], rel=1e-3)


def test_checkpoints_are_in_the_storage_and_nothing_in_the_home_folder(undisturbed, disturbed):
    # The one that was written as the worker died, and not noted, stays.
    for run, most in ((undisturbed, 2), (disturbed, 3)):
        assert 2 <= len(list(run.storage.glob("*/checkpoint_*/state.npz"))) <= most
        assert not list(run.home.iterdir())

"""The start of a notebook: log lines of native code stay out, real warnings don't."""

import os
import subprocess
import sys

import pytest

from helpers.session import ROOT

NOISE = [
    "WARNING: All log messages before absl::InitializeLog() is called are written to STDERR",
    "I0000 00:00:1795207013.321436    5393 port.cc:153] oneDNN custom operations are on.",
    "2026-11-20 20:36:00.123456: I tensorflow/core/util/port.cc:153] oneDNN custom operations are on.",
    "To enable the following instructions: AVX2 FMA, in other operations, rebuild TensorFlow",
]
TRUE_TROUBLE = [
    "E0000 00:00:1795207013.321436    5393 cuda_executor.cc:1] could not open file",
    "2026-11-20 20:36:00.123456: F tensorflow/core/platform/cpu_feature_guard.cc:1] no AVX",
    "Segmentation fault",
]


def run(code, **variables):
    environment = os.environ | {"MPLBACKEND": "agg"} | variables
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment)


@pytest.mark.parametrize("lines, kept", [(NOISE, []), (TRUE_TROUBLE, TRUE_TROUBLE)])
def test_native_log_lines_are_held_back_and_trouble_is_not(lines, kept):
    code = (
        "import os\nfrom helpers.session import quiet_native_log\n"
        "with quiet_native_log():\n"
        f"    for line in {lines!r}:\n"
        "        os.write(2, (line + '\\n').encode())\n"
    )
    assert run(code).stderr.splitlines() == kept


def test_trouble_is_told_when_the_import_fails():
    code = (
        "import os\nfrom helpers.session import quiet_native_log\n"
        "with quiet_native_log():\n"
        "    os.write(2, b'the library is broken\\n')\n"
        "    raise ImportError('no library')\n"
    )
    done = run(code)
    assert done.returncode == 1
    assert "the library is broken" in done.stderr and "ImportError: no library" in done.stderr


def test_begin_is_quiet_seeds_and_keeps_real_warnings():
    code = (
        "from helpers.session import begin\nbegin(seed=7)\n"
        "import random, warnings, numpy, tensorflow as tf\n"
        "print(random.random(), numpy.random.rand(), float(tf.random.uniform(())))\n"
        "warnings.warn('mind the step')\n"
    )
    first, second = run(code), run(code)
    lines = first.stdout.splitlines()
    assert lines[0] == "Ready. Random seed 7."
    assert first.stdout == second.stdout
    # The warning is there, without the path of a file on this machine.
    assert first.stderr.splitlines() == ["UserWarning: mind the step"]

"""The start of a notebook: where the course is, what stays out, and what other courses left behind."""

import json
import os
import subprocess
import sys

import build
import nbformat
import pytest

from helpers import session
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


def run(code, folder=ROOT, **variables):
    environment = os.environ | {"MPLBACKEND": "agg"} | variables
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment)


@pytest.mark.skipif(sys.platform != "linux", reason="it asks Linux' C library")
def test_the_pages_of_a_freed_array_serve_the_next_one():
    code = (
        "import resource\nimport numpy as np\nfrom helpers.session import keep_freed_memory\n"
        "keep_freed_memory()\n"
        "for _ in range(2):\n"
        "    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt\n"
        "    np.ones(8_000_000)\n"
        "    print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)\n"
    )
    first, again = map(int, run(code).stdout.split())
    assert again < first / 2


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


def test_converter_is_held_back_but_its_errors_pass():
    code = (
        "import logging, os, warnings\nfrom helpers.session import quiet_converter\n"
        "logging.basicConfig(level=logging.INFO)\n"
        "with quiet_converter():\n"
        "    print('Saved artifact at')\n"
        "    logging.info('Assets written to')\n"
        "    warnings.warn('tf.lite.Interpreter is deprecated')\n"
        "    os.write(2, b'fully_quantize: 0, inference_type: 6\\nINFO: Created TensorFlow Lite\\n')\n"
        "    os.write(2, b'an operation is missing\\n')\n"
        "logging.info('afterwards')\n"
    )
    done = run(code)
    assert not done.stdout
    assert done.stderr.splitlines() == ["an operation is missing", "INFO:root:afterwards"]


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


# Settings of Keras that another course left on the machine

GOOD = {"backend": "tensorflow", "floatx": "float32", "epsilon": 1e-07, "image_data_format": "channels_last"}
UNREADABLE = ["a keras.json that holds no settings"]


@pytest.mark.parametrize(
    ("content", "variables", "found"),
    [
        (None, {}, []),
        (json.dumps(GOOD), {"KERAS_BACKEND": "tensorflow"}, []),
        ('{"floatx": "bfloat16"}', {}, ["floatx bfloat16 (keras.json)"]),
        ('{"image_data_format": "channels_first"}', {}, ["image_data_format channels_first (keras.json)"]),
        ('{"epsilon": 1, "other": 2}', {}, ["epsilon 1 (keras.json)"]),
        ('{"nnx_enabled": true}', {}, ["nnx_enabled True (keras.json)"]),
        ('{"backend": "jax"}', {"KERAS_BACKEND": "torch"}, ["backend torch (KERAS_BACKEND)"]),
        ('{"backend": "jax"}', {"KERAS_BACKEND": "tensorflow"}, []),
        (None, {"TF_USE_LEGACY_KERAS": "1"}, ["TF_USE_LEGACY_KERAS 1"]),
        (None, {"KERAS_MAX_EPOCHS": "1", "KERAS_BACKEND": ""}, ["KERAS_MAX_EPOCHS 1"]),
        *[(text, {}, UNREADABLE) for text in ("", "{", "[1]", "null", "[" * 100_000, "\udcff", "folder")],
    ],
)
def test_keras_leftovers(content, variables, found, tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith("KERAS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    file = tmp_path / "keras.json"
    if content == "folder":
        file.mkdir()
    elif content is not None:
        file.write_bytes(content.encode(errors="surrogateescape"))
    assert session.keras_leftovers() == found


STATE = """
import keras, numpy
print(keras.config.backend(), keras.config.floatx(), keras.config.epsilon(), keras.config.image_data_format())
print(keras.config.dtype_policy().name, numpy.asarray(keras.layers.Dense(2)(numpy.ones((1, 3)))).dtype)
"""
PINNED = ["tensorflow float32 1e-07 channels_last", "float32 float32"]
OTHER = {"backend": "jax", "floatx": "float64", "epsilon": 0.001, "image_data_format": "channels_first"}


@pytest.mark.parametrize(
    ("content", "variables", "said"),
    [
        (json.dumps(OTHER), {}, ["backend jax", "floatx float64", "epsilon 0.001", "channels_first"]),
        ("[]", {"KERAS_BACKEND": "nonsense", "TF_USE_LEGACY_KERAS": "1"}, [*UNREADABLE, "backend nonsense"]),
    ],
)
def test_begin_sets_keras_and_says_so_in_one_line(content, variables, said, tmp_path):
    (tmp_path / ".keras").mkdir()
    (tmp_path / ".keras" / "keras.json").write_text(content)
    environment = dict.fromkeys(("KERAS_MAX_EPOCHS", "KERAS_BACKEND"), "") | {"HOME": str(tmp_path)}
    code = "import os; os.environ.pop('KERAS_HOME', 0)\nfrom helpers.session import begin; begin()" + STATE
    done = run(code, **environment | variables)
    line, ready, *state = done.stdout.splitlines()
    assert ready == "Ready. Random seed 42." and state == PINNED, done.stderr
    for words in [*said, "In this session: backend tensorflow, floatx float32"]:
        assert words in line
    assert str(tmp_path) not in done.stdout + done.stderr
    assert [(file.name, file.read_text()) for file in (tmp_path / ".keras").iterdir()] == [
        ("keras.json", content)
    ]


def test_begin_in_a_kernel_that_already_used_keras():
    code = """
import keras
keras.config.set_floatx("float64")
keras.config.set_dtype_policy("mixed_float16")
from helpers.session import begin
begin()
begin()
"""
    line, *rest = run(code + STATE, KERAS_BACKEND="tensorflow").stdout.splitlines()
    assert "floatx float64 (this kernel), dtype_policy mixed_float16 (this kernel)" in line
    assert rest == ["Ready. Random seed 42."] * 2 + PINNED  # The second time there was nothing to say.


def test_a_backend_that_cannot_be_changed_any_more_is_one_sentence(tmp_path):
    cells = [
        "try:\n    import keras\nexcept Exception:\n    print('not here')",
        f"import sys\nsys.path.insert(0, {str(ROOT)!r})\nfrom helpers.session import begin\nbegin()",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.cells[1].metadata.tags = ["raises-exception"]
    build.execute(notebook, tmp_path, os.environ | {"KERAS_BACKEND": "nonsense"})
    assert notebook.cells[0].outputs[0].text == "not here\n"
    error = notebook.cells[1].outputs[-1]
    assert error.traceback == [error.evalue]
    assert "restart the kernel" in error.evalue and "run this cell first" in error.evalue


# The setup cell: where the course is


def start(folder, before="", **variables):
    """Run the setup cell as far as it looks for the course; say which `helpers` is found then."""
    looking, _ = build.setup_cell().split("from helpers")
    code = f"{before}\n{looking}\nimport helpers\nprint(helpers.__file__)"
    return run(code, folder, **{"PYTHONPATH": ""} | variables)


@pytest.fixture
def stranger(tmp_path):
    """A folder with a package of the same name, which has nothing of ours."""
    (tmp_path / "site" / "helpers").mkdir(parents=True)
    (tmp_path / "site" / "helpers" / "__init__.py").write_text("")
    (tmp_path / "elsewhere").mkdir()
    return tmp_path / "site"


@pytest.mark.parametrize("folder", ["", "notebooks", "notebooks/solutions", "data/weights"])
@pytest.mark.parametrize("before", ["", "import helpers; assert 'site' in helpers.__file__"])
def test_setup_cell_finds_the_course_from_anywhere_inside(folder, before, stranger):
    # In the course's own folder the stranger's package would not be found.
    before = f"import sys; sys.path.insert(0, {str(stranger)!r}); {before}"
    assert start(ROOT / folder, before).stdout.strip() == str(ROOT / "helpers" / "__init__.py")


def test_setup_cell_outside_of_the_course_says_where_it_looked_and_what_to_do(stranger):
    elsewhere = stranger.parent / "elsewhere"
    done = start(elsewhere, PYTHONPATH=str(stranger))
    sentence = done.stderr.splitlines()[-1]
    assert done.returncode == 1 and sentence.startswith(
        f"FileNotFoundError: The course is neither in {elsewhere}"
    )
    for words in ("inside the course's folder", "%cd", "Do not install a package named helpers"):
        assert words in sentence


@pytest.mark.parametrize("git", ["there", "missing"])
def test_setup_cell_in_colab_without_network_or_git(git, stranger):
    elsewhere = stranger.parent / "elsewhere"
    path = os.environ["PATH"] if git == "there" else str(elsewhere)
    variables = {"PATH": path, "https_proxy": "http://127.0.0.1:9", "GIT_TERMINAL_PROMPT": "0"}
    done = start(elsewhere, "import sys; sys.modules['google.colab'] = sys", **variables)
    assert done.stderr.count("Traceback") == 1
    assert "In Colab: " in done.stderr and "it needs network" in done.stderr
    assert list(elsewhere.iterdir()) == []


def test_setup_cell_is_short():
    lines = build.setup_cell().splitlines()
    assert len(lines) <= 25 and max(map(len, lines)) <= 88

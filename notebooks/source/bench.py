"""Measure the chapters and write BENCHMARKS.md: `make bench`.

Some of them: `make bench ARGS="12 13"`. Chapter 06's race has a section of its own:
`make bench ARGS=--race`.

Each chapter runs once, alone, from a cold kernel, on the data that this machine has.
Seconds depend on the machine: compare them within one table only.
"""

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import threading
import time
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import psutil
from nbclient import NotebookClient
from tqdm import tqdm

import build
from helpers import datasets
from load_data import load_data


class PeakMemory(threading.Thread):
    """Watches the largest resident memory of this process' children, in MiB."""

    def __init__(self):
        super().__init__(daemon=True)
        self.mebibytes = 0
        self._stop_asked = threading.Event()

    def run(self):
        me = psutil.Process()
        while not self._stop_asked.wait(0.2):
            total = 0
            for child in me.children(recursive=True):
                try:
                    total += child.memory_info().rss
                except psutil.Error:  # it ended while we looked
                    continue
            self.mebibytes = max(self.mebibytes, total / 2**20)

    def stop(self):
        self._stop_asked.set()
        self.join()


def measure(twin):
    """Run one chapter; return its figures as a dict."""
    notebook = build.read_twin(twin)
    started, seconds = {}, {}

    def before(cell, cell_index):
        started[cell_index] = time.perf_counter()

    def after(cell, cell_index, execute_reply):
        seconds[cell_index] = time.perf_counter() - started[cell_index]

    with tempfile.TemporaryDirectory() as folder:
        records = Path(folder) / "records.jsonl"
        environment = os.environ | {
            "COURSE_RECORD_FILE": str(records),
            "COURSE_PROGRESS_FILE": str(Path(folder) / "progress.json"),
            "COURSE_MODELS_DIR": str(Path(folder) / "models"),
            "COURSE_OWN_DIGITS": str(Path(folder) / "own_digits.json"),
        }
        client = NotebookClient(
            notebook,
            timeout=600,
            kernel_name="python3",
            resources={"metadata": {"path": str(build.NOTEBOOKS)}},
            on_cell_execute=before,
            on_cell_executed=after,
        )
        memory = PeakMemory()
        memory.start()
        start = time.perf_counter()
        try:
            client.execute(env=environment, stderr=subprocess.DEVNULL)
        finally:
            memory.stop()
        total = time.perf_counter() - start
        lines = (
            records.read_text(encoding="utf-8").splitlines() if records.exists() else []
        )
    return {
        "total": total,
        "kernel": total - sum(seconds.values()),
        "memory": memory.mebibytes,
        "slowest": sorted(seconds, key=seconds.get, reverse=True)[:3],
        "seconds": seconds,
        "cells": notebook.cells,
        "records": [json.loads(line) for line in lines],
    }


TARGET = build.ROOT / "BENCHMARKS.md"
RACE = "## Chapter 06: the race to 99.0%"
GOAL = 0.990  # Share of MNIST's test images.


def race():
    """Train chapter 06's networks to 99.0% of MNIST's test images, on one core.

    Each has its own recipe.

    Returns
    -------
    lines : list of str
        A section for BENCHMARKS.md.
    """
    import tensorflow as tf

    # Threads that wait for each other would be counted as work.
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    (images, labels), (images_test, labels_test) = datasets.load_mnist()
    if datasets.source_of("mnist") == "embedded":
        raise SystemExit(
            "the race needs MNIST: set COURSE_DATA_DIR to a folder that has it"
        )
    data = [images[..., None] / np.float32(255), labels]
    test = [images_test[..., None] / np.float32(255), labels_test]
    # For each seed an accuracy, the CPU seconds of the training, and its epochs.
    seeds = (1, 2, 3)
    classic = _classic_to_the_goal(data, test, seeds)
    one_epoch = [
        _one_cycle(classic_network, data, test, seed, 0.003, 100) for seed in seeds
    ]
    small = [
        _one_cycle(small_network, data, test, seed, 0.014, 64, 0.05, 36_000)
        for seed in seeds
    ]
    rows = [
        ("classic", classic_network(), "Adam 0.001, batches of 128", classic),
        (
            "classic",
            classic_network(),
            "Adam, one-cycle to 0.003, batches of 100",
            one_epoch,
        ),
        (
            "small",
            small_network(),
            "Adam, one-cycle to 0.014, batches of 64, label smoothing 0.05",
            small,
        ),
    ]
    ratio = np.mean([run[1] for run in classic]) / np.mean([run[1] for run in small])
    lines = [
        RACE,
        "",
        "Written by `make bench ARGS=--race`: one core, CPU seconds of training alone. "
        "A recipe has arrived when three seeds of three have 99.0% of the test images "
        "right. The classic one is tested every quarter of an epoch until then; the "
        "others are whole one-cycle runs, the small one over the first 36,000 images. "
        "Worst accuracy, mean seconds. "
        f"**Classic to 99.0% / small: {ratio:.1f}.**",
        "",
        f"{machine()}. {datetime.now():%Y-%m-%d}.",
        "",
        "| network | parameters | recipe | epochs | test accuracy | CPU seconds |",
        "|---|---:|---|---:|---:|---:|",
    ]
    for name, model, recipe, runs in rows:
        accuracy, seconds = (
            min(run[0] for run in runs),
            np.mean([run[1] for run in runs]),
        )
        figures = f"{runs[0][2]:g} | {accuracy:.2%} | {seconds:.1f}"
        lines.append(f"| {name} | {model.count_params():,} | {recipe} | {figures} |")
    if min(accuracy for accuracy, _, _ in [*classic, *small]) < GOAL:
        raise SystemExit("\n".join([*lines, "a run missed 99.0%; nothing was written"]))
    return lines


def classic_network():
    """Build chapter 06's network of 32 and 64 filters and a hidden layer of 1024."""
    from keras import Input, Sequential, layers

    return Sequential(
        [
            Input((28, 28, 1)),
            layers.Conv2D(32, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 5, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(1024, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )


def small_network():
    """Build chapter 06's small network: stride, batch norm, no hidden layer."""
    from keras import Input, Sequential, layers

    model = Sequential([Input((28, 28, 1))])
    for filters, size, stride in [(16, 5, 2), (32, 3, 1), (64, 3, 1)]:
        model.add(layers.Conv2D(filters, size, stride, use_bias=False))
        if filters == 32:
            model.add(layers.MaxPooling2D(2))
        model.add(layers.BatchNormalization(momentum=0.8))
        model.add(layers.ReLU())
    model.add(layers.Flatten())
    model.add(layers.Dense(10, activation="softmax"))
    return model


def _classic_to_the_goal(data, test, seeds, quarters=16):
    import keras

    models, seconds = [], np.zeros(len(seeds))
    for seed in seeds:
        keras.utils.set_random_seed(seed)
        models.append(classic_network())
        models[-1].compile(
            keras.optimizers.Adam(0.001), "sparse_categorical_crossentropy"
        )
    rng, order, accuracies, epochs = np.random.default_rng(42), [], [], 0.0
    for _ in (bar := tqdm(range(quarters), "classic", unit="quarter")):
        order = order if len(order) else rng.permutation(60_000)
        part, order = order[:15_000], order[15_000:]
        seconds += [
            _fit(model, [array[part] for array in data], 128) for model in models
        ]
        accuracies, epochs = [_accuracy(model, test) for model in models], epochs + 0.25
        bar.set_postfix_str(f"{min(accuracies):.2%}")
        if min(accuracies) >= GOAL:
            break
    return [
        (accuracy, spent, epochs)
        for accuracy, spent in zip(accuracies, seconds, strict=True)
    ]


def _one_cycle(
    build_network, data, test, seed, peak, batch_size, smoothing=0.0, images=60_000
):
    import keras

    keras.utils.set_random_seed(seed)
    model, steps = build_network(), -(-images // batch_size)
    plan = keras.optimizers.schedules.CosineDecay(
        peak / 10, steps - steps // 4, 0.01, warmup_target=peak, warmup_steps=steps // 4
    )
    x, labels = (array[:images] for array in data)
    loss = keras.losses.CategoricalCrossentropy(label_smoothing=smoothing)
    model.compile(keras.optimizers.Adam(plan), loss, steps_per_execution=50)
    seconds = _fit(model, [x, np.eye(10, dtype="float32")[labels]], batch_size)
    return _accuracy(model, test), seconds, images / 60_000


def _fit(model, data, batch_size):
    start = time.process_time()
    model.fit(*data, batch_size, verbose=0)
    return time.process_time() - start


def _accuracy(model, test):
    x, labels = test
    return float(
        (model.predict(x, batch_size=1000, verbose=0).argmax(axis=1) == labels).mean()
    )


def browser_figures():
    """Run the browser tests that measure; nothing is recorded without a browser.

    Returns
    -------
    figures : dict of str to str
    """
    wanted = "film_runs or each_digit or latency or slow_link"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "junit.xml"
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-k",
            wanted,
            f"--junitxml={file}",
            "tests/browser",
        ]
        subprocess.run(command, cwd=build.ROOT, stdout=subprocess.DEVNULL, check=True)
        found = ElementTree.parse(file).iter("property")
        return {entry.get("name"): entry.get("value") for entry in found}


def import_seconds(module):
    """Wall-clock seconds until a fresh Python has imported a module."""
    start = time.perf_counter()
    command = [sys.executable, "-c", f"import {module}"]
    subprocess.run(command, check=True, cwd=build.ROOT, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def report(results, imports, browser, sources):
    """Word BENCHMARKS.md."""
    sources = ", ".join(f"{name}: {source}" for name, source in sources.items())
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench`: a chapter at a time, from a cold kernel; some may "
        "have been measured again later. Seconds are wall clock.",
        "",
        f"{machine()}. Data: {sources}. {datetime.now():%Y-%m-%d}.",
        "",
        "| chapter | seconds in all | of these kernel start | peak memory, MiB "
        "| slowest cells |",
        "|---|---:|---:|---:|---|",
    ]
    lines += _rows_of_seconds(results)
    lines += [
        "",
        "| measured in | what | value | band that the chapter asserts |",
        "|---|---|---:|---|",
    ]
    lines += _rows_of_values(results)
    lines += ["", "| a fresh Python imports | seconds |", "|---|---:|"]
    lines += [f"| {module} | {seconds:.1f} |" for module, seconds in imports.items()]
    lines += ["", "| in Chromium and JupyterLab | |", "|---|---:|"]
    lines += [f"| {name} | {value} |" for name, value in browser.items()]
    return "\n".join(lines) + "\n"


def with_new_rows(text, results):
    """Put newly measured chapters into the two tables, in place of their old rows."""
    parts = text.split("\n\n")  # Tables are parts of their own.
    for heading, new in (
        ("| chapter |", _rows_of_seconds(results)),
        ("| measured in |", _rows_of_values(results)),
    ):
        (i,) = [i for i, part in enumerate(parts) if part.startswith(heading)]
        first, rule, *rows = parts[i].splitlines()
        kept = [row for row in rows if row.split("|")[1].strip() not in results]
        # Stable: the rows of one chapter keep their order.
        rows = sorted(kept + new, key=lambda row: row.split("|")[1])
        parts[i] = "\n".join([first, rule, *rows])
    return "\n\n".join(parts)


def _rows_of_seconds(results):
    rows = []
    for name, result in results.items():
        cells, seconds = result["cells"], result["seconds"]
        slowest = "; ".join(
            f"{seconds[i]:.1f} s `{_title(cells[i])}`" for i in result["slowest"]
        )
        figures = (
            f"{result['total']:.1f} | {result['kernel']:.1f} | {result['memory']:.0f}"
        )
        rows.append(f"| {name} | {figures} | {slowest} |")
    return rows


def _rows_of_values(results):
    return [
        f"| {name} | {record['name']} | {record['value']:.4g} "
        f"| {record['low']:.4g} to {record['high']:.4g} |"
        for name, result in results.items()
        for record in result["records"]
    ]


def machine():
    """Cores, memory and versions in words."""
    memory = psutil.virtual_memory().total / 2**30
    cores = f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.machine()}"
    python, keras = platform.python_version(), version("keras")
    versions = f"Python {python}, TensorFlow {_tensorflow()}, Keras {keras}"
    return f"Machine: {cores}; {versions}"


def _tensorflow():
    return version(
        "tensorflow-cpu"
        if sys.platform == "linux" and platform.machine() == "x86_64"
        else "tensorflow"
    )


def _title(cell):
    """Return a line that tells which cell it is."""
    if "setup" in cell.metadata.get("tags", []):
        return "setup"
    lines = [
        line
        for line in cell.source.splitlines()
        if line and not line.startswith(("#", "import", "from"))
    ]
    line = (lines or cell.source.splitlines())[-1]
    return (line[:47] + "..." if len(line) > 50 else line).replace("|", "¦")


def main(arguments=None):
    """Measure, write the file, and say where it is."""
    parser = argparse.ArgumentParser(
        description="Measure the chapters and write BENCHMARKS.md."
    )
    parser.add_argument(
        "chapters", nargs="*", metavar="NN", help="e.g. 12 13; all chapters by default"
    )
    parser.add_argument(
        "--race", action="store_true", help="only chapter 06's race, in its own section"
    )
    options = parser.parse_args(arguments)
    try:
        twins = [build.find_chapter(number).twin for number in options.chapters]
    except build.ChapterError as problem:
        parser.error(str(problem))
    if options.race:
        write_section(race())
        return
    # The sections that other commands write stay as they are.
    chapters, heading, sections = TARGET.read_text(encoding="utf-8").partition("\n## ")
    if options.chapters:
        chapters = with_new_rows(chapters, measure_all(twins))
    else:
        chapters = measured_chapters()
    _write(chapters + heading + sections)


def write_section(lines):
    """Put a section, whose first line is its heading, in place of the last one."""
    parts = re.split(r"\n(?=## )", TARGET.read_text(encoding="utf-8"))
    kept = [part for part in parts if not part.startswith(lines[0] + "\n")]
    _write("\n".join([*kept, "\n".join([*lines, ""])]))


def _write(text):
    unfinished = TARGET.with_suffix(".md.part")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(TARGET)
    print(f"wrote {TARGET.name}")


def measured_chapters():
    """Run every chapter and word what was measured."""
    imports = {
        module: import_seconds(module)
        for module in ("helpers.datasets", "keras", "tensorflow")
    }
    results = measure_all([chapter.twin for chapter in build.read_chapters()])
    return report(
        results, imports, browser_figures(), {"MNIST": datasets.source_of("mnist")}
    )


def measure_all(twins):
    """Run chapters one after the other; return what was measured, by their names."""
    load_data()  # Here when missing, so that no chapter is charged for it.
    results = {}
    for twin in (bar := tqdm(twins, unit="chapter")):
        bar.set_description(twin.stem)
        results[twin.stem] = measure(twin)
    return results


if __name__ == "__main__":
    main()

"""Measure every chapter and write BENCHMARKS.md: `make bench`.

Each chapter runs once, alone, from a cold kernel, on the data that this machine has. Seconds depend on the
machine: compare them within one table only.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import build
import psutil
from nbclient import NotebookClient
from tqdm import tqdm

from helpers import datasets


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
        lines = records.read_text(encoding="utf-8").splitlines() if records.exists() else []
    return {
        "total": total,
        "kernel": total - sum(seconds.values()),
        "memory": memory.mebibytes,
        "slowest": sorted(seconds, key=seconds.get, reverse=True)[:3],
        "seconds": seconds,
        "cells": notebook.cells,
        "records": [json.loads(line) for line in lines],
    }


def import_seconds(module):
    """Wall-clock seconds until a fresh Python has imported a module."""
    start = time.perf_counter()
    command = [sys.executable, "-c", f"import {module}"]
    subprocess.run(command, check=True, cwd=build.ROOT, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def report(results, imports, sources):
    """Word BENCHMARKS.md."""
    sources = ", ".join(f"{name}: {source}" for name, source in sources.items())
    memory = psutil.virtual_memory().total / 2**30
    machine = f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.machine()}"
    versions = f"Python {platform.python_version()}, TensorFlow {_tensorflow()}, Keras {version('keras')}"
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench`: one run, a chapter at a time, from a cold kernel. Seconds are wall clock.",
        "",
        f"Machine: {machine}; {versions}. Data: {sources}. {datetime.now():%Y-%m-%d}.",
        "",
        "| chapter | seconds in all | of these kernel start | peak memory, MiB | slowest cells |",
        "|---|---:|---:|---:|---|",
    ]
    for name, result in results.items():
        cells, seconds = result["cells"], result["seconds"]
        slowest = "; ".join(f"{seconds[i]:.1f} s `{_title(cells[i])}`" for i in result["slowest"])
        figures = f"{result['total']:.1f} | {result['kernel']:.1f} | {result['memory']:.0f}"
        lines.append(f"| {name} | {figures} | {slowest} |")
    lines += ["", "| measured in | what | value | band that the chapter asserts |", "|---|---|---:|---|"]
    for name, result in results.items():
        for record in result["records"]:
            band = f"{record['low']:.4g} to {record['high']:.4g}"
            lines.append(f"| {name} | {record['name']} | {record['value']:.4g} | {band} |")
    lines += ["", "| a fresh Python imports | seconds |", "|---|---:|"]
    lines += [f"| {module} | {seconds:.1f} |" for module, seconds in imports.items()]
    return "\n".join(lines) + "\n"


def _tensorflow():
    return version(
        "tensorflow-cpu" if sys.platform == "linux" and platform.machine() == "x86_64" else "tensorflow"
    )


def _title(cell):
    """Return a line that tells which cell it is."""
    if "setup" in cell.metadata.get("tags", []):
        return "setup"
    lines = [
        line for line in cell.source.splitlines() if line and not line.startswith(("#", "import", "from"))
    ]
    line = (lines or cell.source.splitlines())[-1]
    return (line[:47] + "..." if len(line) > 50 else line).replace("|", "¦")


def main():
    """Measure, write the file, and say where it is."""
    twins = [twin for twin in build.find_twins() if twin.parent == build.SOURCE]
    datasets.load_mnist()  # Drawn or fetched here when missing, so that no chapter is charged for it.
    imports = {module: import_seconds(module) for module in ("helpers.datasets", "keras", "tensorflow")}
    results = {}
    for twin in (bar := tqdm(twins, unit="chapter")):
        bar.set_description(twin.stem)
        results[twin.stem] = measure(twin)
    target = build.ROOT / "BENCHMARKS.md"
    unfinished = target.with_suffix(".md.part")
    unfinished.write_text(report(results, imports, {"MNIST": datasets.source_of("mnist")}), encoding="utf-8")
    unfinished.replace(target)
    print(f"wrote {target.name}")


if __name__ == "__main__":
    main()

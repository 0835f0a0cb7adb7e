"""Write what Sphinx makes the course's website from: pages out of the committed notebooks, and a front page.

Nothing is executed. Figures become files with their alt texts; the front page gets the shipped recognizer's
numbers, so that it reads digits without a kernel.
"""

import base64
import html
import json
import re
import shutil
import sys
from pathlib import Path

import nbformat
import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent.parent), str(HERE.parent.parent / "notebooks" / "source")]

import build  # noqa: E402 - found by the line above.

from helpers.handwriting.recognizer import load_recognizer  # noqa: E402
from helpers.session import load_keras  # noqa: E402
from helpers.widgets.canvas import sample_digit  # noqa: E402

PAGES = HERE / "made" / "pages"
EXTRA = HERE / "made" / "extra"
"""Copied into the website as it is: the figures."""


def as_page(notebook, name, depth):
    """Return a notebook as the website shows it; its figures are written into `EXTRA`.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
    name : str
        Of its figures: "04_backpropagation_from_scratch".
    depth : int
        Folders between the website's top and the page.
    """
    figures = 0
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            # What is no page of the website is shown where the course is kept.
            file = r"\]\((?!\w+:|#)([^)\s]+)(?<!\.ipynb)\)"
            cell.source = re.sub(file, lambda link: f"]({address_of(f'notebooks/{link[1]}')})", cell.source)
            continue
        tags = cell.metadata.get("tags", [])
        cell.metadata.tags = (
            ["hide-input"] if "setup" in tags else ["hide-cell"] if "solution" in tags else []
        )
        for output in cell.outputs:
            if "image/png" not in output.get("data", {}):
                continue
            figures += 1
            file = f"figures/{name}-{figures:02}.png"
            picture = base64.b64decode(output.data["image/png"])
            (EXTRA / file).write_bytes(picture)
            size = output.metadata.get("image/png", {})
            sides = "".join(f' {side}="{size[side]}"' for side in ("width", "height") if side in size)
            alt = html.escape(output.metadata.get("alt", ""))
            source = "../" * depth + file
            output.data = {"text/html": f'<img src="{source}" alt="{alt}"{sides} loading="lazy">'}
    return notebook


def address_of(path):
    """Where a file of the repository is shown on the web."""
    return f"{build.course_address()}/blob/main/{path}"


def write_chapter(chapter):
    """Write a chapter's page and its solutions' page."""
    name = chapter.twin.stem
    for folder, depth in (("", 0), ("solutions/", 1)):
        target = f"notebooks/{folder}{name}.ipynb"
        page = as_page(nbformat.read(build.ROOT / target, 4), folder.replace("/", "_") + name, depth)
        first = page.cells[0]
        other = (
            f"[worked exercises](solutions/{name}.ipynb)" if not depth else f"[the chapter](../{name}.ipynb)"
        )
        links = f"[Open in Colab]\\1 · [notebook]({address_of(target)}) · {other}"
        first.source, found = re.subn(r"\[Open in Colab\](\([^)]*\))", links, first.source, count=1)
        if not found:
            first.source += f"\n\n[Notebook]({address_of(target)}) · {other}"
        path = PAGES / folder / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(page, path)


def write_front_page(chapters):
    """Write the page that one sees first: a digit to draw, and the chapters."""
    bars = "".join(f'<label>{digit} <meter min="0" max="1" value="0"></meter></label>' for digit in range(10))
    drawn = (HERE / "front" / "index.html").read_text(encoding="utf-8").replace("{bars}", bars)
    listed = "\n".join(f"| {c.link()} | {c.line} | {c.minutes} min |" for c in chapters)
    names = [chapter.twin.stem for chapter in chapters]

    def toctree(caption, pages):
        return "\n".join(["```{toctree}", ":hidden:", f":caption: {caption}", "", *pages, "```"])

    text = f"""# Deep learning, hands on

Draw a digit. A network of the kind that you build in chapters 01 to 07 reads it, here in the page.

{drawn}

Every idea is written out in NumPy first, then in Keras, and the two are shown to agree. Everything runs on a
laptop in minutes, with or without a network; exercises answer back. These pages show all chapters with their
outputs; to change and run them, [get the course]({build.course_address()}) or open a chapter in Colab.

| chapter | what you build | to read and do |
|---|---|---:|
{listed}

{toctree("Chapters", names)}

{toctree("Worked exercises", [f"solutions/{name}" for name in names])}
"""
    (PAGES / "index.md").write_text(text, encoding="utf-8")


def recognizer():
    """The shipped network for the page: layers in order, their numbers as one list, and digits to show.

    Each convolution has its batch normalisation folded in: the same outputs with fewer numbers.
    """
    load_keras()
    from keras import layers

    model = load_recognizer()
    parts, plan = [], []

    def kept(array):
        begin = sum(part.size for part in parts)
        parts.append(np.ascontiguousarray(array, np.float32).ravel())
        return [begin, array.size]

    for layer in model.layers:
        if isinstance(layer, layers.Conv2D):
            (kernel,) = layer.get_weights()
            plan.append({"kind": "convolution", "width": kernel.shape[0], "stride": layer.strides[0]})
        elif isinstance(layer, layers.BatchNormalization):
            gamma, beta, mean, variance = layer.get_weights()
            scale = gamma / np.sqrt(variance + layer.epsilon)
            plan[-1] |= {"kernel": kept(kernel * scale), "bias": kept(beta - mean * scale)}
        elif isinstance(layer, layers.MaxPooling2D):
            plan.append({"kind": "pooling"})
        elif isinstance(layer, layers.Dense):
            kernel, bias = layer.get_weights()
            plan.append({"kind": "dense", "kernel": kept(kernel), "bias": kept(bias)})
    numbers = base64.b64encode(np.concatenate(parts).astype("<f4").tobytes()).decode()
    examples = [[np.round(stroke, 1).tolist() for stroke in sample_digit(digit)] for digit in (7, 2, 0, 4, 9)]
    return {"layers": plan, "numbers": numbers, "examples": examples}


def main():
    """Write everything anew."""
    for folder in (PAGES, EXTRA):
        shutil.rmtree(folder, ignore_errors=True)
    (EXTRA / "figures").mkdir(parents=True)
    chapters = build.read_chapters()
    for chapter in chapters:
        write_chapter(chapter)
    write_front_page(chapters)
    static = PAGES / "_static"
    static.mkdir()
    for name in ("recognizer.js", "recognizer.css"):
        shutil.copy(HERE / "front" / name, static)
    (static / "weights.js").write_text(f"const RECOGNIZER = {json.dumps(recognizer())};\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""The house rules for notebooks that a program can check.

Each rule is a function that takes a `Document` and yields one message per fault. A message names the rule,
the notebook and the cell. `test_documents.py` applies all of them, and breaks a good notebook on purpose
to see that each rule can fail.
"""

import ast
import getpass
import re
import socket
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nbformat

TAGS = {"setup", "exercise", "solution", "nbval-ignore-output", "nbval-skip", "raises-exception", "hints"}
IGNORES = {"nbval-ignore-output", "nbval-skip"}
CHAPTER_RULES, NOTEBOOK_RULES = {}, {}


@dataclass
class Document:
    """A notebook and where it stands."""

    path: Path
    notebook: nbformat.NotebookNode

    @property
    def cells(self):
        return self.notebook.cells

    @cached_property
    def code(self):
        """Pairs (index among all cells, cell) of the code cells."""
        return [(i, cell) for i, cell in enumerate(self.cells) if cell.cell_type == "code"]

    @cached_property
    def number(self):
        return str(int(self.path.name[:2]))

    @cached_property
    def text(self):
        return "\n\n".join(cell.source for cell in self.cells if cell.cell_type == "markdown")

    @cached_property
    def sections(self):
        """Cells of each numbered section, by its heading."""
        found, current = {}, None
        for cell in self.cells:
            for line in cell.source.splitlines() if cell.cell_type == "markdown" else []:
                if line.startswith("## "):
                    current = line[3:] if re.match(rf"## {self.number}\.\d+ \S", line) else None
            if current:
                found.setdefault(current, []).append(cell)
        return found

    def fault(self, rule, what, index=None):
        """Word a message about a cell, or about the whole notebook."""
        where = self.path.stem
        if index is not None:
            first_line = self.cells[index].source.splitlines()[:1]
            where += f" cell {index} ({first_line[0][:40] if first_line else 'empty'!r})"
        return f"{rule} {where}: {what}"


def tags(cell):
    return set(cell.metadata.get("tags", []))


def asserts(cell):
    return (
        cell.cell_type == "code" and re.search(r"^\s*assert\b|\bassert_\w+\(", cell.source, re.M) is not None
    )


def chapter_rule(function):
    """Register a rule that holds for chapters."""
    CHAPTER_RULES[function.__name__] = function
    return function


def notebook_rule(function):
    """Register a rule that holds for chapters and solutions."""
    NOTEBOOK_RULES[function.__name__] = function
    return function


# --- How a chapter is laid out ---------------------------------------------------------------------


@chapter_rule
def n1_parts_in_order(doc):
    parts = [
        rf"^# {doc.number} \S",
        r"colab\.research\.google\.com",
        r"^\*\*Question:\*\*",
        r"^\*\*Aims\.\*\*",
        r"^\*\*Before you start:\*\*",
        r"^\*\*Minutes:\*\* about \d+ to read and do, under \d+ seconds to run",
        r"^## Setup",
        rf"^## {doc.number}\.1 \S",
        r"^## Recap",
        r"^## Exercises",
        r"^## Read on",
    ]
    position = 0
    for part in parts:
        found = re.compile(part, re.M).search(doc.text, position)
        if not found:
            yield doc.fault("N1", f"no {part!r} where it belongs in the order of parts")
        else:
            position = found.start()


@chapter_rule
def n1_three_to_five_aims_answered(doc):
    def items(start, end):
        found = re.search(rf"{start}(.*?)(?={end})", doc.text, re.M | re.S)
        return len(re.findall(r"^\d+\. ", found[1], re.M)) if found else 0

    aims = items(r"^\*\*Aims\.\*\*", r"^\*\*Before you start")
    answers = items("^## Recap", "^## Exercises")
    if not 3 <= aims <= 5:
        yield doc.fault("N1", f"{aims} aims, expected 3 to 5")
    if answers != aims:
        yield doc.fault("N1", f"the recap answers {answers} of {aims} aims")


@chapter_rule
def n1_three_to_six_sections(doc):
    numbers = [heading.split()[0] for heading in doc.sections]
    expected = [f"{doc.number}.{i + 1}" for i in range(len(numbers))]
    if not 3 <= len(numbers) <= 6 or numbers != expected:
        yield doc.fault("N1", f"sections {numbers}, expected 3 to 6, numbered from {doc.number}.1")


@chapter_rule
def n1_sources_with_years(doc):
    _, _, sources = doc.text.partition("## Read on")
    years = re.findall(r"\b(?:1[89]|20)\d\d\b", sources)
    if len(years) < 2:
        yield doc.fault("N1", f"'Read on' names {len(years)} years; expected at least two dated sources")


@notebook_rule
def n2_short_code_cells(doc):
    long = 0
    for i, cell in doc.code:
        if "setup" in tags(cell):
            continue
        lines = cell.source.splitlines()
        long += len(lines) > 15
        if len(lines) > 25:
            yield doc.fault("N2", f"{len(lines)} lines, at most 25", i)
        for line in lines:
            if len(line) > 88:
                yield doc.fault("N2", f"a line of {len(line)} columns, at most 88", i)
    if long > 0.1 * len(doc.code):
        yield doc.fault("N2", f"{long} of {len(doc.code)} code cells have over 15 lines; nine in ten may not")


@chapter_rule
def n2_model_and_training_apart(doc):
    for i, cell in doc.code:
        if re.search(r"\bkeras\.(Sequential|Model)\(", cell.source) and ".fit(" in cell.source:
            yield doc.fault("N2", "builds a model and trains it; make it two cells", i)


@chapter_rule
def n2_functions_run_at_once(doc):
    for place, (i, cell) in enumerate(doc.code):
        tree = ast.parse(cell.source)
        following = doc.code[place + 1][1].source if place + 1 < len(doc.code) else ""
        for node in tree.body:
            if not isinstance(node, ast.FunctionDef):
                continue
            others = [other for other in tree.body if other is not node]
            used = {n.id for other in others for n in ast.walk(other) if isinstance(n, ast.Name)}
            if node.name not in used and not re.search(rf"\b{node.name}\b", following):
                yield doc.fault("N2", f"{node.name}() isn't run in its cell or the next", i)


@chapter_rule
def n3_enough_prose(doc):
    words = len(re.findall(r"\w[\w'’-]*", doc.text))
    per_cell = words / max(1, len(doc.code))
    if not 40 <= per_cell <= 120:
        yield doc.fault("N3", f"{per_cell:.0f} words of prose per code cell, expected 40 to 120")


@chapter_rule
def n4_measured_values_are_held(doc):
    """What a run could change is followed by an assertion, so that the text may speak of it."""
    for place, (i, cell) in enumerate(doc.code):
        held = place + 1 < len(doc.code) and asserts(doc.code[place + 1][1])
        if IGNORES & tags(cell) and not held:
            yield doc.fault("N4", "its output isn't compared, and the next code cell asserts nothing", i)


@chapter_rule
def n4_at_most_35_percent_ignored(doc):
    ignored = sum(bool(IGNORES & tags(cell)) for _, cell in doc.code)
    if ignored > 0.35 * len(doc.code):
        yield doc.fault("N4", f"{ignored} of {len(doc.code)} code cells ignore their output, at most 35%")


@chapter_rule
def n4_an_assertion_in_every_section(doc):
    for heading, cells in doc.sections.items():
        if not any(asserts(cell) for cell in cells):
            yield doc.fault("N4", f"section {heading!r} asserts nothing")


@notebook_rule
def n6_links_lead_somewhere(doc):
    for i, cell in enumerate(doc.cells):
        for link in re.findall(r"\]\(([^)#\s]+)", cell.source if cell.cell_type == "markdown" else ""):
            if "://" not in link and not (doc.path.parent / link).exists():
                yield doc.fault("N6", f"the link {link} leads nowhere", i)


@notebook_rule
def n7_one_mode(doc):
    for i, cell in doc.code:
        if "setup" not in tags(cell) and re.search(
            r"os\.environ|getenv|\bquick\b|\bfast_mode\b", cell.source, re.I
        ):
            yield doc.fault("N7", "reads a switch; what is tested must be what the learner runs", i)


@notebook_rule
def n9_known_tags(doc):
    for i, cell in enumerate(doc.cells):
        for tag in tags(cell) - TAGS:
            yield doc.fault("N9", f"the tag {tag!r} isn't one of {sorted(TAGS)}", i)


@notebook_rule
def c9_keras_3_only(doc):
    old = r"tf\.keras|tensorflow\.keras|tf\.compat|input_shape=|\.h5['\"](?<!weights\.h5['\"])|save_format"
    for i, cell in doc.code:
        found = re.search(old, cell.source)
        if found:
            yield doc.fault("C9", f"{found[0]!r} is from before Keras 3", i)


@chapter_rule
def e1_three_kinds_of_exercises(doc):
    _, _, part = doc.text.partition("## Exercises")
    titles = re.findall(rf"^### Exercise ({doc.number}\.\d+) – (.+)$", part, re.M)
    numbers = [number for number, _ in titles]
    if len(numbers) < 3 or numbers != [f"{doc.number}.{i + 1}" for i in range(len(numbers))]:
        yield doc.fault("E1", f"exercises {numbers}, expected at least three, numbered from {doc.number}.1")
    for kind in ("predict", "change", "build"):
        if not any(kind in title.lower() for _, title in titles):
            yield doc.fault("E1", f"no exercise has {kind!r} in its title")


@chapter_rule
def e2_every_stub_is_checked(doc):
    checked = set()
    for place, (i, cell) in enumerate(doc.code):
        if "exercise" in tags(cell):
            ast.parse(cell.source)
            following = doc.code[place + 1][1].source if place + 1 < len(doc.code) else ""
            found = re.search(r'\bcheck\("([\d.]+)"', following)
            if not found:
                yield doc.fault("E2", "no check in the code cell after this exercise", i)
            else:
                checked.add(found[1])
    for number in re.findall(r"^### Exercise (\d+\.\d+)", doc.text, re.M):
        if number not in checked:
            yield doc.fault("E2", f"exercise {number} has no cell tagged 'exercise' with a check after it")


# --- What a notebook holds after it was built ------------------------------------------------------


@notebook_rule
def every_cell_was_executed(doc):
    """nbval compares nothing in a cell without execution count."""
    counts = [cell.execution_count for _, cell in doc.code]
    if counts != list(range(1, len(counts) + 1)):
        yield doc.fault("nbval", f"execution counts {counts}; build it with `make notebooks`")


@notebook_rule
def no_errors_or_log_lines(doc):
    for i, cell in doc.code:
        for output in cell.outputs:
            if output.output_type == "error" and "raises-exception" not in tags(cell):
                yield doc.fault("nbval", f"ends in {output.ename}", i)
            if output.get("name") == "stderr":
                yield doc.fault("stderr", f"{output.text[:80]!r}", i)


@notebook_rule
def g3_alt_texts(doc):
    for i, cell in doc.code:
        for output in cell.outputs:
            if "image/png" in output.get("data", {}) and len(output.metadata.get("alt", "")) < 20:
                yield doc.fault("G3", "a figure without alt text; display it with show(fig, alt)", i)


@notebook_rule
def no_trace_of_a_machine(doc):
    """Absolute paths, the host's and the user's name."""
    names = [name for name in (socket.gethostname(), getpass.getuser()) if len(name) > 4]
    private = re.compile(
        r"(?<![\w.:/])/(?:home|root|tmp|work|Users|usr|var|opt|mnt|private|content)/|\b[A-Z]:\\"
        + "".join(rf"|\b{re.escape(name)}\b" for name in names)
    )
    for i, cell in doc.code:
        for output in cell.outputs:
            texts = [output.get("text", "")] + [
                text for kind, text in output.get("data", {}).items() if kind.startswith("text/")
            ]
            for text in texts:
                found = private.search(re.sub(r"base64,[\w+/=]+", "", "".join(text)))
                if found:
                    yield doc.fault("private", f"the output holds {found[0]!r}", i)

"""The house rules for notebooks that a program can check.

Each rule is a function that takes a `Document` and returns one message per fault. A message names the rule,
the notebook and the cell, then says what was found, what is expected and what to do. The rules themselves
stand in `notebooks/source/README.md`. `test_documents.py` applies all of them, and breaks a good notebook on
purpose to see that each rule can fail.
"""

import ast
import getpass
import re
import socket
from dataclasses import dataclass
from functools import cached_property, wraps
from pathlib import Path

import build
import nbformat

TAGS = {"setup", "exercise", "solution", "hints", "nbval-ignore-output", "nbval-skip", "raises-exception"}
IGNORES = {"nbval-ignore-output", "nbval-skip"}
CHAPTER_RULES, NOTEBOOK_RULES, IDS = {}, {}, set()


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
    def chapter(self):
        """The chapter's entry in chapters.toml."""
        return build.find_chapter(self.path.name[:2])

    @property
    def number(self):
        return self.chapter.number

    @property
    def rebuild(self):
        return f"build it anew: `make notebooks CHAPTER={self.number:02} FORCE=1`"

    @cached_property
    def lessons(self):
        """The code cells that do more than ask for a prediction or answer it."""
        return [(i, cell) for i, cell in self.code if not re.match(r"(predict|happened)\(", cell.source)]

    def after(self, place):
        """Source of the code cell that follows the one at `place` among the code cells, or nothing.

        A question or an answer in between is passed over.
        """
        index = self.code[place][0]
        return next((cell.source for i, cell in self.lessons if i > index), "")

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

    def message(self, rule, fault):
        """Say which rule, where, and what the fault is: a sentence, or a cell's index and a sentence."""
        if isinstance(fault, str):
            return f"{rule} {self.path.stem}: {fault}"
        index, sentence = fault
        first_line = (self.cells[index].source.splitlines() or ["empty"])[0]
        return f"{rule} {self.path.stem} cell {index} ({first_line[:40]!r}): {sentence}"


def tags(cell):
    return set(cell.metadata.get("tags", []))


def asserts(source):
    return re.search(r"^\s*assert\b|\bassert_\w+\(", source, re.M) is not None


def chapter_rule(id):
    """Register a rule for chapters: a generator of sentences, or of pairs (index of a cell, sentence)."""
    return lambda function: _register(CHAPTER_RULES, id, function)


def notebook_rule(id):
    """Register a rule that holds for chapters and solutions."""
    return lambda function: _register(NOTEBOOK_RULES, id, function)


def _register(rules, id, function):
    @wraps(function)
    def messages(doc):
        return [doc.message(id, fault) for fault in function(doc)]

    rules[function.__name__] = messages
    IDS.add(id)
    return messages


# --- How a chapter is laid out ---------------------------------------------------------------------


@chapter_rule("N1")
def n1_parts_in_order(doc):
    title = f"# {doc.number} {doc.chapter.title}"
    minutes = f"**Minutes:** about {doc.chapter.minutes} to read and do"
    parts = [
        (rf"^{re.escape(title)}$", f"the title {title!r} (in the twin: '# {{title}}')"),
        (r"colab\.research\.google\.com", "the badge (in the twin: '{badge}')"),
        (r"^\*\*Question:\*\*", "'**Question:**'"),
        (r"^\*\*Aims\.\*\*", "'**Aims.**'"),
        (r"^\*\*Before you start:\*\*", "'**Before you start:**'"),
        (
            rf"^{re.escape(minutes)}, under \d+ seconds to run",
            f"'{minutes}, under 60 seconds to run' (in the twin: '{{minutes}}'; the seconds are yours)",
        ),
        (r"^## Setup", "the heading '## Setup'"),
        (rf"^## {doc.number}\.1 \S", f"a heading '## {doc.number}.1 …' of the first section"),
        (r"^## Recap", "the heading '## Recap'"),
        (r"^## Read on", "the heading '## Read on'"),
    ]
    position, before = 0, "the beginning"
    for pattern, what in parts:
        found = re.compile(pattern, re.M).search(doc.text, position)
        if not found:
            yield f"{what} is missing, or stands elsewhere; put it after {before}"
        else:
            position, before = found.start(), what


@chapter_rule("N1")
def n1_three_to_five_aims_answered(doc):
    def items(start, end):
        found = re.search(rf"{start}(.*?)(?={end})", doc.text, re.M | re.S)
        return len(re.findall(r"^\d+\. ", found[1], re.M)) if found else 0

    aims = items(r"^\*\*Aims\.\*\*", r"^\*\*Before you start")
    answers = items("^## Recap", "^## Read on")
    if not 3 <= aims <= 5:
        yield f"there are {aims} numbered aims, expected 3 to 5; join or split some"
    if answers != aims:
        yield f"the recap has {answers} numbered answers to {aims} aims; answer the aims one by one"


@chapter_rule("N1")
def n1_three_to_six_sections(doc):
    numbers = [heading.split()[0] for heading in doc.sections]
    expected = [f"{doc.number}.{i + 1}" for i in range(len(numbers))]
    if not 3 <= len(numbers) <= 6 or numbers != expected:
        found = ", ".join(numbers) or "none"
        yield f"the sections are {found}; expected 3 to 6 headings '## {doc.number}.1 …', numbered in order"


@chapter_rule("N1")
def n1_exercises_in_their_sections(doc):
    inside = {id(cell) for cells in doc.sections.values() for cell in cells}
    for i, cell in enumerate(doc.cells):
        if "### Exercise" in cell.source and id(cell) not in inside:
            yield i, "the exercise stands in no section; put it at the end of the section that it exercises"


@chapter_rule("N1")
def n1_sources_with_years(doc):
    _, _, sources = doc.text.partition("## Read on")
    years = re.findall(r"\b(?:1[89]|20)\d\d\b", sources)
    if len(years) < 2:
        yield f"'## Read on' names {len(years)} years, expected at least two sources, each with its year"


@notebook_rule("N2")
def n2_short_code_cells(doc):
    long = 0
    for i, cell in doc.code:
        if "setup" in tags(cell):
            continue
        lines = cell.source.splitlines()
        long += len(lines) > 15
        if len(lines) > 25:
            yield i, f"the cell has {len(lines)} lines, expected at most 25; make it two cells"
        for line in lines:
            if len(line) > 88:
                yield i, f"a line has {len(line)} columns, expected at most 88; break {line!r}"
    if long > 0.1 * len(doc.code):
        yield f"{long} of {len(doc.code)} code cells have over 15 lines, expected one in ten; divide some"


@chapter_rule("N2")
def n2_model_and_training_apart(doc):
    for i, cell in doc.code:
        if re.search(r"\bkeras\.(Sequential|Model)\(", cell.source) and ".fit(" in cell.source:
            yield i, "the cell builds a model and trains it; make it two cells"


@chapter_rule("N2")
def n2_functions_run_at_once(doc):
    for place, (i, cell) in enumerate(doc.code):
        try:
            tree = ast.parse(cell.source)
        except SyntaxError as problem:
            yield i, f"the cell is not plain Python ({problem.msg}); write it without magics"
            continue
        for node in tree.body:
            if not isinstance(node, ast.FunctionDef):
                continue
            others = [other for other in tree.body if other is not node]
            used = {n.id for other in others for n in ast.walk(other) if isinstance(n, ast.Name)}
            if node.name not in used and not re.search(rf"\b{node.name}\b", doc.after(place)):
                yield i, f"{node.name}() is run neither in its cell nor in the next; run it right there"


@chapter_rule("N3")
def n3_enough_prose(doc):
    words = len(re.findall(r"\w[\w'’-]*", doc.text))
    per_cell = words / max(1, len(doc.lessons))
    if not 40 <= per_cell <= 120:
        what = "explain more" if per_cell < 40 else "say it in fewer words"
        yield f"there are {per_cell:.0f} words of text per code cell, expected 40 to 120; {what}"


@chapter_rule("N4")
def n4_measured_values_are_held(doc):
    """What a run could change is held by an assertion there or in the next cell: the text may speak of it."""
    for place, (i, cell) in enumerate(doc.code):
        if IGNORES & tags(cell) and not asserts(f"{cell.source}\n{doc.after(place)}"):
            yield (
                i,
                "its output is not compared (see its tags); assert here or in the next cell what it must be",
            )


@chapter_rule("N4")
def n4_at_most_35_percent_ignored(doc):
    ignored = sum(bool(IGNORES & tags(cell)) for _, cell in doc.code)
    if ignored > 0.35 * len(doc.code):
        yield f"{ignored} of {len(doc.code)} outputs are not compared, expected at most 35%; drop some tags"


@chapter_rule("N4")
def n4_an_assertion_in_every_section(doc):
    for heading, cells in doc.sections.items():
        if not any(cell.cell_type == "code" and asserts(cell.source) for cell in cells):
            yield f"section {heading!r} asserts nothing; hold one of its claims with an assertion"


@notebook_rule("N6")
def n6_links_lead_somewhere(doc):
    for i, cell in enumerate(doc.cells):
        for link in re.findall(r"\]\(([^)#\s]+)", cell.source if cell.cell_type == "markdown" else ""):
            if "://" not in link and not (doc.path.parent / link).exists():
                yield i, f"the link {link} leads to no file; correct its path"


@notebook_rule("N7")
def n7_one_mode(doc):
    for i, cell in doc.code:
        if "setup" not in tags(cell) and re.search(
            r"os\.environ|getenv|\bquick\b|\bfast_mode\b", cell.source, re.I
        ):
            yield i, "the cell reads a switch; drop it: what is tested must be what the learner runs"


@notebook_rule("N9")
def n9_known_tags(doc):
    for i, cell in enumerate(doc.cells):
        if "teacher" in tags(cell):
            yield i, "a cell for who teaches stands in the notebook; it belongs into the notes: build it anew"
        for tag in tags(cell) - TAGS - {"teacher"}:
            yield i, f"the tag {tag!r} is unknown; expected {', '.join(sorted(TAGS))}: correct or drop it"


@notebook_rule("C9")
def c9_keras_3_only(doc):
    old = r"tf\.keras|tensorflow\.keras|tf\.compat|input_shape=|\.h5['\"](?<!weights\.h5['\"])|save_format"
    for i, cell in doc.code:
        found = re.search(old, cell.source)
        if found:
            yield i, f"the code holds {found[0]!r}, from before Keras 3; write what Keras 3 has for it"


@chapter_rule("P1")
def p1_predictions_are_asked_and_answered(doc):
    """Each is asked once, in the cell after the text that calls for it, and answered in a later one."""
    asked, answered = {}, {}
    for found, name in ((asked, "predict"), (answered, "happened")):
        for i, cell in doc.code:
            for id in re.findall(rf'\b{name}\(\s*"([^"]+)"', cell.source):
                found.setdefault(id, []).append(i)
    if not asked:
        yield "it asks for no prediction; add predict(...) before a result, and happened(...) after it"
    for id, places in asked.items():
        if len(places) > 1 or not re.fullmatch(rf"{doc.number}\.[a-z]", id):
            yield places[-1], f"prediction {id!r} needs an id of its own, such as '{doc.number}.a'"
        elif len(answers := answered.get(id, [])) != 1 or answers[0] <= places[0]:
            yield places[0], f'{id} is answered in {len(answers)} cells; call happened("{id}", …) once, later'
    for id in answered.keys() - asked.keys():
        yield answered[id][0], f"{id} is answered and never asked; ask it with predict before"
    for i, cell in enumerate(doc.cells):
        called = cell.cell_type == "markdown" and re.search(r"\*\*predict\b", cell.source, re.I)
        following = doc.cells[i + 1] if i + 1 < len(doc.cells) else None
        is_asked = i + 1 in {place for places in asked.values() for place in places}
        if called and not is_asked and not (following and "exercise" in tags(following)):
            yield i, "the text says 'predict' and no question follows; put predict(...) into the next cell"


@chapter_rule("E1")
def e1_three_kinds_of_exercises(doc):
    titles = re.findall(rf"^### Exercise ({doc.number}\.\d+) – (.+)$", doc.text, re.M)
    numbers = [number for number, _ in titles]
    if len(numbers) < 3 or numbers != [f"{doc.number}.{i + 1}" for i in range(len(numbers))]:
        found = ", ".join(numbers) or "none"
        title = f"'### Exercise {doc.number}.1 – …'"
        yield f"the exercises are {found}; expected at least three headings {title}, numbered without a gap"
    for kind in ("predict", "change", "build"):
        if not any(kind in title.lower() for _, title in titles):
            yield f"no exercise's title has the word {kind!r}; expected one each of predict, change and build"


@chapter_rule("E2")
def e2_every_stub_is_checked(doc):
    checked = set()
    for place, (i, cell) in enumerate(doc.code):
        if "exercise" in tags(cell):
            found = re.search(r'\bcheck\("([\d.]+)"', doc.after(place))
            if not found:
                yield i, 'the code cell after this stub calls no check; add check("…", answer) there'
            else:
                checked.add(found[1])
    for number in re.findall(r"^### Exercise (\d+\.\d+)", doc.text, re.M):
        if number not in checked:
            yield f"exercise {number} has no stub; add a cell tagged 'exercise', and one with its check"


@chapter_rule("N2")
def n2_functions_keep_their_names(doc):
    functions = set()
    for i, cell in doc.code:
        for name in sorted((bound_names(cell.source) & functions) - set(_defined(cell.source))):
            yield i, f"it overwrites the function {name}, which a cell above may be run for again; rename it"
        functions |= set(_defined(cell.source))


def _defined(source):
    return re.findall(r"^def (\w+)", source, re.M)


@chapter_rule("E2")
def e2_answers_keep_their_names(doc):
    answers = set()
    for i, cell in doc.code:
        bound = bound_names(cell.source)
        for name in sorted(bound & answers):
            yield (
                i,
                f"it overwrites {name}, an exercise's answer, which could not be checked again; rename it",
            )
        if "exercise" in tags(cell):
            answers |= bound


def bound_names(source):
    """Names that a cell binds, other than those within functions and comprehensions."""
    try:
        ahead, names = [*ast.parse(source).body], set()
    except SyntaxError:  # told by another rule
        return set()
    within = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda)
    while ahead:
        node = ahead.pop()
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif not isinstance(node, within):
            ahead += ast.iter_child_nodes(node)
    return names


# --- What a notebook holds after it was built ------------------------------------------------------


@notebook_rule("O1")
def every_cell_was_executed(doc):
    """nbval compares nothing in a cell without execution count."""
    for place, (i, cell) in enumerate(doc.code, start=1):
        if cell.execution_count != place:
            yield i, f"the cell's execution count is {cell.execution_count}, expected {place}; {doc.rebuild}"


@notebook_rule("O2")
def no_errors_or_log_lines(doc):
    for i, cell in doc.code:
        for output in cell.outputs:
            if output.output_type == "error" and "raises-exception" not in tags(cell):
                yield (
                    i,
                    f"the cell ends in {output.ename}; mend it, or tag it 'raises-exception' if it should",
                )
            if output.get("name") == "stderr":
                yield i, f"the cell writes to stderr: {output.text[:80]!r}; mend what causes the message"


@notebook_rule("G3")
def g3_alt_texts(doc):
    for i, cell in doc.code:
        for output in cell.outputs:
            if "image/png" in output.get("data", {}) and len(output.metadata.get("alt", "")) < 20:
                yield i, 'a figure has no alt text of at least 20 characters; end the cell in show(fig, "…")'


@notebook_rule("O3")
def no_trace_of_a_machine(doc):
    """Absolute paths, the host's and the user's name, addresses in memory."""
    names = [name for name in (socket.gethostname(), getpass.getuser()) if len(name) > 4]
    private = re.compile(
        r"(?<![\w.:/])/(?:home|root|tmp|work|Users|usr|var|opt|mnt|private|content)/|\b[A-Z]:\\|\b0x[0-9a-f]{8,}"
        + "".join(rf"|\b{re.escape(name)}\b" for name in names)
    )
    for i, text in output_texts(doc):
        if found := private.search(re.sub(r"base64,[\w+/=]+", "", text)):
            yield i, f"the output holds {found[0]!r}, which is private; print a name, no path"


@notebook_rule("O4")
def no_preparation_of_data(doc):
    """Data are drawn or fetched once on a machine: the next build says nothing of it."""
    for i, text in output_texts(doc):
        if found := re.search(r"^(?:Drawing|Writing|Downloading) [^:\n]+: \d+ \w+$", text, re.M):
            yield i, f"the output tells how data were prepared: {found[0]!r}; {doc.rebuild}"


def output_texts(doc):
    """Pairs (index of a cell, text) of everything textual in the outputs."""
    for i, cell in doc.code:
        for output in cell.outputs:
            yield i, output.get("text", "")
            for kind, text in output.get("data", {}).items():
                if kind.startswith("text/"):
                    yield i, text

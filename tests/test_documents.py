"""Notebooks as documents: each agrees with its twin and follows the house rules; and the rules can fail."""

import copy
import functools
import re
from pathlib import Path

import build
import nbformat
import pytest
from document_rules import CHAPTER_RULES, IDS, NOTEBOOK_RULES, Document

RULES = CHAPTER_RULES | NOTEBOOK_RULES
CHAPTERS = [chapter.twin for chapter in build.read_chapters()]
TWINS = build.find_twins()


def name(path):
    return path.relative_to(build.SOURCE).with_suffix("").as_posix() if isinstance(path, Path) else None


@functools.cache
def document(twin):
    target = build.target_of(twin)
    step = f"write its twin, then make notebooks CHAPTER={twin.name[:2]}"
    assert target.exists(), f"{target.relative_to(build.ROOT)} is missing: {step}"
    return Document(target, nbformat.read(target, as_version=4))


@pytest.mark.parametrize("twin", TWINS, ids=name)
def test_notebook_agrees_with_its_twin(twin):
    wanted, found = build.read_twin(twin), document(twin).notebook
    step = f"make notebooks CHAPTER={twin.name[:2]}"
    for i, (a, b) in enumerate(zip(wanted.cells, found.cells, strict=False)):
        same = (a.id, a.cell_type, a.source, a.metadata) == (b.id, b.cell_type, b.source, b.metadata)
        assert same, f"{name(twin)} cell {i} isn't what its twin says: {step}"
    assert len(wanted.cells) == len(found.cells), (
        f"{name(twin)} has more or fewer cells than its twin: {step}"
    )
    assert wanted.metadata == found.metadata, f"Jupyter has saved {name(twin)} since it was built: {step}"


def test_every_notebook_has_a_twin_and_every_twin_an_entry():
    built = {build.target_of(twin) for twin in TWINS}
    assert {p for p in build.NOTEBOOKS.rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts} == built
    assert [*CHAPTERS, *sorted(build.SOURCE.glob("solutions/*.py"))] == TWINS


@pytest.mark.parametrize(
    ("twin", "rule"),
    [(t, rule) for t in TWINS for rule in (RULES if t in CHAPTERS else NOTEBOOK_RULES).values()],
    ids=lambda value: name(value) or value.__name__,
)
def test_rules(twin, rule):
    faults = rule(document(twin))
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("twin", TWINS, ids=name)
def test_n8_setup_cell_is_the_same_everywhere(twin):
    cells = [c for c in document(twin).cells if "setup" in c.metadata.get("tags", [])]
    assert [c.source for c in cells] == [build.setup_cell()], (
        f"N8 {name(twin)}: {len(cells)} cells are tagged 'setup', expected one that holds '# {{setup}}' alone"
    )


@pytest.mark.parametrize("twin", TWINS, ids=name)
def test_badge_opens_this_file(twin):
    text = document(twin).cells[0].source
    path = build.target_of(twin).relative_to(build.ROOT).as_posix()
    owner_and_name = build.course_address().split("github.com/")[1]
    assert f"colab.research.google.com/github/{owner_and_name}/blob/main/{path}" in text


@pytest.mark.parametrize("twin", CHAPTERS, ids=name)
def test_every_exercise_is_solved(twin):
    solved = document(build.SOURCE / "solutions" / twin.name)
    numbers = re.findall(r"^### Exercise (\d+\.\d+)", document(twin).text, re.M)
    marked = [c.metadata.exercise for _, c in solved.code if "solution" in c.metadata.get("tags", [])]
    assert marked == numbers
    outputs = "".join(output.get("text", "") for _, cell in solved.code for output in cell.outputs)
    for number in numbers:
        assert re.search(rf"^{re.escape(number)} right", outputs, re.M), f"{number} isn't found right"


# --- Every rule can fail: a good chapter, broken in one place --------------------------------------


def first(doc, kind="code", tag=None, holding=""):
    for cell in doc.cells:
        if cell.cell_type == kind and holding in cell.source:
            if tag is None and "setup" not in cell.metadata.get("tags", []):
                return cell
            if tag in cell.metadata.get("tags", []):
                return cell
    raise AssertionError(f"the sample chapter has no {kind} cell with tag {tag} and {holding!r}")


def replace(doc, old, new):
    for cell in doc.cells:
        if cell.cell_type == "markdown":
            cell.source = re.sub(old, new, cell.source, flags=re.M)


def drop_assertions(doc):
    doc.notebook.cells = [c for c in doc.cells if "assert" not in c.source or c.cell_type != "code"]


def drop(doc, word):
    doc.notebook.cells = [c for c in doc.cells if word not in c.source]


def say(doc, text, stream="stdout"):
    first(doc).outputs.append(nbformat.v4.new_output("stream", name=stream, text=text))


def tag_all(doc):
    for cell in doc.cells:
        if cell.cell_type == "code":
            cell.metadata.tags = ["nbval-ignore-output"]


BREAKS = [
    ("n1_parts_in_order", lambda d: replace(d, r"^\*\*Minutes:\*\*.*", "Takes a while")),
    ("n1_parts_in_order", lambda d: replace(d, r"^## Read on", "## Sources")),
    ("n1_parts_in_order", lambda d: replace(d, r"^# 0 Start here", "# 0 Begin here")),
    ("n1_parts_in_order", lambda d: replace(d, r"about 30 to read", "about 31 to read")),
    (
        "n1_three_to_five_aims_answered",
        lambda d: replace(d, r"^\*\*Before you", "6. be\n7. go\n\n**Before you"),
    ),
    ("n1_three_to_five_aims_answered", lambda d: replace(d, r"^## Recap\n1\. ", "## Recap\n")),
    ("n1_three_to_six_sections", lambda d: replace(d, r"^## 0\.2 ", "## 0.4 ")),
    (
        "n1_exercises_in_their_sections",
        lambda d: replace(d, r"^## Read on", "### Exercise 0.9 – Last\n## Read on"),
    ),
    ("n1_sources_with_years", lambda d: replace(d, r"\b(19|20)\d\d\b", "long ago")),
    ("n2_short_code_cells", lambda d: first(d).update(source="x = 1\n" * 26)),
    ("n2_short_code_cells", lambda d: first(d).update(source="x = '" + "a" * 90 + "'")),
    ("n2_model_and_training_apart", lambda d: first(d).update(source="m = keras.Sequential([])\nm.fit(x)")),
    ("n2_functions_run_at_once", lambda d: first(d).update(source="def lonely():\n    return 1")),
    ("n2_functions_run_at_once", lambda d: first(d).update(source="%time x = 1")),
    ("n3_enough_prose", lambda d: replace(d, r".+", "word")),
    ("n3_enough_prose", lambda d: replace(d, r"(.+)", r"\1 \1 \1 \1")),
    ("n4_measured_values_are_held", drop_assertions),
    ("n4_at_most_35_percent_ignored", tag_all),
    ("n4_an_assertion_in_every_section", drop_assertions),
    ("n6_links_lead_somewhere", lambda d: replace(d, r"01_logistic_regression\.ipynb", "01_gone.ipynb")),
    ("n7_one_mode", lambda d: first(d).update(source="epochs = 1 if os.environ.get('CI') else 10")),
    ("n9_known_tags", lambda d: first(d).metadata.update(tags=["skip-me"])),
    ("n9_known_tags", lambda d: first(d, "markdown").metadata.update(tags=["teacher"])),
    ("c9_keras_3_only", lambda d: first(d).update(source="tf.keras.layers.Dense(1, input_shape=(2,))")),
    ("c9_keras_3_only", lambda d: first(d).update(source="model.save('model.h5')")),
    ("p1_predictions_are_asked_and_answered", lambda d: drop(d, "predict(")),
    ("p1_predictions_are_asked_and_answered", lambda d: drop(d, "happened(")),
    (
        "p1_predictions_are_asked_and_answered",
        lambda d: first(d, holding='"0.a"').update(source='predict("0.b", "Which?", within=1)'),
    ),
    (
        "p1_predictions_are_asked_and_answered",
        lambda d: first(d, "markdown", holding="## Recap").update(source="**Predict:** what is next?"),
    ),
    ("e1_three_kinds_of_exercises", lambda d: replace(d, r"^### Exercise 0\.3.*", "")),
    ("e1_three_kinds_of_exercises", lambda d: replace(d, r"\(predict and run\)", "(think)")),
    ("e2_every_stub_is_checked", lambda d: first(d, holding='check("0.2"').update(source="pass")),
    (
        "n2_functions_keep_their_names",
        lambda d: first(d, holding='check("0.2"').update(source="for draw_steps in []:\n    pass"),
    ),
    (
        "e2_answers_keep_their_names",
        lambda d: first(d, holding='check("0.2"').update(
            source="for new_limit in (1, 2):\n    check('0.2', 3)"
        ),
    ),
    ("every_cell_was_executed", lambda d: first(d).update(execution_count=None)),
    ("no_errors_or_log_lines", lambda d: say(d, "I0000 00:00:1.0 5393 port.cc:153] oneDNN", "stderr")),
    (
        "no_errors_or_log_lines",
        lambda d: first(d).outputs.append(
            nbformat.v4.new_output("error", ename="E", evalue="", traceback=[])
        ),
    ),
    (
        "g3_alt_texts",
        lambda d: first(d).outputs.append(nbformat.v4.new_output("display_data", {"image/png": "iVBO"})),
    ),
    ("no_preparation_of_data", lambda d: say(d, "Drawing garments: 70000 garments\n")),
    ("no_preparation_of_data", lambda d: say(d, "Ready.\nDownloading imdb.npz: 17000 KB\n")),
    ("no_trace_of_a_machine", lambda d: say(d, "read /home/ann/data/mnist.npz")),
    ("no_trace_of_a_machine", lambda d: say(d, r"read C:\Users\Ann\mnist.npz")),
    ("no_trace_of_a_machine", lambda d: say(d, "WARNING: <function one_step at 0x7ff96d5539c0> retraced")),
]


@pytest.mark.parametrize(("rule", "break_it"), BREAKS, ids=[rule for rule, _ in BREAKS])
def test_rule_can_fail_and_says_so_in_words(rule, break_it):
    doc = document(build.SOURCE / "00_start_here.py")
    broken = Document(doc.path, copy.deepcopy(doc.notebook))
    break_it(broken)
    faults = RULES[rule](Document(doc.path, broken.notebook))
    assert faults
    for fault in faults:
        assert re.match(rf"[NCGEOP]\d+ {doc.path.stem}( cell \d+ \(.*\))?: [\w'`#*]", fault), fault
        assert not re.search(r"\\[a-zA-Z.*]|\(\?[:=!<]", fault), f"shows a pattern: {fault}"


def test_every_rule_has_a_case_in_which_it_fails_and_is_described():
    assert {rule for rule, _ in BREAKS} == set(RULES)
    described = re.findall(r"^\| (\w\d+) \|", (build.SOURCE / "README.md").read_text(encoding="utf-8"), re.M)
    assert {*IDS, "N8"} <= set(described)
    assert len(described) == len(set(described))

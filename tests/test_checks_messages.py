"""What checks say is a template with values, so that it can be translated: no f-strings, no glued pieces."""

import ast
import re
from pathlib import Path

import pytest

from helpers import checks

# Bands speak to authors; the learner's file writes its own notes.
MODULES = [
    path
    for path in sorted(Path(checks.__path__[0]).glob("*.py"))
    if path.stem not in ("bands", "learner_file")
]
SPEAKS = {"Wrong", "NotStarted", "Unavailable", "say", "print"}


def glued(tree):
    """Texts in a piece of code that are put together rather than filled in: their nodes."""
    for node in ast.walk(tree):
        text = [
            part
            for part in (getattr(node, "left", None), getattr(node, "right", None))
            if isinstance(part, ast.JoinedStr) or isinstance(getattr(part, "value", None), str)
        ]
        is_format = isinstance(node, ast.Attribute) and node.attr == "format"
        if isinstance(node, ast.JoinedStr) or is_format or (isinstance(node, ast.BinOp) and text):
            yield node


def faults(code, is_chapter):
    """Lines of a module with a message that is no template, or a check that returns something."""
    tree = ast.parse(code)
    places = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in SPEAKS and node.args:
            places += [part.lineno for part in glued(node.args[0])]
        if isinstance(node, ast.FunctionDef) and any(
            "exercise" in ast.unparse(d) for d in node.decorator_list
        ):
            inner = [
                n for n in ast.walk(node) if isinstance(n, ast.FunctionDef | ast.Lambda) and n is not node
            ]
            allowed = {n for function in inner for n in ast.walk(function)}
            returns = [
                n for n in ast.walk(node) if isinstance(n, ast.Return) and n.value and n not in allowed
            ]
            places += [n.lineno for n in returns]
    if is_chapter:
        places += [part.lineno for part in glued(tree)]
    return sorted(set(places))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_messages_are_templates(path):
    assert not faults(path.read_text(encoding="utf-8"), path.stem.startswith("chapter_"))


@pytest.mark.parametrize(
    "slip",
    [
        'raise Wrong(f"{x} is wrong")',
        'raise Wrong("%s is wrong" % x)',
        'raise Wrong(x + " is wrong")',
        'raise Wrong("{} is wrong".format(x))',
        'close(x, y, f"result {x}")',
        'return "wrong"',
    ],
)
def test_slips_are_found(slip):
    assert faults(f'@exercise("1.1")\ndef check(x):\n    {slip}\n', is_chapter=True) == [3]
    assert not faults('@exercise("1.1")\ndef check(x):\n    raise Wrong("{x} is wrong", x=x + 1)\n', True)


def templates(call, function):
    """Templates that a call in a function is given: there, under a name just before, or as keys of faults."""
    given, assigned = call.args[0], [node for node in ast.walk(function) if isinstance(node, ast.Assign)]
    for node in sorted(assigned, key=lambda node: node.lineno):
        if node.lineno < call.lineno and ast.unparse(node.targets[0]) == ast.unparse(call.args[0]):
            given = node.value
    texts = given.keys if isinstance(given, ast.Dict) else [given]
    return [text.value for text in texts if isinstance(text, ast.Constant)]


def misplaced(code):
    """Calls whose templates have places without a value, or, written there, values without a place."""
    found = []
    for function in ast.walk(ast.parse(code)):
        for node in ast.walk(function) if isinstance(function, ast.FunctionDef) else ():
            known = {keyword.arg for keyword in getattr(node, "keywords", [])}
            speaks = isinstance(node, ast.Call) and getattr(node.func, "id", "") in {*SPEAKS, "refuse"}
            if not (speaks and known and None not in known and (texts := templates(node, function))):
                continue
            places = {place for text in texts for place in re.findall(r"(?<!{){(\w+)", text)}
            wrong = places - known if isinstance(node.args[0], ast.Name) else places ^ known
            found += [(node.lineno, wrong)] if wrong else []
    return found


def test_every_place_in_a_template_has_its_value():
    for path in MODULES:
        assert not misplaced(path.read_text(encoding="utf-8")), path.name


@pytest.mark.parametrize(
    "slip",
    [
        'raise Wrong("{x} is wrong", y=x)',
        't = "{x} is wrong"\n    raise Wrong(t, y=x)',
        'refuse({"{x} is wrong": x}, y=x)',
        'faults = {"{x} is wrong": x, "wrong": x}\n    refuse(faults, y=x)',
    ],
)
def test_misplaced_values_are_found(slip):
    assert misplaced(f"def check(x):\n    {slip}\n")

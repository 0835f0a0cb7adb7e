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


def test_every_place_in_a_template_has_its_value():
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            known = {keyword.arg for keyword in getattr(node, "keywords", [])}
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in SPEAKS and None not in known:
                for text in (arg.value for arg in node.args[:1] if isinstance(arg, ast.Constant)):
                    places = set(re.findall(r"(?<!{){(\w+)", text)) if known else set()
                    assert places == known, f"{path.name}:{node.lineno}: {text}"

"""The repository's own files agree with each other."""

import ast
import hashlib
import re
import subprocess
import sys
import tomllib
from pathlib import PureWindowsPath

import build
import nbformat
import pytest
import yaml
from colab import environment
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = build.ROOT


def requirements(path):
    lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
    return {canonical(r): r for r in (line.split("#")[0].strip() for line in lines) if r}


def canonical(requirement):
    return canonicalize_name(Requirement(requirement).name)


def as_written(requirement):
    return str(Requirement(requirement))


def locked():
    return dict(re.findall(r"^([\w.-]+)==([^\s;]+)", (ROOT / "requirements.lock").read_text(), re.M))


def test_conda_and_pip_get_the_same_packages():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    conda = [d for d in environment["dependencies"] if isinstance(d, str)]
    from_pip = next(d["pip"] for d in environment["dependencies"] if isinstance(d, dict))
    own = [d for d in conda if d.split()[0] not in {"python", "pip"}]
    assert sorted(map(as_written, own + from_pip)) == sorted(
        map(as_written, requirements("requirements.txt").values())
    )


def test_every_conda_dependency_says_what_it_is_for():
    for line in (ROOT / "environment.yml").read_text(encoding="utf-8").splitlines():
        if re.match(r"  - (?!python|pip|conda-forge)", line):
            assert "#" in line, line


@pytest.mark.parametrize("path", ["requirements.txt", "tests/requirements.txt"])
def test_the_lock_satisfies_every_range(path):
    pins = {canonicalize_name(name): pin for name, pin in locked().items()}
    for name, requirement in requirements(path).items():
        assert name in pins, f"{name} isn't locked: make lock"
        assert Requirement(requirement).specifier.contains(pins[name]), requirement


def test_the_lock_names_no_host_and_has_hashes():
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in text and "--index" not in text and "--find-links" not in text
    assert text.count("--hash=sha256:") >= len(locked()) > 100


def test_ranges_admit_colab():
    """Colab's image of August 2026; house style C10."""
    colab = {
        "tensorflow": "2.20.0",
        "keras": "3.13.2",
        "numpy": "2.1.3",
        "ipywidgets": "7.7.1",
        "anywidget": "0.9.21",
    }
    for name, has in colab.items():
        assert Requirement(requirements("requirements.txt")[name]).specifier.contains(has), name


def test_repo2docker_gets_one_python_and_the_lock():
    name, version = (ROOT / ".binder" / "runtime.txt").read_text(encoding="utf-8").strip().split("-")
    allowed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "requires-python"
    ]
    assert name == "python" and re.fullmatch(r"3\.\d+", version) and SpecifierSet(allowed).contains(version)
    lines = (ROOT / ".binder" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not line.startswith("#")] == ["-r ../requirements.lock"]
    # Other files there would be installed as well, or in place of these.
    assert {path.name for path in (ROOT / ".binder").iterdir()} == {"runtime.txt", "requirements.txt"}


def test_everything_imported_is_required():
    names = {
        "PIL": "pillow",
        "IPython": "jupyterlab",
        "jupyter_core": "jupyterlab",
        "matplotlib_inline": "jupyterlab",
        "h5py": "keras",
        "traitlets": "ipywidgets",
        "skimage": "scikit-image",
    }
    wanted = set(requirements("requirements.txt")) | {"helpers", "tensorflow"}
    for path in [*(ROOT / "helpers").rglob("*.py"), *build.find_twins()]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            modules = []
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                modules = [node.module]
            for module in modules:
                top = module.split(".")[0]
                known = top in sys.stdlib_module_names or names.get(top, top) in wanted
                assert known, f"{path.relative_to(ROOT)} imports {top}, which requirements.txt doesn't list"


def test_readme_and_chapter_00_list_every_chapter():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert build.with_table(readme) == readme, "README's table isn't what chapters.toml says: make notebooks"
    cells = nbformat.read(build.NOTEBOOKS / "00_start_here.ipynb", as_version=4).cells
    assert any(build.chapter_map() in cell.source for cell in cells), "make notebooks CHAPTER=00"
    for chapter in build.read_chapters():
        badge = build.badge(build.target_of(chapter.twin))
        assert f"| {chapter.link('notebooks/')} | {chapter.minutes} | {badge} |" in readme
        assert f"| {chapter.link()} | {chapter.line} | {chapter.minutes} |" in build.chapter_map()


def test_chapters_take_no_longer_than_they_say():
    """By the last measurement: a test of its own would judge the machine."""
    measured = dict(
        re.findall(r"^\| (\d\d_\w+) \| ([\d.]+) \|", (ROOT / "BENCHMARKS.md").read_text("utf-8"), re.M)
    )
    for chapter in build.read_chapters():
        said = re.search(r"under (\d+) seconds to run", chapter.twin.read_text(encoding="utf-8"))
        assert float(measured[chapter.twin.stem]) < int(said[1]), chapter.twin.stem


def test_no_chapter_holds_more_memory_than_a_class_has():
    """By the last measurement, in MiB: a server carries a kernel for each learner."""
    row = r"^\| (\d\d)_\w+ \| [\d.]+ \| [\d.]+ \| (\d+) \|"
    peaks = dict(re.findall(row, (ROOT / "BENCHMARKS.md").read_text("utf-8"), re.M))
    light = ("00", "01", "02", "03", "04", "05", "07")  # The first evenings, on any laptop.
    several = ("21",)  # A notebook and its workers.
    assert {*light, *several} < set(peaks) and len(peaks) == len(build.read_chapters())
    for chapter, peak in peaks.items():
        most = 1.1 if chapter in light else 2 if chapter in several else 1.5
        assert int(peak) <= 1024 * most, f"chapter {chapter}: {peak} MiB"


def test_the_classs_memory_is_what_was_measured():
    row = r"^\| chapter 02 to its end \| ([\d.]+) \| (\d+) \|"
    each, twenty = re.search(row, (ROOT / "BENCHMARKS.md").read_text("utf-8"), re.M).groups()
    said = " ".join((ROOT / "classroom/hub/README.md").read_text("utf-8").split())
    assert f"{each} for each who has run chapter 02 to its end" in said
    assert f"{twenty} GB for 20 learners" in said


def test_no_other_file_lists_the_chapters():
    """Three chapters' names in one file would be a list that somebody has to keep by hand."""
    stems = [chapter.twin.stem for chapter in build.read_chapters()]
    lists = [ROOT / "Makefile", ROOT / "pyproject.toml", ROOT / ".ci" / "run", *ROOT.glob(".github/**/*.yml")]
    programs = [path for folder in (ROOT / "helpers", ROOT / "tests") for path in folder.rglob("*.py")]
    for path in [*lists, *programs, *build.SOURCE.glob("b*.py")]:
        text = path.read_text(encoding="utf-8")
        assert sum(stem in text for stem in stems) < 3, path


def test_the_address_stands_in_one_place():
    address = build.course_address().removeprefix("https://")
    allowed = {"pyproject.toml", "README.md"}
    for path in subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True).splitlines():
        file = ROOT / path
        if path in allowed or path.endswith(".ipynb") or not file.is_file():
            continue
        assert address.encode() not in file.read_bytes(), path


def test_every_shipped_data_file_is_listed_with_its_checksum():
    text = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    shipped = subprocess.check_output(["git", "ls-files", "data"], cwd=ROOT, text=True).splitlines()
    programs = {path for path in shipped if re.fullmatch(r"data/(__init__|make/\w+)\.py", path)}
    for path in set(shipped) - programs - {"data/README.md"}:
        checksum = hashlib.sha256((ROOT / path).read_bytes()).hexdigest()
        row = next((line for line in text.splitlines() if f"| `{path.removeprefix('data/')}` |" in line), "")
        assert checksum in row, f"data/README.md doesn't list {path} with sha256 {checksum}"


def tracked():
    return subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True).rstrip("\0").split("\0")


def test_a_clone_made_on_windows_has_the_same_bytes(tmp_path):
    """With `core.autocrlf=true`, as Git for Windows sets it."""
    environment.snapshot(tmp_path / "course.git")
    address = (tmp_path / "course.git").as_uri()
    command = ["git", "-c", "core.autocrlf=true", "clone", "-q", address, tmp_path / "clone"]
    subprocess.run(command, check=True)
    for path in tracked():
        if (ROOT / path).is_file():
            assert (tmp_path / "clone" / path).read_bytes() == (ROOT / path).read_bytes(), path


def test_windows_can_have_every_file():
    assert len({path.casefold() for path in tracked()}) == len(tracked())
    for path in tracked():
        assert not re.search(r'[<>:"|?*\\]|[. ](/|$)', path) and len(path) < 100, path
        assert not PureWindowsPath(path).is_reserved(), path
        assert not any(PureWindowsPath(part).is_reserved() for part in path.split("/")), path


def test_readme_links_lead_somewhere():
    folders = ("notebooks/source", "notebooks/optional", "data")
    for path in ("README.md", "CONTRIBUTING.md", *(f"{folder}/README.md" for folder in folders)):
        text = (ROOT / path).read_text(encoding="utf-8")
        for link in re.findall(r"\]\(([^)#\s]+)", text):
            assert "://" in link or ((ROOT / path).parent / link).exists(), f"{path}: {link}"

"""House rules no linter knows."""

import ast
import importlib
import inspect
import json
import re
import tomllib
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "pmlib").rglob("*.py"))
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
BY_HAND = ["start", "explore_usage"]
REPORTS = [path for path in NOTEBOOKS if path.stem not in BY_HAND]
CLOSING = ["What to doubt", "What to do", "How this was made"]
names = {"ids": lambda path: path.relative_to(ROOT).as_posix()}


@pytest.mark.parametrize("path", [*MODULES, *sorted((ROOT / "tests").rglob("*.py"))], **names)
def test_a_file_has_at_most_350_lines(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 350


@pytest.mark.parametrize("path", MODULES, **names)
def test_a_module_is_named_for_what_it_holds(path):
    assert not {*path.relative_to(ROOT).with_suffix("").parts} & {"utils", "helpers", "common", "manager"}


@pytest.mark.parametrize("path", [path for path in MODULES if path.name == "__init__.py"], **names)
def test_no_public_function_takes_what_it_likes(path):
    folder = importlib.import_module(".".join(path.parent.relative_to(ROOT).parts))
    for name in getattr(folder, "__all__", ()):
        public = getattr(folder, name)
        if inspect.isfunction(public) and name != "place":  # a query's placeholders are its names
            kinds = {one.kind for one in inspect.signature(public).parameters.values()}
            assert inspect.Parameter.VAR_KEYWORD not in kinds, name


@pytest.mark.parametrize(
    "folder", sorted(p for p in (ROOT / "pmlib").iterdir() if (p / "__init__.py").exists()), **names
)
def test_each_floor_has_tests(folder):
    assert list((ROOT / "tests" / folder.name).glob("test_*.py"))


@pytest.mark.parametrize("path", NOTEBOOKS, **names)
def test_a_notebook_is_committed_clean(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert not cell.outputs
            assert cell.execution_count is None


@pytest.mark.parametrize("path", REPORTS, **names)
def test_a_report_notebook_has_eight_parts(path):
    cells = nbformat.read(path, as_version=4).cells
    assert re.match(r"# \S", cells[0].source)
    assert "parameters" in cells[1].metadata.tags
    assert cells[2].cell_type == "code"
    assert "import" in cells[2].source
    text = [cell.source for cell in cells if cell.cell_type == "markdown"]
    assert sum(len(re.findall(r"^# ", source, re.MULTILINE)) for source in text) == 1
    headings = re.findall(r"^## (.+)$", "\n".join(text), re.MULTILINE)
    assert headings[0] == "Headline"
    assert headings[-3:] == CLOSING
    assert len(headings) >= 6, "two questions or more"
    code = [cell.source for cell in cells if cell.cell_type == "code"]
    assert any(source.splitlines()[-1].startswith("show.headline(") for source in code)
    assert code[-1].splitlines()[-1].startswith("show.made(")


@pytest.mark.parametrize("path", [*REPORTS, ROOT / "notebooks" / "explore_usage.ipynb"], **names)
def test_cells_are_thin_and_prose_holds_no_number(path):
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            assert not re.search(r"\d", cell.source), cell.source
        elif "parameters" not in cell.metadata.get("tags", []):
            kinds = (ast.FunctionDef, ast.ClassDef, ast.Try, ast.For, ast.While, ast.Lambda)
            assert not any(isinstance(node, kinds) for node in ast.walk(ast.parse(cell.source)))
            assert len(cell.source.splitlines()) <= 6


def test_locks_name_no_address_and_carry_hashes():
    for lock in (ROOT / "requirements").glob("*.lock"):
        text = lock.read_text(encoding="utf-8")
        assert "://" not in text
        assert "--index" not in text
        for line in text.splitlines():
            if re.match(r"[a-z0-9]", line):
                assert line.endswith("\\"), f"{lock.name}: {line} has no hash"


def test_peers_stay_out_of_the_locks_for_running_and_testing():
    for name in ("run", "test"):
        pinned = re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements" / f"{name}.lock").read_text(), re.MULTILINE)
        assert not {"tea-tasting", "prophet", "retentioneering"} & set(pinned)


def test_conda_users_get_the_same_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    text = (ROOT / "environment.yml").read_text()
    assert f"python{project['requires-python']}" in text
    assert "-e .[lab]" in text
    assert len(re.findall(r"^\s+- ", text, re.MULTILINE)) == 5, "dependencies are named in pyproject.toml alone"


def test_version_is_in_the_changelog():
    import pmlib

    assert f"## {pmlib.__version__}" in (ROOT / "CHANGELOG.md").read_text()


def test_notebooks_use_the_python3_kernel():
    for path in NOTEBOOKS:
        assert json.loads(path.read_text())["metadata"]["kernelspec"]["name"] == "python3"

"""What a public host runs and shows: workflows, forms, versions, the README's commands."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[1]
SCHEMAS = {
    "vendor.github-workflows": sorted(ROOT.glob(".github/workflows/*.yml")),
    "vendor.github-issue-forms": [
        path
        for path in sorted(ROOT.glob(".github/ISSUE_TEMPLATE/*.yml"))
        if path.name != "config.yml"
    ],
    "vendor.github-issue-config": [ROOT / ".github/ISSUE_TEMPLATE/config.yml"],
    "vendor.citation-file-format": [ROOT / "CITATION.cff"],
}


def readme_commands(*, windows):
    sys.path.insert(0, str(ROOT / ".ci"))
    try:
        from readme import commands
    finally:
        sys.path.pop(0)
    return commands((ROOT / "README.md").read_text(encoding="utf-8"), windows=windows)


@pytest.mark.parametrize("schema", SCHEMAS)
def test_files_of_the_host_follow_its_schema(schema):
    """A key that the host does not know would be ignored there, silently."""
    assert SCHEMAS[schema]
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema]
    run = subprocess.run([*command, *map(str, SCHEMAS[schema])], capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


def test_workflows_call_make_and_python_only():
    """Whatever runs there can be run here: a step is `make`, `python` or `.ci/run`."""
    for path in SCHEMAS["vendor.github-workflows"]:
        jobs = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]
        for job in jobs.values():
            for step in job["steps"]:
                assert re.match(r"(make|python|\.ci/run)\b", step.get("run", "make")), step


def test_workflows_name_targets_that_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for path in SCHEMAS["vendor.github-workflows"]:
        for targets in re.findall(r"run: make ([a-z ]+)", path.read_text(encoding="utf-8")):
            for target in targets.split():
                assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_readme_commands_without_make_are_those_of_the_makefile():
    """The README's list for machines without make runs the modules that make runs."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    listed = readme_commands(windows=False)
    modules = [command[2] for command in listed if command[1] == "-m"]
    assert modules[0] == "venv" and "pip" in modules and "pytest" in modules
    for module in modules:
        assert f"-m {module}" in makefile, module


def test_readme_commands_on_windows_use_its_folders():
    for command in readme_commands(windows=True)[1:]:
        assert command[0] == ".venv\\Scripts\\python"


def test_version_is_the_same_everywhere():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.findall(r"^## (\d+\.\d+\.\d+)", changelog, re.MULTILINE)[0]
    assert project["version"] == citation["version"] == newest


def test_development_container_runs_a_target_of_make():
    settings = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text(encoding="utf-8"))
    assert settings["postCreateCommand"].split()[0] == "make"


def test_no_file_holds_what_a_merge_left():
    """Of text at the top and in the rooms: lines by which git marks two sides of a conflict."""
    kinds = {
        ".md",
        ".py",
        ".yml",
        ".yaml",
        ".toml",
        ".txt",
        ".js",
        ".css",
        ".cff",
        ".ipynb",
        ".json",
    }
    folders = ("assets", "book", "course", "exercises", "scratch", "solutions", "tests", ".github")
    paths = [*ROOT.glob("*"), *(p for name in folders for p in (ROOT / name).rglob("*"))]
    left = [
        str(path.relative_to(ROOT))
        for path in paths
        if path.suffix in kinds
        and path.is_file()
        and re.search(rb"^(<{7}|>{7}) \S", path.read_bytes(), re.MULTILINE)
    ]
    assert left == []

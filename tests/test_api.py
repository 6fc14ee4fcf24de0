"""The reference page shows every public function of the package, and its HTML is sound."""

import re
from importlib import import_module
from pkgutil import walk_packages

import scratch
from course.env import ROOT
from course.site.api import others, public, reference
from tests.markup import assert_balanced

MODULES = list(walk_packages(scratch.__path__, "scratch."))


def test_the_page_shows_every_module():
    page = (ROOT / "book/api.md").read_text(encoding="utf-8")
    named = {
        name
        for call in re.findall(r"reference\((.*?)\)", page)
        for name in re.findall(r'"(\w+)"', call)
    }
    modules = {module.name.removeprefix("scratch.") for module in MODULES}
    rest = {name.removeprefix("scratch.") for name in others(*named).modules}
    assert named <= modules and named | rest == modules


def test_every_public_function_says_what_it_does():
    for module in MODULES:
        values = vars(import_module(module.name)).items()
        own = [n for n, v in values if callable(v) and getattr(v, "__module__", "") == module.name]
        assert [n for n in own if n[0] != "_" and n not in public(module.name)] == []


def test_signatures_and_docstrings_are_shown():
    page = reference("layers", "solver")._repr_html_()
    assert 'id="scratch.layers.fc_forward"' in page and "(x, w, b)" in page
    assert 'id="scratch.solver.Solver.train"' in page and "``" not in page


def test_a_default_that_is_a_module_is_shown_by_its_name():
    page = reference("cnn")._repr_html_()
    assert "backend=scratch.fast)" in page and "&lt;module" not in page and str(ROOT) not in page


def test_the_html_is_balanced():
    assert_balanced(others()._repr_html_())

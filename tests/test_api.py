"""The reference page shows every module of the package, and its docstrings can be read as reST."""

import inspect
import re
from importlib import import_module
from pkgutil import walk_packages
from types import SimpleNamespace

import pytest
from docutils import nodes
from docutils.core import publish_doctree

import scratch
from course.env import ROOT
from course.site.reference import as_rst, link_names, mend_docstring

MODULES = sorted(module.name for module in walk_packages(scratch.__path__, "scratch."))


def public(name):
    """Public functions and classes that a module defines itself."""
    values = vars(import_module(name)).items()
    kinds = (inspect.isclass, inspect.isfunction)
    return {
        item: value
        for item, value in values
        if not item.startswith("_")
        and any(kind(inspect.unwrap(value)) for kind in kinds)
        and value.__module__ == name
    }


def test_the_page_shows_every_module_once():
    page = (ROOT / "book/api.md").read_text(encoding="utf-8")
    shown = re.findall(r"^\.\. automodule:: (\S+)$", page, re.MULTILINE)
    assert sorted(shown) == MODULES


@pytest.mark.parametrize("name", MODULES)
def test_every_public_name_says_what_it_does_in_sound_rest(name):
    values = {name: import_module(name), **public(name)}
    for item, value in values.items():
        assert value.__doc__, item
        text = "\n".join(as_rst(inspect.cleandoc(value.__doc__).split("\n")))
        settings = {"report_level": 5, "halt_level": 5}
        problems = publish_doctree(text, settings_overrides=settings).findall(nodes.system_message)
        assert [problem.astext() for problem in problems] == [], item


def test_indented_lines_are_code_and_backticks_too():
    lines = ["Draw `x` and ``y``:", "", "    x * y", "", "    z", "", "Then:", "", "    w"]
    assert as_rst(lines) == [
        *("Draw ``x`` and ``y``:", "", "::", "", "    x * y", "", "    z", ""),
        *("Then:", "", "::", "", "    w"),
    ]
    assert as_rst(["So::", "", "    x"]) == ["So::", "", "    x"]


def test_what_python_says_of_each_field_of_a_tuple_is_left_out():
    for said, kept in (("Alias for field number 3", []), ("How deep.", ["How deep."])):
        lines = [said]
        mend_docstring(None, "attribute", "scratch.rnn.Cell.gates", None, None, lines)
        assert lines == kept


def test_the_first_mention_on_a_page_links_to_the_reference_and_no_other():
    entry = SimpleNamespace(docname="book/api", node_id="id-fc", objtype="function")
    word = SimpleNamespace(docname="book/api", node_id="id-relu", objtype="function")
    objects = {
        "scratch.fast.fc_forward": SimpleNamespace(docname="x", node_id="y", objtype="function"),
        "scratch.layers.fc_forward": entry,
        "scratch.layers.relu": word,
    }
    builder = SimpleNamespace(format="html", get_relative_uri=lambda a, b: "api.html")
    env = SimpleNamespace(get_domain=lambda _: SimpleNamespace(objects=objects))
    app = SimpleNamespace(builder=builder, env=env)
    page = publish_doctree("``fc_forward()`` and ``fc_forward`` and ``relu``")
    link_names(app, page, "book/fully_connected")
    (link,) = page.findall(nodes.reference)
    assert link["refuri"] == "api.html#id-fc" and link.astext() == "fc_forward()"

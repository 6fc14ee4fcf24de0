"""The reference page: every public function and class of ``scratch``, from its docstring."""

import html
import inspect
import re
from dataclasses import dataclass
from importlib import import_module
from pkgutil import walk_packages

import scratch


@dataclass(frozen=True)
class Reference:
    """The reference of some modules; as the last line of a cell it shows itself."""

    modules: tuple

    def _repr_html_(self):
        return "".join(module_html(name) for name in self.modules)

    def __repr__(self):
        return "\n".join(f"{name}.{item}" for name in self.modules for item in public(name))


def reference(*names):
    """What ``scratch.NAME`` offers, for each name."""
    return Reference(tuple(f"scratch.{name}" for name in names))


def others(*names):
    """The reference of all modules of ``scratch`` except these."""
    modules = walk_packages(scratch.__path__, f"{scratch.__name__}.")
    found = sorted(module.name.removeprefix("scratch.") for module in modules)
    return reference(*(name for name in found if name not in names))


def public(name):
    """Public functions and classes that a module defines itself, in the order of its source."""
    module = import_module(name)
    return {
        item: value
        for item, value in vars(module).items()
        if not item.startswith("_")
        and (inspect.isclass(value) or inspect.isfunction(inspect.unwrap(value)))
        and value.__module__ == name
        and value.__doc__
    }


def module_html(name):
    items = "".join(entry(value, f"{name}.{item}") for item, value in public(name).items())
    return f"<p><code>{name}</code>: {first_paragraph(import_module(name).__doc__)}</p>{items}"


def entry(value, path):
    """One function, or one class with its methods, marked up as Sphinx does it."""
    kind, name = ("class" if inspect.isclass(value) else "function"), path.split(".")[-1]
    before = "<em>class </em>" if kind == "class" else ""
    signature = html.escape(signature_of(value))
    methods = methods_of(value) if kind == "class" else {}
    inner = "".join(entry(method, f"{path}.{m}") for m, method in methods.items())
    return (
        f'<dl class="py {kind}"><dt class="sig sig-object py" id="{path}">{before}'
        f'<span class="sig-name descname">{name}</span>'
        f'<span class="sig-paren">{signature}</span></dt>'
        f"<dd>{paragraphs(value.__doc__)}{inner}</dd></dl>"
    )


def signature_of(value):
    """The arguments as they are written; a module is shown by its name, not by its file."""
    if inspect.isclass(value) and issubclass(value, Exception):
        return ""  # an exception is raised here, and made nowhere else
    text = str(inspect.signature(value))
    return re.sub(r"<module '([\w.]+)' from [^>]*>", r"\1", text)


def methods_of(cls):
    """Public methods with a docstring that the class defines itself."""
    return {
        name: value
        for name, value in vars(cls).items()
        if inspect.isfunction(value) and not name.startswith("_") and value.__doc__
    }


def paragraphs(doc):
    """A docstring as HTML: blank lines part paragraphs, ``double backticks`` mark code."""
    parts = re.split(r"\n\s*\n", inspect.cleandoc(doc))
    return "".join(f"<p>{inline(part)}</p>" for part in parts)


def inline(text):
    text = html.escape(text).replace("-&gt;", "→")
    return re.sub(r"``(.+?)``", r"<code>\1</code>", text, flags=re.DOTALL)


def first_paragraph(doc):
    """The first paragraph of a docstring as HTML."""
    return inline(inspect.cleandoc(doc).split("\n\n")[0])

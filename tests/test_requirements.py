"""requirements.txt lists what is imported, and nothing that nobody uses."""

import ast
import re
import sys

from course.env import ROOT

# The package on the index, where it has another name than the module.
PACKAGES = {"IPython": "ipython", "PIL": "pillow", "yaml": "pyyaml", "zmq": "pyzmq"}
PACKAGES |= {
    "markdown_it": "markdown-it-py",
    "mdit_py_plugins": "mdit-py-plugins",
    "bs4": "beautifulsoup4",
    "sphinxcontrib": "sphinxcontrib-bibtex",
}
# What a test or a function asks for only where it is installed.
OPTIONAL = {
    "axe_playwright_python",
    *("distributed", "torch", "playwright", "threadpoolctl", "traitlets"),
    "urllib3",  # pooch's, if it is there
}
# Run as commands, found by pytest or by Sphinx, or needed by a kernel.
TOOLS = {
    *("jupyterlab", "jupyter-book", "sphinx-design"),
    *("pytest-xdist", "ruff", "oxlint", "check-jsonschema", "mypy"),
}


def imported():
    """``module -> files`` of all that the code imports, but for the standard library and itself."""
    found = {}
    files = [path for top in ("scratch", "course", "tests") for path in (ROOT / top).rglob("*.py")]
    ours = {"readme", *(path.stem for path in files), *(path.parent.name for path in files)}
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module]
            for name in {name.split(".")[0] for name in names} - ours:
                if name not in sys.stdlib_module_names:
                    found.setdefault(name, set()).add(path.relative_to(ROOT).as_posix())
    return found


def listed():
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    return {name.lower() for name in re.findall(r"^([\w-]+)", text, re.M)}


def test_what_is_imported_is_listed():
    wanted = {module: files for module, files in imported().items() if module not in OPTIONAL}
    missing = {m: f for m, f in wanted.items() if PACKAGES.get(m, m).lower() not in listed()}
    # underscores and hyphens are one to the index
    missing = {m: f for m, f in missing.items() if m.replace("_", "-") not in listed()}
    assert missing == {}


def test_what_is_listed_is_used():
    used = {PACKAGES.get(module, module).replace("_", "-").lower() for module in imported()}
    assert listed() - used - TOOLS == set()

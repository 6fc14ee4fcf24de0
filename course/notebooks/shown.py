"""Code of the package on a page: the very source that runs, in the book and in JupyterLab alike."""

import inspect
from dataclasses import dataclass
from textwrap import dedent


@dataclass(frozen=True)
class Source:
    """Source text; as the last line of a cell it shows itself, highlighted."""

    text: str

    def _repr_markdown_(self):
        return f"```python\n{self.text}\n```"

    def __repr__(self):
        return self.text


def show_source(*things):
    """The source of functions, classes, methods or modules, as it stands in their files."""
    return Source("\n\n\n".join(dedent(inspect.getsource(thing)).rstrip() for thing in things))

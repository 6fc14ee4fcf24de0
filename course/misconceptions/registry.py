"""What a known mistake is, and how it becomes a function that can be run."""

import inspect
import re
import textwrap
from dataclasses import dataclass

from course.misconceptions import plain

KNOWN = {}  # id -> Misconception


@dataclass(frozen=True)
class Misconception:
    """A known wrong implementation, as replaced lines of the one in ``plain``.

    ``about`` is the result that it spoils first: it tells which hints to give. ``sentence`` is what
    the learner reads, ``nudge`` the first hint; shapes and formula come from the function's spec.
    """

    id: str
    function: str
    about: str
    sentence: str
    nudge: str
    patches: tuple[tuple[str, str], ...] = ()
    text: str = ""  # the whole cell, where patches do not fit: for a method of a class

    def source(self):
        """A whole answer cell that makes this mistake (with the plain forward, for a backward)."""
        return self.text or cell(self.function, self.patches)

    def build(self):
        """The wrong implementation as a function."""
        if not self.text:
            return compiled(self.function, self.patches)
        namespace = {"__name__": "known_mistake"}
        exec(compile(self.text, f"<{self.function}>", "exec"), namespace)
        return namespace[self.function]


def known(function, *mistakes):
    """Register the known mistakes of a function: ``(id, about, sentence, nudge, *patches)``."""
    for name, about, sentence, nudge, *patches in mistakes:
        add(Misconception(slug(function, name), function, about, sentence, nudge, tuple(patches)))


def known_methods(name, imports, *mistakes):
    """Register wrong methods of a class: ``(id, about, sentence, nudge, source of the methods)``.

    They override the methods of the reference, which ``imports`` imports as ``Right``.
    """
    for short, about, sentence, nudge, methods in mistakes:
        body = textwrap.indent(textwrap.dedent(methods).strip("\n"), "    ")
        text = f"import numpy as np\n{imports}\n\n\nclass {name}(Right):\n{body}\n"
        add(Misconception(slug(name, short), name, about, sentence, nudge, text=text))


def add(mistake):
    if mistake.id in KNOWN:
        raise ValueError(f"two misconceptions are called {mistake.id!r}")
    KNOWN[mistake.id] = mistake


def slug(name, short):
    """``("CaptioningRNN", "no-mask")`` -> ``"captioning-rnn-no-mask"``."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).replace("_", "-")
    return f"{words.lower()}-{short}"


def patched(function, patches):
    """The plain source with lines replaced; a patch that does not fit exactly once raises."""
    source = inspect.getsource(getattr(plain, function))
    for old, new in patches:
        if source.count(old) != 1:
            raise ValueError(f"{function}: {old!r} stands there {source.count(old)} times, not 1")
        source = source.replace(old, new)
    return source


def forward_name(function):
    """The forward that a backward belongs to; None for other functions."""
    name = function.removesuffix("_backward") + "_forward"
    return name if function.endswith("_backward") else None


def cell(function, patches=()):
    parts = ["import re\n\nimport numpy as np", f"WORD = re.compile({plain.WORD.pattern!r})"]
    parts = parts if function == "tokenize" else ["import numpy as np"]
    needed = {"wrong_gradients": ("numeric_gradient", "relative_error")}.get(function, ())
    needed = (forward_name(function),) if forward_name(function) else needed
    parts += [inspect.getsource(getattr(plain, name)) for name in needed]
    return "\n\n\n".join([*parts, patched(function, patches)])


def compiled(function, patches=()):
    namespace = {**vars(plain)}
    exec(compile(patched(function, patches), f"<{function}>", "exec"), namespace)
    return namespace[function]


def of(function):
    """All known mistakes of a function."""
    return [m for m in KNOWN.values() if m.function == function]


def plain_forward(function):
    """The plain forward whose cache the plain backward reads; None for other functions."""
    return getattr(plain, forward_name(function)) if forward_name(function) else None

"""``# weave:`` lines: which definition of ``scratch/`` a cell stands for, and its source."""

import ast
import re
from dataclasses import dataclass

from course.checks import SPECS
from course.env import ROOT
from course.source import lines_of, names_bound

ANCHOR = re.compile(
    r"#\s*weave:\s*(\w+)\.(\w+)((?:\.\w+(?:\s*,\s*\w+)*)?)"
    r"(\s+given)?\s*"
)


class WeaveError(Exception):
    """A template or a notebook that cannot be woven; the message says where and why."""


@dataclass(frozen=True)
class Anchor:
    """One ``# weave:`` line: a definition in ``scratch/`` and what of it the learner writes."""

    module: str
    name: str
    methods: tuple[str, ...] = ()
    given: bool = False

    @property
    def id(self):
        return "-".join([self.name, *self.methods])

    @property
    def blanks(self):
        """Dotted paths of the functions that the learner writes."""
        return [] if self.given else [f"{self.name}.{m}" for m in self.methods] or [self.name]


def read_anchors(source):
    """The anchors of a code cell; an empty list for a cell that has none."""
    lines = [line.strip() for line in source.splitlines() if line.strip()]
    if not any(re.match(r"#\s*weave:", line) for line in lines):
        return []
    anchors = []
    for line in lines:
        match = ANCHOR.fullmatch(line)
        if match is None:
            raise WeaveError(
                f"cannot read {line!r}: an anchor looks like `# weave: cnn_layers.conv_forward`, "
                "`# weave: cnn.ConvNet.loss` or `# weave: cnn.ConvNet given`, alone in its cell"
            )
        module, name, methods, given = match.groups()
        methods = tuple(re.findall(r"\w+", methods))
        anchors.append(Anchor(module, name, methods, bool(given)))
        if methods and given:
            raise WeaveError(f"{line!r}: `given` shows a whole definition, so it names no method")
    if len(anchors) > 1 and not all(anchor.given for anchor in anchors):
        raise WeaveError(f"a cell with several anchors must have `given` on each: {lines}")
    return anchors


def find(body, name, where):
    """The one statement of ``body`` that defines ``name``."""
    found = [node for node in body if name in names_bound(node)]
    if len(found) != 1:
        known = sorted(filter(None, set().union(*map(names_bound, body)))) if body else []
        problem = "defines no" if not found else f"defines {len(found)} times"
        raise WeaveError(f"{where} {problem} {name!r}; it has: {', '.join(known)}")
    return found[0]


def definition(anchor, *, solved, root=ROOT):
    """Source of the definition; unless solved, what the learner writes is left blank."""
    path = root / "scratch" / f"{anchor.module}.py"
    if not path.exists():
        raise WeaveError(f"scratch/{anchor.module}.py does not exist")
    source = path.read_text(encoding="utf-8")
    lines, tree = source.splitlines(), ast.parse(source)
    shown = find(tree.body, anchor.name, f"scratch/{anchor.module}.py")
    targets = [shown]
    if anchor.methods:
        where = f"{anchor.name} in scratch/{anchor.module}.py"
        targets = [find(shown.body, method, where) for method in anchor.methods]
    start = min([shown.lineno, *(d.lineno for d in getattr(shown, "decorator_list", []))])
    end = shown.end_lineno
    if not solved and not anchor.given:
        blanks = sorted(zip(targets, anchor.blanks), key=lambda pair: -pair[0].lineno)
        for target, blank in blanks:  # from the last one up, so that line numbers stay true
            end -= leave_blank(lines, target, blank)
    return "\n".join(lines[start - 1 : end])


def leave_blank(lines, node, path):
    """Replace a function's body in ``lines`` by a stub; return how many lines fewer it has."""
    if not isinstance(node, ast.FunctionDef):
        raise WeaveError(f"{path} is not a function: add `given`, or name the methods to write")
    if ast.get_docstring(node) is None:
        raise WeaveError(f"{path} needs a docstring: it is all that the learner will see")
    docstring = node.body[0]
    stub = [*returned(path), f'raise NotImplementedError("your turn: {path}")']
    first, last = lines_of(docstring)[-1], lines_of(node)[-1]
    gone = last - first
    lines[first:last] = [" " * docstring.col_offset + line for line in stub]
    return gone - len(stub)


def returned(path):
    """A remark for the stub: which results the check takes, in order. Nothing for a method."""
    spec = SPECS.get(path)
    return [f"# Return: {spec.returned}"] if spec is not None and spec.returned else []

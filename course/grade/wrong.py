"""The known wrong implementations of an answer, from ``course.checks.mistakes``."""

import ast
from dataclasses import dataclass


@dataclass(frozen=True)
class Wrong:
    """A known wrong version of an answer: a whole answer cell."""

    id: str
    title: str
    section: str
    source: str


def implementations(answer, assignment):
    """Wrong versions of one answer of an assignment; none where the course knows none."""
    from course.checks import SPECS
    from course.checks.mistakes import of

    others = {name for other in assignment.answers.values() for name in other.names}
    return [
        Wrong(
            known.id,
            known.sentence,
            getattr(SPECS.get(name), "section", ""),
            without_imports(known.source(), others),
        )
        for name in answer.names
        for known in of(name)
    ]


def without_imports(source, names):
    """A cell that takes other answers from the notebook, not from ``scratch``."""
    tree = ast.parse(source)
    for node in list(tree.body):
        if isinstance(node, ast.ImportFrom):
            node.names = [a for a in node.names if a.asname or a.name not in names]
            if not node.names:
                tree.body.remove(node)
    return ast.unparse(tree)

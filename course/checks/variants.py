"""Right, but written differently: what must never be told that it is wrong.

``VARIANTS[name]`` maps a label to ``(function, forward or None)``. The ``variants.py`` of a topic
registers those of its functions; the tests and ``python -m tests.mutants`` run them all.
"""

from collections import defaultdict

VARIANTS: defaultdict[str, dict] = defaultdict(dict)


def variant(name, label, forward=None):
    """Register the decorated function as another way to write ``name``."""

    def keep(function):
        VARIANTS[name][label] = (function, forward)
        return function

    return keep

"""One folder for each topic: its checks, its known mistakes, its right variants.

    course/topics/softmax/spec.py        what a check tries, and its hints
    course/topics/softmax/mistakes.yml   known mistakes, as data
    course/topics/softmax/variants.py    right, but written differently: what must pass

A folder with a ``spec.py`` is a topic: there is no list to extend. CONTRIBUTING.md says how a
mistake, a function and a topic are added.
"""

from importlib import import_module
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOPIC_OF: dict[str, str] = {}  # function -> topic


def topics():
    """The names of all topics, in order of the alphabet."""
    return sorted(path.parent.name for path in HERE.glob("*/spec.py"))


def load_specs():
    """Import the ``spec.py`` of each topic: it registers the specs of its functions."""
    from course.checks.spec import SPECS

    for topic in topics():
        others = set(SPECS)
        import_module(f"course.topics.{topic}.spec")
        TOPIC_OF.update(dict.fromkeys(SPECS.keys() - others, topic))


def load_variants(*only):
    """Import the ``variants.py`` of each topic (or of some): -> ``{function: {label: pair}}``."""
    from course.checks.variants import VARIANTS

    for topic in only or topics():
        if (HERE / topic / "variants.py").exists():
            import_module(f"course.topics.{topic}.variants")
    return VARIANTS


def mistakes(*functions):
    """The known mistakes of some functions as a folded list, for a page of the book."""
    from course.checks.page import Mistakes

    return Mistakes(functions)


import course.checks  # noqa: E402, F401  (so that a topic is never loaded without the others)

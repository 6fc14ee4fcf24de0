"""Projects: notebooks beside the numbered exercises that need files, and are neither checked nor
graded.

A template is one where its name begins with ``project_``. The cell that loads the files says
``ROOT = None``, which downloads them. The outputs of a solution come from the whole files; they
are kept as long as the code of its cells is the same, because most machines have no files.

Where a notebook is tried out on a few hundred rows, cells say what is different then::

    ---
    cut:
      num_epochs=8: num_epochs=2
    ---
"""

PREFIX = "project_"
FROM_HERE = "ROOT = None"


def is_project(name):
    """Is this the name of a project's template or notebook, such as ``project_captions``?"""
    return name.startswith(PREFIX)


def official(folder):
    """The notebooks of the course in ``folder``: numbered exercises first, then projects."""
    return [*sorted(folder.glob("[0-9]*.ipynb")), *sorted(folder.glob(f"{PREFIX}*.ipynb"))]


def own_copies(folder):
    """A learner's copies of them, in the same order."""
    numbered, projects = folder.glob("my_[0-9]*.ipynb"), folder.glob(f"my_{PREFIX}*.ipynb")
    return [*sorted(numbered), *sorted(projects)]

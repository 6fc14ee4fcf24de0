"""An exercise opened where the course is not, in Colab or in another folder, says what to do."""

FINDS = """import sys

sys.path.insert(0, "..")  # find `scratch` and `course` with no installation"""

OR_SAYS = f"""import importlib.util
{FINDS}
if importlib.util.find_spec("course") is None:
    sys.exit(
        "The course is not here: clone its repository (in Colab: !git clone and its address), then "
        "open this notebook in the folder exercises of the clone, or go there with %cd."
    )"""


def say_where_the_course_is_missing(notebook):
    """In the first cell of an exercise: one sentence instead of a traceback."""
    for cell in notebook.cells:
        if cell.cell_type == "code" and FINDS in cell.source:
            cell.source = cell.source.replace(FINDS, OR_SAYS)
            return

"""Where things stand in the repository, and a quiet, reproducible place for kernels to run in."""

import os
import sys
from pathlib import Path

from course.files import write_whole

ROOT = Path(__file__).resolve().parents[1]
BUILD = Path(os.environ.get("COURSE_BUILD") or ROOT / "_build")  # what is made; kernels inherit it

PROFILE = """\
import os
c.InteractiveShellApp.extensions = os.environ.get("COURSE_EXTENSIONS", "").split()
c.IPKernelApp.log_level = 40  # no line about transports for every kernel
c.InlineBackend.figure_formats = {"png"}
"""


def page_address(page: str) -> str:
    """Where a notebook's link to a page of the book leads: the built book, while ``COURSE_BOOK``
    says where it is served, else the source, which opens in JupyterLab.
    """
    book = os.environ.get("COURSE_BOOK")
    return f"{book}book/{page}.html" if book else f"../book/{page}.md"


def in_live_notebook() -> bool:
    """Is a reader running this, in JupyterLab or Lite, VS Code or Colab, or is a page being built?

    A page of the book that runs Python in the browser is no notebook: it loads the scripts itself.
    """
    live = any(
        name in os.environ for name in ("JPY_SESSION_NAME", "VSCODE_PID", "COLAB_RELEASE_TAG")
    )
    live = live or "__vsc_ipynb_file__" in vars(sys.modules["__main__"])  # VS Code, at a distance
    return live or sys.platform == "emscripten" and "IPython" in sys.modules


def for_kernels(build: Path | None = None, extension: str = "") -> dict[str, str]:
    """The environment that Jupyter kernels run in: -> a dictionary for their process.

    ``extension`` names a module of the course that IPython loads first.

    A user's start-up files would otherwise run inside the notebooks and could change their outputs;
    so would the choice of another window for plots. Nor should the number of cores change the order
    of sums. One thread is also the quickest on a machine that has other things to do: BLAS threads
    that wait for each other burn the time. The profile is one of the course's own, and all that
    kernels keep goes to ``build``, by default ``_build`` in the repository.
    """
    build = BUILD if build is None else build
    profile = build / "ipython" / "profile_default"
    write_whole(profile / "ipython_config.py", PROFILE)
    write_whole(profile / "ipython_kernel_config.py", PROFILE)
    usual = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    usual["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"
    ours = {"COURSE_BUILD": str(build), "IPYTHONDIR": str(profile.parent)}
    environment = {**usual, **os.environ, **ours}
    environment.pop("MPLBACKEND", None)
    if extension:
        path = [str(ROOT), *filter(None, [environment.get("PYTHONPATH")])]
        environment |= {"COURSE_EXTENSIONS": extension, "PYTHONPATH": os.pathsep.join(path)}
    return environment

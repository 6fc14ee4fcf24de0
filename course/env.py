"""Where things stand in the repository, and a quiet, reproducible place for kernels to run in."""

import os
from pathlib import Path

from course.files import write_whole

ROOT = Path(__file__).resolve().parents[1]
BUILD = Path(os.environ.get("COURSE_BUILD") or ROOT / "_build")  # what is made; kernels inherit it

PROFILE = """\
c.IPKernelApp.log_level = 40  # no line about transports for every kernel
c.InlineBackend.figure_formats = {"png"}
"""


def quiet_kernels(build=None):
    """Point Jupyter kernels started from here at a profile of the course's own.

    A user's start-up files would otherwise run inside the notebooks and could change their outputs.
    Nor should the number of cores change the order of sums. One thread is also the quickest on a
    machine that has other things to do: BLAS threads that wait for each other burn the time.
    All that kernels keep goes to ``build``, by default ``_build`` in the repository.
    """
    build = BUILD if build is None else build
    os.environ["COURSE_BUILD"] = str(build)
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    profile = build / "ipython" / "profile_default"
    write_whole(profile / "ipython_config.py", PROFILE)
    write_whole(profile / "ipython_kernel_config.py", PROFILE)
    os.environ["IPYTHONDIR"] = str(profile.parent)
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")

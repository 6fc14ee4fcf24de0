"""Where things stand in the repository, and a quiet, reproducible place for kernels to run in."""

import os
from pathlib import Path

from course.files import write_whole

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "_build"

PROFILE = """\
c.IPKernelApp.log_level = 40  # no line about transports for every kernel
c.InlineBackend.figure_formats = {"png"}
"""


def quiet_kernels():
    """Point Jupyter kernels started from here at a profile of the course's own.

    A user's start-up files would otherwise run inside the notebooks and could change their outputs.
    Nor should the number of cores change the order of sums. One thread is also the quickest on a
    machine that has other things to do: BLAS threads that wait for each other burn the time.
    """
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    profile = BUILD / "ipython" / "profile_default"
    write_whole(profile / "ipython_config.py", PROFILE)
    write_whole(profile / "ipython_kernel_config.py", PROFILE)
    os.environ["IPYTHONDIR"] = str(profile.parent)
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")

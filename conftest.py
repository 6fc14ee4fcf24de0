"""Projects need files that most machines do not have. Where nbval runs their notebooks, they get a
few hundred rows in the original formats, and the code for such a trial: course/notebooks/projects.
"""

import os
import tempfile

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    cut = [item for item in items if getattr(item, "cell", {}).get("metadata", {}).get("cut")]
    if not cut:
        return
    from tests.real_cut import write_cut  # only now: other runs need neither NumPy nor Pillow

    folder = tempfile.TemporaryDirectory(prefix="course-cut-")
    config.add_cleanup(folder.cleanup)
    write_cut(folder.name)
    os.environ["COURSE_CUT"] = folder.name  # kernels inherit it
    for item in cut:
        item.cell.source = item.cell.metadata["cut"]

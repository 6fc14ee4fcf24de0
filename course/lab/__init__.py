"""The learner's desk: own copies of the exercises, a start page, and JupyterLab.

    python -m course.lab       make what is missing, then open JupyterLab at the start page

Learners work in copies whose names begin with ``my_``. The files of the course open read-only, so
that nothing that is opened, run or saved there changes a file that git tracks.
"""

"""Grading with nbval: from a folder of notebooks to points, reports and a gradebook.

One submission's way through the modules:

    collect     finds the notebooks in folders and in zips as Canvas and Moodle export them
    read        parses one notebook, however it was mangled
    transplant  takes the learner's answers, and nothing else
    graded_copy puts them into the official notebook, with checks that print numbers
    kernel      runs a kernel in an empty folder; guard, isolate and watchdog fence it in
    plugin      lets nbval run the copy and remembers what each check printed
    score       turns that into points and diagnoses
    report, gradebook, similarity   tell learners and instructors

``assignment`` and ``rubric`` say what is asked, ``session`` draws inputs and computes what the
reference prints, ``verify`` proves an assignment before it is handed out, ``release`` hands it out.
"""

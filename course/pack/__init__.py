"""The instructor's pack: slides, questions for an exam, plans and rubric sheets, by one command.

    python -m course.pack pack          write everything into the folder `pack`

Nothing in it is written by hand for the pack: slides come from the built book, questions from the
quizzes, sheets from the rubrics, plans and open questions from ``book/teaching/``.
"""

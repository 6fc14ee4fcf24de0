"""Notebooks: how templates become exercises and solutions, their quizzes, a learner's progress."""

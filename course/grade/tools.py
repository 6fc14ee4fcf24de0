"""What a graded check needs inside the learner's kernel. It stands there under the name ``graded``.

Official cells and checks run in a namespace of their own, so that no name of the learner's can meet
one of the grader's. This module holds no answer and judges nothing: it hands out inputs and prints
numbers. A learner's code that tampers with it changes only what is printed, and printing the right
numbers takes computing them.
"""

import ast
import base64
import builtins
import math
import pickle
import sys
import types

import numpy as np

LONG = 300  # more numbers than this are summed up
official = types.ModuleType("official")  # where official cells and checks run
sys.modules[official.__name__] = official
lent: dict[str, object] = {}  # official names that the learner's code sees, and what they were


# ---------------------------------------------------------------- two namespaces


def learners():
    """The namespace of the learner's code."""
    return sys.modules["__main__"].__dict__


def given(text):
    """Run an official cell, and lend its names to the learner's code where those are free."""
    exec(compile(text, "<official cell>", "exec"), official.__dict__)
    theirs = learners()
    for name, value in official.__dict__.items():
        free = name not in theirs or (name in lent and theirs[name] is lent[name])
        if free and not name.startswith("__"):
            theirs[name] = lent[name] = value


def take(names):
    """Let official cells and checks see the learner's answers."""
    for name in names:
        setattr(official, name, learners()[name])


def check(text):
    """Run a check among the official names."""
    exec(compile(text, "<check>", "exec"), dict(official.__dict__))


class Missing:
    """Stands for a module that is not installed here: it can be named, and not be used."""

    def __init__(self, name):
        self.__name = name

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Missing(f"{self.__name}.{name}")

    def __call__(self, *given, **options):
        if len(given) == 1 and not options and isinstance(given[0], types.FunctionType):
            return given[0]  # a decorator such as numba.njit, without which the function is right
        if options and not given:
            return self  # numba.njit(cache=True) makes a decorator
        raise ModuleNotFoundError(f"{self.__name} is not installed where this is graded")


def bring(text):
    """Run an import of the learner's, name by name; one that fails leaves a stand-in."""
    failed = None
    for statement in ast.parse(text).body:
        for alias in statement.names:
            statement.names = [alias]
            try:
                exec(ast.unparse(statement), learners())
            except ImportError as error:
                failed = error
                origin = f"{getattr(statement, 'module', None) or ''}.{alias.name}".strip(".")
                learners()[alias.asname or alias.name.partition(".")[0]] = Missing(origin)
    if failed is not None:
        raise failed


# ---------------------------------------------------------------- inputs and results


def unpack(text):
    """Python objects from the text that the grader put into the check."""
    return pickle.loads(base64.b64decode(text))


def show(**results):
    """Print each result on a line of its own."""
    for name, value in results.items():
        builtins.print("\n= " + name + " " + describe(value), flush=True)


def describe(value):
    """``(2, 3) | 0.25 ...``"""
    if value is None:
        return "None |"
    array = np.ascontiguousarray(np.asarray(value).astype(float))
    shape = np.shape(value)  # ascontiguousarray would turn () into (1,)
    numbers = array.ravel() if array.size <= LONG else summary(array.ravel())
    return f"{tuple(shape)} | " + " ".join(f"{number:.9g}" for number in numbers.tolist())


def summary(numbers):
    """Weighted sums that any changed or moved element would change."""
    rows = math.ceil(numbers.size / LONG)
    padded = np.zeros(rows * LONG)
    padded[: numbers.size] = numbers
    weights = np.random.Generator(np.random.PCG64(rows)).uniform(1, 2, padded.size)
    return (padded * weights).reshape(rows, LONG).sum(axis=0)

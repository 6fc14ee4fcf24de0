"""What a graded check needs inside the learner's kernel. It stands there under the name ``graded``.

Official cells and checks run in a namespace of their own, so that no name of the learner's can meet
one of the grader's. This module holds no answer and judges nothing: it hands out inputs and prints
numbers. A learner's code that tampers with it changes only what is printed, and printing the right
numbers takes computing them.
"""

import ast
import base64
import builtins
import contextlib
import importlib.abc
import importlib.machinery
import importlib.util
import math
import pickle
import sys
import types
from pathlib import Path

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


def bring(text, names=None):
    """Run an import of the learner's, name by name; one that fails leaves a stand-in."""
    failed, names = None, learners() if names is None else names
    for statement in ast.parse(text).body:
        for alias in statement.names:
            statement.names = [alias]
            try:
                exec(ast.unparse(statement), names)
            except ImportError as error:
                failed = error
                origin = f"{getattr(statement, 'module', None) or ''}.{alias.name}".strip(".")
                names[alias.asname or alias.name.partition(".")[0]] = Missing(origin)
    if failed is not None:
        raise failed


# ---------------------------------------------------------------- files that a notebook writes

own: dict[str, Path] = {}  # the learner's modules: dotted name -> file


def write(path, text, adds=False):
    """What ``%%writefile`` does, below the learner's own folder; the file can be imported."""
    parts = [part for part in path.replace("\\", "/").split("/") if part.strip("~. :")]
    place = Path(*parts)
    place.parent.mkdir(parents=True, exist_ok=True)
    with open(place, "a" if adds else "w", encoding="utf-8") as file:
        file.write(text)
    inner = place.with_suffix("").parts
    inner = inner[:-1] if inner[-1] == "__init__" else inner
    for start in range(len(inner)):
        name = ".".join(inner[start:])
        if name in own:
            sys.modules.pop(name, None)
        own[name] = place.absolute()
    if not any(isinstance(finder, OwnFiles) for finder in sys.meta_path):
        sys.meta_path.insert(0, OwnFiles())


class OwnFiles(importlib.abc.MetaPathFinder):
    """Finds the learner's modules, but none in the place of one that checks build on."""

    def find_spec(self, name, path=None, target=None):
        given = Path(__file__).parent.joinpath(*name.split("."))
        if given.exists() or given.with_suffix(".py").exists():
            return None
        if name not in own:
            if not any(known.startswith(f"{name}.") for known in own):
                return None
            return importlib.machinery.ModuleSpec(name, None, is_package=True)  # a folder
        loader = OwnLoader(name, str(own[name]))
        return importlib.util.spec_from_file_location(name, own[name], loader=loader)


class OwnLoader(importlib.machinery.SourceFileLoader):
    """Runs a learner's module; an import in it that fails leaves a stand-in, as in a notebook."""

    def exec_module(self, module):
        tree = ast.parse(self.get_data(self.path))
        for at, node in enumerate(tree.body):
            future = getattr(node, "module", "") == "__future__"
            if isinstance(node, (ast.Import, ast.ImportFrom)) and not future:
                text = f"__import__('graded').bring_quietly({ast.unparse(node)!r}, globals())"
                tree.body[at] = ast.copy_location(ast.parse(text).body[0], node)
        exec(compile(ast.fix_missing_locations(tree), self.path, "exec"), module.__dict__)


def bring_quietly(text, names):
    with contextlib.suppress(ImportError):
        bring(text, names)


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

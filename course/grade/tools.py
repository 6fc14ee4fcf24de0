"""What a graded check needs inside the learner's kernel. It stands there under the name ``graded``.

It holds no answer and judges nothing: it hands out inputs and prints numbers. A learner's code that
tampers with it changes only what is printed, and printing the right numbers takes computing them.
"""

import base64
import builtins
import math
import pickle

import numpy as np

LONG = 300  # more numbers than this are summed up


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

"""Training on disk: written whole or not at all, and read with one sentence for what is wrong."""

import json
import os
import tempfile
import zipfile
import zlib

import numpy as np

STANDS_FOR = "\0array"  # {STANDS_FOR: k} in the JSON stands for array k
UNREADABLE = (OSError, EOFError, ValueError, KeyError, TypeError, NotImplementedError, MemoryError)
UNREADABLE += (zipfile.BadZipFile, zlib.error, RuntimeError)


def check_place(path):
    """Raise before training if nothing can be saved at ``path`` after it."""
    folder = os.path.dirname(os.path.abspath(path))
    if os.path.isdir(path) or not os.path.isdir(folder) or not os.access(folder, os.W_OK):
        raise FileNotFoundError(
            f"A checkpoint cannot be saved at {path}: expected a file name in a folder that exists "
            "and can be written to."
        )


def write_atomically(path, tree):
    """Save nested dicts and lists of arrays and numbers: to a file beside ``path``, then renamed.

    A crash while writing leaves what stood at ``path`` untouched.
    """
    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(os.path.abspath(path)), suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            write_tree(file, tree)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def write_tree(file, tree):
    """The arrays of ``tree`` as they are, the rest as JSON, in which a number stands for each."""
    arrays = []

    def stand_in(value):
        array = np.asarray(value)
        if array.dtype.hasobject:
            raise ValueError(
                f"A {type(value).__name__} cannot be saved: expected arrays, numbers and text, in "
                "lists and dicts. Let the state of the update rule hold these only."
            )
        arrays.append(array)
        return {STANDS_FOR: len(arrays) - 1}

    check_keys(tree)
    text = json.dumps(tree, default=stand_in)
    np.savez(file, *arrays, tree=text)


def check_keys(tree):
    """Raise if a dict has other keys than text: JSON would turn them into text."""
    if isinstance(tree, dict):
        wrong = [key for key in tree if not isinstance(key, str)]
        if wrong:
            raise ValueError(f"A dict with the key {wrong[0]!r} cannot be saved: expected text.")
    for part in tree.values() if isinstance(tree, dict) else tree if is_list(tree) else ():
        check_keys(part)


def is_list(tree):
    """Whether the parts of ``tree`` have to be looked at: a list of numbers has none."""
    return isinstance(tree, (list, tuple)) and not all(isinstance(part, float) for part in tree)


def read_tree(path):
    """What ``write_tree`` wrote; tuples come back as lists."""
    if not os.path.exists(path):
        raise FileNotFoundError(f"There is no checkpoint {path}.")
    try:
        with open(path, "rb") as stream, open_arrays(stream) as file:

            def put_back(part):
                return file[f"arr_{part[STANDS_FOR]}"] if part.keys() == {STANDS_FOR} else part

            return json.loads(str(file["tree"]), object_hook=put_back)
    except UNREADABLE as error:
        said = (str(error) or type(error).__name__).splitlines()[0]
        raise ValueError(
            f"{path} is no checkpoint, or damaged ({said}): train again, or resume from another."
        ) from None


def open_arrays(stream):
    """The arrays of an open file, if it is a zip as ``np.savez`` writes it."""
    if not zipfile.is_zipfile(stream):
        raise ValueError("it is not the zip of arrays that a checkpoint is, or it is cut off")
    stream.seek(0)
    return np.load(stream, allow_pickle=False)


def read_checkpoint(path, keys):
    """What ``Solver.save`` wrote; it must have all of ``keys``."""
    saved = read_tree(path)
    lacking = [key for key in keys if not isinstance(saved, dict) or key not in saved]
    if lacking:
        raise ValueError(
            f"{path} has no {', '.join(lacking)}: it was saved by something else, or by another "
            "version of the course."
        )
    return saved


def check_run(path, saved, rule, options):
    """Raise unless the checkpoint goes on with the rule and the options that Solver was given."""
    if saved["rule_name"] != rule:
        raise ValueError(
            f"{path} was saved with the update rule {saved['rule_name']}, this Solver has {rule}: "
            "their states differ, so make a Solver with the same rule."
        )
    if as_text(saved["options"]) != as_text(options):
        raise ValueError(
            f"{path} was saved with optim_config {saved['options']}, this Solver has {options}: "
            "make a Solver with the same, and change its .config after resume()."
        )


def as_text(options):
    """Options as a file holds them, where a tuple is a list."""
    return json.dumps(options, sort_keys=True, default=str)


def check_params(path, saved, params):
    """Raise unless the parameters read from ``path`` are those of a model like this one."""
    for name, w in params.items():
        if name not in saved:
            raise ValueError(f"{path} has no {name}: it was saved from another model.")
        if saved[name].shape != w.shape:
            raise ValueError(
                f"{path} has {name} of shape {saved[name].shape}, the model's is {w.shape}."
            )
        if saved[name].dtype != w.dtype:
            raise ValueError(
                f"{path} has {name} in {saved[name].dtype}, the model's is {w.dtype}: make the "
                f"model with dtype=np.{saved[name].dtype}."
            )
        if not np.isfinite(saved[name]).all():
            raise ValueError(
                f"{path} has {name} with NaN or infinity: training diverged before it was saved, "
                "or the file was changed. Train again, or resume from another."
            )
    for name in saved:
        if name not in params:
            raise ValueError(f"{path} also has {name}: it was saved from another model.")

"""A network that a learner trained in one exercise and uses in another, on the learner's machine.

It lies beside the progress file, whatever folder the notebooks are in. Tests, builds and grading
keep nothing and find nothing: for them ``own_convnet`` gives the course's network.
"""

import io
import zipfile

import numpy as np

from course.files import write_whole
from course.notebooks.progress import is_learner, not_kept, progress_file

NEEDED = ("W1", "W2", "W3", "b3", "W4", "b4")


def file_of(name):
    """Where a network is kept; None where nothing is."""
    progress = progress_file()
    return None if progress is None or not is_learner() else progress.with_name(f"{name}.npz")


def keep(name, model):
    """Keep the parameters of ``model`` for a later exercise, and say where."""
    path = file_of(name)
    if path is None:
        return
    content = io.BytesIO()
    np.savez(content, **model.params)
    try:
        write_whole(path, content.getvalue())
        print(f"Kept in {path}.")
    except OSError as error:
        print(not_kept(path, error))


def own_convnet():
    """The ``ConvNet`` that was kept as "convnet", or the course's where there is none, said so."""
    from course import trained

    path = file_of("convnet")
    if path is None:
        return trained.convnet().model
    params = read(path)
    if params is None:
        print(
            "No ConvNet of yours is kept here. The exercise *A ConvNet from scratch* keeps one "
            "when it is trained. Until then, this is the course's."
        )
        return trained.convnet().model
    print("This is the ConvNet that you trained.")
    return with_params(params)


def read(path):
    """The parameters in a file of ``keep``; None where there is none, or another."""
    try:
        with np.load(path, allow_pickle=False) as file:
            params = {name: file[name] for name in NEEDED}
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile):
        return None
    finite = all(np.isfinite(w).all() for w in params.values())
    return params if finite and params["W1"].ndim == params["W2"].ndim == 4 else None


def with_params(params):
    """The network of the exercise with these parameters, as wide as they are."""
    from scratch.cnn import ConvNet

    (F1, C, K, _), F2 = params["W1"].shape, len(params["W2"])
    sizes = {"num_filters_1": F1, "num_filters_2": F2, "filter_size": K}
    hidden, classes = params["W4"].shape
    net = ConvNet((C, 32, 32), **sizes, hidden_dim=hidden, num_classes=classes)
    net.params.update(params)
    return net

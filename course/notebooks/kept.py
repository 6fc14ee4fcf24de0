"""A network that a learner trained in one exercise and uses in another, on the learner's machine.

It lies beside the progress file, whatever folder the notebooks are in. Tests, builds and grading
keep nothing and find nothing: for them ``own_convnet`` and ``own_eyes`` give the course's networks.
"""

import io

import numpy as np

from course import residual_net
from course.files import write_whole
from course.notebooks.progress import is_learner, not_kept, progress_file
from scratch.checkpoints import UNREADABLE, open_arrays

NEEDED = ("W1", "W2", "W3", "b3", "W4", "b4")


def file_of(name):
    """Where a network is kept; None where nothing is."""
    progress = progress_file()
    return None if progress is None or not is_learner() else progress.with_name(f"{name}.npz")


def keep(name, model, **more):
    """Keep the parameters of ``model`` for a later exercise, and say where.

    With them what it remembers (its ``state``), if it does, and the arrays ``more``.
    """
    path = file_of(name)
    if path is None:
        return
    content = io.BytesIO()
    state = {f"state {key}": value for key, value in getattr(model, "state", {}).items()}
    np.savez(content, **model.params, **state, **more)
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


def own_eyes():
    """The network that was kept as "photographs": -> net, mean and deviation of its pictures.

    Where there is none, or one that is put together otherwise, it is the narrow one that comes with
    the course, and that is said.
    """
    path = file_of("photographs")
    if path is None:
        return residual_net.pocket()
    found = found_eyes(path)
    if found is None:
        print(
            "No network of yours for photographs is kept here, or it is put together in another "
            "way. The project *Photographs in ten classes* keeps one. Until then, this is the "
            "course's."
        )
        return residual_net.pocket()
    print("This is the network that you trained on photographs.")
    return found


def eyes_at_hand():
    """The best network for photographs that is here, as ``own_eyes`` gives one, without a word."""
    path = file_of("photographs")
    found = None if path is None or residual_net.KEPT.exists() else found_eyes(path)
    return residual_net.at_hand() if found is None else found


def found_eyes(path):
    """The network and its scales in a file of ``keep``; None where there is no such network."""
    arrays = read_arrays(path)
    try:
        net = residual_net.network(3, len(arrays["0.W"]))
        for own, start in ((net.params, ""), (net.state, "state ")):
            for name, w in own.items():
                if arrays[start + name].shape != w.shape:
                    return None
                own[name] = arrays[start + name]
        return net, arrays["mean"], arrays["std"]
    except (KeyError, TypeError):
        return None


def read(path):
    """The parameters in a file of ``keep("convnet")``; None where there is none, or another."""
    arrays = read_arrays(path)
    if not set(NEEDED) <= arrays.keys():
        return None
    params = {name: arrays[name] for name in NEEDED}
    return params if params["W1"].ndim == params["W2"].ndim == 4 else None


def read_arrays(path):
    """All arrays in a file; none where it is missing, damaged, or holds what is not finite."""
    try:
        with open(path, "rb") as stream, open_arrays(stream) as file:
            arrays = {name: file[name] for name in file.files}
        return arrays if all(np.isfinite(w).all() for w in arrays.values()) else {}
    except UNREADABLE:
        return {}


def with_params(params):
    """The network of the exercise with these parameters, as wide as they are."""
    from scratch.cnn import ConvNet

    (F1, C, K, _), F2 = params["W1"].shape, len(params["W2"])
    sizes = {"num_filters_1": F1, "num_filters_2": F2, "filter_size": K}
    hidden, classes = params["W4"].shape
    net = ConvNet((C, 32, 32), **sizes, hidden_dim=hidden, num_classes=classes)
    net.params.update(params)
    return net

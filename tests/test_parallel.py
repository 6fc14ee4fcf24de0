"""DataParallel: the same loss and gradients as one model, whatever the split."""

import sys
import threading

import numpy as np
import pytest

from scratch import fast
from scratch.cnn import ConvNet
from scratch.optim import adam
from scratch.parallel import DataParallel, split
from scratch.rnn import CELLS, CaptioningRNN
from scratch.sequential import Sequential, batchnorm, fc
from scratch.solver import Solver
from tests.test_solver import VOCABULARY, conv_net, pictures, quiet, told_pictures

KINDS = ["cnn", *CELLS]


def network(kind, N, dtype=np.float64):
    """A network and a batch of N rows; captions of several lengths, so that masks differ."""
    rng = np.random.default_rng(N)
    if kind == "cnn":
        net = ConvNet((2, 12, 14), 3, 4, 3, 5, 4, dtype)
        return net, rng.normal(size=(N, 2, 12, 14)).astype(dtype), rng.integers(0, 4, N)
    net = CaptioningRNN(VOCABULARY, 6, 5, 7, kind, dtype)
    data = told_pictures(max(N, 1))
    return net, data["X_train"][:N].astype(dtype), data["y_train"][:N]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("N", "workers"), [(8, 2), (7, 2), (7, 3), (2, 5), (1, 2), (9, 1)])
def test_loss_and_gradients_are_those_of_the_whole_batch(kind, N, workers):
    """Even and odd splits, a batch smaller than the workers, one worker."""
    model, X, y = network(kind, N)
    kept = {name: w.copy() for name, w in model.params.items()}
    loss, grads = DataParallel(model, workers).loss(X, y)
    expected, expected_grads = model.loss(X, y)
    assert loss == pytest.approx(expected, rel=1e-12)
    assert grads.keys() == expected_grads.keys()
    for name, grad in grads.items():
        np.testing.assert_allclose(grad, expected_grads[name], rtol=1e-10, atol=1e-13)
        np.testing.assert_array_equal(model.params[name], kept[name])


@pytest.mark.parametrize("kind", KINDS)
def test_float32_stays_float32_and_a_second_call_says_the_same(kind):
    model, X, y = network(kind, 6, np.float32)
    both = DataParallel(model, 2)
    loss, grads = both.loss(X, y)
    again, grads_again = both.loss(X, y)
    assert isinstance(loss, float) and loss == again
    for name, grad in grads.items():
        assert grad.dtype == np.float32
        np.testing.assert_array_equal(grad, grads_again[name])


def test_parts_are_nearly_equal_cover_all_rows_and_none_is_empty():
    for N in range(1, 12):
        for workers in range(1, 6):
            parts = split(N, workers)
            sizes = [part.stop - part.start for part in parts]
            assert sum(sizes) == N and len(parts) == min(workers, N)
            assert parts[0].start == 0 and max(sizes) - min(sizes) <= 1 and min(sizes) >= 1
            assert all(a.stop == b.start for a, b in zip(parts, parts[1:]))


def test_scores_accuracy_and_params_are_the_models():
    model, X, y = network("cnn", 5)
    both = DataParallel(model, 2)
    assert both.params is model.params
    np.testing.assert_array_equal(both.loss(X), model.loss(X))
    assert both.accuracy(X, y) == model.accuracy(X, y)


def test_solver_trains_it_to_the_same_network():
    alone, inner = conv_net(), conv_net()
    for model in (alone, DataParallel(inner, 3)):
        quiet(model, pictures(), num_epochs=4, batch_size=5, update_rule="adam").train()
    for name, w in alone.params.items():
        np.testing.assert_allclose(inner.params[name], w, rtol=1e-3, atol=1e-5)


class Meeting:
    """A model whose parts wait for each other: one thread alone would wait forever."""

    def __init__(self, parts):
        self.params = {"w": np.zeros(1)}
        self.barrier, self.threads = threading.Barrier(parts, timeout=20), set()
        self.seen = []

    def loss(self, X, y):
        self.barrier.wait()
        self.threads.add(threading.get_ident())
        self.seen.append(matrix_threads())
        self.barrier.wait()
        return 0.0, {"w": np.zeros(1)}

    def accuracy(self, X, y):
        return 0.0


def matrix_threads():
    from threadpoolctl import threadpool_info

    return [lib["num_threads"] for lib in threadpool_info() if lib["user_api"] == "blas"]


def test_the_parts_run_at_the_same_time_with_one_matrix_thread_each():
    before, model = matrix_threads(), Meeting(3)
    DataParallel(model, 3).loss(np.zeros((6, 1)), np.zeros(6))
    assert len(model.threads) == 3
    assert before and model.seen == [[1] * len(before)] * 3
    assert matrix_threads() == before  # and afterwards all is as it was


def test_an_error_in_a_part_reaches_the_caller_and_the_library_gets_its_threads_back():
    before = matrix_threads()
    model, X, y = network("cnn", 4)
    with pytest.raises(ValueError, match=r"y runs from 0 to 9, expected integers in 0\.\.3"):
        DataParallel(model, 2).loss(X, np.array([0, 1, 0, 9]))
    assert matrix_threads() == before


def test_layers_of_two_threads_do_not_meet_in_a_buffer():
    """Many steps of two different batches at once: each gives what it gives alone."""
    model, X, y = network("cnn", 12)
    alone = [model.loss(X[i : i + 4], y[i : i + 4])[0] for i in range(0, 12, 4)]
    results = {}

    def work(k):
        part = slice(4 * k, 4 * k + 4)
        results[k] = [model.loss(X[part], y[part])[0] for _ in range(30)]

    threads = [threading.Thread(target=work, args=(k,)) for k in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [set(results[k]) for k in range(3)] == [{loss} for loss in alone]


def test_a_model_that_needs_the_whole_batch_is_refused():
    model = Sequential(fc(4, 3), batchnorm(3))
    with pytest.raises(ValueError, match=r"keeps 1\.mean, 1\.var of whole batches"):
        DataParallel(model)
    DataParallel(Sequential(fc(4, 3)))


def test_workers_and_the_missing_package_are_told(monkeypatch):
    with pytest.raises(ValueError, match="workers is 0, expected at least 1"):
        DataParallel(conv_net(), 0)
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    with pytest.raises(ImportError, match="pip install threadpoolctl"):
        DataParallel(conv_net())


def test_solver_in_place_on_a_split_batch():
    """The two ways to speed, together."""
    inner = conv_net()
    rule = fast.in_place(adam)
    solver = Solver(DataParallel(inner), pictures(), update_rule=rule, num_epochs=2, verbose=False)
    solver.train()
    assert np.isfinite(solver.loss_history).all()

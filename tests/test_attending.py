"""The captioner that looks: gradients of the whole network, what it reads, samples, Solver."""

import numpy as np
import pytest

from scratch import fast, loops, plain
from scratch.attending import AttendingRNN
from scratch.gradcheck import check_model
from scratch.solver import Solver

WORDS = {w: i for i, w in enumerate(["<NULL>", "<START>", "<END>", "<UNK>", "a", "red", "star"])}
CELLS = ("rnn", "lstm", "gru")


def task(N=3, L=5, D=4, seed=0):
    rng = np.random.default_rng(seed)
    captions = np.array([[1, 4, 5, 6, 2], [1, 4, 6, 2, 0], [1, 5, 2, 0, 0]])[np.arange(N) % 3]
    return rng.normal(size=(N, L, D)), captions


def model(cell="rnn", **options):
    options = {
        "wordvec_dim": 3,
        "hidden_dim": 6,
        "attention_dim": 5,
        "dtype": np.float64,
        **options,
    }
    net = AttendingRNN(WORDS, 4, cell_type=cell, rng=np.random.default_rng(1), **options)
    for name in ("W_embed", "Wq"):
        net.params[name] *= 3  # so that it does look here more than there
    return net


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("backend", [plain, fast, loops])
def test_gradients_of_the_whole_network(cell, backend):
    for report in check_model(model(cell, backend=backend), *task(), samples=8):
        assert report.passed, str(report)


@pytest.mark.parametrize("cell", CELLS)
def test_gradient_of_the_features_is_a_sum_over_steps_and_the_first_glance(cell):
    net, (features, captions) = model(cell), task()
    scores, caches = net.forward(features, captions[:, :-1])
    rng = np.random.default_rng(2)
    dscores, v = rng.normal(size=scores.shape), rng.normal(size=features.shape)
    up, down = (net.forward(features + s * 1e-6 * v, captions[:, :-1])[0] for s in (1, -1))
    dfeatures, _ = net.backward(dscores, caches)
    assert np.vdot(dfeatures, v) == pytest.approx(np.vdot(dscores, up - down) / 2e-6, rel=1e-6)


@pytest.mark.parametrize("cell", CELLS)
def test_the_storeys_agree(cell):
    losses = [model(cell, backend=backend).loss(*task()) for backend in (plain, fast, loops)]
    for loss, grads in losses[1:]:
        assert loss == pytest.approx(losses[0][0])
        for k in grads:
            np.testing.assert_allclose(grads[k], losses[0][1][k], atol=1e-10, err_msg=k)


@pytest.mark.parametrize("cell", CELLS)
def test_sampling_step_by_step_is_the_forward_pass(cell):
    net, (features, _) = model(cell), task()
    captions = net.sample(features, 6)
    words = np.concatenate([np.full((3, 1), 1), captions[:, :-1]], axis=1)
    scores, _ = net.forward(features, words)
    for n, row in enumerate(captions):
        length = list(row).index(2) + 1 if 2 in row else 6
        np.testing.assert_array_equal(scores[n, :length].argmax(axis=1), row[:length])
    np.testing.assert_array_equal(net.beam_search(features, 1, 6), captions)


def test_the_order_of_the_cells_does_not_matter():
    net, (features, captions) = model("gru"), task()
    order = np.array([3, 0, 4, 1, 2])
    assert net.loss(features[:, order], captions)[0] == pytest.approx(
        net.loss(features, captions)[0]
    )
    looks = net.looks(features, captions)
    np.testing.assert_allclose(net.looks(features[:, order], captions), looks[:, :, order])


def test_looks_are_the_weights_that_the_network_uses():
    net, (features, captions) = model("lstm"), task()
    looks = net.looks(features, captions)
    assert looks.shape == (3, 4, 5)
    np.testing.assert_allclose(looks.sum(axis=2), 1)
    plain_net = model("lstm", backend=plain)  # its caches are a pair for each step
    caches = plain_net.forward(features, captions[:, :-1])[1][2]
    used = np.stack([look[3][3] for look, _ in caches], axis=1)
    np.testing.assert_allclose(looks, used)


def test_a_wrong_shape_gets_a_sentence():
    with pytest.raises(ValueError, match=r"features has shape \(3, 20\), expected \(N, L, D\)"):
        model().loss(np.zeros((3, 20)), task()[1])


def test_float32_stays_float32():
    _, grads = model(dtype=np.float32).loss(*task())
    assert all(g.dtype == np.float32 for g in grads.values())


def test_it_learns_a_tiny_set_by_heart_and_is_saved(tmp_path):
    features, captions = task()
    data = {"X_train": features, "y_train": captions, "X_val": features, "y_val": captions}
    options = {"update_rule": "adam", "optim_config": {"learning_rate": 0.02}, "num_epochs": 60}
    solver = Solver(model("gru"), data, **options, verbose=False)
    solver.train(checkpoint=tmp_path / "run.npz")
    assert solver.best_val_acc == 1
    again = Solver(model("gru"), data, **options, verbose=False)
    again.resume(tmp_path / "run.npz")
    again.train()
    np.testing.assert_array_equal(again.model.sample(features), solver.model.sample(features))

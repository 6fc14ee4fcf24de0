"""ConvNet: shapes, initialization, the gradient of the whole network, learning, error messages."""

import numpy as np
import pytest

from scratch.cnn import ConvNet
from scratch.gradcheck import check_model


def small(**options):
    return ConvNet(
        **{
            "input_dim": (2, 14, 10), "num_filters_1": 3, "num_filters_2": 4, "filter_size": 3,
            "hidden_dim": 6, "num_classes": 5, **options,
        }
    )  # fmt: skip


def test_parameters_have_the_shapes_of_the_design():
    shapes = {name: w.shape for name, w in ConvNet().params.items()}
    assert shapes == {
        "W1": (6, 1, 5, 5), "W2": (16, 6, 5, 5), "W3": (16 * 4 * 4, 100), "b3": (100,),
        "W4": (100, 10), "b4": (10,),
    }  # fmt: skip
    assert all(w.dtype == np.float32 for w in ConvNet().params.values())


def test_weights_are_uniform_within_one_over_root_fan_in():
    net = ConvNet(num_filters_1=64, num_filters_2=64)
    for name, fan_in in {"W1": 25, "W2": 64 * 25, "W3": 64 * 16, "W4": 100}.items():
        w, bound = net.params[name], fan_in**-0.5
        assert np.abs(w).max() <= bound
        assert np.abs(w).max() > 0.95 * bound
        assert abs(w.mean()) < 0.1 * bound
        assert w.std() == pytest.approx(bound / np.sqrt(3), rel=0.1)
    assert not net.params["b3"].any()
    assert not net.params["b4"].any()


def test_the_same_seed_gives_the_same_network():
    first, second = ConvNet(), ConvNet()
    other = ConvNet(rng=np.random.default_rng(1))
    for name in ("W1", "W2", "W3", "W4"):
        np.testing.assert_array_equal(first.params[name], second.params[name])
        assert (first.params[name] != other.params[name]).any()


@pytest.mark.parametrize("N", [1, 4])
def test_gradient_of_the_whole_network(rng, N):
    net = small(dtype=np.float64)
    X, y = rng.normal(size=(N, 2, 14, 10)), rng.integers(0, 5, N)
    for report in check_model(net, X, y, eps=1e-6):
        assert report.passed, str(report)


def test_loss_without_labels_gives_scores(rng):
    net, X = small(), rng.normal(size=(3, 2, 14, 10))
    scores = net.loss(X)
    assert scores.shape == (3, 5)
    assert scores.dtype == np.float32
    loss, grads = net.loss(X, np.array([0, 1, 2]))
    assert isinstance(loss, float)
    assert {k: g.shape for k, g in grads.items()} == {k: w.shape for k, w in net.params.items()}
    assert all(g.dtype == np.float32 for g in grads.values())


def test_untrained_loss_is_near_log_c(rng):
    X = rng.random((50, 1, 28, 28))
    assert ConvNet().loss(X, rng.integers(0, 10, 50))[0] == pytest.approx(np.log(10), rel=0.1)


def test_blocks_change_nothing(rng):
    net, X = small(), rng.normal(size=(7, 2, 14, 10)).astype(np.float32)
    whole = net.predict(X)
    for block in (1, 3, 7, 100):
        np.testing.assert_allclose(net.predict(X, block=block), whole, rtol=1e-4, atol=1e-6)


def test_features_and_maps_are_what_the_next_layer_reads(rng):
    net, X = small(), rng.normal(size=(3, 2, 14, 10)).astype(np.float32)
    maps, hidden = net.feature_maps(X), net.features(X)
    assert maps.shape == (3, 4, 2, 1)
    assert hidden.shape == (3, 6)
    p = net.params
    expected = np.maximum(maps.reshape(3, -1) @ p["W3"] + p["b3"], 0)
    np.testing.assert_allclose(hidden, expected, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(net.loss(X), hidden @ p["W4"] + p["b4"], rtol=1e-4, atol=1e-6)


def test_accuracy_is_a_share(rng):
    net, X = small(), rng.normal(size=(6, 2, 14, 10))
    best = net.loss(X).argmax(axis=1)
    assert net.accuracy(X, best) == 1.0
    wrong = best.copy()
    wrong[:3] = (wrong[:3] + 1) % 5
    assert net.accuracy(X, wrong) == 0.5
    assert isinstance(net.accuracy(X, best), float)


def test_loss_is_pure(rng):
    net, X, y = small(), rng.normal(size=(3, 2, 14, 10)).astype(np.float32), np.array([0, 1, 4])
    kept = [X.copy(), {k: w.copy() for k, w in net.params.items()}]
    first = net.loss(X, y)
    small(rng=np.random.default_rng(5)).loss(X + 1, y)
    second = net.loss(X, y)
    assert first[0] == second[0]
    for name, grad in first[1].items():
        np.testing.assert_array_equal(grad, second[1][name])
        np.testing.assert_array_equal(net.params[name], kept[1][name])
    np.testing.assert_array_equal(X, kept[0])


def test_float64_images_do_not_turn_the_network_float64(rng):
    _, grads = small().loss(rng.normal(size=(2, 2, 14, 10)), np.array([0, 1]))
    assert {g.dtype for g in grads.values()} == {np.dtype(np.float32)}


@pytest.mark.parametrize("shape", [(2, 14, 10), (3, 1, 14, 10), (3, 14, 10, 2)])
def test_images_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError, match=r"X has shape .*, expected \(N, 2, 14, 10\)"):
        small().loss(np.zeros(shape), np.zeros(3, int))


def test_images_too_small_for_the_filters_are_refused():
    with pytest.raises(ValueError, match="does not fit"):
        ConvNet(input_dim=(1, 10, 28))


def test_labels_out_of_range_are_refused():
    with pytest.raises(ValueError, match=r"y runs from 0 to 5, expected integers in 0\.\.4"):
        small().loss(np.zeros((2, 2, 14, 10)), np.array([0, 5]))

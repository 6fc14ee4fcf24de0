"""What the chapters of Part IV measure: the networks are as said, and a seed repeats a run."""

import numpy as np
import pytest

from course import deep, small_shapes
from scratch.gradcheck import check_model


@pytest.mark.parametrize("kind", deep.KINDS)
def test_a_deep_network_has_its_layers_skips_and_averages(kind):
    options = deep.KINDS[kind]
    net = deep.deep_net(10, **options)
    assert sum(name.endswith("W") for name in net.params) == 1 + 10 + 1
    assert any(".F." in name for name in net.params) == ("skips" in options)
    assert bool(net.state) == ("normalize" in options)
    silent = [name for name, w in net.params.items() if name.endswith("W") and not w.any()]
    assert len(silent) == (5 if kind == "skips" else 0)  # the ends of its branches


def test_a_factor_multiplies_every_weight_and_no_bias():
    one, two = deep.deep_net(4), deep.deep_net(4, factor=2.0)
    for name, w in one.params.items():
        np.testing.assert_array_equal(two.params[name], (1 + name.endswith("W")) * w)


@pytest.mark.parametrize("kind", deep.KINDS)
def test_the_gradients_of_a_deep_convnet(kind):
    net = deep.deep_convnet(4, **deep.KINDS[kind], channels=2)
    net.dtype = np.float64
    net.params = {name: w.astype(np.float64) for name, w in net.params.items()}
    rng = np.random.default_rng(0)
    net.params = {name: w + 0.1 * rng.normal(size=w.shape) for name, w in net.params.items()}
    X, y = rng.normal(size=(5, 1, 8, 8)), rng.integers(10, size=5)
    for report in check_model(net, X, y, samples=5):
        assert report.passed, report


def test_a_run_that_diverges_counts_as_guessing():
    data = deep.bent_classes(N=200)
    guessing = np.bincount(data["y_val"]).max() / 500
    assert deep.accuracy(deep.deep_net(8, factor=1e4), data, num_epochs=1) == guessing
    assert deep.accuracy(deep.deep_net(2), data, num_epochs=2) > guessing


def test_pictures_have_ten_shapes_and_a_seed_repeats_a_training():
    X, y = small_shapes.draw(400, np.random.default_rng(0))
    assert X.shape == (400, 1, 16, 16) and X.dtype == np.float32 and set(y) == set(range(10))
    options = {"N": 40, "num_epochs": 2, "drop_prob": 0.3}
    first, again, other = (small_shapes.train(seed=s, **options) for s in (1, 1, 2))
    assert first.loss_history == again.loss_history != other.loss_history


def test_every_way_is_measured(monkeypatch):
    monkeypatch.setitem(small_shapes.SETTINGS, "num_epochs", 1)
    ways = {way: {**o, "N": 40, "num_epochs": 1} for way, o in small_shapes.WAYS.items()}
    monkeypatch.setattr(small_shapes, "WAYS", ways)
    found = small_shapes.measure(0)
    assert len(found) == 4 * len(ways) and all(0 <= share <= 1 for share in found.values())

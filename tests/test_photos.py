"""Networks for real pictures: as they are said to be; whole commands, on files that tests write."""

from functools import partial

import numpy as np
import pytest
from data_copies import write_cifar, write_mnist

from course import measure, photos, recipes, residual_net, results
from scratch.data import load_cifar10, load_mnist
from scratch.gradcheck import check_model

SMALL = {"width": 2, "seed": 1}


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """Files in the original formats, a single epoch, records and networks in ``tmp_path``."""
    monkeypatch.setattr(results, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(results, "ASIDE", tmp_path / "aside")
    monkeypatch.setattr(residual_net, "KEPT", tmp_path / "real" / "photos.npz")
    monkeypatch.setattr(residual_net, "POCKET", tmp_path / "results" / "pocket.npz")
    for recipe in (recipes.MNIST_TRAINING, recipes.CIFAR10_TRAINING):
        monkeypatch.setitem(recipe, "num_epochs", 1)
    for recipe in (photos.DIGITS_TRAINING, photos.PHOTOS_TRAINING):
        monkeypatch.setitem(recipe, "num_epochs", 1)
    monkeypatch.setattr(photos, "FEW_EPOCHS", 1)
    few = {"three_epochs": {}, "photos": {}, "pocket": {}, "ingredients": {"num_train": 10}}
    for name, options in few.items():
        load = partial(load_cifar10, partial=True, num_val=4, **options)
        changed = results.EXPERIMENTS[name]._replace(load=load)
        monkeypatch.setitem(results.EXPERIMENTS, name, changed)
    load = results.EXPERIMENTS["digits"]._replace(load=partial(load_mnist, num_val=2))
    monkeypatch.setitem(results.EXPERIMENTS, "digits", load)
    (tmp_path / "mnist").mkdir()
    write_mnist(tmp_path / "mnist")
    write_cifar(tmp_path)
    return tmp_path


@pytest.mark.parametrize("parts", [{}, {"normalize": False}, {"skips": False}], ids=str)
def test_the_gradients_of_the_network(parts):
    net = residual_net.network(2, **SMALL, **parts)
    assert bool(net.state) == parts.get("normalize", True)
    assert any(".F." in name for name in net.params) == parts.get("skips", True)
    net.dtype, rng = np.float64, np.random.default_rng(0)
    net.params = {k: w + 0.1 * rng.normal(size=w.shape) for k, w in net.params.items()}
    X, y = rng.normal(size=(5, 2, 8, 11)), rng.integers(10, size=5)
    for report in check_model(net, X, y, samples=5):
        assert report.passed, report


def test_the_eyes_are_the_network_up_to_its_last_maps():
    net, rng = residual_net.network(**SMALL), np.random.default_rng(0)
    net.state = {k: v + rng.random(v.shape).astype(v.dtype) for k, v in net.state.items()}
    X = rng.normal(size=(4, 3, 16, 24)).astype(np.float32)
    maps = residual_net.eyes_of(net).predict(X)
    assert maps.shape == (4, 8, 2, 3)
    last = len(residual_net.layers_of(3, 2)) - 1
    scores = maps.mean(axis=(2, 3)) @ net.params[f"{last}.W"] + net.params[f"{last}.b"]
    np.testing.assert_allclose(scores, net.predict(X), rtol=1e-4, atol=1e-5)


def test_saliency_is_the_slope_of_a_score():
    net, rng = residual_net.network(**SMALL), np.random.default_rng(0)
    net.state = {k: v + rng.random(v.shape) for k, v in net.state.items()}
    net.params = {k: w.astype(np.float64) for k, w in net.params.items()}
    net.dtype, image = np.float64, rng.normal(size=(3, 8, 8))
    size = residual_net.saliency(net, image, 4)
    for i, j in ((0, 0), (3, 5), (7, 2)):
        slopes = []
        for c in range(3):
            step = np.zeros_like(image)
            step[c, i, j] = 1e-6
            there, back = net.predict((image + step)[None]), net.predict((image - step)[None])
            slopes.append((there - back)[0, 4] / 2e-6)
        assert size[i, j] == pytest.approx(np.abs(slopes).max(), rel=1e-5, abs=1e-9)


def test_moved_or_mirrored_pictures_keep_their_pixels():
    X = np.zeros((40, 1, 11, 11), np.float32)
    X[:, 0, 5, 4] = 1
    new = photos.moved_or_mirrored(X, np.random.default_rng(0))
    assert (new.sum(axis=(1, 2, 3)) == 1).all()
    assert len({tuple(np.argwhere(x[0])[0]) for x in new}) > 20


def test_digits(tiny, capsys):
    results.main(["digits", "--root", str(tiny / "mnist"), "--seeds", "2"])
    assert "seed 1, with skips" in capsys.readouterr().out
    found = results.read("digits")
    for arm in photos.DIGITS:
        assert found.of(f"{arm}: test").shape == (2,)
    names = {path.name for path in (tiny / "results").iterdir()}
    assert names == {"digits.json", "digits_filters.png", "digits_mistakes.png"}


def test_photographs_and_what_is_kept_of_them(tiny):
    results.main(["photos", "--root", str(tiny), "--seeds", "1", "--copy", "drawn by a test"])
    found = results.read("photos")
    assert found.kept["copy"] == "drawn by a test"
    confusion = found.curve("all: confusion")[0].reshape(10, 10)
    assert confusion.sum() == 3  # test pictures
    share = confusion.trace() / 3
    assert found.of("all: test")[0] == pytest.approx(share, abs=1e-4)
    wrong = found.curve("all: mistaken")[0]
    assert len(wrong) == len(found.curve("all: mistaken for")[0]) == round(3 * (1 - share))
    assert found.picture("filters").shape[2] == 3
    net, mean, std = residual_net.kept()
    data = load_cifar10(tiny, partial=True, num_val=4)
    np.testing.assert_array_equal(mean, data["mean"])
    np.testing.assert_array_equal(std, data["std"])
    assert net.accuracy(data["X_test"], data["y_test"]) == pytest.approx(share)


@pytest.mark.parametrize("name, arms", [("three_epochs", photos.RATES),
                                        ("ingredients", photos.INGREDIENTS)])  # fmt: skip
def test_arms(tiny, name, arms):
    results.main([name, "--root", str(tiny), "--seeds", "1"])
    figures = results.read(name).runs()[0]
    assert {f"{arm}: test" for arm in arms} <= set(figures)


def test_each_arm_leaves_out_what_it_says(tiny, monkeypatch):
    """The network and the recipe of an arm differ from those of the first in one thing."""
    seen = {}

    def look(net, data, recipe, seed, verbose):
        parts = {"normalize": bool(net.state), "skips": any(".F." in name for name in net.params)}
        seen[arm] = {**recipe, **parts}
        raise FloatingPointError

    monkeypatch.setattr(measure, "train", look)
    data = load_cifar10(tiny, partial=True, num_val=4)
    for arm in photos.INGREDIENTS:
        figures = photos.ingredient(data, 0, arm).figures
        assert figures[f"{arm}: test"] == pytest.approx(1 / 3)  # it diverged: guessing
    whole = seen.pop("all of it")
    changed = {arm: {k for k in whole if whole[k] != own[k]} for arm, own in seen.items()}
    assert list(changed.values()) == [
        *({"normalize"}, {"skips"}, {"augment"}, {"weight_decay"}, {"schedule"}),
    ]


def test_weights_of_eight_bits(tiny):
    """The narrow network that comes with the course is nearly the one that was trained."""
    net = residual_net.network(3, residual_net.POCKET_WIDTH, seed=1)
    rng = np.random.default_rng(0)
    net.params = {
        k: (w + 0.1 * rng.normal(size=w.shape)).astype("f4") for k, w in net.params.items()
    }
    net.state = {k: (v + rng.random(v.shape)).astype("f4") for k, v in net.state.items()}
    small = residual_net.in_bytes(net)
    assert small["weights"].dtype == np.int8 and np.abs(small["weights"]).max() == 127
    again = residual_net.restored(small)
    for name, w in net.params.items():
        step = residual_net.scale_of(w) if w.ndim > 1 else 0
        assert (np.abs(again.params[name] - w) <= 0.51 * step).all(), name
    for name, v in net.state.items():
        np.testing.assert_array_equal(again.state[name], v)


def test_the_pocket_network_is_at_hand_where_no_other_is(tiny):
    results.main(["pocket", "--root", str(tiny), "--seeds", "1"])
    assert {"all: test", "eight bits: test"} <= set(results.read("pocket").runs()[0])
    net, mean, _ = residual_net.at_hand()
    assert net.params["0.W"].shape[0] == residual_net.POCKET_WIDTH
    data = load_cifar10(tiny, partial=True, num_val=4)
    np.testing.assert_array_equal(mean, data["mean"])
    residual_net.keep(residual_net.network(), data)
    assert residual_net.at_hand()[0].params["0.W"].shape[0] == residual_net.WIDTH


def test_a_network_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match="python -m course.results photos"):
        residual_net.kept(tmp_path / "photos.npz")

"""Networks for real pictures: as they are said to be; whole commands, on files that tests write."""

import json
from functools import partial

import numpy as np
import pytest
from data_copies import write_cifar, write_mnist

from course import photos, recipes, results
from scratch.data import load_cifar10, load_mnist
from scratch.gradcheck import check_model

SMALL = {"width": 2, "seed": 1}


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """Files in the original formats, a single epoch, records and networks in ``tmp_path``."""
    monkeypatch.setattr(results, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(photos, "KEPT", tmp_path / "real" / "photos.npz")
    for recipe in (recipes.MNIST_TRAINING, recipes.CIFAR10_TRAINING):
        monkeypatch.setitem(recipe, "num_epochs", 1)
    for recipe in (photos.DIGITS_TRAINING, photos.PHOTOS_TRAINING):
        monkeypatch.setitem(recipe, "num_epochs", 1)
    monkeypatch.setattr(photos, "FEW_EPOCHS", 1)
    few = {"three_epochs": {}, "photos": {}, "ingredients": {"num_train": 10}}
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
    net = photos.residual_net(2, **SMALL, **parts)
    assert bool(net.state) == parts.get("normalize", True)
    assert any(".F." in name for name in net.params) == parts.get("skips", True)
    net.dtype, rng = np.float64, np.random.default_rng(0)
    net.params = {k: w + 0.1 * rng.normal(size=w.shape) for k, w in net.params.items()}
    X, y = rng.normal(size=(5, 2, 8, 11)), rng.integers(10, size=5)
    for report in check_model(net, X, y, samples=5):
        assert report.passed, report


def test_the_eyes_are_the_network_up_to_its_last_maps():
    net, rng = photos.residual_net(**SMALL), np.random.default_rng(0)
    net.state = {k: v + rng.random(v.shape).astype(v.dtype) for k, v in net.state.items()}
    X = rng.normal(size=(4, 3, 16, 24)).astype(np.float32)
    maps = photos.eyes_of(net, width=2).predict(X)
    assert maps.shape == (4, 8, 2, 3)
    last = len(photos.layers_of(3, 2)) - 1
    scores = maps.mean(axis=(2, 3)) @ net.params[f"{last}.W"] + net.params[f"{last}.b"]
    np.testing.assert_allclose(scores, net.predict(X), rtol=1e-4, atol=1e-5)


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
    net, mean, std = photos.kept()
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

    def look(net, data, recipe, seed):
        parts = {"normalize": bool(net.state), "skips": any(".F." in name for name in net.params)}
        seen[arm] = {**recipe, **parts}
        raise FloatingPointError

    monkeypatch.setattr(photos, "trained", look)
    data = load_cifar10(tiny, partial=True, num_val=4)
    for arm in photos.INGREDIENTS:
        figures = photos.ingredient(data, 0, arm).figures
        assert figures[f"{arm}: test"] == pytest.approx(1 / 3)  # it diverged: guessing
    whole = seen.pop("all of it")
    changed = {arm: {k for k in whole if whole[k] != own[k]} for arm, own in seen.items()}
    assert list(changed.values()) == [
        *({"normalize"}, {"skips"}, {"augment"}, {"weight_decay"}, {"schedule"}),
    ]


def test_a_network_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match="python -m course.results photos"):
        photos.kept(tmp_path / "photos.npz")


def test_the_record_of_photographs_is_plain_text(tiny):
    results.main(["photos", "--root", str(tiny), "--seeds", "1"])
    json.loads((tiny / "results" / "photos.json").read_text())

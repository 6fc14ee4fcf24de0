"""True captions counted, and the solver that goes by them."""

import numpy as np
import pytest

from course import truth
from scratch.attending import AttendingRNN
from scratch.data import load_scene_captions
from scratch.data.scene_captions import caption_is_true
from scratch.solver import Solver


@pytest.fixture(scope="module")
def scenes():
    """Captions of a few scenes, and noise in place of what eyes would see."""
    data = load_scene_captions(num_train=30, num_val=8, num_test=30, num_captions=2)
    rng, parts = np.random.default_rng(0), ("train", "val", "test")
    features = {p: rng.normal(size=(len(data[f"X_{p}"]), 4, 3)) for p in parts}
    return data, features


def network(data, **options):
    words, rng = data["vocab"].word_to_idx, np.random.default_rng(1)
    return AttendingRNN(words, 3, 4, 6, 5, "gru", dtype=np.float64, rng=rng, **options)


def solver(data, features, kind=truth.TruthSolver, **options):
    options = {"update_rule": "adam", "num_epochs": 2, "batch_size": 7, **options}
    task = truth.truth_task(data, features)
    return kind(network(data), task, verbose=False, **options)


@pytest.mark.parametrize(
    ("caption", "count"),
    [("a red star", 1), ("two stars and a ring", 3), ("three moons", 3), ("star a", 0), ("", 0)],
)
def test_of_how_many_shapes_a_caption_speaks(caption, count):
    assert truth.shapes_told(caption) == count


def test_shares_by_number_of_shapes(scenes):
    data, _ = scenes
    counts = np.array([len(scene.shapes) for scene in data["scenes_test"]])
    means = truth.by_shapes("x", counts == 2, data)
    assert means == {
        "x": np.mean(counts == 2),
        "x: 1 shapes": 0,
        "x: 2 shapes": 1,
        "x: 3 shapes": 0,
    }
    first = [captions[0] for captions in data["captions_test"]]
    told = truth.shares_told(first, data["scenes_test"])
    assert all(told[counts == 1] == 1) and (told > 0).all() and (told <= 1).all()


def test_an_epoch_is_every_row_once_and_lengths_keep_together(scenes):
    here = solver(*scenes)
    batches = here.batches()
    assert sorted(np.concatenate(batches)) == list(range(60))
    spans = sorted((here.lengths[b].min(), here.lengths[b].max()) for b in batches)
    assert all(high <= low for (_, high), (low, _) in zip(spans, spans[1:]))
    assert [list(b) for b in here.batches()] != [list(b) for b in batches]


def test_what_is_cut_off_does_not_count(scenes):
    here = solver(*scenes)
    shorter = 0
    for batch in here.batches():
        (X, cut), (_, whole) = here.rows(batch), Solver.rows(here, batch)
        shorter += cut.shape[1] < whole.shape[1]
        (loss, grads), (same_loss, same) = here.model.loss(X, cut), here.model.loss(X, whole)
        assert loss == pytest.approx(same_loss)
        for name, g in grads.items():
            np.testing.assert_allclose(g, same[name], atol=1e-12, err_msg=name)
    assert shorter


def test_it_keeps_the_epoch_whose_captions_are_true(scenes, monkeypatch):
    data, features = scenes
    captions = iter([["a red star"] * 8, [c[0] for c in data["captions_val"]], ["no"] * 8])
    monkeypatch.setattr(truth, "written", lambda *rest, **options: next(captions))
    here, seen = solver(data, features), []
    here.watch = lambda one: seen.append(one.model.params["W_vocab"].copy())
    here.train()
    assert here.val_acc_history[1:] == [1, 0] and here.best_val_acc == 1
    after_first = seen[len(here.batches()) - 1]
    np.testing.assert_array_equal(here.model.params["W_vocab"], after_first)


def test_verdicts_are_those_of_the_grammar(scenes):
    data, features = scenes
    net = network(data)
    captions = truth.written(net, features, data, "test", 5)
    expected = [caption_is_true(c, s) for c, s in zip(captions, data["scenes_test"])]
    assert list(truth.verdicts(net, features, data, "test", 5)) == expected

"""The command that measures the headline numbers, on tiny data."""

import numpy as np
import pytest

from course import measure, recipes
from scratch.gradcheck import check_model

TINY = {"num_train": 40, "num_val": 10, "num_test": 10}


@pytest.fixture
def tiny(monkeypatch):
    """Recipes that take a second."""
    for name in ("SCENES", "LINEAR", "LOOKS", "CAPTIONS", "EYES", "ATTENDING"):
        recipe = getattr(recipes, f"{name}_TRAINING")
        monkeypatch.setattr(recipes, f"{name}_TRAINING", {**recipe, "num_epochs": 1})
    monkeypatch.setattr(recipes, "CAPTIONS_DATA", {**TINY, "num_captions": 2})
    scenes = measure.load_scenes
    monkeypatch.setattr(measure, "load_scenes", lambda seed: scenes(**TINY, seed=seed))


@pytest.mark.parametrize("command", ["scenes", "captions"])
def test_a_line_for_each_seed_then_mean_spread_and_worst(tiny, capsys, command):
    measure.main([command, "--seeds", "2"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["seed 0", "seed 1", "mean", "spread", "worst"]
    assert all("test" in line and "%" in line for line in lines)


def test_the_same_seed_gives_the_same_numbers(tiny):
    options = measure.parse_arguments(["captions"])
    assert measure.measure_captions(3, options) == measure.measure_captions(3, options)


def test_the_linear_classifier_is_one(rng):
    model = measure.LinearClassifier(12, num_classes=3)
    model.params = {"W": rng.normal(size=(12, 3)), "b": rng.normal(size=3)}
    X, y = rng.normal(size=(5, 3, 2, 2)), np.array([0, 1, 2, 0, 1])
    for report in check_model(model, X, y):
        assert report.passed, str(report)


def test_wrong_arguments(capsys):
    for arguments in ([], ["nothing"], ["scenes", "--seeds", "0"]):
        with pytest.raises(SystemExit):
            measure.main(arguments)
    assert "--seeds is 0, expected at least 1" in capsys.readouterr().err


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="expected a folder with the four files"):
        measure.main(["mnist", "--root", str(tmp_path / "nowhere")])


def test_the_recipe_matches_the_default_data():
    """The solution notebooks load with the recipe, learners at home perhaps without it."""
    from inspect import signature

    from scratch.data import load_scene_captions

    defaults = signature(load_scene_captions).parameters
    assert all(defaults[name].default == v for name, v in recipes.CAPTIONS_DATA.items())


def test_attention_is_measured_by_cell_and_number_of_shapes_before_and_after(tiny, capsys):
    measure.main(["attention", "--cells", "gru"])
    line = capsys.readouterr().out
    names = ("gru", "gru: 3 shapes", "gru: told", "gru looking", "gru looking: 3 shapes")
    looks = ("gru looking: on object, untrained", "gru looking: on object", "by chance")
    for name in (*names, *looks, "in the data: told: 3 shapes"):
        assert f"{name} " in line

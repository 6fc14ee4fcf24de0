"""Records of what the networks do on real data: what is kept, what goes on, what pages read."""

import json

import numpy as np
import pytest
from data_copies import write_mnist

from course import recipes, results
from course.results import Experiment, Outcome
from scratch.data import load_mnist


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "RESULTS", tmp_path / "results")
    return tmp_path / "results"


@pytest.fixture
def tiny(folder, monkeypatch):
    """An experiment without data; ``ran`` lists its seeds, ``fails`` those that break off."""
    ran, fails = [], set()

    def run(data, seed):
        if seed in fails:
            raise KeyboardInterrupt
        ran.append(seed)
        picture = np.full((4, 6, 3), seed, np.uint8)
        return Outcome({"test": 0.9 + seed / 100}, {"loss": [2.0, 1 / 3]}, {"all": picture})

    made = {"tiny": Experiment(lambda root: root, run, "nothing")}
    monkeypatch.setattr(results, "EXPERIMENTS", made)
    return ran, fails


def quiet(line):
    pass


def test_what_is_kept(tiny, folder):
    found = results.record("tiny", "here", range(3), quiet)
    kept = json.loads((folder / "tiny.json").read_text())
    assert set(kept["versions"]) == {"python", "numpy"} and kept["processor"] and kept["code"]
    assert [run["figures"]["test"] for run in kept["runs"].values()] == [0.9, 0.91, 0.92]
    assert found.told("test") == "91.00 % (90.00 to 92.00 over 3 seeds)"
    np.testing.assert_array_equal(found.curve("loss"), [[2, 0.3333]] * 3)
    assert "0 minutes a seed on" in found.circumstances()
    Image = pytest.importorskip("PIL.Image")
    assert kept["pictures"] == ["tiny_all.png"]
    pixels = np.asarray(Image.open(folder / "tiny_all.png"))
    np.testing.assert_array_equal(pixels, np.zeros((4, 6, 3)))  # of the first seed


def test_an_interrupted_run_goes_on(tiny, folder):
    ran, fails = tiny
    fails.add(1)
    with pytest.raises(KeyboardInterrupt):
        results.record("tiny", None, range(3), quiet)
    fails.clear()
    results.record("tiny", None, range(3), quiet)
    assert ran == [0, 1, 2]


def test_other_code_starts_anew(tiny, folder, monkeypatch):
    ran, _ = tiny
    results.record("tiny", None, range(2), quiet)
    monkeypatch.setattr(results, "code_digest", lambda: "another")
    results.record("tiny", None, range(1), quiet)
    assert ran == [0, 1, 0]
    assert list(json.loads((folder / "tiny.json").read_text())["runs"]) == ["0"]


def test_a_damaged_record_is_measured_again(tiny, folder):
    folder.mkdir()
    (folder / "tiny.json").write_text("{")
    assert len(results.record("tiny", None, range(2), quiet).of("test")) == 2


def test_a_record_that_is_not_there(folder):
    with pytest.raises(FileNotFoundError, match="python -m course.results digits"):
        results.read("digits")


def test_digits_from_files_in_the_original_format(folder, tmp_path, monkeypatch, capsys):
    """The whole command, on twelve pictures."""
    load = results.EXPERIMENTS["digits"]._replace(load=lambda root: load_mnist(root, num_val=2))
    monkeypatch.setitem(results.EXPERIMENTS, "digits", load)
    monkeypatch.setitem(recipes.MNIST_TRAINING, "num_epochs", 1)
    (tmp_path / "mnist").mkdir()
    write_mnist(tmp_path / "mnist")
    results.main(["digits", "--root", str(tmp_path / "mnist"), "--seeds", "2"])
    assert "seed 1: validation" in capsys.readouterr().out
    assert results.read("digits").of("test").shape == (2,)
    assert sorted(p.name for p in folder.iterdir()) == [
        *("digits.json", "digits_filters.png", "digits_mistakes.png")
    ]


def test_worst_mistakes_come_first_and_right_ones_never():
    scores = np.array([[0.0, 1, 5], [0, 1, 2], [3, 0, 0], [0, 9, 0]])
    assert results.worst_mistakes(scores, np.array([1, 2, 0, 0])).tolist() == [3, 0]


def test_a_sheet_puts_pictures_in_rows():
    images = np.arange(3 * 4, dtype=np.uint8).reshape(3, 1, 2, 2)
    page = results.sheet(images, columns=2)
    assert page.shape == (5, 5) and page[2, 0] == page[0, 2] == 255
    np.testing.assert_array_equal(page[:2, 3:], images[1, 0])
    np.testing.assert_array_equal(page[3:, :2], images[2, 0])
    assert (page[3:, 3:] == 255).all()
    assert results.sheet(np.zeros((1, 3, 2, 2), np.uint8)).shape == (2, 29, 3)


def test_a_thinned_curve_keeps_its_mean():
    curve = np.random.default_rng(0).normal(size=1003)
    thin = results.thinned(curve, 17)
    assert len(thin) == 17 and np.mean(thin) == pytest.approx(curve.mean(), abs=0.01)
    assert results.thinned([1, 2]) == [1, 2]


@pytest.mark.parametrize("path", sorted(results.RESULTS.glob("*")), ids=lambda path: path.name)
def test_what_is_committed_is_small(path):
    assert path.stat().st_size < 60_000


def test_a_table_for_a_page(tiny):
    found = results.record("tiny", None, range(3), quiet)
    table = found.table({"net": "te", "other": "x"}, {"right": "st", "wrong": "y"})
    lines = table._repr_markdown_().splitlines()
    assert lines[0] == "| |right|wrong|" and lines[1] == "|---|---|---|"
    assert lines[2:] == ["| net |91.0 (90.0 to 92.0)||", "| other |||"]

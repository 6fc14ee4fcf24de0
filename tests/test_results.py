"""Records of what the networks do on real data: what is kept, what goes on, what pages read."""

import json

import numpy as np
import pytest

from course import outcomes, results
from course.outcomes import Outcome
from course.results import Experiment


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(results, "ASIDE", tmp_path / "aside")
    return tmp_path / "results"


@pytest.fixture
def tiny(folder, monkeypatch):
    """An experiment in no arms; ``ran`` lists its seeds, ``fails`` those that break off."""
    ran, fails = [], set()

    def run(data, seed):
        if seed in fails:
            raise KeyboardInterrupt
        ran.append(seed)
        picture = np.full((4, 6, 3), seed, np.uint8)
        lines = {"said": [f"by {seed}"]}
        return Outcome({"test": 0.9 + seed / 100}, {"loss": [2.0, 1 / 3]}, {"all": picture}, lines)

    made = {"tiny": Experiment(lambda root: root, run, "nothing", "deep")}
    monkeypatch.setattr(results, "EXPERIMENTS", made)
    return ran, fails


@pytest.fixture
def armed(folder, monkeypatch):
    """An experiment in two arms; ``ran`` lists what was run, ``fails`` what breaks off."""
    ran, fails = [], set()

    def run(data, seed, arm):
        if (seed, arm) in fails:
            raise KeyboardInterrupt
        ran.append((seed, arm))
        picture = np.zeros((2, 2), np.uint8)
        return Outcome({f"{arm}: test": seed / 10}, pictures={arm: picture}, texts={arm: [arm]})

    made = {"armed": Experiment(lambda root: root, run, "nothing", "deep", ("one", "two"))}
    monkeypatch.setattr(results, "EXPERIMENTS", made)
    return ran, fails


def quiet(line):
    pass


def test_what_is_kept(tiny, folder):
    found = results.record("tiny", None, range(3), quiet, copy="a copy")
    kept = json.loads((folder / "tiny.json").read_text())
    assert set(kept["versions"]) == {"python", "numpy"} and kept["processor"] and kept["code"]
    assert [run["figures"]["test"] for run in kept["runs"].values()] == [0.9, 0.91, 0.92]
    assert found.told("test") == "91.00 % (90.00 to 92.00 over 3 seeds)"
    np.testing.assert_array_equal(found.curve("loss"), [[2, 0.3333]] * 3)
    assert kept["copy"] == "a copy" and kept["texts"] == {"said": ["by 0"]}
    assert "0 minutes a seed on" in found.circumstances()
    assert found.minutes("processor").shape == (3,)
    Image = pytest.importorskip("PIL.Image")
    assert kept["pictures"] == ["tiny_all.png"]
    pixels = np.asarray(Image.open(folder / "tiny_all.png"))
    np.testing.assert_array_equal(pixels, np.zeros((4, 6, 3)))  # of the first seed
    np.testing.assert_array_equal(found.picture("all"), pixels)


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
    monkeypatch.setattr(results, "module_digest", lambda module: "another")
    before, said = (folder / "tiny.json").read_text(), []
    results.record("tiny", None, range(1), said.append)
    assert ran == [0, 1, 0]
    assert list(json.loads((folder / "tiny.json").read_text())["runs"]) == ["0"]
    assert "tiny.json was recorded otherwise (what differs: the code that computes)" in said[0]
    (aside,) = (folder.parent / "aside").iterdir()
    assert str(aside) in said[0] and (aside / "tiny.json").read_text() == before
    assert {path.name for path in aside.iterdir()} == {"tiny.json", "tiny_all.png"}
    results.record("tiny", None, range(1), said.append)
    assert said[-1] == "seed 0: recorded already" and len(list(aside.parent.iterdir())) == 1


def test_a_damaged_record_is_measured_again(tiny, folder):
    folder.mkdir()
    (folder / "tiny.json").write_text("{")
    assert len(results.record("tiny", None, range(2), quiet).of("test")) == 2


def test_a_record_that_is_not_there(folder):
    with pytest.raises(FileNotFoundError, match="python -m course.results digits"):
        results.read("digits")


def test_other_data_start_anew_and_so_do_copies(tiny, folder):
    ran, _ = tiny
    data = {"X": np.arange(6.0).reshape(3, 2)}
    results.record("tiny", data, range(1), quiet)
    results.record("tiny", {"X": data["X"].copy(), "name": "x"}, range(1), quiet)
    assert ran == [0]
    results.record("tiny", {"X": data["X"] + 1e-9}, range(1), quiet)
    results.record("tiny", {"X": data["X"] + 1e-9}, range(1), quiet, copy="another")
    assert ran == [0, 0, 0]


def test_arms_are_kept_one_by_one(armed, folder):
    ran, fails = armed
    fails.add((1, "two"))
    with pytest.raises(KeyboardInterrupt):
        results.record("armed", None, range(2), quiet)
    half = results.read("armed")
    assert half.of("one: test").tolist() == [0, 0.1] and half.of("two: test").tolist() == [0]
    assert half.told("two: test") == "0.00 % (one seed)"
    assert half.gain("one: test", "two: test").tolist() == [0]
    assert half.minutes(arm="two").shape == (1,) and half.minutes().shape == (2,)
    fails.clear()
    found = results.record("armed", None, range(2), quiet)
    assert ran == [(0, "one"), (0, "two"), (1, "one"), (1, "two")]
    assert found.gain("one: test", "two: test").tolist() == [0, 0]
    assert found.told("two: test") == "5.00 % (0.00 to 10.00 over 2 seeds)"
    assert found.kept["pictures"] == ["armed_one.png", "armed_two.png"]
    assert found.kept["texts"] == {"one": ["one"], "two": ["two"]}


def test_the_digest_follows_what_a_module_imports_and_not_how_it_is_explained(tmp_path):
    texts = {
        "course/__init__.py": "",
        "course/mine.py": "from course import other\nfrom scratch.deep import f",
        "course/other.py": "x = 1",
        "course/results.py": "from course import mine",
        "scratch/__init__.py": "",
        "scratch/deep.py": "from scratch.data.mnist import y",
        "scratch/data/mnist.py": "y = 2",
    }

    def digest(**changed):
        for name, text in {**texts, **changed}.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        return results.module_digest("mine", tmp_path)

    first = digest()
    for name in ("course/results.py", "scratch/data/mnist.py"):
        assert digest(**{name: "z = 3"}) == first, name
    assert digest(**{"scratch/deep.py": f"# why\n{texts['scratch/deep.py']}"}) == first
    for name in ("course/mine.py", "course/other.py", "scratch/deep.py"):
        assert digest(**{name: texts[name] + "\nz = 3"}) != first, name


def test_worst_mistakes_come_first_and_right_ones_never():
    scores = np.array([[0.0, 1, 5], [0, 1, 2], [3, 0, 0], [0, 9, 0]])
    assert outcomes.worst_mistakes(scores, np.array([1, 2, 0, 0])).tolist() == [3, 0]


def test_a_sheet_puts_pictures_in_rows():
    images = np.arange(3 * 4, dtype=np.uint8).reshape(3, 1, 2, 2)
    page = outcomes.sheet(images, columns=2)
    assert page.shape == (5, 5) and page[2, 0] == page[0, 2] == 255
    np.testing.assert_array_equal(page[:2, 3:], images[1, 0])
    np.testing.assert_array_equal(page[3:, :2], images[2, 0])
    assert (page[3:, 3:] == 255).all()
    assert outcomes.sheet(np.zeros((1, 3, 2, 2), np.uint8)).shape == (2, 29, 3)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_sheet_is_cut_into_the_pictures_that_it_was_made_of(channels):
    images = np.random.default_rng(0).integers(256, size=(7, channels, 4, 4)).astype(np.uint8)
    again = outcomes.cut(outcomes.sheet(images, columns=3), 4, 7, columns=3)
    np.testing.assert_array_equal(np.round(255 * again), images)


def test_a_thinned_curve_keeps_its_mean():
    curve = np.random.default_rng(0).normal(size=1003)
    thin = outcomes.thinned(curve, 17)
    assert len(thin) == 17 and np.mean(thin) == pytest.approx(curve.mean(), abs=0.01)
    assert outcomes.thinned([1, 2]) == [1, 2]


@pytest.mark.parametrize("path", sorted(results.RESULTS.glob("*")), ids=lambda path: path.name)
def test_what_is_committed_is_small(path):
    assert path.stat().st_size < 60_000


def test_a_table_for_a_page(tiny):
    found = results.record("tiny", None, range(3), quiet)
    table = found.table({"net": "te", "other": "x"}, {"right": "st", "wrong": "y"})
    lines = table._repr_markdown_().splitlines()
    assert lines[0] == "| |right|wrong|" and lines[1] == "|---|---|---|"
    assert lines[2:] == ["| net |91.0 (90.0 to 92.0)||", "| other |||"]
    finer = found.table({"net": "te"}, {"right": "st"}, places=2)._repr_markdown_()
    assert finer.endswith("| net |91.00 (90.00 to 92.00)|")

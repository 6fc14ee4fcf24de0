"""Captions of photographs: what each captioner reads, and the whole command on four pictures."""

import numpy as np
import pytest
from data_copies import write_flickr

from course import photo_captions, residual_net, results


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """Four pictures, eyes that have learned nothing, one epoch."""
    monkeypatch.setattr(results, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(results, "ASIDE", tmp_path / "aside")
    monkeypatch.setattr(residual_net, "KEPT", tmp_path / "real" / "photos.npz")
    monkeypatch.setattr(photo_captions, "KEPT", tmp_path / "real" / "captioner.npz")
    scale = np.ones((1, 3, 1, 1), np.float32)
    residual_net.keep(residual_net.network(), {"mean": 0 * scale, "std": scale})
    monkeypatch.setitem(photo_captions.TRAINING, "num_epochs", 1)
    monkeypatch.setitem(photo_captions.BY_HEART, "num_epochs", 60)
    return write_flickr(tmp_path)


def test_cells_are_means_of_fields():
    maps = np.arange(2 * 3 * 4 * 8.0).reshape(2, 3, 4, 8)
    cells = photo_captions.cells_of(maps, grid=2)
    assert cells.shape == (2, 4, 3)
    assert cells[1, 2, 0] == maps[1, 0, 2:, :4].mean()
    assert cells[0, 1, 2] == maps[0, 2, :2, 4:].mean()


def test_the_most_frequent_caption():
    several = [["A dog.", "a cat"], ["a  DOG", "a cat runs"]]
    assert photo_captions.most_frequent(several) == "a dog"


def test_who_is_blind_sees_nothing_and_who_looks_sees_cells(tiny):
    data = photo_captions.load(tiny)
    assert "X_train" not in data
    cells = photo_captions.seen(data, "looking")["test"]
    assert cells.shape == (1, photo_captions.GRID**2, 4 * residual_net.WIDTH)
    for arm in ("rnn", "lstm"):
        np.testing.assert_array_equal(photo_captions.seen(data, arm)["test"], cells.mean(axis=1))
    assert not photo_captions.seen(data, "blind")["test"].any()
    train = data["cells_train"]
    np.testing.assert_allclose(train.mean(axis=(0, 1)), 0, atol=1e-4)


def test_the_whole_command(tiny):
    results.main(["captions", "--root", str(tiny), "--seeds", "1"])
    found = results.read("captions")
    assert found.of("by heart: reproduced") == [1]
    net, data = photo_captions.kept()
    assert data["vocab"].word_to_idx["picture"] and net.params["Wq"].shape[1] == 128
    assert found.kept["texts"]["the same for all"] == ["a gray picture number 1"]
    for arm in photo_captions.ARMS[2:]:
        assert {f"{arm}: BLEU-{n}" for n in range(1, 5)} <= set(found.runs()[0])
        name, people, ours = found.kept["texts"][arm][0]
        assert name == "3.jpg" and people == "A gray picture number 3 ." and isinstance(ours, str)


def test_people_and_captions_stand_beside_the_same_pictures():
    data = {"names_test": [f"{i}.jpg" for i in range(30)],
            "captions_test": [[f"people {i}"] for i in range(30)]}  # fmt: skip
    rows = photo_captions.beside_people(data, [f"ours {i}" for i in range(30)])
    assert len({name for name, _, _ in rows}) == photo_captions.SHOWN
    for name, people, ours in rows:
        i = name.removesuffix(".jpg")
        assert (people, ours) == (f"people {i}", f"ours {i}")

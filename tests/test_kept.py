"""A trained network is kept for a later exercise, of any width; without one the course's serves."""

import io
from types import SimpleNamespace

import numpy as np
import pytest

from course import trained
from course.notebooks import kept
from scratch.cnn import ConvNet


@pytest.fixture
def learner(tmp_path, monkeypatch):
    path = tmp_path / "somewhere" / "progress.json"
    monkeypatch.setenv("COURSE_PROGRESS", str(path))
    monkeypatch.setattr(kept, "is_learner", lambda: True)
    course = SimpleNamespace(model="the course's")
    monkeypatch.setattr(trained, "convnet", lambda: course)
    return path.parent


@pytest.mark.parametrize("sizes", [{}, {"num_filters_1": 4, "filter_size": 3, "hidden_dim": 7}])
def test_the_network_that_was_kept_gives_the_same_scores(learner, capsys, sizes):
    net = ConvNet((3, 32, 32), **sizes, rng=np.random.default_rng(3))
    kept.keep("convnet", net)
    again = kept.own_convnet()
    X = np.random.default_rng(0).normal(size=(2, 3, 32, 32))
    np.testing.assert_array_equal(again.loss(X), net.loss(X))
    said = capsys.readouterr().out
    assert str(learner / "convnet.npz") in said and "that you trained" in said


FLAGS, METHOD = 8, 10  # where they stand in the zip's list of members


def written(save, array, byte=None, value=0):
    """What ``save`` (such as ``np.savez``) writes, with one byte of the list of members changed."""
    stream = io.BytesIO()
    save(stream, array)
    content = bytearray(stream.getvalue())
    if byte is not None:
        content[content.index(b"PK\x01\x02") + byte] = value
    return bytes(content)


DAMAGED = [
    *(None, b"", b"PK\x03\x04", b"{}"),
    written(np.save, np.ones(3)),
    written(np.savez, np.array(["a text"])),
    written(np.savez, np.ones(3), FLAGS, 1),  # "encrypted"
    written(np.savez, np.ones(3), METHOD, 99),  # packed by what nobody knows
]


@pytest.mark.parametrize("content", DAMAGED)
def test_without_one_or_with_a_damaged_one_the_courses_is_used_and_said_so(
    learner, capsys, content
):
    if content is not None:
        learner.mkdir()
        (learner / "convnet.npz").write_bytes(content)
    assert kept.own_convnet() == "the course's"
    assert "No ConvNet of yours is kept here." in capsys.readouterr().out


def test_a_network_that_diverged_is_not_used(learner):
    net = ConvNet((3, 32, 32))
    net.params["W3"][0, 0] = np.nan
    kept.keep("convnet", net)
    assert kept.own_convnet() == "the course's"


def test_where_nothing_can_be_written_it_is_said(learner, capsys):
    learner.write_text("a file where the folder should be")
    kept.keep("convnet", ConvNet((3, 32, 32)))
    assert "COURSE_PROGRESS" in capsys.readouterr().out


def test_tests_builds_and_grading_keep_nothing_and_print_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "progress.json"))
    monkeypatch.setattr(trained, "convnet", lambda: SimpleNamespace(model="the course's"))
    kept.keep("convnet", ConvNet((3, 32, 32)))
    assert kept.own_convnet() == "the course's"
    assert capsys.readouterr().out == "" and list(tmp_path.iterdir()) == []

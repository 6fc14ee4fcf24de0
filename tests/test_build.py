"""The command that builds the site: the parts that need no site."""

import sys
from pathlib import Path

import pytest

from course import env, trained
from course.site import build
from scratch.mlp import TwoLayerNet


@pytest.fixture
def root(tmp_path, monkeypatch):
    for folder in ("scratch", "course", "assets/js"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "scratch" / "layers.py").write_text("one = 1\n")
    monkeypatch.setattr(build, "ROOT", tmp_path)
    return tmp_path


def test_cached_outputs_are_forgotten_when_code_changes_and_only_then(root):
    output, cache = root / "_build", root / "_build" / ".jupyter_cache"
    assert build.forget_stale_outputs(output)
    cache.mkdir()
    assert not build.forget_stale_outputs(output) and cache.exists()
    (root / "scratch" / "layers.py").write_text("one = 2\n")
    assert build.forget_stale_outputs(output) and not cache.exists()
    cache.mkdir()
    for name in ("assets/js/element.js", "book/quizzes/softmax.yml", "_config.yml"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("1")
        assert build.forget_stale_outputs(output) and not cache.exists()


@pytest.mark.parametrize(
    "tag, foreign",
    [
        ('<script defer="defer" src="https://cdn.example/x.js"></script>', True),
        ("<script src=//cdn.example/x.js></script>", True),
        ('<link rel="stylesheet" href="https://fonts.example/x.css" />', True),
        ('<link href="https://fonts.example/x.css" rel="stylesheet" />', True),
        ('<img alt="a" src="http://example.org/a.png">', True),
        ('<script src="../_static/x.js"></script>', False),
        ('<link rel="canonical" href="https://example.org/page.html" />', False),
        ('<a href="https://example.org">a link is asked for by the reader</a>', False),
        ('<img src="data:image/png;base64,AAAA">', False),
    ],
)
def test_what_a_page_would_load_from_another_host_is_found(tmp_path, tag, foreign):
    (tmp_path / "page.html").write_text(f"<html>\n{tag}\n</html>")
    assert bool(build.foreign_requests(tmp_path)) == foreign


def run_main(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["build", "--no-open", *map(str, arguments)])
    with pytest.raises(SystemExit) as end:
        build.main()
    return end.value.code


def test_a_build_elsewhere_writes_nothing_into_the_checkout(tmp_path, monkeypatch):
    checkout, output = tmp_path / "checkout", tmp_path / "elsewhere"
    monkeypatch.setattr(env, "BUILD", checkout / "_build")

    def site(folder, kernels, pyodide):
        """What the kernels of the pages find."""
        made = folder.resolve() / "_build"
        assert kernels["COURSE_BUILD"] == str(made)
        assert Path(kernels["IPYTHONDIR"]).is_relative_to(made)
        return 0, folder / "none.html"

    monkeypatch.setattr(build, "build_site", site)
    assert run_main(monkeypatch, "--output", output) == 0
    assert not checkout.exists() and (output / "_build" / "ipython").is_dir()


def test_a_folder_that_takes_nothing_gets_a_sentence(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    said = run_main(monkeypatch, "--output", tmp_path / "file")
    assert f"cannot be built in {tmp_path / 'file'}" in said and "--output FOLDER" in said


def test_networks_are_trained_where_nothing_can_be_kept(tmp_path, monkeypatch, rng):
    (tmp_path / "_build").write_text("in the way")
    monkeypatch.setattr(trained, "BUILD", tmp_path / "_build")
    X, y = rng.normal(size=(20, 4)), rng.integers(3, size=20)
    data = {"X_train": X, "y_train": y, "X_val": X, "y_val": y}
    solver = trained.trained("small", TwoLayerNet(4, 5, 3), data, {"num_epochs": 1})
    assert solver.epoch == 1
    monkeypatch.setattr(trained, "BUILD", tmp_path / "other")
    trained.trained("small", TwoLayerNet(4, 5, 3), data, {"num_epochs": 1})
    assert len(list((tmp_path / "other" / "trained").iterdir())) == 1


def test_a_page_that_names_the_folder_of_the_build_is_found(tmp_path):
    (tmp_path / "clean.html").write_text("<p>scratch/fast.py and /work/other/fast.py</p>", "utf-8")
    (tmp_path / "told.html").write_text("<p>from '/work/here/scratch/fast.py'</p>", "utf-8")
    assert build.told_places(tmp_path, "/work/here") == ["told.html"]


@pytest.mark.parametrize(
    "tag, silent",
    [
        ('<img src="a.png">', True),
        ('<img alt="../_images/18447b98.png" src="../_images/18447b98.png">', True),
        ('<img src="a.png" alt="picture.PNG" />', True),
        ('<img src="a.png" alt="The loss falls." />', False),
        ('<img src="logo.svg" alt="" />', False),  # it only decorates
        ("<img src='a.png' alt='\"a.png\" is a file'>", False),
    ],
)
def test_a_picture_without_words_is_found(tmp_path, tag, silent):
    (tmp_path / "page.html").write_text(f"<html>\n{tag}\n</html>")
    assert bool(build.silent_pictures(tmp_path)) == silent

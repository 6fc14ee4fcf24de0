"""The command that builds the site: the parts that need no site."""

import pytest

from course.site import build


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
    (root / "assets" / "js" / "element.js").write_text("1")
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

"""The command that builds the site: the parts that need no site."""

import io
import tarfile

import pytest
import yaml

from course import build


@pytest.fixture
def root(tmp_path, monkeypatch):
    for folder in ("scratch", "course", "assets/vendor"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "scratch" / "layers.py").write_text("one = 1\n")
    (tmp_path / "assets" / "vendor" / "big.js").write_text("1")
    monkeypatch.setattr(build, "ROOT", tmp_path)
    monkeypatch.setattr(build, "VENDOR", tmp_path / "assets" / "vendor")
    return tmp_path


def test_cached_outputs_are_forgotten_when_code_changes_and_only_then(root):
    output, cache = root / "_build", root / "_build" / ".jupyter_cache"
    assert build.forget_stale_outputs(output)
    cache.mkdir()
    assert not build.forget_stale_outputs(output) and cache.exists()
    (root / "assets" / "vendor" / "big.js").write_text("2")
    assert not build.forget_stale_outputs(output) and cache.exists()
    (root / "scratch" / "layers.py").write_text("one = 2\n")
    assert build.forget_stale_outputs(output) and not cache.exists()


def test_the_offline_configuration_adds_to_the_other_one(root):
    config = {"title": "T", "sphinx": {"config": {"html_js_files": ["own.js"], "kept": 1}}}
    (root / "_config.yml").write_text(yaml.safe_dump(config))
    offline = yaml.safe_load(build.offline_config(root).read_text())
    assert offline["title"] == "T" and offline["sphinx"]["config"]["kept"] == 1
    assert offline["sphinx"]["config"]["html_js_files"] == [build.OFFLINE_SCRIPT, "own.js"]
    assert "vendor" in offline["sphinx"]["config"]["mathjax_path"]


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


def test_only_wanted_files_leave_an_archive(tmp_path):
    archive = tmp_path / "x.tgz"
    with tarfile.open(archive, "w:gz") as tar:
        for name in ("package/es5/a.js", "package/es5/b.css", "package/../../evil.js"):
            member = tarfile.TarInfo(name)
            member.size = 1
            tar.addfile(member, io.BytesIO(b"1"))
    build.unpack(archive, ("es5/*.js", "*.js"), tmp_path / "target")
    found = [p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()]
    assert sorted(found) == ["target/es5/a.js", "x.tgz"]

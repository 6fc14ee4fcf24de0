"""Buttons that open a page elsewhere: only where the repository has an address, only what opens."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from course.env import ROOT

BUILD = """import sys
from course.site import extension
url = sys.argv.pop()
extension.address = lambda: url
from jupyter_book.cli.main import main
main()"""
REPOSITORY = "https://github.com/someone/course"
EXERCISE = "exercises/07_conv_backward"


@pytest.fixture(scope="module", params=[REPOSITORY, ""], ids=["address", "none"])
def built(request, tmp_path_factory):
    """A book of one chapter and one exercise, as the course's own is built: -> address, pages."""
    book = tmp_path_factory.mktemp("launch")
    config = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    config["repository"]["url"] = request.param
    config.pop("bibtex_bibfiles")
    config["execute"] = {"execute_notebooks": "off"}
    (book / "_config.yml").write_text(yaml.safe_dump(config))
    toc = {"format": "jb-book", "root": "book/activations", "chapters": [{"file": EXERCISE}]}
    (book / "_toc.yml").write_text(yaml.safe_dump(toc))
    (book / "assets").symlink_to(ROOT / "assets")
    for name in (f"{EXERCISE}.ipynb", "book/activations.md"):
        (book / name).parent.mkdir()
        shutil.copy(ROOT / name, book / name)
    command = [sys.executable, "-c", BUILD, "build", str(book), request.param]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "PYTHONPATH": ROOT})
    html = book / "_build" / "html"
    pages = {name: (html / f"{name}.html").read_text("utf-8") for name in (EXERCISE, toc["root"])}
    return request.param, pages


def links(page, host):
    return re.findall(rf'href="(https://{host}/[^"]+)"', page)


def test_an_exercise_opens_in_binder_and_colab(built):
    address, pages = built
    binder = [f"https://mybinder.org/v2/gh/someone/course/main?urlpath=lab/tree/{EXERCISE}.ipynb"]
    blob = f"someone/course/blob/main/{EXERCISE}.ipynb"
    colab = [f"https://colab.research.google.com/github/{blob}"]
    assert links(pages[EXERCISE], "mybinder.org") == (binder if address else [])
    assert links(pages[EXERCISE], "colab.research.google.com") == (colab if address else [])


def test_a_chapter_opens_in_binder_alone_for_colab_reads_no_markdown(built):
    address, pages = built
    chapter = pages["book/activations"]
    assert links(chapter, "colab.research.google.com") == []
    assert len(links(chapter, "mybinder.org")) == bool(address)


def test_without_an_address_no_page_names_a_repository(built):
    address, pages = built
    for page in pages.values():
        assert ("github.com/someone" in page) == bool(address)
        assert address or "launch" not in re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)


def test_in_binder_chapters_open_as_notebooks(tmp_path):
    """``postBuild`` puts the settings where JupyterLab looks for them."""
    home = {**os.environ, "HOME": str(tmp_path)}
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_CONFIG_PATH"):
        home.pop(name, None)
    subprocess.run([ROOT / ".binder/postBuild"], cwd=ROOT, env=home, check=True)
    look = "from jupyter_core.paths import jupyter_config_path; print(*jupyter_config_path())"
    command = [sys.executable, "-c", look]
    done = subprocess.run(command, env=home, check=True, capture_output=True, text=True)
    settings = "labconfig/default_setting_overrides.json"
    (found,) = filter(Path.is_file, (Path(path) / settings for path in done.stdout.split()))
    viewers = json.loads(found.read_text("utf-8"))["@jupyterlab/docmanager-extension:plugin"]
    assert viewers["defaultViewers"] == {"markdown": "Jupytext Notebook"}

"""A real JupyterLab, driven as a learner would: afterwards git has nothing to say."""

import contextlib
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request

import nbformat
import pytest

from course.env import ROOT

playwright = pytest.importorskip("playwright.sync_api", reason="no browser: playwright missing")
TOKEN = "desk"
PATIENCE = 180_000  # milliseconds: a kernel starts, on a machine that has other things to do
TRIES = 9  # JupyterLab loses what is run while it is still connecting to a new kernel
HAS_RUN = """() => [...document.querySelectorAll(".jp-CodeCell .jp-InputPrompt")].some(
    (prompt) => /\\[\\d+\\]/.test(prompt.innerText))"""


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A clone of the repository as it is now, uncommitted changes included, all of it committed."""
    folder = tmp_path_factory.mktemp("desk") / "clone"
    subprocess.run(["git", "clone", "-q", "--no-hardlinks", ROOT, folder], check=True)
    files = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    for name in filter(None, files):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((ROOT / name).read_bytes())
    git(folder, "add", "-A")
    git(
        folder, "-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "now", "--allow-empty"
    )
    return folder


def git(folder, *command):
    run = subprocess.run(["git", *command], cwd=folder, check=True, capture_output=True, text=True)
    return run.stdout


@pytest.fixture(scope="module")
def desk(clone):
    """The address of a running JupyterLab, started as ``make lab`` starts it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = [
        "--no-browser",
        "--allow-root",
        f"--port={port}",
        f"--IdentityProvider.token={TOKEN}",
    ]
    environment = {**os.environ, "COURSE_PROGRESS": "off"}
    command = [sys.executable, "-m", "course.lab", *options]
    with subprocess.Popen(command, cwd=clone, env=environment, stderr=subprocess.DEVNULL) as server:
        address = f"http://127.0.0.1:{port}/"
        try:
            wait_for(f"{address}api/status?token={TOKEN}")
            yield address
        finally:
            server.terminate()


def wait_for(address):
    for _ in range(120):
        try:
            return urllib.request.urlopen(address, timeout=5)
        except OSError:
            time.sleep(1)
    raise TimeoutError(address)


def open_notebook(page, desk, path):
    page.goto(f"{desk}lab/tree/{path}?token={TOKEN}&reset")
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=PATIENCE)
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]", timeout=PATIENCE)


def run_and_save(page):
    """Run the first two code cells with the keyboard, then save."""
    for _ in range(TRIES):
        page.locator(".jp-Notebook .jp-CodeCell .jp-InputArea-editor").first.click()
        for _ in range(2):
            page.keyboard.press("Shift+Enter")
        with contextlib.suppress(playwright.TimeoutError):
            page.wait_for_function(HAS_RUN, timeout=PATIENCE / TRIES)
            break
    else:
        raise AssertionError("no cell has run")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+s")
    page.wait_for_timeout(1500)


@pytest.mark.slow
def test_nothing_that_a_learner_opens_runs_or_saves_changes_a_tracked_file(clone, desk, browser):
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        page.on("dialog", lambda dialog: dialog.accept())
        for path in (
            "exercises/my_start.ipynb",
            "exercises/my_01_fully_connected.ipynb",
            "exercises/01_fully_connected.ipynb",
            "solutions/01_fully_connected.ipynb",
            "book/fully_connected.md",
        ):
            open_notebook(page, desk, path)
            notice = page.locator("text=notebook is read-only")
            if "my_" not in path:
                notice.wait_for(timeout=PATIENCE)
            assert notice.count() == ("my_" not in path), path
            run_and_save(page)
            assert not re.search(r"\{ref\}|literalinclude|:::", page.inner_text(".jp-Notebook"))
    mine = nbformat.read(clone / "exercises/my_01_fully_connected.ipynb", as_version=4)
    assert any(cell.get("execution_count") for cell in mine.cells), "the copy was not saved"
    assert git(clone, "status", "--porcelain") == ""

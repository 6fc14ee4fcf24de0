"""A browser for tests: Chromium under Playwright. Where there is none the tests skip."""

import shutil
from contextlib import contextmanager

import pytest

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@contextmanager
def chromium():
    playwright = pytest.importorskip("playwright.sync_api", reason="no browser: playwright missing")
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("no browser: chromium is not installed")
    with playwright.sync_playwright() as run:
        browser = run.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()

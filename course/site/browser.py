"""Chromium under Playwright: draws stills for the printed book, and runs the tests of pages."""

import shutil
from contextlib import contextmanager

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]


class NoBrowser(Exception):
    """What is missing, in one sentence."""


@contextmanager
def chromium():
    """A running browser; ``NoBrowser`` when a part of it is not installed."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise NoBrowser("Playwright is not installed: run make browser.") from None
    program = shutil.which("chromium")
    if program is None:
        raise NoBrowser("Chromium is not installed: run make browser.")
    with sync_playwright() as run:
        browser = run.chromium.launch(executable_path=program, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()

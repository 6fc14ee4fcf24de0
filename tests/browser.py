"""A browser for tests: Chromium under Playwright. Where there is none the tests skip."""

from contextlib import contextmanager

import pytest

from course.site import browser


@contextmanager
def chromium():
    try:
        with browser.chromium() as running:
            yield running
    except browser.NoBrowser as missing:
        pytest.skip(f"no browser: {missing}")

"""A page of the book as a reader uses it: press, type, read what comes."""

import json

from course.env import ROOT

START = 120_000  # milliseconds that Python may take to load on a busy machine
LOCAL = ("data:", "blob:")


class WorkPage:
    """One tab. ``asked``: the addresses that it asked for; ``errors``: of its scripts."""

    def __init__(self, context, book, path, python):
        self.context, self.book, self.path = context, book, path
        self.asked, self.errors = [], []
        self.tab = context.new_page()
        self.tab.set_default_timeout(START)
        context.on("request", lambda request: self.note(request.url))
        self.tab.on("pageerror", lambda error: self.complain(str(error)))
        self.tab.route("**/_static/inpage.json", lambda route: self.settings(route, python))
        self.tab.goto(book + path)

    def note(self, url):
        if not url.startswith(LOCAL):
            self.asked.append(url)

    def complain(self, error):
        if "THEBE_JS_URL" not in error:  # the theme's own, on every page
            self.errors.append(error)

    def settings(self, route, python):
        """The site's settings, with Pyodide where the tests have it."""
        answer = route.fetch()
        route.fulfill(json={**answer.json(), "pyodide": python})

    def begin(self):
        """Press "Do it here": -> this page."""
        self.tab.get_by_role("button", name="Do it here").click()
        self.tab.locator(".inpage-field").first.wait_for()
        return self

    def answer(self, marker):
        """The editor of an answer."""
        return self.tab.get_by_label(f"Your answer: {marker}", exact=True)

    def write(self, marker, code):
        self.answer(marker).fill(f"# ANSWER {marker}\n{code}")

    def box(self, text):
        """The cell whose code has ``text`` in it."""
        return self.tab.locator("div.cell:not(.tag_answer)", has_text=text).first

    def press(self, box):
        """Run a cell to its end: -> what stands below it."""
        button = box.locator(".inpage-tools .inpage-button").first
        button.click()
        self.wait(button)
        return box.locator(".inpage-output").inner_text() + box.locator(".inpage-note").inner_text()

    def wait(self, button):
        """Until what the button started has ended."""
        handle = button.element_handle()
        self.tab.wait_for_function("b => !b.classList.contains('inpage-stop')", arg=handle)

    def check(self, name):
        return self.press(self.box(f"check({name})"))

    def until(self, selector, text):
        """Wait until an element of this kind shows this text."""
        self.tab.locator(selector, has_text=text).first.wait_for()

    def said(self):
        """The line below the page's buttons."""
        return self.tab.locator(".inpage-status").first.inner_text()

    def save(self, button, path):
        """Press a button that gives a file, and put it at ``path``."""
        with self.tab.expect_download() as download:
            self.tab.get_by_role("button", name=button).click()
        download.value.save_as(path)
        return download.value.suggested_filename

    def choose(self, button, *files):
        with self.tab.expect_file_chooser() as chooser:
            self.tab.get_by_role("button", name=button).click()
        chooser.value.set_files(files)


def solved(name):
    """Marker -> the code below it, from the solution of an exercise."""
    cells = json.loads((ROOT / f"solutions/{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells]
    answers = [source.split("\n", 1) for source in sources if source.startswith("# ANSWER ")]
    return {first.removeprefix("# ANSWER "): rest for first, rest in answers}


def names():
    """The exercises, in order."""
    return sorted(path.stem for path in (ROOT / "exercises").glob("[0-9]*.ipynb"))

"""Slides of each chapter, taken from the built book: title, figure, table by hand, one question.

A deck is one page of HTML; its figures step as they do in the book. Where a Chromium is installed
it also prints the deck as PDF, a slide a page.
"""

import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bs4 import BeautifulSoup

from course.files import write_whole
from course.notebooks.chapters import data
from course.notebooks.quiz import marked
from course.pack.sheets import page

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
ZOOMS = (1.4, 1.0, 0.8, 0.6)  # of figures on a printed slide
OURS = re.compile(r"mathjax|katex|_static/(css/|js/formulas|figures\.js)", re.IGNORECASE)


@dataclass(frozen=True)
class Deck:
    """What one chapter gives for slides; a part that it lacks is an empty string."""

    name: str
    title: str
    lead: str
    after: list[str]  # what a reader can do then
    figure: str
    table: str
    question: str
    head: str  # the page's own scripts and styles: figures, formulas


def decks(site, chapters):
    """A deck for each chapter of the built site that has a figure, in the order given."""
    for name in chapters:
        path = site / "book" / f"{name}.html"
        if path.exists():
            deck = read_deck(name, BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser"))
            if deck.figure:
                yield deck


def read_deck(name, soup):
    """Take the parts of a slide deck out of a chapter's page."""
    article = soup.find("article")
    for link in article.select("a.headerlink"):
        link.decompose()
    for link in article.select("a[href]"):  # what it points at is in the book, not in the pack
        link.unwrap()
    return Deck(
        name,
        article.h1.get_text(strip=True),
        lead(article),
        data()["chapters"].get(name, {}).get("after", []),
        first(article, "course-figure"),
        by_hand(article),
        first(article, ".cq-question"),
        "".join(str(tag) for tag in soup.head(["script", "link"]) if is_ours(tag))
        + "".join(str(tag) for tag in soup.body("script") if is_ours(tag)),
    )


def is_ours(tag):
    """Does the slide need this script or style sheet? Those of figures and formulas only."""
    source = tag.get("src") or tag.get("href") or tag.get_text()
    return bool(OURS.search(source)) and tag.get("rel", ["stylesheet"]) == ["stylesheet"]


def lead(article):
    """The first paragraph that stands by itself: one that ends in a colon needs what follows."""
    whole = (p for p in article.select("section > p") if not p.get_text().strip().endswith(":"))
    return str(next(whole, ""))


def first(article, selector):
    found = article.select_one(selector)
    return "" if found is None else str(found)


def by_hand(article):
    """The first table of the section that works an example out by hand."""
    for section in article.find_all("section"):
        heading = section.find(["h2", "h3"])
        if heading and "by hand" in heading.get_text() and section.table:
            return str(section.table)
    return ""


def write_decks(site, folder, chapters, *, say=print):
    """Write a deck for each chapter into ``folder``, as HTML and, if a browser is there, as PDF."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    made = []
    for deck in decks(site, chapters):
        path = folder / "slides" / f"{deck.name}.html"
        write_whole(path, page("slides.html", deck=deck, say=marked))
        copy_assets(deck, site, folder)
        if browser:
            print_pdf(browser, path)
        made.append(path)
    if browser is None:
        say("No Chromium found: slides are written as HTML only, without PDF.")
    return made


def copy_assets(deck, site, folder):
    """Copy what of ``_static`` the deck's scripts and styles come from, files and whole folders."""
    for name in set(re.findall(r"_static/([\w.]+)", deck.head)):
        source, target = site / "_static" / name, folder / "_static" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        else:
            shutil.copyfile(source, target)


def print_pdf(browser, path):
    """Let a headless browser print ``path`` beside itself, with figures so small that each fits."""
    slides = path.read_text(encoding="utf-8").count('<section class="slide">')
    for zoom in ZOOMS:
        print_once(browser, path, zoom)
        if pages_of(path.with_suffix(".pdf").read_bytes()) <= slides:
            return


def pages_of(pdf):
    """How many pages a PDF has, as Chromium writes it."""
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))


def print_once(browser, path, zoom):
    with tempfile.TemporaryDirectory() as profile:
        command = [browser, "--headless", "--no-sandbox", "--disable-gpu"]
        command += ["--disable-background-networking", f"--user-data-dir={profile}"]
        command += ["--no-pdf-header-footer", "--virtual-time-budget=10000"]
        command += [
            f"--print-to-pdf={path.with_suffix('.pdf')}",
            f"{Path(path).resolve().as_uri()}#{zoom}",
        ]
        subprocess.run(command, check=True, capture_output=True, timeout=120)

"""Write the instructor's pack: ``python -m course.pack FOLDER``."""

import argparse
import sys
from pathlib import Path

import yaml

from course.env import BUILD, ROOT
from course.files import write_whole
from course.pack import bank, sheets, slides


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m course.pack", description=__doc__)
    parser.add_argument("folder", type=Path, help="where to write; what is there is replaced")
    parser.add_argument("--site", type=Path, default=BUILD / "html", help="the built book")
    options = parser.parse_args(arguments)
    if not (options.site / "_static").is_dir():
        sys.exit(f"{options.site} holds no built book, which the slides come from: `make book`.")
    for line in write(options.folder, options.site):
        print(line)


def write(folder, site):
    """Write every part of the pack: -> a line on each."""
    questions, titles = bank.questions(), sheets.titles()
    write_whole(folder / "questions.gift", bank.gift(questions))
    bank.write_qti(questions, folder / "questions_qti.zip", "CNNs and RNNs from scratch")
    yield f"{len(questions)} questions: questions.gift (Moodle), questions_qti.zip (Canvas)"
    write_whole(folder / "rubric.html", sheets.rubric_sheet())
    write_whole(folder / "plans.html", sheets.plans(titles))
    write_whole(folder / "open_questions.html", sheets.open_questions(titles))
    yield "rubric.html, plans.html, open_questions.html"
    made = slides.write_decks(site, folder, chapters())
    yield f"{len(made)} decks of slides in slides/"


def chapters():
    """The chapters of the book in the order of its table of contents."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    files = [entry["file"] for part in toc["parts"] for entry in part["chapters"]]
    return [Path(file).name for file in files if file.startswith("book/")]


if __name__ == "__main__":
    main()

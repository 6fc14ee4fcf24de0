"""What goes out of the page as a file, and what comes back in: notebooks, progress."""

import json
import subprocess
import sys

from workpage import names, solved

from course.env import ROOT

NAME = "07_conv_backward"
READ_ALL = """async ([scripts, names]) => {
  const { Notebook } = await import(scripts + "notebook.js");
  const read = async (name) => (await fetch(`../_sources/exercises/${name}.ipynb`)).text();
  const wrong = [];
  for (const name of names) {
    const text = await read(name);
    if (new Notebook(text).filled(new Map()) !== text) wrong.push(name);
  }
  return wrong;
}"""


def test_every_notebook_without_answers_is_saved_byte_for_byte(visit, site):
    page = visit(f"exercises/{NAME}.html", python=False).begin()
    settings = json.loads((site / "_static/inpage.json").read_text("utf-8"))
    scripts = f"{page.book}_static/{settings['scripts']}"
    assert page.tab.evaluate(READ_ALL, [scripts, names()]) == []


def test_only_the_answers_differ_in_the_saved_file(visit, tmp_path):
    page = visit(f"exercises/{NAME}.html", python=False).begin()
    code = 'def conv_db(dout):\n    # dépôt ☃ "quoted" \\ \n\n    return dout.sum(axis=(0, 2, 3))\n'
    page.write("conv_db", code)
    page.save("Save as notebook", tmp_path / "saved.ipynb")
    assert "1 of 4 answers" in page.said()
    official = json.loads((ROOT / f"exercises/{NAME}.ipynb").read_text("utf-8"))
    cell = next(cell for cell in official["cells"] if cell["id"] == "answer-conv_db")
    cell["source"] = f"# ANSWER conv_db\n{code}".splitlines(True)
    expected = json.dumps(official, indent=1, ensure_ascii=False) + "\n"
    assert (tmp_path / "saved.ipynb").read_bytes() == expected.encode()


def test_a_solved_notebook_can_be_opened_and_another_file_is_refused(visit, tmp_path):
    page = visit(f"exercises/{NAME}.html", python=False).begin()
    page.choose("Open a notebook", ROOT / f"solutions/{NAME}.ipynb")
    page.until(".inpage-status", "Taken from")
    assert "4 of 4 answers" in page.said()
    for marker, code in solved(NAME).items():
        assert page.answer(marker).input_value() == f"# ANSWER {marker}\n{code}"
    (tmp_path / "notes.ipynb").write_text("no notebook")
    for file, said in (
        (tmp_path / "notes.ipynb", "notes.ipynb is no notebook"),
        (ROOT / "exercises/01_fully_connected.ipynb", "belongs to another exercise"),
        (ROOT / "_toc.yml", "_toc.yml is no notebook"),
    ):
        page.choose("Open a notebook", file)
        page.until(".inpage-status", said)
    assert page.answer("conv_db").input_value().endswith(solved(NAME)["conv_db"])


def test_opening_over_other_answers_asks_first(visit):
    page = visit(f"exercises/{NAME}.html", python=False).begin()
    page.write("conv_db", "mine")
    asked = []
    page.tab.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    page.choose("Open a notebook", ROOT / f"solutions/{NAME}.ipynb")
    page.tab.wait_for_timeout(500)
    assert len(asked) == 1 and "Replace 1 of your answers" in asked[0]
    assert page.answer("conv_db").input_value().endswith("mine")


def in_a_clone(file, code):
    """Run code beside a progress file of a clone."""
    script = f"import os\nos.environ['COURSE_PROGRESS'] = {str(file)!r}\nimport course\n{code}"
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout


def test_progress_goes_from_the_page_into_a_clone_and_back(visit, tmp_path):
    page = visit(f"exercises/{NAME}.html").begin()
    page.write("conv_db", solved(NAME)["conv_db"])
    page.check("conv_db")
    table = visit("book/how_to_use.html", context=page.context)
    row = table.tab.locator(".course-progress tr", has_text="Convolution, backward")
    assert row.locator(".course-right").inner_text() == "■□□□ 1 of 4"
    assert row.locator(".course-todo").inner_text() == "conv_dw, conv_dx, conv_backward"

    table.save("Save progress", tmp_path / "progress.json")
    mine = tmp_path / "clone.json"
    mine.write_text('{"version": 1, "checks": {"sgd": {"passed": true, "tries": 2}}}')
    said = in_a_clone(mine, f"print(course.take_progress({str(tmp_path / 'progress.json')!r}))")
    assert "07_conv_backward: 1 of 4 right" in said and "04_optimizers: 1 of 4 right" in said

    back = visit("book/how_to_use.html")
    back.choose("Take from a file", mine)
    row = back.tab.locator(".course-progress tr", has_text="SGD, momentum")
    back.until(".course-progress [role=status]", "Taken from clone.json: 2 checks")
    assert row.locator(".course-right").inner_text() == "■□□□ 1 of 4"
    back.choose("Take from a file", ROOT / "_toc.yml")
    back.until(".course-progress [role=status]", "_toc.yml could not be taken")

"""An exercise done on its page, as a reader would."""

import csv
import re
import subprocess
import sys

import pytest
from workpage import names, solved

from course.env import ROOT

SEVEN = "exercises/07_conv_backward.html"
RIGHT_DB = "def conv_db(dout):\n    return dout.sum(axis=(0, 2, 3))"
SLIPS = {  # exercise, function: two typical slips each, and the names by which they are known
    ("07_conv_backward", "conv_db"): [
        ("def conv_db(dout):\n    return dout.sum(axis=(2, 3))", "conv-db-batch-not-summed"),
        ("def conv_db(dout):\n    return dout.mean(axis=(0, 2, 3))", "conv-db-mean"),
    ],
    ("01_fully_connected", "fc_forward"): [
        ("def fc_forward(x, w, b):\n    return x @ w, (x, w, b)", "fc-forward-no-bias"),
    ],
}


def test_before_the_click_nothing_is_loaded(visit):
    page = visit(SEVEN)
    page.tab.wait_for_load_state("networkidle")
    late = ("inpage.json", "/inpage-", ".whl", "pyodide", "_sources/")
    assert not [url for url in page.asked if any(part in url for part in late)]
    assert page.tab.get_by_role("button", name="Do it here").is_visible()


@pytest.mark.parametrize("name, function", SLIPS)
def test_a_slip_is_named_and_the_right_answer_passes(visit, name, function):
    page = visit(f"exercises/{name}.html").begin()
    for code, diagnosis in SLIPS[name, function]:
        page.write(function, code)
        assert f"[{diagnosis}]" in page.check(function)
    page.write(function, solved(name)[function])
    assert f"{function}: right" in page.check(function)
    assert f"1 of {len(solved(name))} right" in page.tab.locator(".inpage-right").inner_text()


def test_an_endless_loop_is_stopped_and_the_page_goes_on(visit):
    page = visit(SEVEN).begin()
    page.write("conv_db", "def conv_db(dout):\n    while True:\n        print('again')")
    box = page.box("check(conv_db)")
    button = box.locator(".inpage-button").first
    button.click()
    page.tab.wait_for_function("() => document.querySelector('.inpage-clock')", timeout=10_000)
    page.tab.wait_for_timeout(6_000)
    assert button.inner_text() == "Stop"
    button.click()
    assert button.inner_text() == "Check"
    assert "Stopped" in box.locator(".inpage-note").inner_text()
    page.write("conv_db", RIGHT_DB)
    assert "conv_db: right" in page.check("conv_db")


def test_a_training_says_how_far_it_is_and_stops_at_once(visit):
    name = "17_regularization"
    page = visit(f"exercises/{name}.html").begin()
    for marker, code in solved(name).items():
        page.write(marker, code)
    box = page.box("alone, history = accuracies()")
    button = box.locator(".inpage-button").first
    button.click()
    curve = box.locator(".inpage-curve")
    curve.get_by_text(re.compile(r"epoch \d+ of 60")).first.wait_for()  # a quick one skips some
    page.tab.wait_for_function(
        "old => document.querySelector('.inpage-curve').textContent !== old",
        arg=curve.text_content(),
    )
    button.click()
    assert button.inner_text() == "Run" and curve.count() == 0
    assert "Stopped" in box.locator(".inpage-note").inner_text()
    assert "should_stop: right" in page.check("should_stop")


def test_answers_are_there_after_a_reload_and_reset_takes_one_back(visit):
    page = visit(SEVEN, python=False).begin()
    given = page.answer("conv_db").input_value()
    page.write("conv_db", RIGHT_DB)
    page.tab.reload()
    page.begin()
    assert page.answer("conv_db").input_value().endswith(RIGHT_DB)
    first = page.tab.locator("div.cell.tag_answer").first
    first.get_by_role("button", name="Reset").click()
    assert page.answer("conv_db").input_value() == given
    page.tab.keyboard.press("Control+z")
    assert page.answer("conv_db").input_value().endswith(RIGHT_DB)


def test_reset_all_asks_first_and_takes_the_page_back(visit):
    page = visit(SEVEN, python=False).begin()
    given = {marker: page.answer(marker).input_value() for marker in ("conv_db", "conv_dw")}
    for marker in given:
        page.write(marker, "mine")
    reset = page.tab.get_by_role("button", name="Reset all")
    page.tab.once("dialog", lambda dialog: dialog.dismiss())
    reset.click()
    assert page.answer("conv_dw").input_value().endswith("mine")
    page.tab.once("dialog", lambda dialog: dialog.accept())
    reset.click()
    assert {marker: page.answer(marker).input_value() for marker in given} == given
    page.tab.reload()
    page.begin()
    assert page.answer("conv_db").input_value() == given["conv_db"]


def test_two_tabs_show_the_same_answers(visit):
    one = visit(SEVEN, python=False).begin()
    two = visit(SEVEN, context=one.context, python=False).begin()
    one.write("conv_db", RIGHT_DB)
    waits = "() => document.querySelectorAll('.inpage-field')"
    two.tab.wait_for_function(f"{waits}[0].value.includes('sum')")
    two.write("conv_dw", "def conv_dw():\n    pass")
    one.tab.wait_for_function(f"{waits}[1].value.length < 50")
    assert one.answer("conv_db").input_value().endswith(RIGHT_DB)


def test_full_storage_is_told_at_once(visit):
    page = visit(SEVEN, python=False)
    page.tab.evaluate("localStorage.setItem('full', 'x'.repeat(5 * 1024 * 1024 - 200))")
    page.begin()
    warning = page.tab.get_by_role("alert")
    assert not warning.is_visible()
    page.write("conv_db", "# " + "long " * 200)
    assert "does not keep your answers" in warning.inner_text()


def test_storage_that_is_off_is_told_before_a_word_is_written(visit):
    page = visit(SEVEN, python=False)
    page.tab.evaluate(
        "() => { Storage.prototype.setItem = () => { throw new DOMException('off'); }; }"
    )
    page.begin()
    assert "does not keep your answers" in page.tab.get_by_role("alert").inner_text()


def test_without_a_connection_a_sentence_says_what_to_do(visit):
    page = visit(SEVEN, python="http://127.0.0.1:9/").begin()
    said = page.check("conv_db")
    assert "Python could not be loaded" in said and "http://127.0.0.1:9/" in said
    assert "make lab" in said and "kept" in said
    page.asked = [url for url in page.asked if not url.startswith("http://127.0.0.1:9/")]


def test_a_page_without_a_server_says_what_to_do(browser, site):
    page = browser.new_page()
    page.goto((site / SEVEN).as_uri())
    page.get_by_role("button", name="Do it here").click()
    assert "make serve" in page.locator(".inpage-status").inner_text()
    page.close()


def test_an_error_is_a_line_of_ones_own_and_a_cell_below_says_why_it_did_not_run(visit):
    page = visit(SEVEN).begin()
    page.write("conv_db", "def conv_db(dout):\n    return dout.sum(axis=(0, 2, 3)")
    assert "This did not run" in page.check("conv_db")
    error = page.tab.locator(".tag_answer .inpage-error").first.inner_text()
    assert "SyntaxError" in error and "line 3" in error
    assert "Traceback" not in page.tab.locator("article").inner_text()


def test_pictures_figures_and_prints_come_as_in_the_notebook(visit):
    name = "06_conv_forward"
    page = visit(f"exercises/{name}.html").begin()
    for marker, code in solved(name).items():
        page.write(marker, code)
    assert "[[" in page.press(page.box("x = np.array"))
    box = page.box("figures.conv_stepper")
    page.press(box)
    box.locator("course-figure .cf-body button").first.wait_for()


def test_run_all_runs_all(visit):
    name = "05_training_loop"
    page = visit(f"exercises/{name}.html").begin()
    for marker, code in solved(name).items():
        page.write(marker, code)
    button = page.tab.get_by_role("button", name="Run all")
    button.click()
    page.until(".inpage-button", "Run all")
    assert "Solver: right" in page.box("check(Solver)").inner_text()
    assert "right: True" in page.box("num_epochs=60").inner_text()
    pictures = page.tab.locator(".inpage-output img").all()
    assert len(pictures) == 2 and all(
        p.get_attribute("alt").startswith(("A plot", "Plot")) for p in pictures
    )


@pytest.mark.parametrize("name", names())
def test_every_check_of_every_exercise_passes_with_the_solution(visit, name):
    page = visit(f"exercises/{name}.html").begin()
    answers = solved(name)
    for marker, code in answers.items():
        page.write(marker, code)
    boxes = page.tab.locator("div.cell.tag_check").all()
    assert len(boxes) == len(answers)
    assert all(": right" in page.press(box) for box in boxes)


def test_the_saved_file_is_graded_with_full_marks(visit, tmp_path):
    name = "07_conv_backward"
    page = visit(f"exercises/{name}.html").begin()
    for marker, code in solved(name).items():
        page.write(marker, code)
    handed_in = tmp_path / "class" / "ada"
    handed_in.mkdir(parents=True)
    assert page.save("Save as notebook", handed_in / f"{name}.ipynb") == f"my_{name}.ipynb"
    command = [sys.executable, "-m", "course.grade", "grade", str(tmp_path / "class")]
    command += ["--assignment", "07", "--out", str(tmp_path / "graded")]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    with open(tmp_path / "graded" / "gradebook.csv", encoding="utf-8", newline="") as file:
        (ada,) = csv.DictReader(file)
    assert float(ada["score"]) == float(ada["possible"]) > 0, ada

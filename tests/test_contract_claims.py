"""The convergence contract: what a page claims is found, noted over seeds, kept and told."""

import json
import re

import nbformat
import numpy as np
import pytest

from course.contract import __main__ as command
from course.contract import claimants, inside, record, tables
from course.contract.claims import NOTE, noting
from course.contract.headlines import HEADLINES
from course.contract.seed_run import Claim, SeedRun, worst_of
from course.env import ROOT


def noted(source, tmp_path, **names):
    """Run a cell that notes its claims: -> (printed or not, what was noted)."""
    changed, _ = noting(source)
    path = tmp_path / "notes.jsonl"
    path.write_text("")
    exec(changed, {NOTE: inside.Notes(path), "np": np, **names})
    return [json.loads(line) for line in path.read_text().splitlines()]


# ---------------------------------------------------------------- what is claimed


def test_a_verdict_is_noted_with_both_sides_and_still_printed(tmp_path, capsys):
    (note,) = noted('print("nine of ten right:", a >= 0.9)', tmp_path, a=np.float32(0.75))
    assert note == {
        "claim": "nine of ten right", "holds": False, "sign": ">=", "bound": 0.9, "value": 0.75,
    }  # fmt: skip
    assert capsys.readouterr().out == "nine of ten right: False\n"


def test_a_goal_is_a_verdict(tmp_path):
    said = []
    (note,) = noted(
        'goal("fc", "nine of ten", a > 0.9)', tmp_path, a=1, goal=lambda *x: said.append(x)
    )
    assert note["claim"] == "nine of ten" and said == [("fc", "nine of ten", True)]
    notes = noted('print("both:", a > 0 and a < 0.9)', tmp_path, a=1)
    assert [(n["claim"], n["holds"]) for n in notes] == [
        *(("both: a > 0", True), ("both: a < 0.9", False))
    ]


def test_every_verdict_on_a_training_is_found():
    """Whatever a solution prints as ``sentence: True`` is in the contract, or is no comparison."""
    for path in sorted((ROOT / "book" / "exercises").glob("[0-9]*.md")):
        code = path.read_text(encoding="utf-8")
        goals = re.findall(r'goal\("\w+", "([^"]+)",', code)
        claims = claimants.pages()[f"solutions/{path.stem}"].claims if goals else []
        for goal in goals:
            assert any(claim.startswith(goal) for claim in claims), goal


def test_an_assertion_that_fails_is_noted_and_the_cell_goes_on(tmp_path):
    notes = noted("assert a > 0.9 and b < a, 'why'\nassert c < 1", tmp_path, a=0.8, b=0.9, c=0)
    assert [(n["claim"], n["holds"]) for n in notes] == [
        *(("a > 0.9", False), ("b < a", False), ("c < 1", True))
    ]
    assert notes[1]["bound"] is None and notes[1]["value"] == pytest.approx(-0.1)


def test_what_is_no_inequality_stays_an_assertion(tmp_path):
    with pytest.raises(AssertionError):
        noted("assert a == 3 and b < 2", tmp_path, a=4, b=1)
    assert noting("assert np.allclose(a, b)\nprint('a', 3)\n%matplotlib inline")[1] == []


def test_a_chain_holds_by_its_weakest_link_and_a_side_is_computed_once(tmp_path):
    calls = []
    (note,) = noted("assert 5 > f() > 1", tmp_path, f=lambda: calls.append(1) or 4.5)
    assert note["holds"] and note["value"] == 0.5 and calls == [1]


def test_what_cannot_be_counted_counts_as_yes_or_no(tmp_path):
    (note,) = noted('print("by heart:", a == b)', tmp_path, a=["x"], b=["x"])
    assert note["holds"] and note["value"] == 1.0
    (note,) = noted("assert a < 2", tmp_path, a=float("nan"))
    assert not note["holds"]
    json.dumps(note, allow_nan=False)


def test_of_a_loop_the_worst_round_counts():
    def note(value, holds=True, sign=">", bound=0.5):
        return {"claim": "c", "value": value, "holds": holds, "sign": sign, "bound": bound}

    assert worst_of([note(0.9), note(0.6), note(0.8)])["c"].value == 0.6
    assert worst_of([note(0.9), note(0.4, False), note(0.8)])["c"] == Claim(0.4, False, ">", 0.5)
    below = [note(v, sign="<") for v in (0.1, 0.3, 0.2)]
    assert worst_of(below)["c"].value == 0.3


def test_other_seeds_give_other_numbers_and_seed_0_the_page_s_own(monkeypatch):
    monkeypatch.setattr(np.random, "default_rng", inside.original)  # is put back afterwards
    monkeypatch.setattr("builtins._note_claim", None, raising=False)
    own = np.random.default_rng(3).random()
    inside.begin(0, "nowhere")
    assert np.random.default_rng(3).random() == own
    inside.begin(2, "nowhere")
    other = np.random.default_rng(3).random()
    assert other != own and np.random.default_rng(3).random() == other
    assert np.random.default_rng([3, 1]).random() not in (own, other)
    rng = np.random.default_rng(3)
    assert np.random.default_rng(rng) is rng


def test_a_page_is_run_with_its_claims_and_without_its_checks():
    found = claimants.pages()
    assert "solutions/05_training_loop" in found and "book/residual" in found
    for page in found.values():
        code = "\n".join(cell.source for cell in page.notebook.cells)
        assert code.count(NOTE) >= len(page.claims) > 0
        assert "check(" not in code.replace("check_layer(", "").replace("check_model(", "") or (
            page.name.startswith("book/")
        )


@pytest.mark.slow
def test_a_run_of_a_page(tmp_path, monkeypatch):
    """In a kernel of its own; a cell that fails costs no other cell its claims."""
    monkeypatch.setattr(claimants, "BUILD", tmp_path)
    cells = ["import numpy as np", "raise KeyError(1)", "a = np.random.default_rng(0).random()"]
    cells.append("assert a < 0.5")
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    page = claimants.page_of("book/made_up", made)
    runs = [page.run(seed) for seed in (0, 1)]
    values = [run.claims["a < 0.5"].value for run in runs]
    assert values[0] == pytest.approx(inside.original(0).random())
    assert values[1] == pytest.approx(inside.original([0, 1]).random())
    assert runs[0].errors == ["KeyError: 1"]


# ---------------------------------------------------------------- the record


class Made:
    """A page that needs no kernel. Of seed 2 the claim fails, of seed 3 it is not reached."""

    def __init__(self, digest="d"):
        self.digest, self.ran = digest, []

    def run(self, seed):
        self.ran.append(seed)
        claims = {"a > 0.5": Claim(0.9 - seed / 5, seed < 2, ">", 0.5)}
        claims["always"] = Claim(1.0, True, ">", 0.0)
        errors = ["ValueError: no"] if seed == 3 else []
        return SeedRun({"always": claims["always"]} if errors else claims, errors, 1.0)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(record, "RESULTS", tmp_path)
    return tmp_path


def test_each_seed_is_kept_and_an_interrupted_run_goes_on(folder):
    made = Made()
    record.measure("newest", {"p": made}, range(2), lambda line: None)
    again = Made()
    record.measure("newest", {"p": again}, range(4), lambda line: None)
    assert (made.ran, again.ran) == ([0, 1], [2, 3])
    entry = record.read("newest")["pages"]["p"]
    assert entry["seeds"] == [0, 1, 2, 3] and entry["errors"] == {"3": ["ValueError: no"]}
    assert entry["claims"]["a > 0.5"]["values"] == [0.9, 0.7, 0.5, None]
    assert entry["claims"]["a > 0.5"]["failed"] == [2, 3]  # what was not reached does not hold
    assert entry["claims"]["always"]["failed"] == []


def test_other_code_or_another_numpy_starts_a_page_anew(folder, monkeypatch):
    record.measure("newest", {"p": Made(), "q": Made()}, range(2), lambda line: None)
    changed = Made("other")
    record.measure("newest", {"p": changed, "q": Made()}, range(1), lambda line: None)
    kept = record.read("newest")["pages"]
    assert (kept["p"]["seeds"], kept["q"]["seeds"]) == ([0], [0, 1])
    monkeypatch.setattr(np, "__version__", "9.9")
    record.measure("newest", {"q": Made()}, range(1), lambda line: None)
    assert record.read("newest")["pages"]["q"]["seeds"] == [0]


def test_a_run_in_which_nothing_was_reached_is_no_result(folder):
    class Broken(Made):
        def run(self, seed):
            return SeedRun({}, ["ModuleNotFoundError: no"], 1.0)

    with pytest.raises(RuntimeError, match="no claim was reached.*ModuleNotFoundError"):
        record.measure("newest", {"p": Broken()}, range(1), lambda line: None)
    assert record.read("newest") == {"pages": {}}


def test_which_numpy_is_the_oldest():
    assert command.oldest_or_newest("1.26.4") == "oldest"
    assert command.oldest_or_newest("2.4.6") == command.oldest_or_newest("1.27") == "newest"
    assert command.oldest_or_newest("1.260.0") == "newest"


def test_wrong_arguments(capsys):
    for arguments in (["--seeds", "0"], ["--only", "book/nothing"]):
        with pytest.raises(SystemExit):
            command.parse_arguments(arguments)
    said = capsys.readouterr().err
    assert "--seeds is 0" in said and "no page 'book/nothing' with claims" in said


# ---------------------------------------------------------------- the tables


def test_the_tables_say_what_was_recorded(folder, monkeypatch):
    monkeypatch.setattr(tables, "standing", lambda: {"book/residual": ["a > 0.5", "always"]})
    record.measure("newest", {"book/residual": Made()}, range(3), lambda line: None)
    said = tables.claims()
    assert "`a > 0.5` | > 0.5 | 0.7 (0.5) | 2 of 3 | - | - |" in said
    assert "always" not in said  # the same with every seed
    assert (
        f"NumPy {np.__version__}: 3 seeds a page" in said
        and "Not measured yet with the oldest NumPy" in said
    )
    tables.prune("newest")
    assert "a > 0.5" in tables.claims()
    monkeypatch.setattr(
        tables, "standing", lambda: {"book/residual": ["always"], "book/gru": ["c"]}
    )
    tables.prune("newest")  # it stands on the page no more
    assert "a > 0.5" not in tables.claims()
    assert re.search(r"Not measured yet with it: \[[\w ]+\]\(gru.md\)", tables.claims())


def test_a_page_keeps_all_that_is_not_the_table():
    page = f"a\n{tables.BEGIN}\nold\n{tables.END}\nz <!-- end -->\n"
    assert tables.replaced(page, "new") == (
        f"a\n{tables.BEGIN}\n\nnew\n\n{tables.END}\nz <!-- end -->\n"
    )
    with pytest.raises(ValueError, match="no place for the table"):
        tables.replaced("a", "new")


@pytest.mark.parametrize("name", sorted(tables.texts()))
def test_what_is_written_is_what_was_recorded(name):
    """The README and the book hold the tables of the record, and nothing else between the marks."""
    page = (ROOT / name).read_text(encoding="utf-8")
    assert tables.replaced(page, tables.texts()[name]) == page, (
        "run `python -m course.measure --contract --write`"
    )


def test_headlines_are_in_the_record_and_hold():
    kept = record.read("newest")["pages"]
    for name, headline in HEADLINES.items():
        for figure in headline.figures:
            claim = kept[name]["claims"][figure.key]
            assert claim["values"] and claim["failed"] == []

"""Whose notebook is it, and which one counts? Every layout that is recognized, with an example."""

import gzip
import io
import json
import os
import struct
import subprocess
import sys
import tarfile
import zipfile
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace

import pytest

from course.env import ROOT
from course.grade import choose, handed_in, owners, packed, peek
from course.grade.__main__ import main
from course.grade.collect import CollectError, collect, look_through, shown
from course.grade.handed_in import Damaged, Ignored, zip_files
from course.grade.read import MAX_BYTES
from course.grade.run import complete
from course.grade.spreadsheets import TableError

NAME = "02_softmax_loss"
OTHER = "01_fully_connected"


def notebook(text="mine"):
    cell = {"cell_type": "code", "source": text, "metadata": {}, "outputs": []}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def make(top, files):
    """Files below a folder; ``{path: content or None}``, None for a notebook of its own."""
    for path, content in files.items():
        at = top / path
        at.parent.mkdir(parents=True, exist_ok=True)
        content = notebook(path) if content is None else content
        at.write_bytes(content if isinstance(content, bytes) else content.encode())
    return top


def zipped(files):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for path, content in files.items():
            archive.writestr(path, notebook(path) if content is None else content)
    return stream.getvalue()


def who(path, **options):
    return {s.learner: s.file for s in collect(path, NAME, **options)}


CLONE = {
    f"exercises/{NAME}.ipynb": "{}",
    f"exercises/{OTHER}.ipynb": "{}",
    f"solutions/{NAME}.ipynb": "{}",
    "scratch/layers.py": "x = 1",
}
LAYOUTS = {
    "flat": (
        {"ada.ipynb": None, f"{NAME}_bob.ipynb": None, f"my_{NAME}-eve.ipynb": None},
        {"ada": "ada.ipynb", "bob": f"{NAME}_bob.ipynb", "eve": f"my_{NAME}-eve.ipynb"},
    ),
    "folders": (
        {f"ada/{NAME}.ipynb": None, "bob/work/hw.ipynb": None, "eve/x.pdf": "pdf", "note.txt": ""},
        {"ada": f"ada/{NAME}.ipynb", "bob": "bob/work/hw.ipynb", "eve": ""},
    ),
    "nbgrader": (
        {f"submitted/{n}/{a}/{a}.ipynb": None for n in ("ada", "bob") for a in (NAME, OTHER)},
        {n: f"{n}/{NAME}/{NAME}.ipynb" for n in ("ada", "bob")},
    ),
    "one learner of nbgrader's": (
        {f"ada/{a}/{a}.ipynb": None for a in (NAME, OTHER)},
        {"ada": f"ada/{NAME}/{NAME}.ipynb"},
    ),
    "a folder around": (
        {f"submissions/{n}/{NAME}.ipynb": None for n in ("ada", "bob", "eve")},
        {n: f"{n}/{NAME}.ipynb" for n in ("ada", "bob", "eve")},
    ),
    "two folders around a flat one": (
        {f"a/b/{n}.ipynb": None for n in ("ada", "bob")},
        {n: f"{n}.ipynb" for n in ("ada", "bob")},
    ),
    "clones, with and without work of their own": (
        {
            **{f"ada/{path}": text for path, text in CLONE.items()},
            **{f"bob/{path}": text for path, text in CLONE.items()},
            f"bob/exercises/my_{NAME}.ipynb": None,
            "bob/.git/HEAD": "x",
        },
        {"ada": f"ada/exercises/{NAME}.ipynb", "bob": f"bob/exercises/my_{NAME}.ipynb"},
    ),
    "GitHub Classroom": (
        {
            f"softmax-submissions/softmax-{n}/{path}": text
            for n in ("ada-l", "bob")
            for path, text in CLONE.items()
        },
        {n: f"softmax-{n}/exercises/{NAME}.ipynb" for n in ("ada-l", "bob")},
    ),
    "GitHub Classroom, one by one": (
        {f"softmax-{n}/{path}": text for n in ("ada", "bob") for path, text in CLONE.items()},
        {n: f"softmax-{n}/exercises/{NAME}.ipynb" for n in ("ada", "bob")},
    ),
    "Canvas": (
        {
            f"lovelaceada_101_9001_{NAME}.ipynb": None,
            f"lovelaceada_101_9002_{NAME}-1.ipynb": None,
            f"bobby_LATE_102_9003_{NAME}.ipynb": None,
            "eve_103_9004_notes.pdf": "pdf",
        },
        {
            "lovelaceada_101": f"lovelaceada_101_9002_{NAME}-1.ipynb",
            "bobby_102": f"bobby_LATE_102_9003_{NAME}.ipynb",
            "eve_103": "",
        },
    ),
    "Moodle, with text online": (
        {
            f"Ada Lovelace_77_assignsubmission_file_/{NAME}.ipynb": None,
            "Ada Lovelace_77_assignsubmission_onlinetext_/onlinetext.html": "hello",
            f"Bob O'Hara_78_assignsubmission_file_{NAME}.ipynb": None,
            "Eve Only Text_79_assignsubmission_onlinetext_/onlinetext.html": "hello",
        },
        {
            "Ada Lovelace_77": f"Ada Lovelace_77_assignsubmission_file_/{NAME}.ipynb",
            "Bob O'Hara_78": f"Bob O'Hara_78_assignsubmission_file_{NAME}.ipynb",
        },
    ),
    "Gradescope": (
        {
            "export/submission_metadata.yml": (
                "submission_4:\n  :submitters:\n  - :name: Ada L\n    :sid: '77'\n"
                "  :created_at: 2026-03-01 10:00:00 Z\n"
                "submission_5:\n  :submitters:\n  - :name: Bob\n    :email: bob@example.org\n"
            ),
            "export/submission_4/hw.ipynb": None,
            f"export/submission_5/{NAME}.ipynb": None,
        },
        {"77": "submission_4/hw.ipynb", "bob@example.org": f"submission_5/{NAME}.ipynb"},
    ),
    "ILIAS": (
        {
            f"Abgaben/Lovelace_Ada_alove_1234/20260301120000_{NAME}.ipynb": None,
            f"Abgaben/Builder_Bob_bob_99/20260301120500_{NAME}.ipynb": None,
        },
        {
            "Lovelace_Ada_alove_1234": f"Lovelace_Ada_alove_1234/20260301120000_{NAME}.ipynb",
            "Builder_Bob_bob_99": f"Builder_Bob_bob_99/20260301120500_{NAME}.ipynb",
        },
    ),
    "zips in folders and beside notebooks": (
        {
            "ada/all.zip": zipped({f"deep/{NAME}.ipynb": None}),
            "bob/bob.ipynb": None,
            "bob/pictures.zip": zipped({"x.png": "png"}),
        },
        {"ada": f"ada/all.zip!/deep/{NAME}.ipynb", "bob": "bob/bob.ipynb"},
    ),
    "a zip for each learner": (
        {"ada.zip": zipped({f"{NAME}.ipynb": None}), "bob.ipynb": None},
        {"ada": f"ada.zip!/{NAME}.ipynb", "bob": "bob.ipynb"},
    ),
    "a lone clone": (CLONE, {"clone": f"exercises/{NAME}.ipynb"}),
    "folders of their own called solutions": (
        {
            f"ada/solutions/{NAME}.ipynb": None,
            f"bob/Solutions/week 2/{NAME}.ipynb": None,
            "bob/solutions/notes.txt": "x",
            "eve/all.zip": zipped({f"solutions/{NAME}.ipynb": None}),
        },
        {
            "ada": f"ada/solutions/{NAME}.ipynb",
            "bob": f"bob/Solutions/week 2/{NAME}.ipynb",
            "eve": f"eve/all.zip!/solutions/{NAME}.ipynb",
        },
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_as_a_folder_and_as_a_zip(layout, tmp_path):
    files, wanted = LAYOUTS[layout]
    folder = make(tmp_path / "folder", files)
    assert who(folder) == wanted
    packed = tmp_path / "all.zip"
    packed.write_bytes(zipped(files))
    assert who(packed) == wanted


def test_what_the_systems_tell_besides(tmp_path):
    names = ("Canvas", "Moodle, with text online", "Gradescope", "ILIAS")
    found = {
        name: {s.learner: s for s in collect(make(tmp_path / name, LAYOUTS[name][0]), NAME)}
        for name in names
    }
    bobby, ada = found["Canvas"]["bobby_102"], found["Canvas"]["lovelaceada_101"]
    assert (bobby.name, bobby.ids, bobby.late) == ("bobby", {"canvas": "102"}, True)
    assert not ada.late and not ada.time_is_known
    assert found["Moodle, with text online"]["Bob O'Hara_78"].ids == {"moodle": "78"}
    assert found["Gradescope"]["77"].name == "Ada L"
    local = datetime(2026, 3, 1, 10, tzinfo=timezone.utc).astimezone().replace(tzinfo=None)
    assert found["Gradescope"]["77"].time == local
    ilias = found["ILIAS"]["Lovelace_Ada_alove_1234"]
    assert (ilias.name, ilias.ids) == ("Ada Lovelace", {"ilias": "1234"})
    assert ilias.time == datetime(2026, 3, 1, 12) and ilias.time_is_known


# ---------------------------------------------------------------- what has to be asked


@pytest.mark.parametrize(
    "files, question",
    [
        ({"ada.ipynb": None, "bob/hw.ipynb": None}, "lie beside folders"),
        ({"ada/one.ipynb": None, "ada/two.ipynb": None, "bob/x.ipynb": None}, "ada: 2 notebooks"),
        ({f"{NAME}.ipynb": None, "ada.ipynb": None}, "no learner's name in it"),
        (
            {f"s/{n}/{NAME}.ipynb": None for n in "ab"} | {f"t/c/{NAME}.ipynb": None},
            "s: 2 notebook",
        ),
        (
            {f"ada_1_2_{NAME}.ipynb": None, f"bob_3_4_{NAME}.ipynb": None, "eve.ipynb": None},
            "eve.ipynb: whose is it",
        ),
        (
            {
                f"A B_7_assignsubmission_file_/{NAME}.ipynb": None,
                "stray/x.ipynb": None,
            },
            "stray/x.ipynb: whose is it",
        ),
    ],
)
def test_what_cannot_be_told_is_asked_in_one_error(files, question, tmp_path):
    with pytest.raises(CollectError, match="nothing was graded") as error:
        collect(make(tmp_path, files), NAME)
    assert question in str(error.value)
    assert "--owners" in str(error.value)


def test_a_table_of_owners_answers(tmp_path):
    top = make(tmp_path / "in", {"ada/1.ipynb": None, "ada/2.ipynb": None, "bob/x.ipynb": None})
    found = look_through(top, NAME)
    assert found.questions
    text = owners.text_of(found)
    assert text.count('"ada"') >= 2 and "which one counts?" in text
    table = tmp_path / "owners.csv"
    lines = text.splitlines()
    chosen = next(n for n, line in enumerate(lines) if "ada/2.ipynb" in line)
    lines[chosen] = lines[chosen].replace('"no"', '"yes"')
    table.write_text("\n".join(lines))
    assert who(top, table=table) == {"ada": "ada/2.ipynb", "bob": "bob/x.ipynb"}
    table.write_text("path,learner,counts\nada/3.ipynb,ada,yes\n")
    with pytest.raises(CollectError, match="it is not there"):
        collect(top, NAME, table=table)
    table.write_text("learner\nada\n")
    with pytest.raises(TableError, match="columns path, learner, counts"):
        collect(top, NAME, table=table)


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_the_table_holds_what_lies_mixed_and_answers_for_it(kind, tmp_path):
    files = {"ada.zip": zipped({"x/hw.ipynb": None}), "bob/hw.ipynb": None, "eve.ipynb": None}
    top = make(tmp_path / "in", files)
    if kind == "zip":
        top = tmp_path / "in.zip"
        top.write_bytes(zipped(files))
    with pytest.raises(CollectError, match="lie beside folders"):
        collect(top, NAME)
    table = tmp_path / "owners.csv"
    text = owners.text_of(look_through(top, NAME))
    for saved in (text, text.replace('","', '";"'), text.replace('","', '"\t"')):
        for encoding in ("utf-8", "utf-8-sig", "utf-16"):
            table.write_text(saved, encoding=encoding)
            assert who(top, table=table) == {
                "ada": "ada.zip!/x/hw.ipynb", "bob": "bob/hw.ipynb", "eve": "eve.ipynb"
            }  # fmt: skip


@pytest.mark.parametrize("wrapper", ["", "class/"])
@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_who_handed_in_an_empty_folder_stands_in_the_gradebook(kind, wrapper, tmp_path):
    top = make(tmp_path / "in", {f"{wrapper}{n}/hw.ipynb": None for n in ("ada", "bob")})
    (top / wrapper / "eve" / "deep").mkdir(parents=True)
    (top / wrapper / "__MACOSX" / "ada").mkdir(parents=True)
    if kind == "zip":
        with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
            for path in sorted(top.rglob("*")):
                archive.write(path, path.relative_to(top))
        top = tmp_path / "in.zip"
    found = {s.learner: s for s in collect(top, NAME)}
    assert {name: s.file for name, s in found.items()} == {
        "ada": "ada/hw.ipynb", "bob": "bob/hw.ipynb", "eve": ""
    }  # fmt: skip
    assert "eve/deep/: an empty folder" in found["eve"].notes[0]


def test_a_folder_is_empty_where_nothing_else_is_in_it():
    paths = ["a/", "a/b/c.txt", "e/", "e.txt", "e/", "f/", "f/g/", "e-/x", "/", "h/i/"]
    assert handed_in.empty_folders(paths) == ["e/", "f/g/", "h/i/"]


@pytest.mark.skipif(os.name != "posix", reason="needs links")
def test_who_handed_in_a_link_stands_in_the_gradebook(tmp_path):
    top = make(tmp_path / "in", {"ada/hw.ipynb": None, "bob/hw.ipynb": None})
    (top / "eve").mkdir()
    (top / "eve" / "hw.ipynb").symlink_to("../ada/hw.ipynb")
    found = {s.learner: s for s in collect(top, NAME)}
    assert found["eve"].file == "" and "a link or a device" in found["eve"].notes[0]


def test_each_one_of_a_group_of_gradescope_is_a_learner(tmp_path):
    table = "submission_4:\n  :submitters:\n"
    table += "".join(f"  - :name: {n}\n    :email: {n}@example.org\n" for n in ("Ada", "Bob"))
    files = {"submission_metadata.yml": table, "submission_4/hw.ipynb": None}
    found = collect(make(tmp_path / "in", files), NAME)
    assert [(s.learner, s.name, s.file) for s in found] == [
        (f"{n}@example.org", n, "submission_4/hw.ipynb") for n in ("Ada", "Bob")
    ]


# ---------------------------------------------------------------- which one counts


@pytest.mark.parametrize("name", ["hw.json", "hw.txt", "hw", "hw.zip", "hw.tar.gz", "hw.ipyn"])
def test_a_notebook_is_one_whatever_it_is_called(name, tmp_path):
    files = {f"ada/{name}": None, "ada/notes.txt": "{}", "bob/hw.ipynb": None}
    assert who(make(tmp_path / "in", files)) == {"ada": f"ada/{name}", "bob": "bob/hw.ipynb"}


@pytest.mark.parametrize(
    "name, pack, inner",
    [
        ("hw.ipynb.zip", lambda text: zipped({"hw.ipynb": text}), "hw.ipynb"),  # as macOS writes it
        ("hw.ipynb", lambda text: zipped({"deep/hw.ipynb": text}), "deep/hw.ipynb"),
        ("hw.ipynb.gz", lambda text: gzip.compress(text.encode()), "hw.ipynb"),
        ("hw.ipynb", lambda text: gzip.compress(text.encode()), "hw.ipynb"),
        ("hw.gz", lambda text: gzip.compress(text.encode()), "hw"),
        ("hw.7z", lambda text: zipped({"hw.ipynb": text}), "hw.ipynb"),
    ],
)
def test_what_is_packed_is_opened_whatever_it_is_called(name, pack, inner, tmp_path):
    text = notebook("packed")
    top = make(tmp_path / "in", {f"ada/{name}": pack(text), "bob/hw.ipynb": None})
    ada, _ = collect(top, NAME)
    assert ada.file == f"ada/{name}!/{inner}" and ada.raw == text.encode()


def test_one_reason_is_told_where_nothing_could_be_read(tmp_path):
    """And that a file is empty, also where another note stands beside it."""
    files = {"ada/a.ipynb": b"", "ada/b.ipynb": b"", "bob/x.pdf": b""}
    files["eve/hw.ipynb.gz"] = b"\x1f\x8b" + b"x" * 50
    session = SimpleNamespace(assignment=NAME, digest="", seed=0, total=1)
    told = {
        s.learner: complete({"notes": ["the file is empty"]}, s, s.sha256, session)["notes"]
        for s in collect(make(tmp_path / "in", {**files, "zoe/hw.ipynb": None}), NAME)
    }
    assert told["ada"] == [
        "2 notebooks handed in; ada/a.ipynb counts (ada/b.ipynb: the same as ada/a.ipynb)",
        "the file is empty",
    ]
    assert [len(told[learner]) for learner in ("bob", "eve")] == [1, 1]
    assert "no notebook among" in told["bob"][0] and "the gz is damaged" in told["eve"][0]


def test_a_gz_is_bounded_and_may_be_damaged(tmp_path):
    bomb = gzip.compress(bytes(MAX_BYTES + 10**6))
    files = {"ada/hw.ipynb.gz": bomb, "bob/hw.ipynb.gz": b"\x1f\x8b" + b"x" * 50}
    ada, bob = collect(make(tmp_path / "in", files), NAME)
    assert len(ada.raw) == MAX_BYTES + 1
    assert bob.raw == b"" and "the gz is damaged" in bob.notes[0]


def test_archives_in_archives_end_somewhere_and_say_so(tmp_path):
    inner = zipped({"hw.ipynb": None})
    for _ in range(2):
        inner = zipped({"inner.zip": inner})
    found = collect(make(tmp_path / "in", {"ada/x.zip": inner, "bob/hw.ipynb": None}), NAME)
    assert found[0].file == "" and "an archive in archives in an archive" in found[0].notes[0]


def test_equal_copies_and_untouched_ones_do_not_count(tmp_path):
    exercise = (ROOT / "exercises" / f"{NAME}.ipynb").read_bytes()
    solution = (ROOT / "solutions" / f"{NAME}.ipynb").read_bytes()
    top = make(
        tmp_path,
        {
            "ada/a.ipynb": notebook("work"),
            "ada/b.ipynb": notebook("work"),
            "ada/c.ipynb": exercise,
            "ada/d.ipynb": solution,
            "ada/e.ipynb": "{broken",
            "bob/x.ipynb": None,
        },
    )
    ada, bob = collect(top, NAME)
    assert ada.file == "ada/a.ipynb"
    assert {entry.path[-7]: entry.reason for entry in ada.ignored} == {
        "b": "the same as ada/a.ipynb",
        "c": "as it was handed out",
        "d": "the official solution",
        "e": "no notebook can be read from it",
    }
    assert "5 notebooks handed in; ada/a.ipynb counts" in ada.notes[0]


def test_work_in_a_folder_called_solutions_counts_and_the_official_one_does_not(tmp_path):
    exercise, solution = (
        (ROOT / folder / f"{NAME}.ipynb").read_bytes() for folder in ("exercises", "solutions")
    )
    files = {"ada/exercises/": exercise, "ada/solutions/": None}
    files |= {"bob/exercises/": exercise, "bob/solutions/": solution}
    top = make(tmp_path, {f"{folder}{NAME}.ipynb": text for folder, text in files.items()})
    ada, bob = collect(top, NAME)
    assert ada.file == f"ada/solutions/{NAME}.ipynb"
    assert bob.file == f"bob/exercises/{NAME}.ipynb"


def test_what_takes_too_long_to_look_at_is_not_passed_over(monkeypatch):
    monkeypatch.setattr(peek, "SECONDS", 0)
    assert peek.peek(b"[" * 10**6) == "work"


def test_what_a_notebook_is_at_first_sight():
    assert peek.peek((ROOT / "exercises" / f"{NAME}.ipynb").read_bytes()) == "untouched"
    assert peek.peek((ROOT / "solutions" / f"{NAME}.ipynb").read_bytes()) == "solution"
    assert peek.peek(notebook().encode()) == "work"
    assert peek.peek(b"[" * 10**6) == "unreadable"


@pytest.mark.parametrize("first", ["exercises", "solutions"])
def test_no_time_stamp_makes_the_official_solution_count(first, tmp_path):
    top = make(tmp_path, {f"ada/{path}": text for path, text in CLONE.items()})
    for folder in ("exercises", "solutions"):
        late = 1e9 + (folder != first)
        os.utime(top / "ada" / folder / f"{NAME}.ipynb", (late, late))
    assert who(top) == {"ada": f"ada/exercises/{NAME}.ipynb"}


# ---------------------------------------------------------------- odd names and damages


def damaged_directory(raw, *, version=None, name=None):
    """A zip whose second member's entry in the list of members is changed."""
    data = bytearray(raw)
    at = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 4)
    if version:
        struct.pack_into("<H", data, at + 6, version)
    if name:
        struct.pack_into("<H", data, at + 8, 0x800)
        data[at + 46 : at + 46 + len(name)] = name
    return bytes(data)


def test_a_damaged_member_costs_only_itself(tmp_path):
    good = zipped({f"{name}.ipynb": None for name in ("ada", "bob", "eve")})
    for number, raw in enumerate(
        (
            damaged_directory(good, version=99),
            damaged_directory(good, name=b"\xff\xfe\xfd.ipynb"),
            good.replace(b"bob.ipynb", b"b\xffb.ipynb"),
            good[: good.index(b"bob.ipynb") + 20]
            + b"\0" * 30
            + good[good.index(b"bob.ipynb") + 50 :],
        )
    ):
        path = tmp_path / f"{number}.zip"
        path.write_bytes(raw)
        found = {s.learner: s.raw for s in collect(path, NAME)}
        assert len(found) == 3
        assert found["ada"] == notebook("ada.ipynb").encode()
        assert found["eve"] == notebook("eve.ipynb").encode()


def test_a_member_that_claims_utf8_and_is_not(tmp_path):
    raw = zipped({"aä.ipynb": None, "bob.ipynb": None}).replace("ä".encode(), b"\xe4\xe4")
    names = [file.path for file in zip_files(raw)]
    assert names[1] == "bob.ipynb" and names[0].endswith(".ipynb")
    assert [file.read() for file in zip_files(raw)][0] == notebook("aä.ipynb").encode()


def test_zips_that_are_none_are_passed_over_with_a_reason(tmp_path):
    broken = {"cut.zip": zipped({"x.ipynb": None})[:-30], "none.zip": b"PK", "e.zip": b""}
    bomb = zipped({f"{n}": "" for n in range(70_000)})
    files = {f"ada/{name}": raw for name, raw in broken.items()} | {"ada/bomb.zip": bomb}
    ada, bob = collect(make(tmp_path, files | {"bob/x.ipynb": None}), NAME)
    assert ada.raw == b"" and "no notebook" in ada.notes[0]
    assert sum("damaged" in entry.reason for entry in ada.ignored) == 3
    assert any("too many files" in entry.reason for entry in ada.ignored)
    assert bob.file == "bob/x.ipynb"


def tarred(files, mode="w:gz"):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            raw = notebook(name).encode() if content is None else content
            info.size = len(raw)
            archive.addfile(info, io.BytesIO(raw))
    return stream.getvalue()


@pytest.mark.parametrize("ending, mode", [("tar", "w"), ("tgz", "w:gz"), ("tar.xz", "w:xz")])
def test_a_tar_is_read_as_a_zip_is(ending, mode, tmp_path):
    raw = tarred({"work/../../hw.ipynb": None, "work/notes.txt": b"x"}, mode)
    (ada,) = collect(make(tmp_path, {f"ada/hand_in.{ending}": raw}), NAME)
    assert ada.raw == notebook("work/../../hw.ipynb").encode()
    assert ada.file == f"ada/hand_in.{ending}!/work/hw.ipynb"


def test_learners_with_a_tar_each_beside_one_another(tmp_path):
    files = {f"{name}.tar.gz": tarred({"x.ipynb": None}) for name in ("ada", "bob")}
    assert [s.learner for s in collect(make(tmp_path, files), NAME)] == ["ada", "bob"]


def test_archives_that_are_not_opened_say_what_to_ask_for(tmp_path):
    files = {
        "ada/x.7z": b"7z\xbc\xaf",
        "bob/x.rar": b"Rar!",
        "eve/x.tgz": tarred({"x.ipynb": None})[:60],
    }
    files["dan/x.tar"] = b"no tar"
    found = {s.learner: s for s in collect(make(tmp_path, files), NAME)}
    assert set(found) == {"ada", "bob", "dan", "eve"} and not any(s.raw for s in found.values())
    reasons = {name: " ".join(e.reason for e in s.ignored) for name, s in found.items()}
    assert "a 7z archive is not opened here: ask for the notebook itself" in reasons["ada"]
    assert "a rar archive" in reasons["bob"]
    assert "the tar is damaged" in reasons["dan"] and "the tar is damaged" in reasons["eve"]


def test_a_tar_holds_no_links_and_no_more_than_it_may(monkeypatch):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        link = tarfile.TarInfo("x.ipynb")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    assert list(packed.tar_files(stream.getvalue())) == []
    large = tarred({"x.ipynb": bytes(2_000_000)})
    assert len(large) < 10_000
    monkeypatch.setattr(packed, "MOST_BYTES", 1_000_000)
    with pytest.raises(Damaged, match="too much"):
        list(packed.tar_files(large))


def test_a_bomb_is_read_no_further_than_a_notebook_may_be_long():
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("x.ipynb", "w") as member,
    ):
        for _ in range(100):
            member.write(bytes(1 << 20))
    (file,) = zip_files(stream.getvalue())
    assert len(file.read()) == handed_in.MAX_BYTES + 1


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_names_that_are_no_text(tmp_path):
    for name in (b"M\x81ller.ipynb", "ada\u202e\n.ipynb".encode(), ("𝔸" * 60).encode() + b".ipynb"):
        with open(os.path.join(os.fsencode(tmp_path), name), "w") as file:
            file.write(notebook())
    found = [s.learner for s in collect(tmp_path, NAME)]
    assert "Müller" in found and "ada" in found
    for name in found:
        assert name.isprintable() and name.encode()


def test_links_and_devices_are_passed_over(tmp_path):
    make(tmp_path, {"ada.ipynb": None})
    (tmp_path / "bob.ipynb").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "eve.ipynb")
    found = look_through(tmp_path, NAME)
    assert [s.learner for s in found.submissions] == ["ada"]
    assert [entry.reason for entry in found.ignored] == ["a link or a device, not a file"] * 2


def test_deep_folders_end_somewhere(tmp_path):
    deep = tmp_path / "ada" / "/".join("d" * 100)
    deep.mkdir(parents=True)
    (deep / "x.ipynb").write_text(notebook())
    make(tmp_path, {"bob/x.ipynb": None})
    found = look_through(tmp_path, NAME)
    ada, bob = found.submissions
    assert "inside one another" in ada.notes[0] and bob.file == "bob/x.ipynb"
    path = "/".join(["ada", *"d" * 1500, "x.ipynb"])
    (tmp_path / "all.zip").write_bytes(zipped({path: None, "bob/y.ipynb": None}))
    assert who(tmp_path / "all.zip") == {"ada": path, "bob": "bob/y.ipynb"}


# ---------------------------------------------------------------- the command


def test_a_dry_run_shows_who_handed_in_what_and_why_not(tmp_path, capsys):
    top = make(tmp_path / "in", LAYOUTS["clones, with and without work of their own"][0])
    assert main(["collect", "--dry-run", str(top), "--assignment", "02"]) == 0
    said = capsys.readouterr().out
    assert f"bob/exercises/my_{NAME}.ipynb" in said
    assert "the official solution" in said and "another assignment" in said
    assert not (tmp_path / "owners.csv").exists()
    make(top, {"eve/1.ipynb": None, "eve/2.ipynb": None})
    table = tmp_path / "owners.csv"
    assert main(["collect", str(top), "--assignment", "02", "--out", str(table)]) == 1
    assert "ASK: eve: 2 notebooks" in capsys.readouterr().out
    assert "eve/1.ipynb" in table.read_text()


def test_a_long_list_is_cut_short():
    ignored = [Ignored(f"ada/{n}.py", "no notebook (.ipynb)") for n in range(300)]
    from course.grade.collect import Collection, Submission

    lines = list(shown(Collection("flat", [Submission("ada", "ada", ignored=ignored)], [])))
    assert len(lines) < 20 and any("294 more" in line for line in lines)


def test_what_is_nobody_s_is_said(tmp_path):
    files = {"ada.ipynb": None, "bob.py": "x = 1", "eve.pdf": "pdf", ".DS_Store": "x"}
    said = []
    found = collect(make(tmp_path, files), NAME, say=said.append)
    assert [s.learner for s in found] == ["ada"]
    why = "no notebook (.ipynb) and no archive"
    assert said == [f"nobody's: bob.py: {why}", f"nobody's: eve.pdf: {why}"]


def test_rules_say_why():
    files = [handed_in.File(path, lambda: b"") for path in (f"x/{OTHER}.ipynb", f"x/{NAME}.ipynb")]
    chosen, ignored = choose.choose(files, NAME, [NAME, OTHER], look=lambda raw: "work")
    assert chosen.path == f"x/{NAME}.ipynb"
    assert ignored == [Ignored(f"x/{OTHER}.ipynb", "another assignment")]


def test_an_unreadable_zip_is_one_sentence(tmp_path):
    path = tmp_path / "x.zip"
    path.write_bytes(zipped({"a": "b"})[:-10])
    with pytest.raises((CollectError, Damaged), match="x.zip"):
        collect(path, NAME)


def test_the_peek_runs_with_bounds():
    code = "from course.grade import peek; print(peek.peek(b'{' * 10))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == "unreadable"
    assert Path(peek.__file__).exists()

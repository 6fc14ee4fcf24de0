"""Shards of the test suite: together they are all of it, and no file is in two."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from shards import drawn, parse

TESTS = Path(__file__).resolve().parent


def files(tmp_path, shard):
    command = [sys.executable, "-m", "pytest", "-p", "shards", "-q", "--collect-only"]
    run = subprocess.run(
        [*command, "--shard", shard],
        cwd=tmp_path,
        env={"PYTHONPATH": str(TESTS), "PATH": ""},
        capture_output=True,
        text=True,
    )
    return {line.partition("::")[0] for line in run.stdout.splitlines() if "::" in line}


def test_shards_cover_every_file_once(tmp_path):
    names = {f"test_{k}.py" for k in range(12)}
    for name in names:
        (tmp_path / name).write_text("def test_it():\n    pass\n")
    first, second = files(tmp_path, "0/2"), files(tmp_path, "1/2")
    assert first and second and not first & second
    assert first | second == names == files(tmp_path, "0/1")


@pytest.mark.parametrize("shard", ["3/3", "1", "a/b", "-1/2"])
def test_a_shard_that_is_none_is_refused(shard):
    with pytest.raises(pytest.UsageError, match="expected K/N"):
        parse(shard)


def test_of_many_cases_some_are_drawn_and_tests_with_few_are_whole():
    sizes = {"many": 9, "few": 2}
    names = [f"{name}[{k}]" for name, count in sizes.items() for k in range(count)]
    items = [SimpleNamespace(nodeid=name) for name in names]
    kept = drawn(items, 3, seed=1)
    assert [item.nodeid for item in kept if "few" in item.nodeid] == ["few[0]", "few[1]"]
    many = [item for item in kept if "many" in item.nodeid]
    assert len(many) == 3 and many == [item for item in items if item in many]
    seen = {item.nodeid for seed in range(60) for item in drawn(items, 3, seed)}
    assert len(seen) == len(items)  # in the long run all are

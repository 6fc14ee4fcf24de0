"""Shards of the test suite: together they are all of it, and no file is in two."""

import subprocess
import sys
from pathlib import Path

import pytest
from shards import parse

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

"""Shards of the test suite: together they are all of it, and no file is in two."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from shards import drawn, parse

TESTS = Path(__file__).resolve().parent


def collected(tmp_path, *options):
    """What pytest would run: FILE::TEST."""
    command = [sys.executable, "-m", "pytest", "-p", "shards", "-q", "--collect-only"]
    run = subprocess.run(
        [*command, *options],
        cwd=tmp_path,
        env={"PYTHONPATH": str(TESTS), "PATH": ""},
        capture_output=True,
        text=True,
    )
    return {line for line in run.stdout.splitlines() if "::" in line}


def files(tmp_path, shard):
    return {test.partition("::")[0] for test in collected(tmp_path, "--shard", shard)}


def test_shards_cover_every_file_once(tmp_path):
    names = {f"test_{k}.py" for k in range(12)}
    for name in names:
        (tmp_path / name).write_text("def test_it():\n    pass\n")
    first, second = files(tmp_path, "0/2"), files(tmp_path, "1/2")
    assert first and second and not first & second
    assert first | second == names == files(tmp_path, "0/1")


def test_slow_tests_are_dealt_out_and_the_others_always_run(tmp_path):
    cases = "import pytest\n@pytest.mark.parametrize('k', range(12))\n"
    quick, slow = "def test_quick(k):\n    pass\n", "def test_slow(k):\n    pass\n"
    source = f"{cases}{quick}\n{cases}@pytest.mark.slow\n{slow}"
    (tmp_path / "test_it.py").write_text(source)
    first, second = (collected(tmp_path, "--slow", f"{k}/2") for k in (0, 1))
    assert first | second == collected(tmp_path) and len(first | second) == 24
    both = first & second
    assert len(both) == 12 and all("test_quick" in test for test in both)
    assert first - both and second - both


@pytest.mark.parametrize("option", ["shard", "slow"])
@pytest.mark.parametrize("value", ["3/3", "1", "a/b", "-1/2"])
def test_a_part_that_is_none_is_refused(option, value):
    config = SimpleNamespace(getoption={f"--{option}": value}.get)
    with pytest.raises(pytest.UsageError, match=f"--{option} is .*, expected K/N"):
        parse(option, config)


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

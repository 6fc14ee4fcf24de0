"""A long suite sampled: ``--shard 1/3`` runs the tests of every third file, ``--slow 1/3`` every
third of those marked slow and all others, ``--each 4`` at most four cases of every test that has
more, others each day.
"""

import collections
import datetime
import random
import zlib

import pytest


def pytest_addoption(parser):
    parser.addoption(
        "--shard", metavar="K/N", default="0/1", help="every N-th test file, from the K-th on"
    )
    parser.addoption(
        "--slow",
        metavar="K/N",
        default="0/1",
        help="of the slow tests every N-th, from the K-th on",
    )
    parser.addoption("--each", metavar="N", type=int, help="at most N cases of every test, drawn")


def pytest_collection_modifyitems(config, items):
    """Keep the items of this shard: files and slow tests are dealt out by sums of their names."""
    shard, slow = parse("shard", config), parse("slow", config)
    kept = [item for item in items if falls(item.path.name, *shard)]
    kept = [
        item for item in kept
        if not item.get_closest_marker("slow") or falls(item.nodeid, *slow)
    ]  # fmt: skip
    if config.getoption("--each"):
        kept = drawn(kept, config.getoption("--each"), datetime.date.today().toordinal())
    if len(kept) < len(items):
        config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
        items[:] = kept


def drawn(items, most, seed):
    """``most`` items of every test that has more cases than that, in their order."""
    tests = collections.defaultdict(list)
    for item in items:
        tests[item.nodeid.partition("[")[0]].append(item)
    rng = random.Random(seed)
    kept = {
        case.nodeid for cases in tests.values() for case in rng.sample(cases, min(most, len(cases)))
    }
    return [item for item in items if item.nodeid in kept]


def falls(name, k, n):
    """Does ``name`` fall to the ``k``-th of ``n``?"""
    return zlib.crc32(name.encode()) % n == k


def parse(option, config):
    """``"1/3"`` -> ``(1, 3)``."""
    value = config.getoption(f"--{option}")
    k, slash, n = value.partition("/")
    if not (slash and k.isdigit() and n.isdigit() and int(k) < int(n)):
        raise pytest.UsageError(f"--{option} is {value!r}, expected K/N with K from 0 to N - 1.")
    return int(k), int(n)

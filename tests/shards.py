"""A long suite sampled: ``--shard 1/3`` runs the tests of every third file, ``--each 4`` at most
four cases of every test that has more, others each day.
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
    parser.addoption("--each", metavar="N", type=int, help="at most N cases of every test, drawn")


def pytest_collection_modifyitems(config, items):
    """Keep the items of this shard; files are dealt out by a checksum of their name."""
    k, n = parse(config.getoption("--shard"))
    kept = [item for item in items if zlib.crc32(item.path.name.encode()) % n == k]
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


def parse(shard):
    """``"1/3"`` -> ``(1, 3)``."""
    k, slash, n = shard.partition("/")
    if not (slash and k.isdigit() and n.isdigit() and int(k) < int(n)):
        raise pytest.UsageError(f"--shard is {shard!r}, expected K/N with K from 0 to N - 1.")
    return int(k), int(n)

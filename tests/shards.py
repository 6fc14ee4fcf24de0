"""``--shard 1/3``: run the tests of every third file, so that a long suite can be sampled."""

import zlib

import pytest


def pytest_addoption(parser):
    parser.addoption(
        "--shard", metavar="K/N", default="0/1", help="every N-th test file, from the K-th on"
    )


def pytest_collection_modifyitems(config, items):
    """Keep the items of this shard; files are dealt out by a checksum of their name."""
    k, n = parse(config.getoption("--shard"))
    kept = [item for item in items if zlib.crc32(item.path.name.encode()) % n == k]
    dropped = [item for item in items if item not in kept] if n > 1 else []
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = kept


def parse(shard):
    """``"1/3"`` -> ``(1, 3)``."""
    k, slash, n = shard.partition("/")
    if not (slash and k.isdigit() and n.isdigit() and int(k) < int(n)):
        raise pytest.UsageError(f"--shard is {shard!r}, expected K/N with K from 0 to N - 1.")
    return int(k), int(n)

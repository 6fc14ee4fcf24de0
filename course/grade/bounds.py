"""Bounds of the grader's own processes, which read what learners handed in."""

import contextlib

WORKER_MB = 3072  # of address space; a worker with NumPy and pytest needs about 600


def bound_memory(megabytes):
    """No more memory for this process and those that it starts, where POSIX has limits."""
    try:
        import resource
    except ImportError:  # Windows
        return
    with contextlib.suppress(ValueError, OSError):
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        wanted = megabytes * 2**20
        if hard == resource.RLIM_INFINITY or hard > wanted:
            resource.setrlimit(resource.RLIMIT_AS, (wanted, wanted))

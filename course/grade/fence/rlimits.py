"""POSIX resource limits: memory, processor time, size of files, open files."""

MEGA = 2**20


def use(fence):
    """Put them in force: -> names of the layers that hold now."""
    try:
        import resource
    except ImportError:  # Windows
        return []
    wanted = {
        "RLIMIT_AS": fence["mem_mb"] * MEGA,
        "RLIMIT_CPU": int(fence["cpu_seconds"]),
        "RLIMIT_FSIZE": fence["disk_mb"] * MEGA,
        "RLIMIT_NOFILE": 256,
        "RLIMIT_CORE": 0,
        "RLIMIT_MSGQUEUE": 0,
        "RLIMIT_MEMLOCK": 0,
    }
    for name, value in wanted.items():
        try:
            resource.setrlimit(getattr(resource, name), (value, value))
        except (AttributeError, ValueError, OSError):
            continue
    return ["resource limits"]

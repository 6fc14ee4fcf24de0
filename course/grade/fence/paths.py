"""What a kernel may read and write."""

import os
import sys

READABLE = (
    *("/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/local/lib", "/usr/share/zoneinfo"),
    *("/etc/ld.so.cache", "/etc/localtime", "/dev/urandom", "/dev/null"),
    *("/sys/devices/system/cpu", "/Library/Frameworks", "/System"),
)


def needed(fence):
    """Folders that Python itself needs, and the library of the exercise, as they are called."""
    here = [sys.prefix, sys.base_prefix, os.path.dirname(os.__file__), fence["library"]]
    return [path for path in dict.fromkeys((*here, *READABLE)) if os.path.exists(path)]


def readable(fence):
    """The same without symbolic links."""
    return list(dict.fromkeys(os.path.realpath(path) for path in needed(fence)))


def writable(fence):
    """The folder that the learner's code works in."""
    return [os.path.realpath(fence["cwd"])]

"""Linux's system calls that Python has no function for."""

import ctypes
import os
import platform
import sys

NO_NEW_PRIVS, DEATH_SIGNAL, DUMPABLE, SUBREAPER = 38, 1, 4, 36  # prctl


def is_linux():
    return sys.platform.startswith("linux")


def library():
    return ctypes.CDLL(None, use_errno=True)


def call(name, *arguments):
    """A function of the C library, an OSError where it fails."""
    result = getattr(library(), name)(*arguments)
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def prctl(option, value=1):
    library().prctl(option, value, 0, 0, 0)


def machine():
    return platform.machine()


def die_with_parent():
    """End when the parent ends, however it ends.

    ipykernel's own way takes a parent that is process 1, as in a namespace, for a parent's end.
    """
    if is_linux():
        os.environ.pop("JPY_PARENT_PID", None)
        prctl(DEATH_SIGNAL, 9)


def hide_memory():
    """No other process of the same user may read this one's memory or files in ``/proc``."""
    if is_linux():
        prctl(DUMPABLE, 0)

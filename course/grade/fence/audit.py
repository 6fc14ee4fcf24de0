"""A Python audit hook, everywhere: files, network and processes are refused with a clear message.

It hears only what goes through Python: a speed bump, not a wall.
"""

import os
import sys

from .paths import readable, writable

REFUSED = {
    *("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo"),
    *("socket.gethostbyname", "subprocess.Popen", "os.system", "os.exec", "os.fork", "os.forkpty"),
    *("os.posix_spawn", "os.spawn", "os.startfile", "os.kill", "os.killpg", "pty.spawn"),
    *("ctypes.dlopen", "ctypes.dlsym", "ctypes.dlsym/handle", "ctypes.call_function"),
    *("ctypes.cdata", "ctypes.cdata/buffer", "ctypes.string_at", "gc.get_objects"),
    *("gc.get_referrers", "gc.get_referents", "signal.pthread_kill", "resource.setrlimit"),
    *("resource.prlimit", "sys.addaudithook"),
}
READS = {"open", "os.listdir", "os.scandir", "os.chdir"}
TWO_PATHS = ("os.rename", "os.link", "os.symlink")
ONE_PATH = ("os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.chown", "os.truncate", "os.utime")
WRITES = {**dict.fromkeys(ONE_PATH, 1), **dict.fromkeys(TWO_PATHS, 2)}


def use(fence):
    """Refuse what grading has no use for: -> layers."""
    may_write = [*writable(fence), *([] if os.name == "nt" else ["/dev/null"])]
    may_read = [*may_write, *readable(fence)]
    checking = []  # not empty while the hook itself looks at a path

    def hook(event, arguments):
        if checking:
            return
        if event in REFUSED:
            raise PermissionError(f"not allowed while grading: {event}")
        if event in READS or event in WRITES:
            checking.append(event)
            try:
                allowed = path_allowed(event, arguments, may_read, may_write)
            finally:
                checking.pop()
            if not allowed:
                raise PermissionError(f"not allowed while grading: {event} {arguments[0]!r}")

    sys.addaudithook(hook)
    return ["audit hook"]


def path_allowed(event, arguments, may_read, may_write):
    if event == "open":
        path, mode, flags = arguments
        return inside(path, may_write if writes(mode, flags) else may_read)
    if event in READS:
        return inside(arguments[0], may_read)
    return all(inside(path, may_write) for path in arguments[: WRITES[event]])


def writes(mode, flags):
    asked = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
    by_mode = isinstance(mode, str) and bool(set(mode) & set("wax+"))
    return by_mode or (isinstance(flags, int) and bool(flags & asked))


def inside(path, folders):
    """Is a path one of these folders, or below one?"""
    if isinstance(path, int):  # a file that is open already
        return True
    path = "." if path is None else os.fsdecode(path)
    path = os.path.normcase(os.path.realpath(path))
    folders = [os.path.normcase(folder) for folder in folders]
    return any(path == folder or path.startswith(folder + os.sep) for folder in folders)

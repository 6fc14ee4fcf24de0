"""Linux namespaces: the kernel sees no process, network, shared memory or folder of the machine.

Like bubblewrap, with nothing to install. https://man7.org/linux/man-pages/man7/namespaces.7.html
"""

import os
import signal
import sys

from .linux import call, die_with_parent, is_linux, library
from .paths import needed, readable

NEW_MOUNTS, NEW_IPC, NEW_USER, NEW_PIDS, NEW_NET = (
    *(0x00020000, 0x08000000, 0x10000000),
    *(0x20000000, 0x40000000),
)
READ_ONLY, NO_SUID, NO_DEVICES, NO_PROGRAMS, REMOUNT, BIND, RECURSIVE, PRIVATE = (
    *(0x1, 0x2, 0x4, 0x8),
    *(0x20, 0x1000, 0x4000, 0x40000),
)
DETACH = 2
DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")
NAME = "namespaces (processes, network, shared memory, folders)"


def enter():
    """Go on in a child that is process 1 of namespaces of its own: -> did that work?

    The parent waits for the child, and ends as it ends.
    """
    if not is_linux() or not unshared():
        return False
    child = os.fork()
    if child:
        wait_for(child)
    die_with_parent()
    return True


def unshared():
    kinds = NEW_MOUNTS | NEW_IPC | NEW_PIDS | NEW_NET
    user, group = os.getuid(), os.getgid()
    if library().unshare(NEW_USER | kinds) == 0:
        write("/proc/self/setgroups", "deny")
        write("/proc/self/uid_map", f"{user} {user} 1")
        write("/proc/self/gid_map", f"{group} {group} 1")
        return True
    return user == 0 and library().unshare(kinds) == 0


def write(path, text):
    try:
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
    except OSError:
        pass


def wait_for(child):
    """Be nothing but the child's other end: its end, and what is sent to it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the child, in the same group, gets it too
    signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGKILL))
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    os._exit(code if code >= 0 else 128 - code)


# ---------------------------------------------------------------- folders


def use(fence, files):
    """Let nothing be seen but what the kernel may read and write: -> layers.

    ``files`` are single files that it needs besides.
    """
    top = os.path.join(fence["private"], "root")
    os.makedirs(top, exist_ok=True)
    try:
        mount("none", "/", None, RECURSIVE | PRIVATE)
        mount("tmpfs", top, "tmpfs", NO_SUID | NO_DEVICES, "size=1m,mode=755")
        for path in outermost((*readable(fence), *DEVICES, *files)):
            bind(path, top, read_only=path not in DEVICES)
        for path in needed(fence):
            link(path, top)
        for path in fence["hidden"]:
            hide(path, top)
        bind(fence["runtime"], top, read_only=False)
        own = inside(top, fence["cwd"])
        os.makedirs(own, exist_ok=True)
        limit = f"size={fence['disk_mb']}m,nr_inodes=10000,mode=700"
        mount("tmpfs", own, "tmpfs", NO_SUID | NO_DEVICES, limit)
        mount_processes(top)
        change_root(top, fence["cwd"])
    except OSError as error:
        sys.stderr.write(f"no folders of its own: {error}\n")
        return []
    return [NAME]


def outermost(paths):
    """Paths that lie in no other of them."""
    found = []
    for path in sorted(paths, key=len):
        if not any(path == other or path.startswith(other + os.sep) for other in found):
            found.append(path)
    return found


def inside(top, path):
    return os.path.join(top, path.lstrip("/"))


def mount(source, target, kind, flags, options=None):
    encoded = (word and word.encode() for word in (source, target, kind))
    call("mount", *encoded, flags, options and options.encode())


def bind(path, top, read_only):
    """Show a file or folder of the machine at the same place below ``top``."""
    if not os.path.exists(path):
        return
    target = inside(top, path)
    if os.path.isdir(path):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "ab"):
            pass
    mount(path, target, None, BIND | RECURSIVE)
    if read_only:
        kept = os.statvfs(target).f_flag & (NO_SUID | NO_DEVICES | NO_PROGRAMS)
        flags = REMOUNT | BIND | READ_ONLY | kept
        library().mount(b"none", target.encode(), None, flags, None)  # Landlock refuses it too


def hide(path, top):
    """Lay an empty folder over one that is shown."""
    if os.path.isdir(inside(top, path)):
        mount("tmpfs", inside(top, path), "tmpfs", READ_ONLY, "size=1k")


def link(path, top):
    """A symbolic link of the machine, to where it leads in the end."""
    real, target = os.path.realpath(path), inside(top, path)
    if real != path and not os.path.lexists(target):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.symlink(real, target)


def mount_processes(top):
    """``/proc`` with this namespace's processes; where that is forbidden, an empty folder."""
    os.makedirs(inside(top, "/proc"), exist_ok=True)
    flags = NO_SUID | NO_DEVICES | NO_PROGRAMS
    library().mount(b"proc", inside(top, "/proc").encode(), b"proc", flags, None)


def change_root(top, cwd):
    old = inside(top, "/old")
    os.makedirs(old, exist_ok=True)
    library().syscall.restype = int
    call("chdir", top.encode())
    pivot = {"x86_64": 155, "aarch64": 41}[os.uname().machine]
    call("syscall", pivot, b".", b"old")
    call("chdir", b"/")
    call("umount2", b"/old", DETACH)
    os.rmdir("/old")
    os.chdir(cwd)


def drop_capabilities():
    """Keep none of the rights that the first process of a user namespace has."""
    import ctypes
    import struct

    head = struct.pack("Ii", 0x20080522, 0)
    library().capset(ctypes.c_char_p(head), ctypes.c_char_p(bytes(24)))


if sys.platform == "win32":  # os.fork and os.getuid are not there
    enter = lambda: False  # noqa: E731

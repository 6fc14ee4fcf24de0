"""Which layers of isolation to use, and the command that starts a kernel inside them."""

import json
import os
import shutil
import sys
from pathlib import Path

from course.grade.fence import landlock
from course.grade.library import open_copies

GUARD = Path(__file__).parent / "fence" / "guard.py"
LAYERS = ("rlimit", "namespaces", "landlock", "seccomp", "audit")
CHOICES = ("auto", "none", "landlock", "bwrap")
SYSTEM = (
    "/usr",
    "/lib",
    "/lib64",
    "/bin",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/alternatives",
)


class IsolationError(Exception):
    """A layer that was asked for is not there."""


def check(kind):
    """Say clearly, before a class is graded, when an asked-for layer does not exist here."""
    if kind == "landlock" and not landlock.version():
        raise IsolationError("Landlock needs Linux 5.13 or newer (and to be enabled there)")
    if kind == "bwrap" and not shutil.which("bwrap"):
        raise IsolationError("bubblewrap is not installed (the command `bwrap`)")


def inner_layers(kind):
    """The layers that the guard is to put in force; ``only+rlimit+audit`` names them (tests)."""
    if kind in ("auto", "landlock"):
        return list(LAYERS)
    if kind == "bwrap":
        return [layer for layer in LAYERS if layer != "namespaces"]
    return [layer for layer in LAYERS if layer in kind.split("+")]  # "none" names none


def are_apart(layers):
    """Can kernels under these layers neither see, signal nor reach one another?"""
    words = " ".join(layers)
    return hides_folders(layers) or ("seccomp" in words and "Landlock" in words)


def hides_folders(layers):
    """Do kernels under these layers see only what is shown to them?"""
    return any(word in " ".join(layers) for word in ("namespaces", "bubblewrap"))


def command(kind, *, private, library, cwd, runtime, limits):
    """The kernel's command line. Writes what the guard must know into the private folder."""
    fence = {
        "layers": inner_layers(kind),
        "library": str(library),
        "cwd": str(cwd),
        "runtime": str(runtime),
        "private": str(private),
        "hidden": [str(path) for path in open_copies()],
        "mem_mb": limits.mem_mb,
        "disk_mb": limits.disk_mb,
        "cpu_seconds": limits.total_timeout + 60,
        "ipc": os.name == "posix",
    }
    path = Path(private) / "fence.json"
    path.write_text(json.dumps(fence), encoding="utf-8")
    inner = [sys.executable, "-I", str(GUARD), str(path), "-f", "{connection_file}"]
    if in_bubblewrap(kind):
        folders = {"read": [library, GUARD.parent, path], "write": [runtime]}
        return [*bubblewrap(folders, cwd, limits), *inner]
    return inner


def in_bubblewrap(kind):
    """Is the kernel started by bubblewrap? ``only+bwrap`` has nothing else inside (tests)."""
    return kind in ("bwrap", "only+bwrap")


def bubblewrap(folders, cwd, limits):
    """A mount namespace with Python and the library, nothing else; no network; own process ids."""
    words = ["bwrap", "--unshare-all", "--die-with-parent"]
    words += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]
    for path in dict.fromkeys((*SYSTEM, sys.prefix, sys.base_prefix)):
        words += ["--ro-bind-try", path, path]
    for path in folders["read"]:
        words += ["--ro-bind", str(path), str(path)]
    for path in folders["write"]:
        words += ["--bind", str(path), str(path)]
    for path in open_copies():
        words += ["--tmpfs", str(path)]
    words += ["--size", str(limits.disk_mb << 20), "--tmpfs", str(cwd)]
    return [*words, "--chdir", str(cwd)]


def kernel_environment(cwd, runtime):
    """Environment variables of the kernel, whatever those of the grader are."""
    return {
        "HOME": str(cwd),
        "TMPDIR": str(cwd),
        "IPYTHONDIR": str(cwd),
        "JUPYTER_RUNTIME_DIR": str(runtime),
        "MPLBACKEND": "agg",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }


def outer_layer(kind):
    """What the layers around the guard are called in a report."""
    return ["bubblewrap"] if in_bubblewrap(kind) else []

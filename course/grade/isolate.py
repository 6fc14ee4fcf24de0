"""Which layers of isolation to use, and the command that starts a kernel inside them."""

import json
import os
import shutil
import sys
from pathlib import Path

from course.grade.guard import landlock_version

GUARD = Path(__file__).with_name("guard.py")
CHOICES = ("auto", "none", "landlock", "bwrap", "container")
IMAGE = "COURSE_GRADE_IMAGE"  # environment variable: the container image that holds this Python
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
    if kind == "landlock" and not landlock_version():
        raise IsolationError("Landlock needs Linux 5.13 or newer (and to be enabled there)")
    if kind == "bwrap" and not shutil.which("bwrap"):
        raise IsolationError("bubblewrap is not installed (the command `bwrap`)")
    if kind == "container":
        if not shutil.which("docker") and not shutil.which("podman"):
            raise IsolationError("neither docker nor podman is installed")
        if not os.environ.get(IMAGE):
            raise IsolationError(f"set {IMAGE} to an image with this Python and its packages")


def inner_layers(kind):
    """The layers that the guard is to put in force by itself."""
    return {
        "none": [],
        "bwrap": ["rlimit", "landlock", "audit"],
        "container": ["rlimit", "landlock", "audit"],
        "landlock": ["rlimit", "landlock", "audit"],
        "auto": ["rlimit", "landlock", "audit"],
    }[kind]


def command(kind, *, private, library, cwd, runtime, limits):
    """The kernel's command line. Writes what the guard must know into the private folder."""
    fence = {
        "layers": inner_layers(kind),
        "library": str(library),
        "cwd": str(cwd),
        "runtime": str(runtime),
        "mem_mb": limits.mem_mb,
        "cpu_seconds": limits.total_timeout + 60,
        "ipc": os.name == "posix",
    }
    path = Path(private) / "fence.json"
    path.write_text(json.dumps(fence), encoding="utf-8")
    inner = [sys.executable, "-I", str(GUARD), str(path), "-f", "{connection_file}"]
    folders = {"read": [library, GUARD, path], "write": [cwd, runtime]}
    if kind == "bwrap":
        return [*bubblewrap(folders, cwd), *inner]
    if kind == "container":
        return [*container(folders, cwd, limits), *inner]
    return inner


def bubblewrap(folders, cwd):
    """A mount namespace with Python and the library, nothing else; no network; own process ids."""
    words = ["bwrap", "--unshare-all", "--die-with-parent"]
    words += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]
    for path in dict.fromkeys((*SYSTEM, sys.prefix, sys.base_prefix)):
        words += ["--ro-bind-try", path, path]
    for path in folders["read"]:
        words += ["--ro-bind", str(path), str(path)]
    for path in folders["write"]:
        words += ["--bind", str(path), str(path)]
    return [*words, "--chdir", str(cwd)]


def container(folders, cwd, limits):
    """A container without network that sees the same folders under the same names."""
    words = [shutil.which("docker") or shutil.which("podman") or "docker", "run", "--rm"]
    words += ["--network=none", "--read-only", "--cap-drop=ALL", f"--memory={limits.mem_mb}m"]
    words += [f"--pids-limit={limits.processes}", f"--workdir={cwd}"]
    for path in folders["read"]:
        words += ["-v", f"{path}:{path}:ro"]
    for path in folders["write"]:
        words += ["-v", f"{path}:{path}"]
    for name in kernel_environment(cwd, cwd):
        words += ["-e", name]
    return [*words, os.environ.get(IMAGE, "")]


def kernel_environment(cwd, runtime):
    """Environment variables of the kernel, whatever those of the grader are."""
    return {
        "HOME": str(cwd),
        "TMPDIR": str(cwd),
        "IPYTHONDIR": str(runtime),
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
    return {"bwrap": ["bubblewrap"], "container": ["container"]}.get(kind, [])

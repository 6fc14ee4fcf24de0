"""Start a kernel that fences itself in first: ``python guard.py FENCE.json -f connection.json``.

FENCE.json says which layers to use; each is put in force where it exists, and what is in force is
written to ``layers.json`` before any other code runs.

    rlimit     POSIX resource limits: memory, CPU time, file size, open files
    landlock   Linux: files, TCP and signals, enforced by the kernel, for all children too
    audit      everywhere: Python refuses files, network and processes with a clear message. It
               hears only what goes through Python: a speed bump, not a wall

This file is run by its path, on its own: it imports nothing of the course.
"""

import json
import os
import sys

READABLE = (
    *("/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/local/lib", "/usr/share/zoneinfo"),
    *("/etc/ld.so.cache", "/etc/localtime", "/dev/urandom", "/proc/self", "/proc/meminfo"),
    *("/proc/cpuinfo", "/proc/stat", "/sys/devices/system/cpu", "/Library/Frameworks", "/System"),
)
SECRETS = ("TOKEN", "KEY", "SECRET", "PASSWORD", "GRADE_")


def readable(fence):
    """Folders that Python itself needs, and the library of the exercise."""
    here = [sys.prefix, sys.base_prefix, os.path.dirname(os.__file__), fence["library"]]
    return [os.path.realpath(path) for path in (*here, *READABLE) if os.path.exists(path)]


def writable(fence):
    return [os.path.realpath(path) for path in (fence["cwd"], fence["runtime"])]


# ---------------------------------------------------------------- POSIX


def limit_resources(fence):
    """Put resource limits in force: -> names of the layers that hold now."""
    try:
        import resource
    except ImportError:  # Windows
        return []
    mega = 2**20
    wanted = {
        "RLIMIT_AS": fence["mem_mb"] * mega,
        "RLIMIT_CPU": int(fence["cpu_seconds"]),
        "RLIMIT_FSIZE": 64 * mega,
        "RLIMIT_NOFILE": 256,
        "RLIMIT_CORE": 0,
    }
    for name, value in wanted.items():
        try:
            resource.setrlimit(getattr(resource, name), (value, value))
        except (AttributeError, ValueError, OSError):
            continue
    return ["resource limits"]


# ---------------------------------------------------------------- Linux: Landlock

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # system calls
PATH_BENEATH, VERSION = 1, 1
NO_NEW_PRIVS, DEATH_SIGNAL = 38, 1  # prctl
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, TRUNCATE = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 14
ON_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE
BIND_TCP, CONNECT_TCP = 1 << 0, 1 << 1
ABSTRACT_SOCKETS, SIGNALS = 1 << 0, 1 << 1


def system():
    """The C library, where there is one to make Linux's system calls with."""
    import ctypes

    return ctypes.CDLL(None, use_errno=True), ctypes


def landlock_version():
    """Version of Landlock's interface in this kernel; 0 where there is none."""
    if not sys.platform.startswith("linux"):
        return 0
    libc, c = system()
    version = libc.syscall(CREATE_RULESET, None, c.c_size_t(0), c.c_uint32(VERSION))
    return max(version, 0)


def file_rights(version):
    """All rights on files that this version of Landlock knows."""
    bits = 13 + (version >= 2) + (version >= 3) + (version >= 5)
    return (1 << bits) - 1


def use_landlock(fence, connection_file):
    """Nothing but the library can be read, nothing but the own folder be written: -> layers."""
    version = landlock_version()
    if not version:
        return []
    import struct

    libc, c = system()
    files = file_rights(version)
    sockets = BIND_TCP | CONNECT_TCP if fence["ipc"] else CONNECT_TCP
    network = sockets if version >= 4 else 0
    scope = ABSTRACT_SOCKETS | SIGNALS if version >= 6 else 0
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    attributes = struct.pack("QQQ", files, network, scope)[:size]
    rules = libc.syscall(CREATE_RULESET, attributes, c.c_size_t(size), c.c_uint32(0))
    if rules < 0:
        return []

    def allow(path, rights):
        try:
            handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            return
        if not os.path.isdir(path):
            rights &= ON_FILES
        rule = struct.pack("=Qi", rights & files, handle)
        libc.syscall(ADD_RULE, rules, PATH_BENEATH, rule, c.c_uint32(0))
        os.close(handle)

    for path in readable(fence):
        allow(path, EXECUTE | READ_FILE | READ_DIR)
    for path in writable(fence):
        allow(path, files)
    allow("/dev/null", WRITE_FILE | READ_FILE)
    allow(connection_file, WRITE_FILE | READ_FILE)
    libc.prctl(NO_NEW_PRIVS, 1, 0, 0, 0)
    held = libc.syscall(RESTRICT_SELF, rules, c.c_uint32(0)) == 0
    os.close(rules)
    what = ["files", *(["TCP"] if network else []), *(["signals"] if scope else [])]
    return [f"Landlock {version} ({', '.join(what)})"] if held else []


def die_with_parent():
    """On Linux, end when the grader ends, however it ends.

    ipykernel's own way takes a parent that is process 1, as in bubblewrap, for a parent's end.
    """
    if sys.platform.startswith("linux"):
        os.environ.pop("JPY_PARENT_PID", None)
        system()[0].prctl(DEATH_SIGNAL, 9, 0, 0, 0)


# ---------------------------------------------------------------- everywhere: the audit hook

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


def use_audit_hook(fence):
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


# ---------------------------------------------------------------- the kernel


def preload():
    """Import what opens files or libraries late, while that is still allowed."""
    import ctypes  # noqa: F401

    import IPython.core.completer  # noqa: F401
    import numpy.random  # noqa: F401
    import psutil  # noqa: F401
    import zmq  # noqa: F401


def forget_secrets():
    for name in list(os.environ):
        if any(word in name.upper() for word in SECRETS):
            del os.environ[name]


def main():
    with open(sys.argv.pop(1), encoding="utf-8") as file:
        fence = json.load(file)
    here = os.path.realpath(os.path.dirname(__file__))
    sys.path[:] = [path for path in sys.path if os.path.realpath(path or ".") != here]
    sys.path.insert(0, fence["library"])
    die_with_parent()
    from ipykernel.kernelapp import IPKernelApp

    preload()
    layers = limit_resources(fence) if "rlimit" in fence["layers"] else []
    app = IPKernelApp.instance(log_level=40)
    if "landlock" in fence["layers"]:
        layers += use_landlock(fence, sys.argv[-1])
    app.initialize([*sys.argv[1:], "--HistoryManager.enabled=False"])
    if "audit" in fence["layers"]:
        layers += ["audit hook"]
    with open(os.path.join(fence["runtime"], "layers.json"), "w", encoding="utf-8") as file:
        json.dump(layers, file)
    if "audit" in fence["layers"]:
        use_audit_hook(fence)
    forget_secrets()
    app.start()


if __name__ == "__main__":
    main()

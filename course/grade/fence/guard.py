"""Start a kernel that fences itself in first: ``python guard.py FENCE.json -f connection.json``.

FENCE.json says which layers to use; each is put in force where it exists, and what is in force is
written to ``layers.json`` before any other code runs.

This file is run by its path, on its own: it imports its neighbors, and nothing else of the course.
"""

import gc
import json
import os
import sys

ABOVE = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
sys.path.insert(0, ABOVE)

from fence import audit, landlock, linux, namespaces, rlimits, seccomp  # noqa: E402

sys.path.remove(ABOVE)

SECRETS = ("TOKEN", "KEY", "SECRET", "PASSWORD", "GRADE_")


def leave_out():
    """None in a module's place: it is not installed. The debugger took a third of the start."""
    sys.modules["debugpy"] = None  # type: ignore[assignment]


def preload():
    """Import what opens files or libraries late, while that is still allowed."""
    import ctypes  # noqa: F401

    import IPython.core.completer  # noqa: F401
    import numpy.random  # noqa: F401
    import psutil  # noqa: F401
    import zmq  # noqa: F401


def start_helpers():
    """Start the thread that zmq starts with its first long message: no socket can be made later."""
    from zmq.utils.garbage import gc

    gc.start()


def forget_secrets():
    for name in list(os.environ):
        if any(word in name.upper() for word in SECRETS):
            del os.environ[name]


def main():
    gc.disable()  # nothing of what is imported can go
    with open(sys.argv.pop(1), encoding="utf-8") as file:
        fence = json.load(file)
    wanted, connection_file = fence["layers"], sys.argv[-1]
    here = os.path.join(ABOVE, "fence")
    sys.path[:] = [path for path in sys.path if os.path.realpath(path or ".") != here]
    sys.path.insert(0, fence["library"])
    for name in [name for name in sys.modules if name.partition(".")[0] == "fence"]:
        del sys.modules[name]
    linux.die_with_parent()
    apart = "namespaces" in wanted and namespaces.enter()
    report = open(os.path.join(fence["runtime"], "layers.json"), "w", encoding="utf-8")  # noqa: SIM115
    leave_out()
    from ipykernel.kernelapp import IPKernelApp

    preload()
    layers = rlimits.use(fence) if "rlimit" in wanted else []
    layers += namespaces.use(fence, [connection_file]) if apart else []
    app = IPKernelApp.instance(log_level=40)
    layers += landlock.use(fence, connection_file) if "landlock" in wanted else []
    app.initialize([*sys.argv[1:], "--HistoryManager.enabled=False"])
    sys.path.append(fence["cwd"])  # modules that a notebook writes, after all others
    start_helpers()
    if apart:
        namespaces.drop_capabilities()
    layers += seccomp.use() if "seccomp" in wanted else []
    layers += ["audit hook"] if "audit" in wanted else []
    with report:
        json.dump(layers, report)
    if "audit" in wanted:
        audit.use(fence)
    forget_secrets()
    gc.freeze()
    gc.enable()
    app.start()


if __name__ == "__main__":
    main()

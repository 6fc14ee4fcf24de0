"""What each layer of isolation keeps from happening, tried with every other layer taken away.

A probe is code that does, inside a kernel, what must not be possible. Each one works where no layer
is in force, so that its failing elsewhere says something.
"""

import contextlib
import ctypes
import dataclasses
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

from course.env import ROOT
from course.grade import bounds, isolate, kernel, watchdog, worker
from course.grade.fence import landlock
from course.grade.limits import Limits

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="these layers are Linux's"),
]

KEY = 0x5EED0000 + os.getpid() % 0xFFFF
PROBES = {
    "other processes seen": """
        import os
        assert len([name for name in os.listdir("/proc") if name.isdigit()]) > 2
        """,
    "the victim signaled": "import os; os.kill(@victim@, 0)",
    "the victim limited": """
        import resource
        resource.prlimit(@victim@, resource.RLIMIT_CORE)
        """,
    "a socket with a path reached": """
        import socket
        socket.socket(socket.AF_UNIX).connect("@folder@/socket")
        """,
    "a socket without a path reached": """
        import socket
        socket.socket(socket.AF_UNIX).connect("\\0@token@")
        """,
    "TCP": """
        import socket
        socket.create_connection(("127.0.0.1", @port@), timeout=2)
        """,
    "UDP": """
        import socket
        one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        one.settimeout(2)
        one.sendto(b"x", ("127.0.0.1", @port@))
        assert one.recv(1) == b"y"
        """,
    "shared memory left": """
        import ctypes
        assert ctypes.CDLL(None).shmget(@key@, 4096, 0o1600) >= 0
        """,
    "memory without a name": "import os; os.memfd_create('x')",
    "a process started": """
        import os
        child = os.fork()
        if not child:
            os._exit(0)
        os.waitpid(child, 0)
        """,
    "a file outside read": "assert open('@folder@/secret').read() == 'secret'",
    "a file outside written": "open('@folder@/written', 'w').write('x')",
    "the disk filled": """
        for number in range(5):
            with open(f"full{number}", "wb") as file:
                file.write(bytes(5 << 20))
        """,
    "a large file": """
        with open("large", "wb") as file:
            file.write(bytes(21 << 20))
        """,
    "much memory": "assert len(bytes(3 << 30))",
}
FILES = {"a file outside read", "a file outside written"}
SOCKETS = {"a socket with a path reached", "a socket without a path reached", "TCP", "UDP"}
KEPT = {
    "none": set(),
    "rlimit": {"a large file", "much memory"},
    "namespaces": FILES
    | SOCKETS
    | {"other processes seen", "the victim signaled", "the victim limited"}
    | {"the disk filled", "a large file"},
    "landlock": FILES
    | {"other processes seen", "TCP", "a socket without a path reached", "the victim signaled"},
    "seccomp": SOCKETS
    | {"the victim signaled", "the victim limited", "shared memory left"}
    | {"memory without a name", "a process started"},
    "audit": FILES
    | {"other processes seen", "the victim signaled", "the victim limited"}
    # Python's calls only: the shared memory of C is not stopped, as it is in the other rows
    | (SOCKETS | {"a process started", "shared memory left"}),
    "auto": set(PROBES),
}
KEPT["bwrap"] = KEPT["namespaces"]  # says the guide
NAMES = {"namespaces": "namespaces", "landlock": "Landlock", "seccomp": "seccomp"}


@pytest.fixture
def bait(tmp_path_factory):
    """Things that must not be reached, and where they are."""
    folder = tmp_path_factory.mktemp("bait")
    (folder / "secret").write_text("secret")
    token = f"bait-{os.getpid()}-{time.monotonic_ns()}"
    path, name, tcp = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX), socket.socket()
    path.bind(str(folder / "socket"))
    name.bind(f"\0{token}")
    tcp.bind(("127.0.0.1", 0))
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(tcp.getsockname())
    threading.Thread(target=answer, args=[udp], daemon=True).start()
    for server in (path, name, tcp):
        server.listen()
    victim = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    facts = {"folder": folder, "token": token, "port": tcp.getsockname()[1]}
    yield {**facts, "victim": victim.pid, "key": KEY}
    victim.kill()
    victim.wait()
    for server in (path, name, tcp, udp):
        server.close()
    forget_shared_memory()


def answer(udp):
    """Answer whoever writes, until the socket is closed."""
    with contextlib.suppress(OSError):
        while True:
            udp.sendto(b"y", udp.recvfrom(1)[1])


def forget_shared_memory():
    """Remove what a probe may have left: -> was there any?"""
    libc = ctypes.CDLL(None)
    found = libc.shmget(KEY, 0, 0)
    return found >= 0 and libc.shmctl(found, 0, None) == 0


@pytest.fixture
def fenced(tmp_path_factory):
    """A function that starts a kernel with certain layers."""
    import tempfile

    opened, folders = [], []

    def start(layers, **limits):
        top = worker.Path(tempfile.mkdtemp(prefix="g", dir="/tmp"))
        folders.append(top)
        usual = Limits(isolate=layers, disk_mb=20, total_timeout=60, **limits)
        opened.append(kernel.FencedKernel(worker.place_in(top, {}, usual)))
        opened[-1].allow(60)
        return opened[-1]

    yield start
    for one in opened:
        one.stop()
    for folder in folders:
        worker.remove(folder)


def said(one, code):
    """What a kernel prints for some code."""
    message = one.execute_cell_input(code)
    text = ""
    while True:
        heard = one.get_message("iopub", timeout=30)
        if heard["parent_header"].get("msg_id") == message:
            text += heard["content"].get("text", "")
            if heard["content"].get("execution_state") == "idle":
                return text


TRY = """
try:
    exec({code!r}, {{}})
    print("REACHED")
except BaseException as error:
    print("kept:", type(error).__name__, error)
"""


def reached(one, facts):
    """The probes that get through in a kernel."""
    import textwrap

    found = set()
    for name, code in PROBES.items():
        for fact, value in facts.items():
            code = code.replace(f"@{fact}@", str(value))
        if "REACHED" in said(one, TRY.format(code=textwrap.dedent(code).strip())):
            found.add(name)
    return found


def needs(layer, layers):
    if layer in NAMES and not any(NAMES[layer] in name for name in layers):
        pytest.skip(f"{layer} does not exist here")


@pytest.mark.parametrize("layer", KEPT)
def test_what_a_layer_keeps_and_what_it_does_not(layer, bait, fenced):
    if layer == "bwrap" and not shutil.which("bwrap"):
        pytest.skip("bubblewrap is not installed")
    one = fenced(layer if layer in ("auto", "none") else f"only+{layer}")
    needs(layer, one.place.layers)
    if layer == "auto" and not isolate.are_apart(one.place.layers):
        pytest.skip("kernels cannot be kept apart here")
    if layer == "landlock" and landlock.version() < 6:
        pytest.skip("an older Landlock knows nothing of signals and sockets")
    one.watchdog.stop()  # it has tests of its own
    assert set(PROBES) - reached(one, bait) == KEPT[layer]


def test_every_promise_is_kept_by_something_and_broken_without_it():
    for promise in PROBES:
        assert any(promise in kept for layer, kept in KEPT.items() if layer not in ("auto", "none"))
        assert promise not in KEPT["none"]


def test_the_time_of_the_processor_is_bounded():
    fence = {"mem_mb": 4096, "disk_mb": 20, "cpu_seconds": 1}
    code = "from course.grade.fence import rlimits; rlimits.use({}); print('on', flush=True)\n"
    code = code.format(fence) + "while True: pass"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60, cwd=ROOT)
    assert done.stdout == b"on\n" and done.returncode in (-signal.SIGXCPU, -signal.SIGKILL)


def test_kernels_are_said_to_be_apart_only_where_they_are():
    assert isolate.are_apart(["resource limits", "namespaces (processes)"])
    assert isolate.are_apart(["bubblewrap"])
    assert isolate.are_apart(["Landlock 4 (files, TCP)", "seccomp (sockets)"])
    assert not isolate.are_apart(["Landlock 7 (files, TCP, signals)", "audit hook"])
    assert not isolate.are_apart([])


def test_shared_memory_is_gone_with_the_kernel(fenced):
    one = fenced("only+namespaces")
    needs("namespaces", one.place.layers)
    make = f"import ctypes; print(ctypes.CDLL(None).shmget({KEY}, 4096, 0o1600))"
    assert int(said(one, make)) >= 0  # it may be used, inside
    assert not forget_shared_memory()


def test_long_messages_pass_the_filter(fenced):
    one = fenced("only+seccomp")
    long = "1" * 300_000
    assert said(one, f"x = {long!r}; print(len(x)); print(x[:100_000])").startswith("300000")


def test_a_thread_of_zmq_that_starts_late_ends_nothing(fenced):
    one = fenced("auto")
    assert said(one, "import zmq; zmq.Context().socket(zmq.PUSH); print('here')") == "here\n"
    assert said(one, "print('still here')") == "still here\n"


def test_a_stranger_cannot_listen_to_a_kernel_without_its_key(fenced):
    import zmq

    one = fenced("none")
    if not getattr(one.km, "curve_publickey", None):  # older versions have none
        pytest.skip("this jupyter_client knows no CURVE")
    socket_ = zmq.Context.instance().socket(zmq.SUB)
    socket_.subscribe(b"")
    socket_.connect(f"ipc://{one.km.ip}-{one.km.iopub_port}")
    time.sleep(0.3)
    assert "secret" in said(one, "print('secret')")
    assert not socket_.poll(500)
    socket_.close(0)


@pytest.mark.parametrize(
    "code, reason",
    [
        ("x = bytearray(300 << 20); import time; time.sleep(9)", "MB of memory"),
        ("open('a', 'wb').write(bytes(21 << 20)); import time; time.sleep(9)", "MB of files"),
        (
            "import subprocess, time\n"
            "kept = [subprocess.Popen(['sleep', '9']) for _ in range(8)]; time.sleep(9)",
            "processes were started",
        ),
    ],
)
def test_the_watchdog_ends_what_no_layer_bounds(code, reason, fenced):
    one = fenced("none", mem_mb=250, processes=6)
    with pytest.raises(kernel.KernelTrouble, match=reason):
        said(one, code)


FLOOD = """
kernel = get_ipython().kernel
while True:
    kernel.session.send(kernel.iopub_socket, {kind!r}, {content}, parent=kernel.get_parent("shell"))
"""


@pytest.mark.parametrize(
    "kind, content", [("status", {"execution_state": "busy"}), ("clear_output", {"x": "y" * 10**5})]
)
def test_messages_of_any_kind_are_bounded(kind, content, fenced):
    one = fenced("none")
    started = time.monotonic()
    with pytest.raises((kernel.KernelTrouble, kernel.Empty)):
        message = one.execute_cell_input(FLOOD.format(kind=kind, content=content))
        one.allow(5)
        one.await_reply(message, timeout=5)
    assert one.heard < 2 * 1000 * one.limits.heard_kb
    assert time.monotonic() - started < 60


def test_deep_and_locked_folders_are_removed(tmp_path):
    top = here = tmp_path / "top"
    for _ in range(300):
        here = here / "d"
    os.makedirs(here)
    os.chmod(top / "d" / "d", 0)
    worker.remove(top)
    assert not top.exists()


def test_the_size_of_a_folder_counts_empty_files_too(tmp_path):
    for number in range(10):
        (tmp_path / str(number)).touch()
    assert watchdog.size_of(tmp_path, 10**9) >= 10 * watchdog.BLOCK
    assert watchdog.size_of(tmp_path / "nowhere", 1) == 0


def test_a_worker_has_bounds_of_its_own():
    code = "from course.grade import bounds; bounds.bound_memory(700); bytearray(800 << 20)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "MemoryError" in done.stderr
    assert bounds.WORKER_MB < 8192


def test_a_layer_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setattr(isolate.shutil, "which", lambda _: None)
    with pytest.raises(isolate.IsolationError, match="installed"):
        isolate.check("bwrap")
    monkeypatch.setattr(isolate.landlock, "version", lambda: 0)
    with pytest.raises(isolate.IsolationError, match="Linux 5.13"):
        isolate.check("landlock")


@pytest.mark.parametrize("kind", ["none", "auto", "bwrap"])
def test_the_command_of_a_kernel(kind, tmp_path):
    import json

    places = dict.fromkeys(("private", "library", "cwd", "runtime"), tmp_path)
    words = isolate.command(kind, **places, limits=Limits())
    assert words[-2:] == ["-f", "{connection_file}"]
    layers = json.loads((tmp_path / "fence.json").read_text())["layers"]
    wanted = {"none": [], "auto": list(isolate.LAYERS)}
    assert layers == wanted.get(kind, ["rlimit", "landlock", "seccomp", "audit"])
    assert ("--unshare-all" in words) == (kind == "bwrap")
    assert dataclasses.asdict(Limits())["isolate"] == "auto"

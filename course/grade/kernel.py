"""A kernel that nbval can use and that a hostile notebook cannot hang, flood or outlive."""

import collections
import json
import os
import subprocess
import tempfile
import time
import uuid
from dataclasses import dataclass
from queue import Empty

import zmq
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import KernelManager
from nbval.kernel import RunningKernel

from course.grade.limits import Limits
from course.grade.watchdog import Watchdog

START_ATTEMPTS = 3  # with TCP, 1 kernel in 300 did not answer
MAX_MESSAGE = 2**20  # bytes; a check prints a hundredth of that
MAX_WAITING = 50  # messages that may wait to be read
GRACE = 6.0  # seconds between the interrupt and the end
PROBE = 5.0  # seconds for the question whether the kernel is well
OVERHEAD = 200  # bytes that each message counts for besides its own
COUNTED = ("stream", "display_data", "execute_result", "error")


class KernelTrouble(RuntimeError):
    """The kernel had to be stopped, or stopped by itself; the message is for the learner."""


@dataclass
class Place:
    """Where kernels run: their command and folders, when the notebook must be done."""

    argv: list
    env: dict
    cwd: str
    runtime: str  # connection files and sockets
    limits: Limits
    deadline: float
    layers: list  # in force; the first kernel that starts adds its own
    started: bool = False

    @property
    def remaining(self):
        return self.deadline - time.monotonic()


class OneSpec(KernelSpecManager):
    """Knows one kernel only: the fenced one."""

    def __init__(self, place, **kwargs):
        super().__init__(**kwargs)
        self.place = place

    def get_kernel_spec(self, kernel_name):
        return KernelSpec(
            argv=self.place.argv,
            env=self.place.env,
            language="python",
            display_name="graded",
            metadata={"supported_encryption": "curve"},
        )


def own_sockets(runtime):
    """Settings of a kernel whose sockets nobody else can use.

    On POSIX they are Unix sockets in a private folder: no port that another process could take or
    scan. Where jupyter_client and zmq know CURVE, who connects must know the kernel's key as well.
    """
    name = os.path.join(runtime, f"k{uuid.uuid4().hex[:8]}")
    settings = {"connection_file": f"{name}.json"}
    if os.name == "posix":
        settings |= {"transport": "ipc", "ip": name}
    if hasattr(KernelManager, "transport_encryption") and zmq.has("curve"):
        settings["transport_encryption"] = "auto"
    return settings


def start(place, startup_timeout):
    """Start a kernel, trying again where it does not answer: -> (manager, client)."""
    for _ in range(START_ATTEMPTS):
        sockets = own_sockets(place.runtime)
        manager = KernelManager(kernel_name="graded", kernel_spec_manager=OneSpec(place), **sockets)
        said = tempfile.TemporaryFile()  # noqa: SIM115 (the kernel keeps it open)
        manager.start_kernel(cwd=place.cwd, stdout=subprocess.DEVNULL, stderr=said)
        client = manager.client()
        client.context.setsockopt(zmq.MAXMSGSIZE, MAX_MESSAGE)
        client.context.setsockopt(zmq.RCVHWM, MAX_WAITING)
        client.start_channels()
        try:
            client.wait_for_ready(timeout=startup_timeout)
            return manager, client
        except RuntimeError:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
            said.seek(0)
            why = " ".join(said.read()[-600:].decode("utf-8", "replace").split())
    raise KernelTrouble(f"no kernel could be started: {why}")


class FencedKernel(RunningKernel):
    """nbval's kernel with bounds on time, output, memory and processes."""

    def __init__(self, place, startup_timeout=30):
        self.place, self.limits = place, place.limits
        self.pending = collections.deque()  # output read while waiting for something else
        self.cell_end, self.printed, self.heard = float("inf"), 0, 0
        self.watchdog = None
        self.km, self.kc = start(place, startup_timeout)
        if not place.started:
            place.started = True
            place.layers.extend(layers_reported(place.runtime))
        self.watchdog = Watchdog(self.km.provisioner.pid, [place.cwd, place.runtime], self.limits)
        self._ensure_iopub_up()

    def execute_cell_input(self, cell_input, allow_stdin=None):
        self.printed = self.heard = 0
        return super().execute_cell_input(cell_input, allow_stdin)

    def allow(self, seconds):
        """The next cell may take so long, and a little more to react to the interrupt."""
        self.cell_end = time.monotonic() + seconds + GRACE

    def is_well(self):
        """Does it still run code and say what that printed?"""
        self.allow(PROBE)
        message = self.execute_cell_input("__import__('sys').stdout.write('well')")
        said = ""
        try:
            self.await_reply(message, timeout=PROBE)
            while True:
                heard = self.get_message("iopub", timeout=PROBE)
                if heard["parent_header"].get("msg_id") != message:
                    continue
                if heard["msg_type"] == "stream":
                    said += heard["content"]["text"]
                if heard["content"].get("execution_state") == "idle":
                    return "well" in said
        except (Empty, RuntimeError):
            return False

    def get_message(self, stream, timeout=None):
        """nbval's one way to hear from the kernel; every bound is checked here."""
        end = time.monotonic() + (1e9 if timeout is None else timeout)
        while True:
            self.check_time()
            if stream == "iopub" and self.pending:
                return self.pending.popleft()
            message = self.poll(stream, end)
            if message:
                return message
            if not self.km.is_alive():
                raise KernelTrouble(self.watchdog_reason() or "the kernel died")
            if time.monotonic() >= end:
                raise Empty

    def poll(self, stream, end):
        """Wait a moment for a message; meanwhile keep reading output, so that a flood is seen."""
        wait = max(0.01, min(0.5 if stream == "iopub" else 0.05, end - time.monotonic()))
        message = self.receive(stream, wait)
        if stream == "iopub":
            return message
        while output := self.receive("iopub", 0):
            self.pending.append(output)
            self.check_time()
        return message

    def receive(self, stream, wait):
        """The next message, or None. Its size is counted before it is looked into."""
        channel = self.kc.iopub_channel if stream == "iopub" else self.kc.shell_channel
        if not channel.socket.poll(int(wait * 1000)):
            return None
        parts = channel.socket.recv_multipart()
        self.heard += sum(map(len, parts)) + OVERHEAD
        if self.heard > 1000 * self.limits.heard_kb:
            self.give_up("the cell sent too many messages")
        try:
            message = self.kc.session.deserialize(self.kc.session.feed_identities(parts)[1])
        except (ValueError, TypeError, KeyError, RecursionError):
            return None  # not signed, or not a message
        return self.count(message)

    def count(self, message):
        if message["msg_type"] in COUNTED:
            self.printed += len(str(message["content"]))
            if self.printed > 1000 * self.limits.output_kb:
                self.give_up(f"more than {self.limits.output_kb} kB of output in one cell")
        return message

    def check_time(self):
        now = time.monotonic()
        if now > self.cell_end:
            self.give_up("the time for this cell was up, and it did not stop")
        if now > self.place.deadline:
            self.give_up("the time for the whole notebook was up")

    def give_up(self, why):
        self.pending.clear()
        self.km.shutdown_kernel(now=True)
        raise KernelTrouble(why)

    def watchdog_reason(self):
        return self.watchdog.reason if self.watchdog else None

    def stop(self):
        if self.watchdog:
            self.watchdog.stop()
        super().stop()


def layers_reported(runtime):
    """What the guard says it has put in force, read before any learner's code runs."""
    try:
        with open(os.path.join(runtime, "layers.json"), encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError):
        return []

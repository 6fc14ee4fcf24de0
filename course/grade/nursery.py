"""A process that has imported what a worker needs, and becomes one for each submission by a fork.

Half of the time that an ordinary notebook took went into importing. Where there is no fork
(Windows), ``run`` starts each worker anew.
"""

import contextlib
import gc
import os
import selectors
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import traceback

CHUNK = 1 << 16
ANSWER = struct.Struct("i")


def can_fork():
    return hasattr(os, "fork") and hasattr(socket, "send_fds")


# ---------------------------------------------------------------- in the nursery


def main(channel):
    """Fork a worker whenever three files come down the channel; end when it is closed."""
    from course.grade import worker

    gc.freeze()  # what is shared stays shared
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for workers here
    channel = socket.socket(fileno=int(channel))
    while True:
        message, files, _, _ = socket.recv_fds(channel, 1, 3)
        if not message:
            return
        own = os.getpid()
        child = os.fork()
        if not child:
            channel.close()
            be(worker, files, own)
        for file in files:
            os.close(file)
        channel.sendall(ANSWER.pack(child))


def be(worker, files, parent):
    """Become a worker with these files as its standard input, output and error."""
    try:
        die_with(parent)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        for number, file in enumerate(files):
            os.dup2(file, number)
            os.close(file)
        worker.main()
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError):
                stream.flush()
        os._exit(0)


def die_with(parent):
    """Where Linux can see to it, no worker outlives the nursery, nor that the grader."""
    from course.grade.fence import linux

    if linux.is_linux():
        linux.prctl(linux.DEATH_SIGNAL, signal.SIGKILL)
        if os.getppid() != parent:  # it has ended already
            os._exit(1)


# ---------------------------------------------------------------- at its other end


class Nursery:
    """Starts workers; the process behind it is started with the first of them."""

    def __init__(self, start, cwd, environment):
        self.start, self.cwd, self.environment = start, cwd, environment
        self.lock = threading.Lock()
        self.channel: socket.socket | None = None
        self.process: subprocess.Popen | None = None

    def worker(self):
        """A ``Worker`` that waits for its job."""
        with self.lock:
            ends = [os.pipe(), os.pipe(), os.pipe()]
            theirs = [ends[0][0], ends[1][1], ends[2][1]]
            ours = [ends[0][1], ends[1][0], ends[2][0]]
            try:
                return Worker(self.born(theirs), *ours)
            except OSError:
                for file in ours:
                    os.close(file)
                self.close()
                raise
            finally:
                for file in theirs:
                    os.close(file)

    def born(self, files):
        channel = self.channel
        if channel is None or self.process is None or self.process.poll() is not None:
            channel = self.open()
        socket.send_fds(channel, [b"w"], files)
        said = channel.recv(ANSWER.size)
        if len(said) < ANSWER.size:
            raise ConnectionError("the nursery has ended")
        return ANSWER.unpack(said)[0]

    def open(self):
        """Start the process: -> the channel to it."""
        self.channel, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-c", self.start, str(theirs.fileno())],
                cwd=self.cwd,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        return self.channel

    def close(self):
        """End the process, and with it the workers that are left."""
        if self.channel is not None:
            self.channel.close()
            self.channel = None
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


class Worker:
    """One worker at work; like a ``subprocess.Popen`` as far as ``run`` needs it."""

    def __init__(self, pid, stdin, stdout, stderr):
        self.pid, self.stdin, self.out, self.err = pid, stdin, stdout, stderr

    def communicate(self, job, timeout):
        """Give it the job: -> (what it puts out, what it says besides)."""
        threading.Thread(target=self.give, args=[job], daemon=True).start()
        said, end = {self.out: bytearray(), self.err: bytearray()}, time.monotonic() + timeout
        with selectors.DefaultSelector() as waiting:
            for file in said:
                waiting.register(file, selectors.EVENT_READ)
            while waiting.get_map():
                left = end - time.monotonic()
                if left <= 0:
                    raise subprocess.TimeoutExpired("worker", timeout)
                for key, _ in waiting.select(left):
                    part = os.read(key.fd, CHUNK)
                    said[key.fd] += part
                    if not part:
                        waiting.unregister(key.fd)
        return bytes(said[self.out]), bytes(said[self.err])

    def give(self, job):
        with contextlib.suppress(OSError), os.fdopen(self.stdin, "wb") as file:
            file.write(job)

    def end(self):
        """End it with all that is in its session."""
        with contextlib.suppress(OSError):
            os.killpg(self.pid, signal.SIGKILL)
        for file in (self.out, self.err):
            with contextlib.suppress(OSError):
                os.close(file)

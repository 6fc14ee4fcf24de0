"""Bound memory and processes where the system's own limits do not (macOS, Windows, containers)."""

import threading

import psutil

PERIOD = 0.25  # seconds
GONE = (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess)


class Watchdog(threading.Thread):
    """Kills a process and all that it started when they grow beyond their bounds."""

    def __init__(self, pid, mem_mb, processes):
        super().__init__(daemon=True)
        self.pid, self.mem_mb, self.processes = pid, mem_mb, processes
        self.reason = None
        self.stopped = threading.Event()
        self.start()

    def run(self):
        while not self.stopped.wait(PERIOD):
            family = family_of(self.pid)
            if len(family) > self.processes:
                self.end(family, f"more than {self.processes} processes were started")
            elif sum(map(memory, family)) > self.mem_mb * 2**20:
                self.end(family, f"more than {self.mem_mb} MB of memory were used")

    def end(self, family, why):
        self.reason = why
        kill(family)

    def stop(self):
        self.stopped.set()


def family_of(pid):
    """A process and all its descendants that are alive."""
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except GONE:
        return []


def memory(process):
    try:
        return process.memory_info().rss
    except GONE:
        return 0


def kill(processes):
    for process in processes:
        try:
            process.kill()
        except GONE:
            continue


def kill_descendants(pid):
    """End whatever a process started, until nothing is left."""
    for _ in range(20):
        left = family_of(pid)[1:]
        if not left:
            return
        kill(left)
        psutil.wait_procs(left, timeout=0.2)

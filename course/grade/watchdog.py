"""Bound memory, processes and files where the system's own limits do not."""

import os
import threading

import psutil

PERIOD = 0.25  # seconds
MEGA, BLOCK = 2**20, 4096  # bytes
GONE = (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess)


class Watchdog(threading.Thread):
    """Kills a process and all that it started when they, or their files, grow beyond bounds."""

    def __init__(self, pid, folders, limits):
        super().__init__(daemon=True)
        self.pid, self.folders, self.limits = pid, folders, limits
        self.reason = None
        self.stopped = threading.Event()
        self.start()

    def run(self):
        while not self.stopped.wait(PERIOD):
            family = family_of(self.pid)
            if why := self.too_much(family):
                self.end(family, why)

    def too_much(self, family):
        """What is beyond its bound; empty where nothing is."""
        most = self.limits
        if len(family) > most.processes:
            return f"more than {most.processes} processes were started"
        if sum(map(memory, family)) > most.mem_mb * MEGA:
            return f"more than {most.mem_mb} MB of memory were used"
        enough = most.disk_mb * MEGA
        if sum(size_of(folder, enough) for folder in self.folders) > enough:
            return f"more than {most.disk_mb} MB of files were written"
        return ""

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


def size_of(folder, enough):
    """Bytes below a folder, empty files and folders too; no longer counted than is enough."""
    total, todo = 0, [folder]
    while todo and total <= enough:
        try:
            for entry in os.scandir(todo.pop()):
                total += BLOCK + entry.stat(follow_symlinks=False).st_size
                if entry.is_dir(follow_symlinks=False):
                    todo.append(entry.path)
        except OSError:
            continue
    return total


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

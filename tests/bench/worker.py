"""One side of one workload in a process of its own, told on stdin what to do, one line at a time.

Two array libraries in one process would disturb each other: their thread pools go on spinning for a
while after a call. Commands: ``evaluate``, as training does first; ``time SECONDS`` answers with
the time of each step; ``first`` with that of the very first and of later ones; ``results PATH``
saves loss and gradients of the first step; ``memory`` answers with the growth of the peak;
``report MODULE`` with what that module has to say.

With BENCH_CLOCK=cpu in the environment the clock counts only the time that this process ran: for a
machine that is busy with other things, and for one thread only (threads that wait may spin).
"""

import importlib
import json
import os
import sys
import time

import numpy as np

from scratch import loops
from tests.bench.workloads import CONV, WORKLOADS, conv_inputs, conv_step

CLOCK = time.process_time if os.environ.get("BENCH_CLOCK") == "cpu" else time.perf_counter


def make_step(side, name, threads):
    workload = WORKLOADS[name]
    if side == "loops":
        return conv_step(conv_inputs(**{**CONV, "N": 1}), storey=loops)
    inputs = workload.inputs()
    if side == "numpy":
        return workload.numpy(inputs, threads)
    if side == "split":
        return workload.numpy(inputs, threads, split=True)
    from tests.bench import torch_side

    return torch_side.make_step(name, inputs, threads)


def evaluate(step):
    """What training does first. It also makes the memory allocator keep larger blocks."""
    if hasattr(step, "evaluate"):
        step.evaluate()


def step_times(step, seconds):
    """Run for about ``seconds``, three steps at least: the time of each, in milliseconds."""
    times, end = [], time.perf_counter() + seconds
    while len(times) < 3 or time.perf_counter() < end:
        times.append(timed(step))
    return times


def first_and_later(step):
    """Milliseconds of the first step of all, and the median of the ten after it."""
    first, *later = (timed(step) for _ in range(11))
    return first, float(np.median(later))


def timed(step):
    start = CLOCK()
    step()
    return 1e3 * (CLOCK() - start)


def results(step, path):
    result = step()
    arrays = result() if callable(result) else result
    np.savez(path, **{k: v if isinstance(v, np.ndarray) else asarray(v) for k, v in arrays.items()})
    return True


def asarray(value):
    return value.detach().numpy() if hasattr(value, "detach") else np.asarray(value)


def peak_growth(step):
    """Megabytes by which five steps raise the peak of resident memory (Linux only, else None)."""
    try:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")  # reset the peak to what is resident now
        before = status_kb("VmHWM")
        for _ in range(5):
            step()
        return (status_kb("VmHWM") - before) / 1024
    except OSError:
        return None


def status_kb(field):
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(field))


def main():
    side, name, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
    step = make_step(side, name, threads)
    commands = {
        "evaluate": lambda: evaluate(step),
        "time": lambda seconds: step_times(step, float(seconds)),
        "results": lambda path: results(step, path),
        "memory": lambda: peak_growth(step),
        "first": lambda: first_and_later(step),
        "report": lambda module: importlib.import_module(f"tests.bench.{module}").report(),
    }
    for line in sys.stdin:
        command, *arguments = line.split()
        print(json.dumps(commands[command](*arguments)), flush=True)


if __name__ == "__main__":
    main()

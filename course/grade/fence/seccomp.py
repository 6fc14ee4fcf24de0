"""A seccomp filter (Linux): no new sockets, processes, programs, shared memory; no hand on others.

It holds for all threads, and needs no rights to be put in force. A refused call ends in "operation
not permitted". https://docs.kernel.org/userspace-api/seccomp_filter.html
"""

import ctypes
import os
import struct

from .linux import NO_NEW_PRIVS, is_linux, library, machine, prctl

ARCHITECTURES = {"x86_64": (0, 0xC000003E, 317), "aarch64": (1, 0xC00000B7, 277)}
X32 = 0x40000000  # x86-64 has a second numbering of its calls from here on


def table(text):
    """{call: (its number on x86-64, on AArch64)}; None where there is no such call."""
    lines = [line for line in text.splitlines() if not line.strip().startswith("#")]
    calls = [entry.split() for line in lines for entry in line.split(",") if entry.strip()]
    return {name: tuple(None if n == "-" else int(n) for n in numbers) for name, *numbers in calls}


REFUSED = table(
    """
    # sockets: those that are open stay; nothing new is opened, bound or reached
    socket 41 198, connect 42 203, bind 49 200, listen 50 201
    # processes and programs
    fork 57 -, vfork 58 -, execve 59 221, execveat 322 281
    ptrace 101 117, process_vm_readv 310 270, process_vm_writev 311 271
    kcmp 312 272, pidfd_open 434 434, pidfd_getfd 438 438
    pidfd_send_signal 424 424, process_madvise 440 440
    setpriority 141 140, ioprio_set 251 30, migrate_pages 256 238
    setpgid 109 154, setsid 112 157
    # memory and messages that others can reach, or that outlive the process
    shmget 29 194, shmat 30 196, shmctl 31 195, semget 64 190
    semop 65 193, semctl 66 191, semtimedop 220 192, msgget 68 186
    msgsnd 69 189, msgrcv 70 188, msgctl 71 187, mq_open 240 180
    memfd_create 319 279, memfd_secret 447 447, add_key 248 217
    request_key 249 218, keyctl 250 219
    # doors into the kernel that no exercise needs
    io_uring_setup 425 425, io_uring_enter 426 426, bpf 321 280
    io_uring_register 427 427, perf_event_open 298 241, userfaultfd 323 282
    mount 165 40, umount2 166 39, pivot_root 155 41, chroot 161 51
    unshare 272 97, setns 308 268, open_by_handle_at 304 265
    move_mount 429 429, fsopen 430 430, fsmount 432 432
    open_tree 428 428, mount_setattr 442 442, personality 135 92
    fanotify_init 300 262, syslog 103 116, acct 163 89
    """
)
# these are allowed for oneself only: their first argument names a process
FOR_ONESELF = table(
    """
    kill 62 129, tgkill 234 131, rt_sigqueueinfo 129 138
    rt_tgsigqueueinfo 297 240
    """
)
FOR_ONESELF_OR_ZERO = table(
    """
    prlimit64 302 261, sched_setaffinity 203 122
    sched_setparam 142 118, sched_setattr 314 274, move_pages 279 239
    """
)
# a new thread of zmq asks for what it has already, under its own number, and ends the process where
# that fails, also when the filter came between its start and this first step: nothing is done
WITHOUT_EFFECT = table("sched_setscheduler 144 119")
TKILL, CLONE, CLONE3, SOCKETPAIR, SENDTO = (200, 130), (56, 220), (435, 435), (53, 199), (44, 206)
CLONE_THREAD, STREAM, TYPE_MASK = 0x10000, 1, 0xF
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
EPERM, ENOSYS = 1, 38
LOAD, AND, EQUAL, MORE, ANY_BIT, RETURN = 0x20, 0x54, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16  # where they stand in the data of a call
SET_FILTER, ALL_THREADS = 1, 1


def step(code, value, then=0, otherwise=0):
    """One instruction of the filter; ``then`` and ``otherwise`` count what is jumped over."""
    return struct.pack("=HBBI", code, then, otherwise, value)


def refuse(error=EPERM):
    return step(RETURN, ERRNO | error)


def argument(index, high=False):
    return step(LOAD, ARGUMENTS + 8 * index + 4 * high)


def when(number, *body):
    """Run ``body``, which must end in a return, for this call."""
    return [step(EQUAL, number, 0, len(body)), *body]


def for_oneself(number, pid, zero):
    others = [step(EQUAL, 0, 1, 0)] if zero else []
    body = [argument(0), step(EQUAL, pid, len(others) + 1, 0), *others, refuse()]
    return when(number, *body, step(RETURN, ALLOW))


def program(which, architecture, pid):
    """The filter's instructions for one numbering of the calls."""
    lines = [step(LOAD, ARCHITECTURE), step(EQUAL, architecture, 1, 0), refuse()]
    lines += [step(LOAD, NUMBER), step(MORE, X32, 0, 1), refuse()]
    for numbers in REFUSED.values():
        if numbers[which] is not None:
            lines += when(numbers[which], refuse())
    for numbers in FOR_ONESELF.values():
        lines += for_oneself(numbers[which], pid, zero=False)
    for numbers in FOR_ONESELF_OR_ZERO.values():
        lines += for_oneself(numbers[which], pid, zero=True)
    for numbers in WITHOUT_EFFECT.values():
        lines += when(numbers[which], refuse(error=0))  # returns 0 and was not made
    lines += when(TKILL[which], refuse())
    lines += when(CLONE3[which], refuse(ENOSYS))  # the C library takes clone instead
    is_thread = [argument(0), step(ANY_BIT, CLONE_THREAD, 1, 0), refuse(), step(RETURN, ALLOW)]
    lines += when(CLONE[which], *is_thread)
    is_stream = [argument(1), step(AND, TYPE_MASK), step(EQUAL, STREAM, 1, 0), refuse()]
    lines += when(SOCKETPAIR[which], *is_stream, step(RETURN, ALLOW))
    no_address = [argument(4), step(EQUAL, 0, 0, 2), argument(4, high=True)]
    no_address += [step(EQUAL, 0, 1, 0), refuse(), step(RETURN, ALLOW)]
    lines += when(SENDTO[which], *no_address)
    return b"".join([*lines, step(RETURN, ALLOW)])


def use():
    """Put the filter in force for all threads of this process: -> layers."""
    if not is_linux() or machine() not in ARCHITECTURES or struct.calcsize("P") != 8:
        return []
    which, architecture, call = ARCHITECTURES[machine()]
    code = program(which, architecture, os.getpid())
    kept = ctypes.create_string_buffer(code, len(code))
    head = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(kept))
    prctl(NO_NEW_PRIVS)
    held = library().syscall(call, SET_FILTER, ALL_THREADS, head) == 0
    return ["seccomp (sockets, processes, shared memory)"] if held else []

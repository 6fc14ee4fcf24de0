"""Landlock (Linux): files, TCP and signals, enforced by the kernel, for all children too.

https://docs.kernel.org/userspace-api/landlock.html
"""

import ctypes
import os
import struct

from .linux import NO_NEW_PRIVS, is_linux, library, prctl
from .paths import readable, writable

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # system calls
PATH_BENEATH, VERSION = 1, 1
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
MAKE_SOCKET, TRUNCATE = 1 << 9, 1 << 14
ON_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE
BIND_TCP, CONNECT_TCP = 1 << 0, 1 << 1
ABSTRACT_SOCKETS, SIGNALS = 1 << 0, 1 << 1


def version():
    """Version of Landlock's interface in this kernel; 0 where there is none."""
    if not is_linux():
        return 0
    size, flags = ctypes.c_size_t(0), ctypes.c_uint32(VERSION)
    return max(library().syscall(CREATE_RULESET, None, size, flags), 0)


def file_rights(known):
    """All rights on files that this version of Landlock knows."""
    bits = 13 + (known >= 2) + (known >= 3) + (known >= 5)
    return (1 << bits) - 1


def use(fence, connection_file):
    """Nothing but the library can be read, nothing but the own folder be written: -> layers."""
    known = version()
    if not known:
        return []
    files = file_rights(known)
    sockets = BIND_TCP | CONNECT_TCP if fence["ipc"] else CONNECT_TCP
    network = sockets if known >= 4 else 0
    scope = ABSTRACT_SOCKETS | SIGNALS if known >= 6 else 0
    rules = ruleset(known, files, network, scope)
    if rules < 0:
        return []
    for path in readable(fence):
        allow(rules, path, EXECUTE | READ_FILE | READ_DIR, files)
    for path in writable(fence):
        allow(rules, path, files & ~MAKE_SOCKET, files)
    allow(rules, fence["runtime"], files, files)  # ipykernel's sockets and connection file
    allow(rules, "/dev/null", WRITE_FILE | READ_FILE, files)
    allow(rules, connection_file, WRITE_FILE | READ_FILE, files)
    prctl(NO_NEW_PRIVS)
    held = library().syscall(RESTRICT_SELF, rules, ctypes.c_uint32(0)) == 0
    os.close(rules)
    what = ["files", *(["TCP"] if network else []), *(["signals"] if scope else [])]
    return [f"Landlock {known} ({', '.join(what)})"] if held else []


def ruleset(known, files, network, scope):
    size = 24 if known >= 6 else 16 if known >= 4 else 8
    attributes = struct.pack("QQQ", files, network, scope)[:size]
    return library().syscall(CREATE_RULESET, attributes, ctypes.c_size_t(size), ctypes.c_uint32(0))


def allow(rules, path, rights, known_rights):
    """Give these rights on a path and what lies below it, where it exists."""
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    if not os.path.isdir(path):
        rights &= ON_FILES
    rule = struct.pack("=Qi", rights & known_rights, handle)
    library().syscall(ADD_RULE, rules, PATH_BENEATH, rule, ctypes.c_uint32(0))
    os.close(handle)

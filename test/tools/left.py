#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What tests of ours may leave on a machine, one a line: kind and name.

    left.py                     what is there now
    left.py --since FILE FOLDER [SECONDS]
                                what was not there when FILE was written, and does not go within so long (20); of FOLDER every
                                entry. Exit 1 if there is something.

It knows ours by their names, so that others may come and go meanwhile; and whatever goes by itself, as that of a test
elsewhere on the machine does, is not left.
"""

import ctypes
import os
import platform
import re
import socket
import subprocess
import sys
import time

WAIT_SECONDS = 20
NETNS = re.compile(r"(qs|q[cd][ABR]|peer)\w*\d")
LINK = re.compile(r"(qs.*|v[a-d01]|v[ab]p|t[ab]|t[ab]p|tap|[dqv][01]\.?\d*|r[ab]|lan|slow|jumbo[01])$")


def entries(folder, pattern=re.compile("")):
    try:
        return sorted(name for name in os.listdir(folder) if pattern.match(name))
    except OSError:
        return []


def run(*words):
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout.splitlines()


def cgroups():
    with open("/proc/self/mounts", encoding="utf-8") as mounts:
        roots = [words[1] for words in map(str.split, mounts) if words[2] == "cgroup2"]
    return [f"{root}/{name}" for root in roots[:1] for name in entries(root, re.compile("qsock"))]


def qdiscs():
    """All of lo, where nobody else has any, and our HTB anywhere."""
    lines = [line.split(" refcnt")[0].strip() for line in run("tc", "qdisc", "show")]
    return [line for line in lines if " 5153: " in f"{line} " or (" dev lo " in line and "noqueue" not in line)]


LIBC = ctypes.CDLL(None, use_errno=True)
BPF = {"x86_64": 321, "aarch64": 280}.get(platform.machine())
NEXT_ID = {"program": 11, "map": 12}
FD_BY_ID = {"program": 13, "map": 14}
INFO_BY_FD = 15
NAME_AT = {"program": 64, "map": 24}


def bpf(command, attr):
    return LIBC.syscall(BPF, command, attr, len(attr))


def words(*numbers):
    """An attribute that is 32-bit numbers, as the kernel takes it."""
    return ctypes.create_string_buffer(b"".join(n.to_bytes(4, sys.byteorder) for n in numbers), 32)


def bpf_name(kind, number):
    fd = bpf(FD_BY_ID[kind], words(number))
    if fd < 0:
        return ""  # it has gone
    info = ctypes.create_string_buffer(256)
    attr = ctypes.create_string_buffer(
        fd.to_bytes(4, sys.byteorder) + (256).to_bytes(4, sys.byteorder) + ctypes.addressof(info).to_bytes(8, sys.byteorder), 16)
    known = bpf(INFO_BY_FD, attr) == 0
    os.close(fd)
    return info.raw[NAME_AT[kind]:][:16].split(b"\0")[0].decode() if known else ""


def bpf_all(kind):
    """Numbers and names of ours."""
    found, attr = [], words(0, 0)
    while BPF and bpf(NEXT_ID[kind], attr) == 0:
        number = int.from_bytes(attr.raw[4:8], sys.byteorder)
        name = bpf_name(kind, number)
        if name.startswith("qsock"):
            found.append(f"{name} {number}")
        attr = words(number, 0)
    return found


def look():
    kinds = {
        "network namespace": entries("/run/netns", NETNS),
        "link": [name for _, name in socket.if_nameindex() if LINK.match(name)],
        "qdisc": qdiscs(),
        "cgroup": cgroups(),
        "BPF program": bpf_all("program"),
        "BPF map": bpf_all("map"),
        "file": [f"/run/qsock/{name}" for name in entries("/run/qsock")],
    }
    return [f"{kind}: {name}" for kind, names in kinds.items() for name in names]


def main(args):
    if not args:
        print(*look(), sep="\n")
        return 0
    if len(args) not in (3, 4) or args[0] != "--since":
        print(__doc__, file=sys.stderr)
        return 2
    with open(args[1], encoding="utf-8") as before:
        there = set(before.read().splitlines())
    left, end = None, time.monotonic() + (float(args[3]) if len(args) == 4 else WAIT_SECONDS)
    while left is None or (left and time.monotonic() < end):
        if left:
            time.sleep(0.5)
        left = [thing for thing in look() if thing not in there]
        left += [f"file: {args[2]}/{name}" for name in entries(args[2])]
    print(*left, sep="\n")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

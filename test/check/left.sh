#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# What a run looks for at its end (test/tools/left.py) it finds: one of each kind is left on purpose.
set -u
cd "$(dirname "$0")/../.." || exit 1
[ "$(id -u)" = 0 ] || { echo "SKIP: not root"; exit 77; }
TMP=$(mktemp -d /tmp/qsock-left-XXXXXX)
NAME=qsock-left$$ NS=qsleft$$
GROUP=$(awk '$3 == "cgroup2" {print $2; exit}' /proc/self/mounts)/$NAME
FAILED=0
trap 'ip netns del "$NS" 2>/dev/null; rmdir "$GROUP" 2>/dev/null; rm -rf "$TMP"' EXIT

# In a network namespace of its own, with what others have on this machine now as what was there.
ip netns add "$NS" || { echo "SKIP: no network namespaces"; exit 77; }
left() { nsenter --net="/run/netns/$NS" test/tools/left.py --since "$TMP/before" "$TMP/files" 0 >"$TMP/left"; }
found() { # KIND REGULAR_EXPRESSION
	if left; then echo "FAIL: $1: all is well, it says"; FAILED=1; fi
	grep -qx "$1: $2" "$TMP/left" || { echo "FAIL: $1: $2 is not in:"; cat "$TMP/left"; FAILED=1; }
}
mkdir "$TMP/files"
nsenter --net="/run/netns/$NS" test/tools/left.py | grep -v "namespace: $NS" >"$TMP/before"
found "network namespace" "$NS"
echo "network namespace: $NS" >>"$TMP/before"
ip -n "$NS" link add v0 type veth peer name other
found link v0
ip netns exec "$NS" tc qdisc add dev lo root pfifo
found qdisc 'qdisc pfifo .* dev lo root.*'
ip netns exec "$NS" tc qdisc add dev v0 root handle 5153: htb
found qdisc 'qdisc htb 5153: dev v0 root.*'
touch "$TMP/files/rte"
found file "$TMP/files/rte"
if mkdir "$GROUP" 2>/dev/null; then found cgroup "$GROUP"; else echo "SKIP: no cgroups"; fi

# A socket filter that says 0, and an array of one number; both end with the process that makes them.
PYTHONPATH=test/tools python3 -B - <<'PYTHON' || FAILED=1
import ctypes, struct, sys
import left

def made(command, attr):
    fd = left.bpf(command, ctypes.create_string_buffer(attr, len(attr)))
    if fd < 0:
        print("SKIP: no BPF")
        sys.exit(0)

code = ctypes.create_string_buffer(bytes([0xB7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0]), 16)
name, license = b"qsock_left", ctypes.create_string_buffer(b"Proprietary")
made(5, struct.pack("IIQQIIQII16s", 1, 2, ctypes.addressof(code), ctypes.addressof(license), 0, 0, 0, 0, 0, name))
made(0, struct.pack("IIIIIII16s", 2, 4, 4, 1, 0, 0, 0, name))
for kind in "program", "map":
    if not any(line.startswith("qsock_left ") for line in left.bpf_all(kind)):
        print(f"FAIL: the BPF {kind} is not found")
        sys.exit(1)
PYTHON
exit $FAILED

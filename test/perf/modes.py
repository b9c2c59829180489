#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Every mode of dpdk-qsock-perf once, with tiny counts: it works, and its JSON is well formed. Never a time.

modes.py DPDK_QSOCK_PERF
"""

import json
import os
import subprocess
import sys

MODES = ["decide", "e2e", "pipe", "pace", "rate", "memory", "control", "group", "idle", "send", "qsend", "compare"]
TINY = ["--reps", "5", "--packets", "1000", "--sockets", "1,16"]
LEFT_OUT = "left out"


def check(condition, what):
    if not condition:
        print(f"FAIL: {what}")
        sys.exit(1)


def check_row(mode, row):
    for key in ("mode", "what", "unit"):
        check(isinstance(row[key], str) and row[key], f"{mode}: {key}: {row}")
    check(row["mode"] == mode, f"{mode}: a row of another mode: {row}")
    check(row["sched"] is None or isinstance(row["sched"], str), f"{mode}: sched: {row}")
    check(isinstance(row["sockets"], int), f"{mode}: sockets: {row}")
    check(row["min"] <= row["median"] <= row["max"], f"{mode}: no order: {row}")
    if row["unit"] != "ns/packet":
        return
    check(set(row["ns_per_packet"]) == {"median", "min", "max"}, f"{mode}: ns_per_packet: {row}")
    check(row["median"] > 0 and row["mpps"] > 0, f"{mode}: nothing was measured: {row}")
    check((row["floor_ns"] is None) == (row["ratio"] is None), f"{mode}: a ratio without a floor: {row}")


def run(program, mode, *arguments, eal=()):
    command = [program, *eal, "--mode", mode, "--json", *TINY, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
    check(done.returncode == 0, f"{mode}: exit status {done.returncode}: {done.stderr}")
    rows = json.loads(done.stdout)["results"]
    if not rows and LEFT_OUT in done.stderr:
        print(f"SKIP: {done.stderr.strip().splitlines()[-1]}")
        return
    check(rows, f"{mode}: no rows: {done.stderr}")
    for row in rows:
        check_row(mode, row)
    print(f"{mode}: {len(rows)} rows")


def main():
    program = sys.argv[1]
    for mode in MODES:
        run(program, mode)
    run(program, "decide", "--scheduler", "edf")
    # A device of its own, as whoever measures one would give it.
    run(program, "wire", eal=["--no-huge", "--no-shconf", "--no-pci", "--no-telemetry", "-m", "512", "--lcores", "0",
                              "--log-level=5", f"--file-prefix=qsmodes{os.getpid()}", "--vdev=net_null_wire", "--"])
    done = subprocess.run([program, "--", "--help"], capture_output=True, text=True, check=False, timeout=10)
    check(done.returncode == 0 and "--mode idle" in done.stdout, f"-- --help: {done.returncode} {done.stderr}")
    for wrong in (["--mode", "none"], ["--sockets", "0"], ["--precedence", "x"], ["--reps", "1"]):
        done = subprocess.run([program, *wrong], capture_output=True, text=True, check=False, timeout=10)
        check(done.returncode == 2 and wrong[0] in done.stderr, f"{wrong}: {done.returncode} {done.stderr}")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Read meson's testlog.json: one line a test (name, status, seconds), or one test's output."""

import json
import sys


def entries(path):
    with open(path, encoding="utf-8") as log:
        return [json.loads(line) for line in log if line.strip()]


def status(entry):
    """An exit status as a shell has it: 0, 77 for a skip, else something else."""
    result = entry["result"]
    if result in ("OK", "EXPECTEDFAIL"):
        return 0
    if result == "SKIP":
        return 77
    return entry["returncode"] or 1


def main(argv):
    if argv[:1] == ["--output"]:
        for entry in entries(argv[2]):
            if entry["name"].split(" / ")[-1] == argv[1]:
                print(entry.get("stdout", ""), entry.get("stderr", ""), sep="\n")
        return 0
    for entry in entries(argv[0]):
        print(entry["name"].split(" / ")[-1], status(entry), f"{entry['duration']:.0f}", sep="\t")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

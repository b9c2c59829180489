#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Run the demonstration in namespaces that qsock-demo.sh has set up, then judge and report."""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import plan
import procs
import report
import virtual
import ways
from bed import Bed
from onerun import ADDRESS, OneRun


def cost_of_calls(bed, env, where, starts):
    """Table 1: every call many times; qsockinit once a process."""
    os.makedirs(where, exist_ok=True)
    times = {}
    with procs.Processes(where) as processes:
        for k in range(starts):
            process = processes.start(f'cost-{k}', bed.sender_ns,
                                      [bed.program('call-cost'), '--dev', ways.DEVICE, '--to', ADDRESS, '--runs', 10],
                                      cores=bed.other_cores, env=env, talk=True, urgent=True)
            text, _ = process.communicate(timeout=60)
            if process.returncode != 0:
                raise procs.Timeout(f'call-cost: exit status {process.returncode}, see {where}/cost-{k}.log')
            for call, values in json.loads(text).items():
                times.setdefault(call, []).extend(values)
    with open(os.path.join(where, 'times.json'), 'w') as f:
        json.dump(times, f)


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument('--out', required=True)
    ap.add_argument('--build', required=True)
    ap.add_argument('--namespaces', required=True, metavar='SENDER,RECEIVER')
    ap.add_argument('--eal', default='', help='arguments for EAL')
    ap.add_argument('--driver', default='ethdev', choices=ways.PORTS, help='of the port')
    ap.add_argument('--memory', default='', help='what the report says of hugepages')
    ap.add_argument('--quick', action='store_true')
    ap.add_argument('--only', default='', help='runs whose name contains this')
    args = ap.parse_args()
    names = [run.name for run in plan.RUNS] + ['call-cost']
    if not any(args.only in name for name in names):
        print(f"--only '{args.only}': no run has that in its name; runs: {' '.join(names)}", file=sys.stderr)
        return 1
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(1))
    bed, driver = Bed(args.build, args.namespaces, args.eal), ways.BY_NAME[args.driver]
    runs, length_s = os.path.join(os.path.abspath(args.out), 'runs'), plan.seconds(args.quick)
    began, failed = time.monotonic(), 0

    def one(name, title, go):
        nonlocal failed
        print(f'[{time.monotonic() - began:5.1f} s] {name}: {title}', flush=True)
        try:
            go()
        except (procs.Timeout, subprocess.SubprocessError, BrokenPipeError) as e:
            print(f'  failed: {e}', file=sys.stderr)
            failed += 1

    shutil.rmtree(runs, ignore_errors=True)
    os.makedirs(runs, exist_ok=True)
    for run in plan.RUNS:
        if args.only in run.name:
            one(run.name, run.title, OneRun(bed, run, ways.BY_NAME[run.way] if run.way else driver,
                                            os.path.join(runs, run.name), length_s, capture=True).go)
    if args.only in 'call-cost':
        one('call-cost', 'what each call costs',
            lambda: cost_of_calls(bed, bed.env(driver, plan.RUNS[0].link()), os.path.join(runs, 'call-cost'), 10))
    facts = {'quick': args.quick, 'memory': args.memory, 'tx_core': bed.tx_core, 'other_cores': bed.other_cores,
             'eal_args': bed.eal, 'port_args': driver.settings(plan.RUNS[0].link()),
             'run_s': round(time.monotonic() - began, 1)}
    with open(os.path.join(runs, 'virtual.json'), 'w') as f:
        json.dump(virtual.rows(bed.simulator(), length_s, shared_out=driver.rest == 'capped'), f)
    report.write(args.out, facts)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Run random scenarios through dpdk-qsock-sim and through the oracle, and
compare the events byte for byte and the summaries number by number."""

import argparse
import concurrent.futures
import functools
import json
import os
import subprocess
import sys
import tempfile

import oracle
import scenarios

CONTEXT = 4                 # lines shown before a difference
SHOWN_MAX = 5               # differing scenarios shown in full
SIM_SECONDS = 20
CHUNK = 10                  # scenarios that a process takes at a time
DROPS = ('late_drop', 'frame_drop', 'queue_drop')
KEYS = ('sent', 'on_time', 'late', *DROPS, 'violations', 'bytes')


def run_sim(sim, directory, until):
    """The events and the summary, or (None, why not)."""
    events = os.path.join(directory, 'actual.csv')
    command = [sim, '--scenario', os.path.join(directory, 'scenario.ini'),
               '--arrivals', os.path.join(directory, 'arrivals.csv'),
               '--events', events, '--json']
    if until is not None:
        command += ['--until', str(until)]
    try:
        done = subprocess.run(command, capture_output=True, text=True,
                              timeout=SIM_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return None, f'no end after {SIM_SECONDS} s'
    if done.returncode != 0:
        return None, f'exit status {done.returncode}: {done.stderr.strip()}'
    try:
        with open(events, newline='') as f:
            return f.read(), json.loads(done.stdout)
    except (OSError, ValueError) as e:
        return None, str(e)


def streams_of(summary, name=None):
    """Each object with a count of packets offered, by the name of its stream."""
    found = {}
    if isinstance(summary, dict):
        if 'offered' in summary:
            found[summary.get('name', summary.get('stream', name))] = summary
        for key, value in summary.items():
            found.update(streams_of(value, key))
    elif isinstance(summary, list):
        for value in summary:
            found.update(streams_of(value))
    return found


def event_difference(expected, actual):
    """The first line that differs, with what led to it; '' if there is none."""
    if expected == actual:
        return ''
    want = expected.split('\n')
    got = actual.split('\n')
    n = next((i for i, pair in enumerate(zip(want, got)) if pair[0] != pair[1]),
             min(len(want), len(got)))
    lines = [f'events line {n + 1}:']
    lines += [f'         {line}' for line in want[max(0, n - CONTEXT):n]]
    lines += [f'  oracle {line!r}' for line in want[n:n + 1] or ['(no more)']]
    lines += [f'  sim    {line!r}' for line in got[n:n + 1] or ['(no more)']]
    return '\n'.join(lines)


def summary_differences(expected, summary, arrived, until):
    """Counters that are not the oracle's, and a balance that is none."""
    lines = []
    actual = streams_of(summary)
    for name, want in expected.items():
        got = actual.get(name)
        if got is None:
            lines.append(f'summary: no stream {name}')
            continue
        lines += [f'summary: {name} {key}: oracle {want[key]}, sim {got.get(key)}'
                  for key in KEYS if got.get(key) != want[key]]
        lines += balance(name, got, want, arrived.get(name, 0), until)
    return '\n'.join(lines)


def balance(name, got, want, arrived, until):
    """arrivals = sent + drops + still queued"""
    ended = sum(got.get(key, 0) for key in ('sent', *DROPS))
    offered = got['offered']
    lines = []
    if until is None:
        if not arrived == offered == ended:
            lines.append(f'balance: {name}: {arrived} arrived, {offered} offered, {ended} sent or dropped')
    elif not ended + want['queued'] <= offered <= arrived:
        # What arrived in a transmission that is cut off may be offered or not.
        lines.append(f'balance: {name}: {offered} offered, {ended} sent or dropped, '
                     f'{want["queued"]} queued, {arrived} arrived')
    return lines


def compare_one(sim, seed, directory):
    """'' where the two agree, else what differs."""
    scenario = scenarios.make(seed)
    scenario.write(directory)
    run = oracle.load(scenario.ini, scenario.arrivals)
    arrived = {}
    for p in run.to_come:
        if scenario.until is None or p.arrival <= scenario.until:
            arrived[p.stream.name] = arrived.get(p.stream.name, 0) + 1
    run.run(scenario.until)
    expected = run.events_csv()
    with open(os.path.join(directory, 'expected.csv'), 'w', newline='') as f:
        f.write(expected)
    actual, summary = run_sim(sim, directory, scenario.until)
    if actual is None:
        return f'sim: {summary}'
    return event_difference(expected, actual) or \
        summary_differences(run.summary(), summary, arrived, scenario.until)


def compare_in(sim, seed, keep):
    """As compare_one; the files of a difference stay in keep/seed."""
    with tempfile.TemporaryDirectory() as directory:
        difference = compare_one(sim, seed, directory)
        if difference and keep:
            kept = os.path.join(keep, str(seed))
            os.makedirs(kept, exist_ok=True)
            for name in os.listdir(directory):
                with open(os.path.join(directory, name), 'rb') as f:
                    content = f.read()
                with open(os.path.join(kept, name), 'wb') as f:
                    f.write(content)
    return difference


def show(seed, sim, difference):
    until = scenarios.make(seed).until
    print(f'seed {seed}' + ('' if until is None else f' (--until {until})'))
    print(difference)
    print(f'again: {sys.argv[0]} --sim {sim} --count 1 --seed {seed} --keep DIR\n')


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument('--sim', required=True, metavar='PATH/dpdk-qsock-sim')
    ap.add_argument('--count', type=int, default=200)
    ap.add_argument('--seed', type=int, default=1, help='of the first; the next ones count up')
    ap.add_argument('--keep', metavar='DIR', help='keep the files of what differs')
    args = ap.parse_args()
    if not os.access(args.sim, os.X_OK):
        ap.error(f'{args.sim}: not a program')
    differences = 0
    seeds = range(args.seed, args.seed + args.count)
    one = functools.partial(compare_in, args.sim, keep=args.keep)
    with concurrent.futures.ProcessPoolExecutor() as pool:
        for seed, difference in zip(seeds, pool.map(one, seeds, chunksize=CHUNK)):
            if difference:
                differences += 1
                if differences <= SHOWN_MAX:
                    show(seed, args.sim, difference)
    print(f'{args.count} scenarios, {differences} differences')
    return 1 if differences else 0


if __name__ == '__main__':
    sys.exit(main())

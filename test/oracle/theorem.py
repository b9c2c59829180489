#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The guarantee of DWCS, as a property of the code.

Where all streams have one period T and requests of one size, whose transmission
takes C, a set of always backlogged streams with

    sum of (1 - x/y) * C / T <= 1

is served without violation if T = C: in every fixed window of y consecutive
requests of a stream at most x are lost.  Where T is several times C, serving the
tightest window first is no longer the best order, and sets that need the last bit
of the link, with windows of some hundred requests, lose one too many; here such
sets leave a quarter of C in each period.

Random sets are run through dpdk-qsock-sim; what is judged are its events, window by
window, and its own violations besides.  So that a check which sees nothing would be
noticed, some sets that need more than the link are run too: those must lose more
than they may."""

import argparse
import csv
import os
import random
import subprocess
import sys
import tempfile
from fractions import Fraction

C_NS = 1000                 # 1000 bytes at 8 Gbit/s, without overhead
LINK_MAX = 8                # C in T
STREAMS_MAX = 24
BACKLOG = 4                 # a greedy source fills its queue again at once
WINDOW_MAX = 12
FILL_MAX = 200
WINDOWS_MIN = 8             # of the longest, run by each stream
OVERLOADED_EVERY = 20
SHOWN_MAX = 5
SIM_SECONDS = 20


def window(rng):
    y = rng.randint(1, WINDOW_MAX)
    return rng.randint(0, y), y


def needs(windows):
    """What the streams need, in units of C a period."""
    return sum((1 - Fraction(x, y) for x, y in windows), Fraction(0))


def feasible(rng):
    """Streams, and how many C are in T."""
    link = rng.choice((1, 1, 1, rng.randint(2, LINK_MAX)))
    room = Fraction(link) if link == 1 else link - Fraction(1, 4)
    windows = []
    for _ in range(rng.randint(1, STREAMS_MAX)):
        one = window(rng)
        if needs(windows + [one]) <= room:
            windows.append(one)
    left = room - needs(windows)
    if link == 1 and 0 < left <= 1 and left.denominator <= FILL_MAX and rng.random() < 0.8:
        # One more stream, that takes the link to the last bit.
        windows.append((left.denominator - left.numerator, left.denominator))
    return windows or [(0, 1)], link


def overloaded(rng):
    """More than the link can bear: whatever the order, a window loses too much."""
    link = rng.randint(1, 3)
    windows = [window(rng)]
    while needs(windows) < link + Fraction(1, 4):
        windows.append(window(rng))
    return windows, link


class Run:
    """One set: its files, and what became of each request."""

    def __init__(self, rng, windows, link):
        self.windows = windows
        self.periods = WINDOWS_MIN * max(WINDOW_MAX, max(y for _, y in windows))
        self.ini = self.scenario(rng.choice(('window', 'deadline')), link * C_NS)

    def scenario(self, precedence, period):
        lines = ['[port 0]', 'rate = 8gbit', 'overhead = 0', f'precedence = {precedence}', '']
        for i, (x, y) in enumerate(self.windows):
            lines += [f'[stream s{i}]', f'ipg = {period}ns', f'oln = {x}', f'old = {y}',
                      'source = greedy', 'packet = 1000', f'queue = {BACKLOG}', '']
        return '\n'.join(lines)

    def outcomes(self, sim, directory, link):
        """For each stream, whether its requests were lost; and violations."""
        scenario = os.path.join(directory, 'scenario.ini')
        events = os.path.join(directory, 'events.csv')
        with open(scenario, 'w', encoding='ascii') as f:
            f.write(self.ini)
        done = subprocess.run([sim, '--scenario', scenario, '--events', events, '--json',
                               '--until', str(self.periods * link * C_NS)],
                              capture_output=True, text=True, timeout=SIM_SECONDS, check=False)
        if done.returncode != 0:
            raise RuntimeError(f'exit status {done.returncode}: {done.stderr.strip()}')
        lost = [{} for _ in self.windows]
        violations = 0
        with open(events, newline='', encoding='ascii') as f:
            for row in csv.DictReader(f):
                stream = int(row['stream'][1:])
                lost[stream][int(row['seq'])] = row['event'] != 'sent' or row['late'] != '0'
                violations = max(violations, int(row['violations']))
        return lost, violations


def broken(windows, lost):
    """Each fixed window of a stream that lost more than it may."""
    found = []
    for i, (x, y) in enumerate(windows):
        first = min(lost[i], default=0)
        n = len(lost[i])
        for begin in range(0, n - y + 1, y):
            missed = sum(lost[i][first + begin + k] for k in range(y))
            if missed > x:
                found.append(f's{i} lost {missed} of requests {begin} .. {begin + y - 1}, '
                             f'where {x} of {y} may be')
    return found


def check(sim, seed, directory):
    """'' where the set keeps its promise, else what was broken."""
    rng = random.Random(seed)
    too_much = seed % OVERLOADED_EVERY == 0
    windows, link = overloaded(rng) if too_much else feasible(rng)
    run = Run(rng, windows, link)
    try:
        lost, violations = run.outcomes(sim, directory, link)
    except (RuntimeError, subprocess.TimeoutExpired) as e:
        return f'sim: {e}'
    found = broken(windows, lost)
    ended = [len(one) for one in lost]
    what = f'windows {windows}, T = {link} C, needs {needs(windows)} of {link}, {ended} requests\n'
    if too_much:
        return '' if found and violations else f'{what}nothing is broken, though it is too much'
    if min(ended) < run.periods - 1:
        found.append(f'{run.periods} periods, and a stream with {min(ended)} requests only')
    if violations:
        found.append(f'{violations} violations')
    return what + '\n'.join(found[:4]) + '\n' + run.ini if found else ''


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--sim', required=True, metavar='PATH/dpdk-qsock-sim')
    ap.add_argument('--count', type=int, default=200)
    ap.add_argument('--seed', type=int, default=1, help='of the first; the next ones count up')
    args = ap.parse_args()
    if not os.access(args.sim, os.X_OK):
        ap.error(f'{args.sim}: not a program')
    broken_sets = 0
    for seed in range(args.seed, args.seed + args.count):
        with tempfile.TemporaryDirectory() as directory:
            why = check(args.sim, seed, directory)
        if why:
            broken_sets += 1
            if broken_sets <= SHOWN_MAX:
                print(f'seed {seed}: {why}')
                print(f'again: {sys.argv[0]} --sim {args.sim} --count 1 --seed {seed}\n')
    print(f'{args.count} sets, {broken_sets} do not hold')
    return 1 if broken_sets or args.count < 1 else 0


if __name__ == '__main__':
    sys.exit(main())

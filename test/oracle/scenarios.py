#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Random scenarios, small and nasty, each made from one seed.

A scenario is measured in slots: the time that a typical frame of it holds the
link.  Periods, deadlines and arrival times are small multiples of a slot, so
that ties, overload and stalls happen all the time rather than once in a while.
"""

import argparse
import os
import random

# What the oracle can afford, as it loops over each missed period.
MISSES_MAX = 20000
TIME_MAX = 10**12
LENGTH_MAX = 65535


class Scenario:
    """The texts of the two files, and the value of --until or None."""

    def __init__(self, ini, arrivals, until):
        self.ini = ini
        self.arrivals = arrivals
        self.until = until

    def write(self, directory):
        for name, text in (('scenario.ini', self.ini), ('arrivals.csv', self.arrivals)):
            with open(os.path.join(directory, name), 'w', newline='') as f:
                f.write(text)


class Style:
    """The choices common to a scenario: each makes another thing likely."""

    def __init__(self, rng):
        self.scheduler = rng.choices(('dwcs', 'vds', 'edf', 'fifo'), (50, 22, 22, 6))[0]
        self.precedence = rng.choice(('window', 'deadline'))
        self.work_conserving = rng.random() < 0.25
        self.overhead = rng.choice((0, 0, 24, 255, rng.randint(0, 255)))
        self.length = rng.choice((1000, 1000, 100, 1, rng.randint(60, 1514)))
        self.rate = rng.choice((8 * 10**9, 10**9, 10**7, 10**6, 10**12,
                                999999937, 7777777, rng.randint(10**5, 10**11)))
        self.slot = self.slot_ns()
        if self.slot < 1000 and rng.random() < 0.85:
            # No period is shorter than 1000 ns: a faster link is never overloaded.
            self.rate = max(1000, self.rate * max(self.slot, 1) // 1000)
            self.slot = self.slot_ns()
        self.lengths = rng.choices(('equal', 'mixed', 'stalls'), (50, 25, 25))[0]
        self.close_calls = rng.random() < 0.12      # ratios that differ by a hair
        self.one_period = self.close_calls or rng.random() < 0.4
        self.share = rng.randint(2, 5)
        self.on_grid = rng.random() < 0.65
        self.frames = rng.choices(('none', 'tidy', 'wild'), (40, 30, 30))[0]
        self.p_flag = rng.choice((0, 0, 0.15, 0.5))
        self.p_deadline = rng.choice((0, 0, 0.15, 0.6))
        self.p_droppable = rng.choice((1, 0.7, 0.3))
        self.p_best_effort = rng.choice((0, 0, 0.2, 0.5))
        self.small_queues = rng.random() < 0.3
        self.load = rng.choice((0.5, 0.9, 1.0, 1.3, 2.5))
        self.packets = rng.choice((8, 30, 60, 120))
        self.frame_size = rng.choice((2, 6, 20))
        self.crowd = 1          # so many times as many streams as usual,
        self.alike = False      # and all with the same parameters
        if rng.random() < 0.12:
            self.condemned_meet_full_queues()
        elif rng.random() < 0.06:
            self.many_at_once(rng)
        if rng.random() < 0.05:
            self.slow_link(rng)

    def slow_link(self, rng):
        """Seconds a frame: times lie far apart, and many are over when they are first looked at."""
        self.rate = rng.choice((1000, 3000, 20000, 10**5))
        self.slot = self.slot_ns()
        if rng.random() < 0.5:
            self.many_at_once(rng)

    def condemned_meet_full_queues(self):
        """Long frames of mixed packets, of which a part stays when the rest is dropped."""
        self.frames, self.frame_size = 'tidy', 20
        self.p_flag, self.p_droppable = 0.5, 0.7
        self.small_queues, self.packets = True, 120
        self.load = 1.3

    def many_at_once(self, rng):
        """More ready streams than are kept in order, and often many of them equal."""
        self.crowd = rng.choice((30, 60, 120))
        self.alike = rng.random() < 0.4
        self.packets = rng.choice((2, 4, 8)) * self.crowd
        self.load = rng.choice((0.9, 1.3, 2.5))
        self.p_best_effort = 0

    def slot_ns(self):
        return max(1, 8 * 10**9 * (self.length + self.overhead) // self.rate)


def at_random(rng, style, slots):
    """So many slots, on the grid or off it."""
    t = slots * style.slot
    return t if style.on_grid else max(0, t + rng.randint(-style.slot, style.slot))


def with_time_unit(rng, ns):
    """The same time in one of the ways to write it."""
    ways = [str(ns), f'{ns}ns']
    ways += [f'{ns // f}{u}' for u, f in (('us', 10**3), ('ms', 10**6), ('s', 10**9)) if ns % f == 0]
    return rng.choice(ways)


def with_rate_unit(rng, bps):
    ways = [str(bps)]
    ways += [f'{bps // f}{u}' for u, f in
             (('kbit', 10**3), ('mbit', 10**6), ('gbit', 10**9)) if bps % f == 0]
    return rng.choice(ways)


def yes_no(truth):
    return 'yes' if truth else 'no'


def window_constraint(rng, style):
    """x and y: tight, loose, none, and long ones."""
    kind = rng.random()
    if style.close_calls:
        y = rng.randint(20000, 65535)
        return y // style.share + rng.randint(0, 1), y
    y = rng.choice((1, 2, 3, 4, 8, rng.randint(1, 20), rng.randint(1, 65535)))
    if kind < 0.1 and style.scheduler != 'vds':
        return 0, 0
    if kind < 0.25:
        return y, y
    if kind < 0.45:
        return 0, y
    return rng.randint(0, y), y


def period(rng, style, common):
    if style.one_period:
        slots = common
    else:
        slots = rng.choice((1, 1, 2, 3, 4, 8, rng.randint(1, 30), rng.choice((1000, 10**6))))
        slots *= style.crowd
    T = slots * style.slot
    if not style.on_grid:
        T += rng.randint(-T // 4, T // 4)
    if rng.random() < 0.08:
        T //= rng.choice((3, 10, 100))  # many periods in any one transmission
    if rng.random() < 0.05:
        T = 1000                        # the least, maybe beside huge ones
    return min(max(T, 1000), TIME_MAX)


def make_streams(rng, style, count, common):
    streams = [make_stream(rng, style, f's{i}', common * style.crowd) for i in range(count)]
    if style.alike:
        streams = [{**streams[0], 'name': s['name']} for s in streams]
    return streams


def make_stream(rng, style, name, common):
    x, y = window_constraint(rng, style)
    deadline = at_random(rng, style, rng.choice((1, 2, 3, 4, 8, rng.randint(1, 40))) * style.crowd)
    return {
        'name': name,
        'ipg': period(rng, style, common),
        'oln': x,
        'old': y,
        'class': 'best-effort' if rng.random() < style.p_best_effort else 'realtime',
        'droppable': yes_no(rng.random() < style.p_droppable),
        'deadline': min(max(deadline, 1), TIME_MAX),
        'in-order': yes_no(rng.random() < 0.3),
        'unit': 'frame' if style.frames != 'none' and rng.random() < 0.5 else
                rng.choice(('packet', 'packet', 'packet', 'frame')),
        'queue': rng.choice((1, 2, 3, 5)) if style.small_queues else
                 rng.choice((6, 20, 1024, 1024, 65536)),
    }


def stream_ini(rng, style, s):
    lines = [f'[stream {s["name"]}]']
    for key in ('ipg', 'deadline'):
        lines.append(f'{key} = {with_time_unit(rng, s[key])}')
    lines += [f'{key} = {s[key]}' for key in
              ('oln', 'old', 'class', 'droppable', 'in-order', 'unit', 'queue')]
    return lines


def port_ini(rng, style):
    lines = ['[port 0]', f'rate = {with_rate_unit(rng, style.rate)}',
             f'scheduler = {style.scheduler}',
             f'work-conserving = {yes_no(style.work_conserving)}']
    if style.overhead != 24 or rng.random() < 0.5:      # else by default
        lines.append(f'overhead = {style.overhead}')
    if style.precedence != 'window' or rng.random() < 0.5:
        lines.append(f'precedence = {style.precedence}')
    return lines


def arrival_times(rng, style, s, n, interval):
    """n times; in bursts, in step with the period, or as chance has it."""
    kind = rng.choice(('backlog', 'periodic', 'own-period', 'poisson', 'bursts'))
    t = at_random(rng, style, rng.choice((0, 0, 0, rng.randint(0, 20))))
    if kind == 'backlog':
        return [t] * n
    times = []
    for _ in range(n):
        times.append(t)
        if kind == 'periodic':
            t += at_random(rng, style, interval)
        elif kind == 'own-period':
            t += min(s['ipg'], 50 * interval * style.slot)
        elif kind == 'poisson':
            t += at_random(rng, style, round(rng.expovariate(1 / interval)))
        elif rng.random() < 0.3:
            t += at_random(rng, style, rng.randint(0, 6 * interval))
    return times


def own_deadline(rng, style, t):
    """Absolute, 0 for none; in the past, near, far, or out of sight."""
    if rng.random() >= style.p_deadline:
        return 0
    slots = rng.choice((rng.randint(-4, 0), rng.randint(0, 4), rng.randint(0, 20),
                        rng.randint(0, 200), 10**5))
    return min(max(1, t + at_random(rng, style, abs(slots)) * (-1 if slots < 0 else 1)), 10**18)


def frame_flags(rng, style, n):
    """Well-formed frames with gaps, or starts and ends as they fall."""
    if style.frames == 'none':
        return [''] * n
    if style.frames == 'wild':
        p = rng.choice((0.1, 0.3, 0.6))
        return [('s' if rng.random() < p else '') + ('e' if rng.random() < p else '')
                for _ in range(n)]
    flags = []
    while len(flags) < n:
        size = rng.randint(1, style.frame_size)
        flags += ['se'] if size == 1 else ['s'] + [''] * (size - 2) + ['e']
        flags += [''] * rng.choice((0, 0, 0, 1, 2))
    return flags[:n]


def packet_length(rng, style):
    if style.lengths == 'mixed':
        return rng.randint(1, 2 * style.length)
    if style.lengths == 'stalls' and rng.random() < 0.08:
        return min(rng.choice((10, 40, 200, 1000)) * style.length, LENGTH_MAX)
    return style.length


def stream_arrivals(rng, style, s, n, interval):
    times = arrival_times(rng, style, s, n, interval)
    rows = []
    for t, frame in zip(times, frame_flags(rng, style, n)):
        drop = rng.choice('nd') if rng.random() < style.p_flag else ''
        rows.append((t, s['name'], packet_length(rng, style),
                     own_deadline(rng, style, t), drop + frame))
    return rows


def merge(rng, per_stream):
    """By time; packets of several streams at one time in any order."""
    rows = []
    queues = [list(q) for q in per_stream if q]
    while queues:
        first = min(q[0][0] for q in queues)
        q = rng.choice([q for q in queues if q[0][0] == first])
        rows.append(q.pop(0))
        queues = [q for q in queues if q]
    return rows


def longest_stall(style, rows):
    """An upper bound of all time spent sending, ns."""
    return sum(8 * 10**9 * (row[2] + style.overhead) // style.rate + 1 for row in rows)


def make(seed):
    rng = random.Random(seed)
    style = Style(rng)
    common = rng.choice((1, 1, 2, 3, 4, 8))
    streams = make_streams(rng, style, rng.randint(1, 8) * style.crowd, common)
    n = max(1, style.packets // len(streams))
    interval = max(1, round(len(streams) / style.load))
    rows = merge(rng, [stream_arrivals(rng, style, s, rng.randint(0, 2 * n) if rng.random() < 0.3 else n,
                                       interval) for s in streams])
    least = max(1000, longest_stall(style, rows) // MISSES_MAX)
    for s in streams:
        s['ipg'] = min(max(s['ipg'], least), TIME_MAX)
    ini = port_ini(rng, style)
    for s in streams:
        ini += [''] + stream_ini(rng, style, s)
    until = rng.randint(0, rows[-1][0]) if rows and rng.random() < 0.1 else None
    arrivals = ['time_ns,stream,bytes,deadline_ns,flags']
    arrivals += [','.join(map(str, row)) for row in rows]
    return Scenario('\n'.join(ini) + '\n', '\n'.join(arrivals) + '\n', until)


def main():
    ap = argparse.ArgumentParser(description='Write the scenario of a seed to a directory.')
    ap.add_argument('--seed', type=int, required=True)
    ap.add_argument('--directory', default='.')
    args = ap.parse_args()
    scenario = make(args.seed)
    scenario.write(args.directory)
    if scenario.until is not None:
        print(f'--until {scenario.until}')


if __name__ == '__main__':
    main()

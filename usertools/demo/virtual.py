#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The demonstration's streams in virtual time: what the disciplines themselves make of them.

    usertools/demo/virtual.py [--sim build/app/dpdk-qsock-sim/dpdk-qsock-sim] [--seconds 45]

No privileges, no packets: the plan's streams, with the senders' own random numbers, go through
dpdk-qsock-sim. What falls short here is the plan's fault and not the machine's. A transfer is
stood for by packets at an even rate that wants as much as the real one.
"""

import argparse
import csv
import math
import os
import subprocess
import sys
import tempfile

import plan

MASK = (1 << 64) - 1
GOP = 'IBBPBBPBBPBB'
EVEN = {'I': (1157, 1273), 'P': (1010, 1190), 'B': (836, 1036)}
UNEVEN = {'I': (2000, 2400), 'P': (1200, 1400), 'B': (600, 880)}
TCP_BYTES = 1514
BEST_EFFORT_PACKETS = plan.QUEUE_MS * plan.LINK_BPS // 8000 // (TCP_BYTES + plan.OVERHEAD_BYTES)
JITTER_NS = 300_000             # a sender is woken a little late, on average by so much


class Random:
    """As in examples/common/stamp.h."""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state + 0x9e3779b97f4a7c15) & MASK
        z = self.state
        z = ((z ^ z >> 30) * 0xbf58476d1ce4e5b9) & MASK
        z = ((z ^ z >> 27) * 0x94d049bb133111eb) & MASK
        return z ^ z >> 31

    def within(self, low, high):
        return low + self.next() % (high - low + 1)

    def exponential(self, mean):
        return -mean * math.log(1 - (self.next() >> 11) / (1 << 53))


def word(stream):
    """Its name in a scenario, where names have no blanks."""
    return stream.name.replace(' ', '-')


def video(stream, seconds, phase_ns, managed):
    """(arrivals, [(made, type, packets)]) of one stream."""
    sizes, random, late = (UNEVEN if stream.uneven else EVEN), Random(stream.seed), Random(stream.seed + 1000)
    mean, arrivals, frames = plan.packets_for(stream.load, stream.fps), [], []
    for n in range(int(seconds * stream.fps)):
        kind = GOP[n % len(GOP)]
        count = int(mean * random.within(*sizes[kind]) / 1000 + 0.5)
        made_ns = int(n * 1e9 / stream.fps + phase_ns + late.exponential(JITTER_NS))
        frames.append((made_ns, kind, count))
        for k in range(count):
            flags = ('n' if kind == 'I' else 'd') if managed else ''
            flags += ('s' if k == 0 else '') + ('e' if k == count - 1 else '')
            arrivals.append((made_ns + 3000 * k, word(stream), plan.PACKET_BYTES + plan.HEADER_BYTES, 0, flags))
    return arrivals, frames


def samples(seconds, lossless):
    """(arrivals, [(made, bytes, deadline)]) of the sensor, as examples/sensor makes them."""
    random, moods, mood = Random(1), ((0.60, 1.0), (1.15, 0.25)), 0
    mean_bytes = 750 + plan.HEADER_BYTES + plan.OVERHEAD_BYTES
    at, arrivals, made = 0.0, [], []
    mood_end = random.exponential(moods[0][1] * 1e9)
    while at < seconds * 1e9:
        size, use = random.within(100, 1400), random.within(15_000_000, 80_000_000)
        made.append((int(at), size, int(at) + use))
        arrivals.append((int(at), 'sensor', size + plan.HEADER_BYTES, int(at) + use - plan.WAY_MS * 1_000_000,
                         'n' if lossless else 'd'))
        at += random.exponential(mean_bytes * 8e9 / (moods[mood][0] * plan.LINK_BPS))
        while at >= mood_end:
            mood = 1 - mood
            mood_end += random.exponential(moods[mood][1] * 1e9)
    return arrivals, made


def transfers(run, seconds):
    """Packets of best effort that want as much as the run's perturbations."""
    interval_ns = (TCP_BYTES + plan.OVERHEAD_BYTES) * 8e9 / (plan.PERTURBATION_LOAD * plan.LINK_BPS)
    found = []
    for at, share in run.perturbations:
        count = int(share * seconds * 1e9 / interval_ns)
        found += [(int(at * seconds * 1e9 + k * interval_ns), 'tcp', TCP_BYTES, 0, '') for k in range(count)]
    return found


def simulate(sim, run, rate_bps, streams, arrivals):
    """{stream: {number: time sent}}, by the project's own disciplines."""
    scenario = f'[port 0]\nrate = {rate_bps}\noverhead = {plan.OVERHEAD_BYTES}\n'
    scenario += f'scheduler = {run.discipline}\n'
    scenario += ''.join(f'[stream {name}]\n{text}\n' for name, text in streams.items())
    with tempfile.TemporaryDirectory() as where:
        paths = [os.path.join(where, name) for name in ('scenario.ini', 'arrivals.csv', 'events.csv')]
        with open(paths[0], 'w') as f:
            f.write(scenario)
        with open(paths[1], 'w') as f:
            f.write('time_ns,stream,bytes,deadline_ns,flags\n')
            f.writelines('%d,%s,%d,%d,%s\n' % a for a in sorted(arrivals, key=lambda a: a[0]))
        subprocess.run([sim, '--scenario', paths[0], '--arrivals', paths[1], '--events', paths[2]], check=True,
                       stdout=subprocess.DEVNULL, timeout=300)
        sent = {}
        with open(paths[2], newline='') as f:
            for row in csv.DictReader(f):
                if row['event'] == 'sent':
                    sent.setdefault(row['stream'], {})[int(row['seq'])] = int(row['time_ns'])
    return sent


def judge_video(frames, sent, fps, packet_ns):
    """One line: frames whole in time, and gaps."""
    seq, in_time, worst_ns, firsts = 0, 0, 0, []
    for made_ns, _, count in frames:
        times = [sent.get(seq + k) for k in range(count)]
        seq += count
        if times[0] is not None:
            firsts.append(times[0])
        if None not in times:
            delay_ns = times[-1] + packet_ns - made_ns
            worst_ns = max(worst_ns, delay_ns)
            in_time += delay_ns <= plan.IN_TIME_MS * 1_000_000
    gaps = [b - a for a, b in zip(firsts, firsts[1:])]
    within = sum(abs(g - 1e9 / fps) <= plan.GAP_MS * 1e6 for g in gaps) / len(gaps) if gaps else 0
    return (f'{100 * in_time / len(frames):6.2f} % whole in time, the slowest whole after '
            f'{worst_ns / 1e6:6.1f} ms; {100 * within:6.2f} % of the gaps within {plan.GAP_MS} ms')


def judge_samples(made, sent, rate_bps):
    late = sum(sent[n] + (size + plan.HEADER_BYTES + plan.OVERHEAD_BYTES) * 8e9 / rate_bps > deadline
               for n, (_, size, deadline) in enumerate(made) if n in sent)
    return f'{100 * late / len(made):6.2f} % late, {100 * (len(made) - len(sent)) / len(made):6.2f} % lost'


def stream_text(stream, managed):
    if not managed:
        return f'class = best-effort\nqueue = {BEST_EFFORT_PACKETS}'
    period_us = int(1e6 / stream.fps * 998 / 1000)
    return f'ipg = {period_us}us\noln = {stream.oln}\nold = {stream.old}\nunit = frame'


def one(sim, run, seconds, shared_out=False):
    """(stream, verdict) for each stream of one run of the plan. shared_out: the port has its part of the link, and what is
    not managed does not pass it."""
    rate_bps = plan.RESERVED_BPS if shared_out else plan.LINK_BPS
    arrivals, streams = [], {}
    if not shared_out:
        arrivals, streams = transfers(run, seconds), {'tcp': f'class = best-effort\nqueue = {BEST_EFFORT_PACKETS}'}
    if run.samples:
        mine, made = samples(seconds, 'lossless' in run.samples)
        streams['sensor'] = 'deadline = 80ms'
        sent = simulate(sim, run, rate_bps, streams, arrivals + mine)
        return [('sensor', judge_samples(made, sent.get('sensor', {}), rate_bps))]
    frames = {}
    for k, stream in enumerate(run.managed + (() if shared_out else run.plain)):
        managed = stream in run.managed
        mine, frames[stream] = video(stream, seconds, k * 1e9 / stream.fps / 3, managed)
        streams[word(stream)] = stream_text(stream, managed)
        arrivals += mine
    sent = simulate(sim, run, rate_bps, streams, arrivals)
    packet_ns = plan.PACKET_WIRE_NS * plan.LINK_BPS // rate_bps
    return [(s.name, judge_video(frames[s], sent.get(word(s), {}), s.fps, packet_ns)) for s in frames]


HEADER = ['run', 'stream', 'in virtual time']


def rows(sim, seconds, shared_out=False):
    """All runs of the plan that have a discipline; nothing where there is no simulator."""
    try:
        return [[run.name, name, text.strip()] for run in plan.RUNS if not run.way
                for name, text in one(sim, run, seconds, shared_out)]
    except (OSError, subprocess.SubprocessError) as e:
        print(f'virtual time: {e}', file=sys.stderr)
        return []


def main():
    top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--sim', default=os.path.join(top, 'build/app/dpdk-qsock-sim/dpdk-qsock-sim'))
    ap.add_argument('--seconds', type=float, default=plan.FULL_SECONDS)
    ap.add_argument('--shared-out', action='store_true', help='as by driver af_xdp: a part of the link for the port')
    args = ap.parse_args()
    for run, stream, verdict in rows(args.sim, args.seconds, args.shared_out):
        print(f'{run}, {stream}: {verdict}')


if __name__ == '__main__':
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Measure the delay of one stream by each way of sending it, beside floods, over one bottleneck.

The stream is a datagram of 1200 bytes each 10 ms, 5 % of the link. Its delay is from the time in the payload,
taken before the call that sends it, to the receiving kernel's own stamp."""

import argparse
import json
import os
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(HERE, '..', 'demo'))

import data     # noqa: E402
import procs    # noqa: E402
import ways     # noqa: E402

ADDRESS = '10.9.0.2'
STREAM = f'port={ways.STREAM_PORT},fps=100,packets=1,oln=0,old=10'
WARM_S = 0.5            # of each run, not counted: slow start, the first neighbour
IPERF_PORT = 5201


def percentile(values, share):
    """Of sorted values; the next higher one."""
    return values[min(len(values) - 1, int(share * len(values)))] if values else None


class Bed:
    """Namespaces, programs, cores."""

    def __init__(self, args):
        self.sender_ns, self.receiver_ns = args.namespaces.split(',')
        self.build, self.out = os.path.abspath(args.build), os.path.abspath(args.out)
        cores = sorted(os.sched_getaffinity(0))
        if len(cores) < 2:
            sys.exit(f'one core (number {cores[0]}) is too few: a TX core needs one for itself')
        self.tx_core, self.other_cores = cores[-1], cores[:-1]
        self.eal = f'-l {self.other_cores[0]},{self.tx_core} {args.eal}'

    def program(self, name):
        return os.path.join(self.build, 'examples', name, name)


class OneRun:
    """One way beside one flood."""

    def __init__(self, bed, way, flood, seconds):
        self.bed, self.way, self.flood, self.seconds = bed, way, flood, seconds
        self.dir = os.path.join(bed.out, f'{way.name}-{flood[0]}')
        os.makedirs(self.dir, exist_ok=True)

    def path(self, name):
        return os.path.join(self.dir, name)

    def go(self):
        for command in self.way.setup:
            in_namespace(self.bed.sender_ns, command)
        try:
            with procs.Processes(self.dir) as self.processes:
                start_ns = self.run_processes()
        finally:
            if self.way.setup:
                in_namespace(self.bed.sender_ns, 'tc qdisc del dev v0 root')
        return self.judge(start_ns)

    def start(self, name, ns, command, **more):
        return self.processes.start(name, ns, command, cores=self.bed.other_cores, **more)

    def run_processes(self):
        bed = self.bed
        receiver = self.start('receiver', bed.receiver_ns,
                              [bed.program('receiver'), '--port', ways.STREAM_PORT, '--csv',
                               self.path('packets.csv'), '--seconds', int(self.seconds + 60)], talk=True)
        procs.expect(receiver, 'ready', 10)
        sender = self.start_sender()
        ping = self.start('ping', bed.sender_ns, ['ping', '-c', 3, '-i', 0.2, '-W', 1, ADDRESS])
        procs.finish(ping, 10)
        flood = self.start_flood()
        time.sleep(WARM_S)
        sender.stdin.write('\n')
        sender.stdin.flush()
        start_ns = int(procs.expect(sender, 'start', 5))
        status = procs.finish(sender, self.seconds + 20)
        if status != 0:
            raise procs.Timeout(f'sender: exit status {status}, see {self.path("sender.log")}')
        if flood:
            procs.end(flood, signal.SIGINT)
            procs.finish(self.flood_server, 10)     # it writes its account then
        procs.end(receiver)
        return start_ns

    def start_sender(self):
        command = [self.bed.program('video-server')]
        env = {}
        if self.way.port is None:
            command += ['--plain']
        else:
            command += ['--dev', 'v0', '--discipline', 'dwcs', '--json', self.path('info.json'),
                        '--ledger', self.path('ledger.csv')]
            env = {'QSOCK_EAL_ARGS': self.bed.eal, 'QSOCK_PORT_ARGS': self.way.port}
        command += ['--to', ADDRESS, '--seconds', self.seconds, '--csv', self.path('made.csv'), '--stream', STREAM]
        sender = self.start('sender', self.bed.sender_ns, command, env=env, talk=True, urgent=True)
        procs.expect(sender, 'ready', 30)
        return sender

    def start_flood(self):
        name, options = self.flood
        if options is None:
            return None
        self.flood_server = self.start(
            'iperf-server', self.bed.receiver_ns,
            ['iperf3', '-s', '-1', '-p', IPERF_PORT, '-J', '--logfile', self.path('flood.json')])
        time.sleep(0.3)
        return self.start(f'iperf-{name}', self.bed.sender_ns,
                          ['iperf3', '-c', ADDRESS, '-p', IPERF_PORT, '-t', self.seconds + 30, *options])

    def judge(self, start_ns):
        frames = {}
        data.read_made(self.path('made.csv'), frames)
        rows, clock = data.read_packets(self.path('packets.csv'))
        made = {f.number: f.made_ns for f in frames.values() if f.made_ns >= start_ns + WARM_S * 1e9}
        arrived = {int(row['frame']): clock.monotonic(int(row['recv_realtime_ns'])) for row in rows}
        delays = sorted((arrived[n] - at) / 1e6 for n, at in made.items() if n in arrived)
        flood = data.read_json(self.path('flood.json')) if self.flood[1] else None
        return {
            'way': self.way.name, 'what': self.way.what, 'flood': self.flood[0], 'made': len(made),
            'lost': len(made) - len(delays), 'p50_ms': percentile(delays, 0.50), 'p99_ms': percentile(delays, 0.99),
            'max_ms': delays[-1] if delays else None, 'flood_mbps': received_mbps(flood),
            'stalled_ms': self.stalled_ms(), 'load': round(os.getloadavg()[0], 2),
        }

    def stalled_ms(self):
        """What the TX core's own ledger says: the machine took it away for so long. None: there is no TX core."""
        if self.way.port is None:
            return None
        return round(sum(s.total_ns for s in data.read_ledger(self.path('ledger.csv'))) / 1e6, 2)


def received_mbps(iperf):
    """What the flood's receiver got, while it ran; None: there was none."""
    try:
        return round(iperf['end']['sum_received']['bits_per_second'] / 1e6, 2)
    except (KeyError, TypeError):
        pass
    try:
        rates = [i['sum']['bits_per_second'] for i in iperf['intervals']]
        return round(sum(rates) / len(rates) / 1e6, 2)
    except (KeyError, TypeError, ZeroDivisionError):
        return None


def in_namespace(ns, command):
    subprocess.run(['ip', 'netns', 'exec', ns, *command.split()], check=True)


def table(rows):
    lines = [f'{"way":8} {"flood":5} {"made":>6} {"lost":>5} {"p50 ms":>8} {"p99 ms":>8} {"max ms":>8} {"flood Mbit/s":>13} {"stalled ms":>11}']
    for r in rows:
        if 'failed' in r:
            lines.append(f'{r["way"]:8} {r["flood"]:5} failed: {r["failed"]}')
            continue
        ms = [f'{r[key]:8.3f}' if r[key] is not None else f'{"-":>8}' for key in ('p50_ms', 'p99_ms', 'max_ms')]
        rate = f'{r["flood_mbps"]:13.2f}' if r['flood_mbps'] is not None else f'{"-":>13}'
        stalled = f'{r["stalled_ms"]:11.1f}' if r['stalled_ms'] is not None else f'{"-":>11}'
        lines.append(f'{r["way"]:8} {r["flood"]:5} {r["made"]:6} {r["lost"]:5} {" ".join(ms)} {rate} {stalled}')
    return '\n'.join(lines)


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument('--out', required=True)
    ap.add_argument('--build', required=True)
    ap.add_argument('--namespaces', required=True, metavar='SENDER,RECEIVER')
    ap.add_argument('--eal', default='', help='arguments for EAL')
    ap.add_argument('--seconds', type=float, default=20)
    ap.add_argument('--only', default='', help='runs whose name, WAY-FLOOD, contains this')
    args = ap.parse_args()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(1))
    bed = Bed(args)
    rows, failed = [], 0
    for flood in ways.FLOODS:
        for way in ways.WAYS:
            if args.only not in f'{way.name}-{flood[0]}':
                continue
            try:
                rows.append(OneRun(bed, way, flood, args.seconds).go())
            except (procs.Timeout, subprocess.CalledProcessError) as e:
                rows.append({'way': way.name, 'flood': flood[0], 'failed': str(e)})
                failed += 1
            print(table(rows[-1:]).split('\n')[-1] if len(rows) > 1 else table(rows), flush=True)
    with open(os.path.join(bed.out, 'delay.json'), 'w') as f:
        json.dump(rows, f, indent=1)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())

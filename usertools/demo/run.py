#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Run the demonstration in namespaces that qsock-demo.sh has set up, then judge and report."""

import argparse
import json
import math
import os
import signal
import sys
import time

import plan
import procs
import report
import virtual

DEVICE = 'v0'
PORT_ADDRESS, KERNEL_ADDRESS = '10.9.0.2', '10.9.1.2'


class Bed:
    """Where things run: namespaces, programs, cores."""

    def __init__(self, args):
        self.out = os.path.abspath(args.out)
        self.build = os.path.abspath(args.build)
        self.sender_ns, self.receiver_ns, self.plain_ns = args.namespaces.split(',')
        cores = sorted(os.sched_getaffinity(0))
        if len(cores) < 2:
            sys.exit(f'one core (number {cores[0]}) is too few: the TX core needs one for itself')
        self.tx_core, self.other_cores = cores[-1], cores[:-1]
        self.env = {
            'QSOCK_EAL_ARGS': f'-l {self.other_cores[0]},{self.tx_core} {args.eal}',
            'QSOCK_PORT_ARGS': f'driver={args.driver},overhead={plan.OVERHEAD_BYTES},{plan.PORT_ARGS[args.driver]}',
        }
        self.length_s = plan.seconds(args.quick)

    def program(self, name):
        return os.path.join(self.build, 'examples', name, name)

    def simulator(self):
        return os.path.join(self.build, 'app', 'dpdk-qsock-sim', 'dpdk-qsock-sim')


class OneRun:
    """One run of the plan, from its first process to its last."""

    def __init__(self, bed, run):
        self.bed = bed
        self.run = run
        self.dir = os.path.join(bed.out, 'runs', run.name)
        os.makedirs(self.dir, exist_ok=True)
        on_port = run.bed == 'port'
        self.ns = bed.sender_ns if on_port else bed.plain_ns
        self.address = PORT_ADDRESS if on_port else KERNEL_ADDRESS
        self.receiver_dev = 'v1' if on_port else 'k1'
        self.video = bool(run.managed or run.plain)
        self.notes = {'name': run.name, 'title': run.title, 'seconds': bed.length_s}

    def path(self, name):
        return os.path.join(self.dir, name)

    def go(self):
        with procs.Processes(self.dir) as self.processes:
            self.start_receivers()
            senders = self.start_senders()
            if self.run.bed == 'port':
                self.ping()
            start_ns = self.release(senders)
            transfers = self.perturb(start_ns)
            for sender in senders:
                status = procs.finish(sender, self.bed.length_s + 20)
                if status != 0:
                    raise procs.Timeout(f'{sender.label}: exit status {status}, see '
                                        f'{self.path(sender.label)}.log')
            for transfer in transfers:
                procs.end(transfer, signal.SIGINT)
            procs.end(self.receiver)
            if self.video:
                procs.end(self.capture, signal.SIGINT)
        self.notes['start_ns'] = start_ns
        self.notes['load'] = f'{os.getloadavg()[0]:.2f}'
        with open(self.path('notes.json'), 'w') as f:
            json.dump(self.notes, f, indent=1)

    def start(self, name, ns, command, **more):
        return self.processes.start(name, ns, command, cores=self.bed.other_cores, **more)

    def start_receivers(self):
        run = self.run
        ports = [s.port for s in run.managed + run.plain] or [5010]
        options = [word for port in ports for word in ('--port', port)]
        self.receiver = self.start(
            'receiver', self.bed.receiver_ns,
            [self.bed.program('receiver'), *options, '--csv', self.path('packets.csv'), '--seconds',
             int(self.bed.length_s + 60)], talk=True)
        if self.video:
            self.capture = self.start(
                'capture', self.bed.receiver_ns,
                ['dumpcap', '-q', '-P', '-s', '96', '-i', self.receiver_dev, '-f', 'udp', '-w',
                 self.path('received.pcap')])
        for k in range(len(run.perturbations)):
            # Its receiver's account is kept: a sender counts what still waits in its own buffer.
            self.start(f'iperf-server-{k}', self.bed.receiver_ns,
                       ['iperf3', '-s', '-1', '-p', 5201 + k, '-J', '--logfile',
                        self.path(f'transfer-{k}.json')])
        procs.expect(self.receiver, 'ready', 10)

    def start_senders(self):
        run, bed = self.run, self.bed
        senders = []
        common = ['--to', self.address, '--seconds', bed.length_s]
        managed = ['--dev', DEVICE, '--discipline', run.discipline, '--json', self.path('info.json'),
                   '--ledger', self.path('ledger.csv')]
        if run.managed:
            senders.append(self.sender('managed', 'video-server', managed + common, '--stream', run.managed))
        if run.samples:
            senders.append(self.sender('managed', 'sensor', managed + common, '--samples', (run.samples,)))
        if run.plain:
            senders.append(self.sender('plain', 'video-server', ['--plain'] + common, '--stream', run.plain))
        return senders

    def sender(self, name, program, options, key, values):
        bed = self.bed
        command = [bed.program(program), *options, '--csv', self.path(f'made-{name}.csv')]
        for value in values:
            command += [key, value if isinstance(value, str) else value.option()]
        process = self.start(name, self.ns, command, env=bed.env, talk=True, urgent=True)
        procs.expect(process, 'ready', 30)
        return process

    def ping(self):
        """Through the twin, before the run: the neighbour is known, and the way works both ways."""
        ping = self.start('ping', self.ns, ['ping', '-c', 3, '-i', 0.2, '-W', 1, self.address])
        self.notes['ping'] = procs.finish(ping, 10) == 0

    @staticmethod
    def release(senders):
        """Let all senders go at once; when the first one's first packet is due."""
        for sender in senders:
            sender.stdin.write('\n')
            sender.stdin.flush()
        return min(int(procs.expect(sender, 'start', 5)) for sender in senders)

    def perturb(self, start_ns):
        """The transfers of the run, each in its time; it is over when the last one is."""
        length_s = self.bed.length_s
        transfers = []
        self.notes['perturbations'] = []
        for k, (at, share) in enumerate(self.run.perturbations):
            from_s, for_s = at * length_s, share * length_s
            procs.sleep_until_ns(start_ns + int(from_s * 1e9))
            options = plan.iperf_options(math.ceil(for_s))
            transfers.append(self.start(
                f'iperf-client-{k}', self.ns,
                ['iperf3', '-c', self.address, '-p', 5201 + k, '-C', 'cubic', '--connect-timeout', 3000,
                 *options]))
            self.notes['perturbations'].append([from_s, from_s + for_s])
            procs.sleep_until_ns(start_ns + int((from_s + for_s) * 1e9))
            transfers[-1].send_signal(signal.SIGINT)
        return transfers


def cost_of_calls(bed, starts):
    """Table 1: every call many times; qsockinit once a process."""
    where = os.path.join(bed.out, 'runs', 'call-cost')
    os.makedirs(where, exist_ok=True)
    times = {}
    with procs.Processes(where) as processes:
        for k in range(starts):
            process = processes.start(f'cost-{k}', bed.sender_ns,
                                      [bed.program('call-cost'), '--dev', DEVICE, '--to', PORT_ADDRESS,
                                       '--runs', 10],
                                      cores=bed.other_cores, env=bed.env, talk=True, urgent=True)
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
    ap.add_argument('--namespaces', required=True, metavar='SENDER,RECEIVER,PLAIN')
    ap.add_argument('--eal', default='', help='arguments for EAL')
    ap.add_argument('--driver', default='ethdev', choices=plan.PORT_ARGS, help='of the port')
    ap.add_argument('--memory', default='', help='what the report says of hugepages')
    ap.add_argument('--quick', action='store_true')
    ap.add_argument('--only', default='', help='runs whose name contains this')
    args = ap.parse_args()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(1))
    bed = Bed(args)
    failed = 0
    began = time.monotonic()
    for run in plan.RUNS:
        if args.only not in run.name:
            continue
        print(f'[{time.monotonic() - began:5.1f} s] {run.name}: {run.title}', flush=True)
        try:
            OneRun(bed, run).go()
        except procs.Timeout as e:
            print(f'  failed: {e}', file=sys.stderr)
            failed += 1
    if args.only in 'call-cost':
        print(f'[{time.monotonic() - began:5.1f} s] call-cost: what each call costs', flush=True)
        try:
            cost_of_calls(bed, 10)
        except procs.Timeout as e:
            print(f'  failed: {e}', file=sys.stderr)
            failed += 1
    facts = {'quick': args.quick, 'memory': args.memory, 'tx_core': bed.tx_core, 'other_cores': bed.other_cores,
             'eal_args': bed.env['QSOCK_EAL_ARGS'], 'port_args': bed.env['QSOCK_PORT_ARGS'],
             'run_s': round(time.monotonic() - began, 1)}
    in_virtual_time = virtual.rows(bed.simulator(), bed.length_s)
    with open(os.path.join(bed.out, 'runs', 'virtual.json'), 'w') as f:
        json.dump(in_virtual_time, f)
    report.write(bed.out, facts)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())

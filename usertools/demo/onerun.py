# SPDX-License-Identifier: BSD-3-Clause
"""One run of the plan, by one way, from its first process to its last."""

import json
import math
import os
import signal

import plan
import procs
import ways

ADDRESS, RECEIVER_DEVICE = '10.9.0.2', 'v1'


class OneRun:
    """Leaves all that was measured in a folder; data.RunData reads it."""

    def __init__(self, bed, run, way, where, length_s, capture=False):
        self.bed, self.run, self.way, self.dir, self.length_s = bed, run, way, where, length_s
        os.makedirs(self.dir, exist_ok=True)
        self.capture = capture and bool(run.managed or run.plain)
        self.notes = {'name': run.name, 'title': run.title, 'way': way.name, 'seconds': length_s,
                      'rest': way.rest, 'rest_bps': way.rest_bps(run.link())}

    def path(self, name):
        return os.path.join(self.dir, name)

    def go(self):
        with self.bed.interface(self.way, self.run.link()), procs.Processes(self.dir) as self.processes:
            self.start_receivers()
            senders = self.start_senders()
            self.ping()
            start_ns = self.release(senders)
            transfers = self.perturb(start_ns)
            for sender in senders:
                status = procs.finish(sender, self.length_s + 20)
                if status != 0:
                    raise procs.Timeout(f'{sender.label}: exit status {status}, see '
                                        f'{self.path(sender.label)}.log')
            for transfer in transfers:
                procs.end(transfer, signal.SIGINT)
            procs.end(self.receiver)
            if self.capture:
                procs.end(self.capturer, signal.SIGINT)
        self.notes['start_ns'] = start_ns
        self.notes['load'] = f'{os.getloadavg()[0]:.2f}'
        with open(self.path('notes.json'), 'w') as f:
            json.dump(self.notes, f, indent=1)

    def start(self, name, ns, command, **more):
        return self.processes.start(name, ns, command, cores=self.bed.other_cores, **more)

    def start_receivers(self):
        run = self.run
        ports = [s.port for s in run.managed + run.plain] or [plan.SAMPLES_PORT]
        options = [word for port in ports for word in ('--port', port)]
        self.receiver = self.start(
            'receiver', self.bed.receiver_ns,
            [self.bed.program('receiver'), *options, '--csv', self.path('packets.csv'), '--seconds',
             int(self.length_s + 60)], talk=True)
        if self.capture:
            self.capturer = self.start(
                'capture', self.bed.receiver_ns,
                ['dumpcap', '-q', '-P', '-s', '96', '-i', RECEIVER_DEVICE, '-f', 'udp', '-w',
                 self.path('received.pcap')])
        for k in range(len(run.perturbations)):
            # Its receiver's account is kept: a sender counts what still waits in its own buffer.
            self.start(f'iperf-server-{k}', self.bed.receiver_ns,
                       ['iperf3', '-s', '-1', '-p', 5201 + k, '-J', '--logfile',
                        self.path(f'transfer-{k}.json')])
        procs.expect(self.receiver, 'ready', 10)

    def start_senders(self):
        run, senders = self.run, []
        if run.managed:
            senders.append(self.sender('managed', 'video-server', self.managed(), '--stream', run.managed))
        if run.samples:
            senders.append(self.sender('managed', 'sensor', self.managed(), '--samples', (run.samples,)))
        if run.plain:
            senders.append(self.sender('plain', 'video-server', ['--plain'], '--stream', run.plain))
        return senders

    def managed(self):
        """How a sender is told to have its streams managed, by a way that does."""
        if not self.way.port:
            return ['--plain']
        return ['--dev', ways.DEVICE, '--discipline', self.run.discipline, '--json', self.path('info.json'), '--ledger',
                self.path('ledger.csv')]

    def sender(self, name, program, how, key, values):
        command = [self.bed.program(program), *how, '--to', ADDRESS, '--seconds', self.length_s, '--csv',
                   self.path(f'made-{name}.csv')]
        for value in values:
            command += [key, value if isinstance(value, str) else value.option()]
        process = self.start(name, self.bed.sender_ns, command, env=self.bed.env(self.way, self.run.link()),
                             talk=True, urgent=True)
        procs.expect(process, 'ready', 30)
        return process

    def ping(self):
        """Before the run, through the twin where there is one: the neighbour is known, and the way works both ways."""
        ping = self.start('ping', self.bed.sender_ns, ['ping', '-c', 3, '-i', 0.2, '-W', 1, ADDRESS])
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
        transfers = []
        self.notes['perturbations'] = []
        for k, (at, share) in enumerate(self.run.perturbations):
            from_s, for_s = at * self.length_s, share * self.length_s
            procs.sleep_until_ns(start_ns + int(from_s * 1e9))
            options = plan.iperf_options(math.ceil(for_s))
            transfers.append(self.start(
                f'iperf-client-{k}', self.bed.sender_ns,
                ['iperf3', '-c', ADDRESS, '-p', 5201 + k, '-C', 'cubic', '--connect-timeout', 3000, *options]))
            self.notes['perturbations'].append([from_s, from_s + for_s])
            procs.sleep_until_ns(start_ns + int((from_s + for_s) * 1e9))
            transfers[-1].send_signal(signal.SIGINT)
        return transfers

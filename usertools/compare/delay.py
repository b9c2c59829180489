# SPDX-License-Identifier: BSD-3-Clause
"""The delay of one stream by each way of sending it, beside floods, over one bottleneck.

The stream is a datagram of 1200 bytes each 10 ms, 5 % of the link. Its delay is from the time in the payload,
taken before the call that sends it, to the receiving kernel's own stamp."""

import math
import os
import signal
import time

import data
import procs
import ways
from judge import Check
from onerun import ADDRESS

LINK_BPS = 20_000_000           # the bottleneck's
STREAM_PORT, STREAM_BPS = 5004, 2_000_000
# What the host may send, so that the backlog is the scheduler's and not the link's. HTB takes TCP's segments
# in batches and counts the overhead of the wire once for each of those: 1.5 % of its rate are not there.
LINK = ways.Link(19_400_000, STREAM_BPS, ((STREAM_PORT, STREAM_BPS),), ends_here=False)
STREAM = f'port={STREAM_PORT},fps=100,packets=1,oln=0,old=10'
WARM_S = 0.5                    # of each run, not counted: slow start, the first neighbour
BESIDES_S = 2.5                 # what a run takes besides: processes, a neighbour, what is still under way
IPERF_PORT = 5201
# From here on it is the machine's disturbance and not the way's delay: what it took of a TX core within 100 ms, or of a sender,
# which then sends several datagrams at once.
STALL_NS, LATE_NS = 1_000_000, 1_000_000

# What else the host sends: options of an iperf3 client.
FLOODS = {
    'none': None,
    'udp': ('-u', '-b', '40M', '-l', '1200'),
    'tcp': ('-P', '4', '-C', 'cubic'),
}


class DelayRun:
    """One way beside one flood."""

    def __init__(self, bed, way, flood, where, length_s):
        self.bed, self.way, self.flood, self.dir, self.length_s = bed, way, flood, where, length_s
        os.makedirs(self.dir, exist_ok=True)

    def path(self, name):
        return os.path.join(self.dir, name)

    def go(self):
        with self.bed.interface(self.way, LINK), procs.Processes(self.dir) as self.processes:
            start_ns = self.run_processes()
        return self.measured(start_ns)

    def start(self, name, ns, command, **more):
        return self.processes.start(name, ns, command, cores=self.bed.other_cores, **more)

    def run_processes(self):
        bed = self.bed
        receiver = self.start('receiver', bed.receiver_ns,
                              [bed.program('receiver'), '--port', STREAM_PORT, '--csv',
                               self.path('packets.csv'), '--seconds', int(self.length_s + 60)], talk=True)
        procs.expect(receiver, 'ready', 10)
        sender = self.start_sender()
        ping = self.start('ping', bed.sender_ns, ['ping', '-c', 3, '-i', 0.2, '-W', 1, ADDRESS])
        procs.finish(ping, 10)
        flood = self.start_flood()
        time.sleep(WARM_S)
        sender.stdin.write('\n')
        sender.stdin.flush()
        start_ns = int(procs.expect(sender, 'start', 5))
        status = procs.finish(sender, self.length_s + 20)
        if status != 0:
            raise procs.Timeout(f'sender: exit status {status}, see {self.path("sender.log")}')
        if flood:
            procs.end(flood, signal.SIGINT)
            procs.finish(self.flood_server, 10)     # it writes its account then
        procs.end(receiver)
        return start_ns

    def start_sender(self):
        command = [self.bed.program('video-server')]
        if self.way.port:
            command += ['--dev', ways.DEVICE, '--discipline', 'dwcs', '--json', self.path('info.json'),
                        '--ledger', self.path('ledger.csv')]
        else:
            command += ['--plain']
        command += ['--to', ADDRESS, '--seconds', self.length_s, '--csv', self.path('made.csv'), '--stream', STREAM]
        sender = self.start('sender', self.bed.sender_ns, command, env=self.bed.env(self.way, LINK, 'work-conserving'),
                            talk=True, urgent=True)
        procs.expect(sender, 'ready', 30)
        return sender

    def start_flood(self):
        options = FLOODS[self.flood]
        if options is None:
            return None
        self.flood_server = self.start(
            'iperf-server', self.bed.receiver_ns,
            ['iperf3', '-s', '-1', '-p', IPERF_PORT, '-J', '--logfile', self.path('flood.json')])
        time.sleep(0.3)
        return self.start(f'iperf-{self.flood}', self.bed.sender_ns,
                          ['iperf3', '-c', ADDRESS, '-p', IPERF_PORT, '-t', self.length_s + 30, *options])

    def measured(self, start_ns):
        """The delay of each datagram in ms, infinite where it was lost, and whether the machine disturbed it."""
        frames = {}
        data.read_made(self.path('made.csv'), frames)
        rows, clock = data.read_packets(self.path('packets.csv'))
        arrived = {int(row['frame']): clock.monotonic(int(row['recv_realtime_ns'])) for row in rows}
        stalls = data.read_ledger(self.path('ledger.csv')) if self.way.port else []
        made = sorted((f for f in frames.values() if f.made_ns >= start_ns + WARM_S * 1e9), key=lambda f: f.number)
        delays = delays_of([(f.due_ns, f.made_ns, arrived.get(f.number, math.inf)) for f in made],
                           [(s.from_ns, s.to_ns) for s in stalls if s.total_ns >= STALL_NS])
        return {'delays': delays, 'stalled_ms': sum(s.total_ns for s in stalls) / 1e6 if self.way.port else None,
                'flood_mbps': received_mbps(data.read_json(self.path('flood.json')) if FLOODS[self.flood] else None),
                'load': os.getloadavg()[0]}


def delays_of(times, stalls):
    """times: (due, made, arrived) of datagrams in order; stalls: (from, to). (delay in ms, whether the machine disturbed it) of each:
    the TX core stood still, the sender was late with it or with the one before, whose time on the wire then is in its way, or it
    waited for one before of which that is true."""
    found, held_ns, late_before = [], -math.inf, False
    for due_ns, made_ns, at_ns in times:
        late = made_ns - due_ns > LATE_NS
        touched = (late or late_before or made_ns < held_ns
                   or any(from_ns < at_ns and to_ns > made_ns for from_ns, to_ns in stalls))
        if touched and math.isfinite(at_ns):
            held_ns = max(held_ns, at_ns)
        late_before = late
        found.append(((at_ns - made_ns) / 1e6, touched))
    return found


def received_mbps(iperf):
    """What the flood's receiver got, while it ran; None: there was none."""
    try:
        return iperf['end']['sum_received']['bits_per_second'] / 1e6
    except (KeyError, TypeError):
        pass
    try:
        rates = [i['sum']['bits_per_second'] for i in iperf['intervals']]
        return sum(rates) / len(rates) / 1e6
    except (KeyError, TypeError, ZeroDivisionError):
        return None


def percentile(values, share):
    """Of sorted values, the next higher one; None where it is none, or infinite."""
    value = values[min(len(values) - 1, int(share * len(values)))] if values else math.inf
    return round(value, 4) if math.isfinite(value) else None


def mean(values):
    return round(sum(values) / len(values), 2) if values else None


class Delay:
    """What was measured of one way beside one flood, in all its rounds."""

    def __init__(self, way, flood):
        self.way, self.flood, self.found = way, flood, []

    def every(self, key):
        return [f[key] for f in self.found if f[key] is not None]

    def sorted(self, calm=False):
        """All delays, those lost at the end; calm: of those that the machine did not disturb."""
        return sorted(ms for found in self.found for ms, touched in found['delays'] if not (calm and touched))

    def row(self):
        name = {'way': self.way.name, 'flood': self.flood}
        if not self.found:
            return name
        made = self.sorted()
        arrived, calm = [ms for ms in made if math.isfinite(ms)], self.sorted(calm=True)
        return {
            **name, 'what': self.way.what, 'made': len(made), 'lost': len(made) - len(arrived),
            'p50_ms': percentile(arrived, 0.50), 'p99_ms': percentile(arrived, 0.99), 'max_ms': percentile(arrived, 1),
            # Those lost count as never; and of those alone that the machine did not disturb.
            'p99_of_made_ms': percentile(made, 0.99), 'calm': len(calm), 'p99_of_calm_ms': percentile(calm, 0.99),
            'flood_mbps': mean(self.every('flood_mbps')), 'stalled_ms': mean(self.every('stalled_ms')),
            'load': mean(self.every('load')),
        }


def ms_text(ms):
    return f'{ms:.3f} ms' if ms is not None else 'never'


def checks(found):
    """found: {(way, flood): row}. What has to be shown of the delays, of the ways and floods that were run."""
    made = []
    for (name, flood), row in found.items():
        way = ways.BY_NAME[name]
        other = found.get((way.below, flood))
        if way.most_ms:
            text, limit_ms = f'{way.most_ms:g} ms', way.most_ms
        elif other and flood != 'none':
            text, limit_ms = f'that of {way.below}', other.get('p99_of_made_ms')
        else:
            continue
        text = f'{name}, flood {flood}: p99 below {text}'
        if 'made' not in row or (way.below and 'made' not in other):
            made.append(Check(text, 'a run failed', False))
            continue
        limit = math.inf if limit_ms is None else limit_ms
        value, calm = (math.inf if row[key] is None else row[key] for key in ('p99_of_made_ms', 'p99_of_calm_ms'))
        said = ms_text(row['p99_of_made_ms']) + (f' against {ms_text(limit_ms)}' if other else '')
        # A machine that was taken away nearly all the time explains everything, and so nothing.
        explained = calm < limit and row['calm'] >= row['made'] / 4
        if not value < limit and explained:
            said += f'; {ms_text(row["p99_of_calm_ms"])} of the {row["calm"]} of {row["made"]} that the machine let pass'
        made.append(Check(text, said, value < limit, explained, row['p99_of_made_ms']))
    return made


COLUMNS = (('way', 'way', 's'), ('flood', 'flood', 's'), ('made', 'made', 'd'), ('lost', 'lost', 'd'),
           ('p50, ms', 'p50_ms', '.3f'), ('p99, ms', 'p99_ms', '.3f'), ('max, ms', 'max_ms', '.3f'),
           ('flood gets, Mbit/s', 'flood_mbps', '.2f'), ('TX core stalled, ms', 'stalled_ms', '.1f'))

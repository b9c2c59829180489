# SPDX-License-Identifier: BSD-3-Clause
"""What a run left behind, read into plain lists: packets received, frames made, the ledger of stalls."""

import csv
import json
import os
from dataclasses import dataclass, field


@dataclass
class Frame:
    """A frame as its sender made it, and what of it was received. Times: CLOCK_MONOTONIC, ns."""
    port: int
    number: int
    type: str
    count: int                  # packets
    handed: int                 # of them taken by the socket
    due_ns: int
    made_ns: int
    deadline_ns: int
    arrivals: dict = field(default_factory=dict)        # packet's index: time

    def whole(self):
        return len(self.arrivals) == self.count

    def first_ns(self):
        return self.arrivals.get(0)

    def last_ns(self):
        return max(self.arrivals.values())

    def delay_ms(self):
        """From its making to its last packet; None if a packet is missing."""
        return (self.last_ns() - self.made_ns) / 1e6 if self.whole() else None


@dataclass
class Stall:
    """What the TX core's ledger says of one interval."""
    from_ns: int
    to_ns: int
    count: int
    total_ns: int


class ClockOffset:
    """CLOCK_REALTIME less CLOCK_MONOTONIC, as measured at the start and at the end."""

    def __init__(self, marks):
        (self.at_ns, self.offset_ns), (end_ns, end_offset_ns) = marks[0], marks[-1]
        span_ns = end_ns - self.at_ns
        self.slope = (end_offset_ns - self.offset_ns) / span_ns if span_ns else 0.0

    def monotonic(self, real_ns):
        at_ns = real_ns - self.offset_ns
        return at_ns - round(self.slope * (at_ns - self.at_ns))


def read_made(path, frames):
    """The frames of one sender's CSV, into a dict by (port, number)."""
    with open(path, newline='') as f:
        for row in csv.DictReader(f):
            frame = Frame(int(row['port']), int(row['frame']), row['type'], int(row['count']), int(row['sent']),
                          int(row['due_ns']), int(row['made_ns']), int(row['deadline_ns']))
            frames[frame.port, frame.number] = frame


def read_packets(path):
    """Rows of the receiver's CSV, and the offset of the clocks."""
    marks, rows = [], []
    with open(path, newline='') as f:
        header = f.readline().strip().split(',')
        for line in f:
            if line.startswith('#'):
                _, at_ns, offset_ns = line[1:].split(',')
                marks.append((int(at_ns), int(offset_ns)))
            else:
                rows.append(dict(zip(header, line.strip().split(','))))
    if not marks:
        raise ValueError(f'{path}: no offset of the clocks')
    return rows, ClockOffset(marks)


def read_ledger(path):
    """Growth of the ledger, line by line."""
    stalls, before = [], None
    if not os.path.exists(path):
        return stalls
    with open(path, newline='') as f:
        for row in csv.DictReader(f):
            now = {key: int(value) for key, value in row.items()}
            if before:
                stalls.append(Stall(before['now_ns'], now['now_ns'], now['count'] - before['count'],
                                    now['total_ns'] - before['total_ns']))
            before = now
    return stalls


class RunData:
    """Everything of one run."""

    def __init__(self, where):
        def path(name):
            return os.path.join(where, name)

        with open(path('notes.json')) as f:
            self.notes = json.load(f)
        self.start_ns = self.notes['start_ns']
        self.length_s = self.notes['seconds']
        # What happens to what is not scheduled, and the most that is left to it.
        self.rest, self.rest_bps = self.notes['rest'], self.notes['rest_bps']
        self.frames = {}
        for sender in ('managed', 'plain'):
            if os.path.exists(path(f'made-{sender}.csv')):
                read_made(path(f'made-{sender}.csv'), self.frames)
        self.strangers = 0              # packets that no sender says it made
        self.bytes = {}                 # by port: [(time, bytes)]
        rows, clock = read_packets(path('packets.csv'))
        for row in rows:
            self.add(row, clock)
        self.stalls = read_ledger(path('ledger.csv'))
        self.info = read_json(path('info.json'))
        self.transfers = [read_json(path(f'transfer-{k}.json'))
                          for k in range(len(self.notes['perturbations']))]

    def add(self, row, clock):
        at_ns = clock.monotonic(int(row['recv_realtime_ns']))
        port = int(row['port'])
        frame = self.frames.get((port, int(row['frame'])))
        if frame is None or frame.made_ns != int(row['made_ns']):
            self.strangers += 1
            return
        frame.arrivals.setdefault(int(row['index']), at_ns)
        self.bytes.setdefault(port, []).append((at_ns, int(row['bytes'])))

    def of_port(self, port):
        """Frames of one stream in the order they were made."""
        return [f for (p, _), f in sorted(self.frames.items()) if p == port]

    def seconds_in(self, at_ns):
        return (at_ns - self.start_ns) / 1e9


def read_json(path):
    """None where there is nothing to read: a transfer that never got through leaves an empty file."""
    try:
        with open(path) as f:
            return json.load(f)
    except (OSError, ValueError):
        return None

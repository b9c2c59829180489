# SPDX-License-Identifier: BSD-3-Clause
"""Runs made by hand, so that what the judgement says of them is known beforehand."""

import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

MS = 1_000_000
START_NS = 5_000_000_000
OFFSET_NS = 1_700_000_000_000_000_000       # CLOCK_REALTIME less CLOCK_MONOTONIC
GOP = 'IBBPBBPBBPBB'


class Made:
    """A run: frames of a stream, delivered as asked; then written as the programs write it."""

    def __init__(self, seconds=9, fps=20, port=5004, packets=4):
        self.seconds, self.port, self.packets = seconds, port, packets
        self.interval_ns = 1_000_000_000 // fps
        self.frames = [{'number': n, 'type': GOP[n % 12], 'delay_ns': 30 * MS, 'missing': 0, 'deadline_ns': 0}
                       for n in range(seconds * fps)]
        self.stalls = []                    # (at, ns)
        self.perturbations = []
        self.rest_bps = 10_000_000

    def due_ns(self, number):
        return START_NS + number * self.interval_ns

    def write(self, where):
        os.makedirs(where, exist_ok=True)
        with open(os.path.join(where, 'notes.json'), 'w') as f:
            json.dump({'name': 'made', 'seconds': self.seconds, 'start_ns': START_NS,
                       'perturbations': self.perturbations, 'rest': 'scheduled', 'rest_bps': self.rest_bps}, f)
        self.write_made(os.path.join(where, 'made-managed.csv'))
        self.write_packets(os.path.join(where, 'packets.csv'))
        self.write_ledger(os.path.join(where, 'ledger.csv'))

    def write_made(self, path):
        with open(path, 'w') as f:
            f.write('port,frame,type,count,sent,due_ns,made_ns,deadline_ns\n')
            for frame in self.frames:
                due = self.due_ns(frame['number'])
                f.write(f"{self.port},{frame['number']},{frame['type']},{self.packets},{self.packets},{due},{due},"
                        f"{frame['deadline_ns']}\n")

    def write_packets(self, path):
        with open(path, 'w') as f:
            f.write('port,recv_realtime_ns,bytes,seq,frame,type,index,count,made_ns,deadline_ns\n')
            f.write(f'#start,{START_NS},{OFFSET_NS}\n')
            for frame in self.frames:
                due = self.due_ns(frame['number'])
                for index in range(self.packets - frame['missing']):
                    # Evenly spread: the last packet of a whole frame comes after its delay.
                    at = due + frame['delay_ns'] * (index + 1) // self.packets
                    f.write(f"{self.port},{at + OFFSET_NS},1200,0,{frame['number']},{frame['type']},{index},"
                            f"{self.packets},{due},0\n")
            f.write(f'#end,{START_NS + self.seconds * 1000 * MS},{OFFSET_NS}\n')

    def write_ledger(self, path):
        total = 0
        with open(path, 'w') as f:
            f.write('now_ns,polls,count,total_ns,max_ns,last_at_ns\n')
            for at in range(START_NS, START_NS + self.seconds * 1000 * MS, 100 * MS):
                total += sum(ns for when, ns in self.stalls if at - 100 * MS <= when < at)
                f.write(f'{at},0,0,{total},0,0\n')

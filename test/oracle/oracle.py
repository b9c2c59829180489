#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A naive oracle of the packet disciplines, to be read beside the specification.

Everything is done the slow way on purpose: plain lists, every stream looked at
in every decision, one miss at a time, ratios as exact fractions.  Nothing here
is shared with the library.  The names are the specification's own.
"""

import argparse
import sys

from inputs import InputError, read_arrivals, read_scenario, time_ns
from model import Frame

Y_MAX = 2**32 - 1


# Window adjustment (dwcs)

def dwcs_rule_a(s):
    if s.y == 0:
        return
    if s.y1 > s.x1:
        s.y1 -= 1
    elif s.y1 == s.x1 and s.x1 > 0:
        s.x1 -= 1
        s.y1 -= 1
    if (s.x1 == 0 and s.y1 == 0) or s.tagged:
        s.x1, s.y1 = s.x, s.y
        s.tagged = False


def dwcs_rule_b(s):
    if s.y == 0:
        return
    if s.x1 > 0:
        s.x1 -= 1
        s.y1 -= 1
        if s.x1 == 0 and s.y1 == 0:
            s.x1, s.y1 = s.x, s.y
    else:
        s.y1 = min(s.y1 + 1, Y_MAX)
        s.tagged = True
        s.violations += 1


# Virtual deadlines (vds): what stands for the rules A and B there

def vds_service(s):
    s.m1 = max(s.m1 - 1, 0)
    s.k1 -= 1
    vds_end_of_window(s)


def vds_miss(s):
    s.k1 -= 1
    vds_end_of_window(s)


def vds_end_of_window(s):
    if s.k1 == 0:
        if s.m1 > 0:
            s.violations += 1
        s.m1, s.k1 = s.y - s.x, s.y


# Precedence: the lowest key is the best

def window_key(s):
    w = s.W1()
    middle = (-s.y1, s.head_deadline()) if w == 0 else (s.head_deadline(), s.x1)
    return (w, *middle, s.head().arrival, s.id)


def deadline_key(s):
    w = s.W1()
    middle = -s.y1 if w == 0 else s.x1
    return (s.head_deadline(), w, middle, s.head().arrival, s.id)


def vds_key(s):
    if s.m1 > 0:
        return (0, s.virtual_deadline(), s.head().arrival, s.id)
    return (1, s.head_deadline(), s.head().arrival, s.id)


class Oracle:
    def __init__(self, port, streams, packets):
        """packets: in the order of the file, each stream's in its own order."""
        self.port = port
        self.streams = streams
        for s in streams:
            s.start_state()
        # A stable sort: packets that are equal so far stay in order of position.
        self.to_come = sorted(packets, key=lambda p: (p.arrival, p.stream.id))
        self.events = []

    # What the discipline is

    def has_stream_clock(self, s):
        return s.realtime and self.port.scheduler in ('dwcs', 'vds')

    def frame_is_request(self, s):
        return self.has_stream_clock(s) and s.unit == 'frame'

    def rule_a(self, s):
        vds_service(s) if self.port.scheduler == 'vds' else dwcs_rule_a(s)

    def rule_b(self, s):
        vds_miss(s) if self.port.scheduler == 'vds' else dwcs_rule_b(s)

    # The loop

    def run(self, until=None):
        now = self.after_idling()
        while now is not None and (until is None or now <= until):
            now = self.decide(now)
        return self

    def decide(self, now):
        """One decision; the time of the next, or None."""
        self.admit(now)
        self.expire(now)
        p = self.select(now)
        if p is None:
            return self.after_idling()
        self.send(p, now)
        return now + self.port.occupy(p.length)

    def after_idling(self):
        """The next arrival, or the next moment a stream becomes eligible."""
        moments = [p.arrival for p in self.to_come[:1]]
        moments += [s.D - s.T for s in self.streams if self.has_stream_clock(s) and s.queue]
        return min(moments, default=None)

    def event(self, now, kind, p):
        s = p.stream
        late = 0 if kind == 'queue_drop' else int(p.late)
        x, y = s.x, s.y
        if self.port.scheduler == 'vds':
            x, y = s.m1, s.k1
        elif self.has_stream_clock(s):
            x, y = s.x1, s.y1
        self.events.append((now, kind, s.name, p.seq, late, x, y, s.violations))
        s.count[kind] += 1
        if kind == 'sent':
            s.sent_late += late
            s.sent_bytes += p.length

    # 1. Admit

    def admit(self, now):
        while self.to_come and self.to_come[0].arrival <= now:
            self.arrive(self.to_come.pop(0), now)

    def arrive(self, p, now):
        s = p.stream
        p.seq = s.offered
        s.offered += 1
        first_of_frame = self.enter_frame(s, p)
        if self.has_stream_clock(s):
            self.arrival_rule(s, p, first_of_frame)
        if first_of_frame and self.frame_is_request(s):
            s.frames.append(p.frame)
        self.join(s, p, now)
        self.leave_frame(s, p)

    def enter_frame(self, s, p):
        """Find the frame p belongs to; true where p is its first packet."""
        if p.starts:
            if s.open_frame:
                s.open_frame.complete = True
                self.end_frames_that_are_over(s)
            s.open_frame = Frame()
        p.frame = s.open_frame
        if p.frame is None and self.frame_is_request(s):
            p.frame = Frame()           # outside a frame: a frame of one
            return True
        return p.starts

    def leave_frame(self, s, p):
        outside = s.open_frame is None
        if p.ends or outside:
            if p.frame:
                p.frame.complete = True
            s.open_frame = None
        self.end_frames_that_are_over(s)

    def arrival_rule(self, s, p, first_of_frame):
        if s.queue:
            return
        if self.frame_is_request(s) and (s.frames or not first_of_frame):
            return
        if s.D is None:
            s.D = p.arrival + s.T
        else:
            s.D = max(s.D - s.T, p.arrival) + s.T

    def join(self, s, p, now):
        if p.frame and p.frame.late:
            p.late = True               # unit = frame, after the frame's miss
        if p.frame and p.frame.condemned and p.droppable:
            self.frame_drop(s, p, now)
        elif len(s.queue) >= s.limit:
            if p.frame:
                p.frame.dropped = True
            self.event(now, 'queue_drop', p)
        else:
            if p.frame:
                p.frame.ever_queued = True
            s.queue.append(p)

    def frame_drop(self, s, p, now):
        """Of a request that is a packet, a miss; of a frame, part of its only one."""
        if self.has_stream_clock(s) and not self.frame_is_request(s):
            self.rule_b(s)
            s.D += s.T
        p.late = True
        p.frame.dropped = True
        self.event(now, 'frame_drop', p)

    # 2. Expire

    def expire(self, now):
        for s in self.streams:
            if not s.realtime:
                continue
            if self.port.scheduler == 'edf':
                self.expire_edf(s, now)
            elif self.frame_is_request(s):
                while s.queue and s.head_deadline() <= now and not s.frames[0].late:
                    self.miss_frame(s, now)
            elif self.has_stream_clock(s):
                while s.queue and s.head_deadline() <= now:
                    self.miss_packet(s, now)

    def miss_packet(self, s, now):
        self.rule_b(s)
        p = s.head()
        p.late = True
        if p.droppable:
            s.queue.remove(p)
            self.event(now, 'late_drop', p)
        else:
            p.own_deadline = 0          # consumed, if it had one
        s.D += s.T
        if p.droppable:
            self.condemn(s, p.frame, now)

    def condemn(self, s, frame, now):
        """A packet of the frame was dropped late: drop what is queued of the rest."""
        if frame is None:
            return
        frame.condemned = True
        for p in list(s.queue):
            if p.frame is frame and p.droppable:
                s.queue.remove(p)
                self.frame_drop(s, p, now)

    def miss_frame(self, s, now):
        self.rule_b(s)
        head = s.head()
        frame = head.frame
        frame.late = True
        for p in s.queue:
            if p.frame is frame:
                p.late = True
        if head.droppable:
            s.queue.remove(head)
            self.event(now, 'late_drop', head)
        else:
            head.own_deadline = 0       # consumed, if it had one
        self.condemn(s, frame, now)
        self.end_frames_that_are_over(s)

    def end_frames_that_are_over(self, s):
        """Only the oldest frame has D; the next has its turn when that is over."""
        while s.frames and s.frames[0].complete and not self.is_queued(s, s.frames[0]):
            frame = s.frames.pop(0)
            if not frame.ever_queued:
                continue                # never a request: it takes no period
            if not frame.late and not frame.dropped:
                self.rule_a(s)
            s.D += s.T

    def is_queued(self, s, frame):
        return any(p.frame is frame for p in s.queue)

    def edf_deadline(self, p):
        return p.own_deadline or p.arrival + p.stream.deadline

    def expire_edf(self, s, now):
        for p in list(s.queue):
            if p not in s.queue or self.edf_deadline(p) > now:
                continue                # gone with its frame, or not due
            p.late = True
            if p.droppable:
                s.queue.remove(p)
                self.event(now, 'late_drop', p)
                self.condemn(s, p.frame, now)

    # 3. Select

    def select(self, now):
        """The packet to send, or None."""
        if self.port.scheduler == 'fifo':
            return self.first_arrived(self.streams)
        if self.port.scheduler == 'edf':
            p = self.select_edf()
        else:
            p = self.select_stream(now)
        return p or self.first_arrived([s for s in self.streams if not s.realtime])

    def first_arrived(self, streams):
        heads = [s.head() for s in streams if s.queue]
        return min(heads, key=lambda p: (p.arrival, p.stream.id), default=None)

    def select_edf(self):
        competing = []
        for s in self.streams:
            if s.realtime:
                competing += s.queue[:1] if s.in_order else s.queue
        return min(competing, default=None, key=lambda p: (
            self.edf_deadline(p), p.arrival, p.stream.id, p.seq))

    def is_eligible(self, s, now):
        if not s.realtime or not s.queue:
            return False
        return self.port.work_conserving or now >= s.D - s.T

    def select_stream(self, now):
        key = {'window': window_key, 'deadline': deadline_key}[self.port.precedence]
        if self.port.scheduler == 'vds':
            key = vds_key
        eligible = [s for s in self.streams if self.is_eligible(s, now)]
        return min(eligible, key=key).head() if eligible else None

    def send(self, p, now):
        s = p.stream
        s.queue.remove(p)
        if self.frame_is_request(s):
            self.end_frames_that_are_over(s)
        elif self.has_stream_clock(s):
            self.rule_a(s)
            s.D += s.T
        self.event(now, 'sent', p)

    # Results

    def summary(self):
        """Per stream what --json gives, and what is still queued."""
        return {s.name: {
            'offered': s.offered,
            **s.count,
            'on_time': s.count['sent'] - s.sent_late,
            'late': s.sent_late,
            'violations': s.violations,
            'bytes': s.sent_bytes,
            'queued': len(s.queue),
        } for s in self.streams}

    def events_csv(self):
        lines = ['time_ns,event,stream,seq,late,x,y,violations']
        lines += [','.join(map(str, row)) for row in self.events]
        return '\n'.join(lines) + '\n'


def load(scenario, arrivals):
    """An oracle from the two texts."""
    port, streams = read_scenario(scenario)
    return Oracle(port, streams, read_arrivals(arrivals, streams))


def main(argv=None):
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument('--scenario', required=True, metavar='FILE.ini')
    ap.add_argument('--arrivals', required=True, metavar='FILE.csv')
    ap.add_argument('--events', required=True, metavar='OUT.csv')
    ap.add_argument('--until', metavar='TIME')
    args = ap.parse_args(argv)
    try:
        until = None if args.until is None else time_ns(args.until)
        with open(args.scenario) as scenario, open(args.arrivals) as arrivals:
            oracle = load(scenario.read(), arrivals.read())
        with open(args.events, 'w', newline='') as events:
            events.write(oracle.run(until).events_csv())
    except (InputError, OSError) as e:
        print(f'oracle: {e}', file=sys.stderr)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())

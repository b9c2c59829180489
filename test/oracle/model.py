# SPDX-License-Identifier: BSD-3-Clause
"""What a scenario is made of: the port with its link, streams, packets, frames."""

from fractions import Fraction


class Frame:
    """Of unit = frame every packet has one, of unit = packet those in a frame."""

    def __init__(self):
        self.complete = False       # its last packet has arrived
        self.condemned = False      # a packet of it was dropped late
        self.late = False           # unit = frame: had its only miss
        self.dropped = False        # a packet of it was dropped, for any reason
        self.ever_queued = False


class Packet:
    def __init__(self, arrival, stream, length, deadline, flags):
        self.arrival = arrival
        self.stream = stream
        self.length = length
        self.own_deadline = deadline    # absolute; 0: none, or consumed
        self.starts = 's' in flags
        self.ends = 'e' in flags
        self.droppable = stream.droppable
        if 'n' in flags:
            self.droppable = False
        if 'd' in flags:
            self.droppable = True
        self.seq = None
        self.late = False
        self.frame = None


class Stream:
    def __init__(self, name, number):
        self.name = name
        self.id = number
        # parameters
        self.T = 0
        self.x = 0
        self.y = 0
        self.realtime = True
        self.droppable = True
        self.deadline = 0               # relative, edf
        self.in_order = False
        self.unit = 'packet'
        self.limit = 1024
        # state; "1" stands for the prime
        self.queue = []                 # in order of arrival
        self.D = None                   # None until the first packet ever
        self.x1 = self.y1 = 0
        self.tagged = False
        self.m1 = self.k1 = 0
        self.violations = 0
        self.open_frame = None          # started, its end not seen yet
        self.frames = []                # unit = frame: those not over, oldest first
        # counters
        self.offered = 0
        self.count = dict.fromkeys(('sent', 'late_drop', 'frame_drop', 'queue_drop'), 0)
        self.sent_late = 0
        self.sent_bytes = 0

    def start_state(self):
        self.x1, self.y1 = self.x, self.y
        self.m1, self.k1 = self.y - self.x, self.y

    def head(self):
        return self.queue[0]

    def head_deadline(self):
        """D, or what replaces it while the head carries its own."""
        return self.head().own_deadline or self.D

    def W1(self):
        return Fraction(self.x1, self.y1) if self.y1 else Fraction(0)

    def virtual_deadline(self):
        ts = self.D - self.T
        return ts + Fraction(self.k1 * self.T, self.m1)


class Port:
    def __init__(self):
        self.rate = 0
        self.overhead = 24
        self.scheduler = 'dwcs'
        self.precedence = 'window'
        self.work_conserving = False
        self.r = 0                      # remainder carried to the next frame

    def occupy(self, length):
        """The time that a frame holds the link, ns."""
        bits_ns = 8 * 10**9 * (length + self.overhead) + self.r
        self.r = bits_ns % self.rate
        return bits_ns // self.rate

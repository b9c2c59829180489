# SPDX-License-Identifier: BSD-3-Clause
"""What the demonstration runs: the link, the streams, the perturbations, run by run."""

from dataclasses import dataclass

import ways
from ways import OVERHEAD_BYTES, QUEUE_MS

LINK_BPS = 10_000_000
RESERVED_BPS = 9_200_000        # for what is managed, where the link is shared out beforehand: the longest frame still fits its period
HEADER_BYTES = 42               # Ethernet, IPv4, UDP
PACKET_BYTES = 1200             # the video server's datagrams
TCP_WIRE_SHARE = 1448 / 1538    # payload of what a full TCP segment occupies on the wire
IN_TIME_MS = 100                # a frame is of use for so long after it was made
GAP_MS = 5                      # a gap between frames may be off by so much
WAY_MS = 5                      # what the sensor keeps in hand for the way
MANAGED_LOAD = 0.70
PERTURBATION_LOAD = 0.45        # so that the total is 115 % of the link

PACKET_WIRE_NS = (PACKET_BYTES + HEADER_BYTES + OVERHEAD_BYTES) * 8 * 1_000_000_000 // LINK_BPS


def packets_for(load, fps):
    """Mean packets a frame of a stream that takes this share of the link."""
    return round(load * 1e9 / fps / PACKET_WIRE_NS, 2)


@dataclass(frozen=True)
class Stream:
    """A video stream: load is its share of the link."""
    name: str
    port: int
    fps: int
    load: float
    oln: int = 0
    old: int = 10
    uneven: bool = False
    seed: int = 1

    def option(self):
        text = f'port={self.port},fps={self.fps},packets={packets_for(self.load, self.fps)}'
        text += f',oln={self.oln},old={self.old},seed={self.seed}'
        return text + (',sizes=uneven' if self.uneven else '')


@dataclass(frozen=True)
class Run:
    """One run. way: by which it is always made; else by the one that is looked at. discipline: of the port.
    managed: streams of one sender with q-calls, where the way has them; plain: streams of a sender on kernel sockets.
    perturbations: (start, seconds), both in shares of the run."""
    name: str
    title: str
    way: str = ''
    discipline: str = 'dwcs'
    managed: tuple = ()
    plain: tuple = ()
    samples: str = ''
    perturbations: tuple = ()

    def link(self):
        """What the host has, and what of it is whose."""
        shares = [(s.port, s.load) for s in self.managed] or [(SAMPLES_PORT, SAMPLES_LOAD)]
        return ways.Link(LINK_BPS, RESERVED_BPS, tuple((port, int(load * LINK_BPS)) for port, load in shares),
                         ends_here=True)


SAMPLES_PORT = 5010
SAMPLES_LOAD = 0.71             # on average; for a fifth of the time it is 1.15
MOVIE = Stream('movie', 5004, 20, MANAGED_LOAD)
TWICE = ((3 / 9, 2 / 9), (6 / 9, 2 / 9))        # at 15 and 30 s of 45, for 10 s each
ONCE = ((6 / 9, 3 / 9),)                        # at 30 s of 45, until the end

RUNS = (
    Run('video-dwcs', 'managed: dwcs', managed=(MOVIE,), perturbations=TWICE),
    Run('video-fifo', 'unmanaged: fifo on the same port', discipline='fifo', managed=(MOVIE,),
        perturbations=TWICE),
    Run('video-kernel', 'unmanaged: kernel socket, TBF', way='plain', managed=(MOVIE,), perturbations=TWICE),
    Run('three-videos', 'two managed streams and an unmanaged one',
        managed=(Stream('managed 20 fps', 5004, 20, 0.40, oln=0, old=20),
                 Stream('managed 15 fps', 5006, 15, 0.30, oln=1, old=15, seed=2)),
        plain=(Stream('unmanaged 20 fps', 5008, 20, 0.45, uneven=True, seed=3),)),
    Run('sensor-lossy', 'edf, lossy', discipline='edf', samples=f'port={SAMPLES_PORT},seed=1', perturbations=ONCE),
    Run('sensor-lossless', 'edf, lossless', discipline='edf', samples=f'port={SAMPLES_PORT},lossless,seed=1',
        perturbations=ONCE),
    Run('sensor-fifo', 'unmanaged', discipline='fifo', samples=f'port={SAMPLES_PORT},seed=1', perturbations=ONCE),
)

FULL_SECONDS = 45
QUICK_SECONDS = 6.3
WINDOWS = 9                     # a run has so many: 5 s each in the full length


def seconds(quick):
    return QUICK_SECONDS if quick else FULL_SECONDS


def iperf_options(length_s):
    """A transfer of several connections, as a browser or an ftp client has them, that together want
    PERTURBATION_LOAD of the link; what they get is the scheduler's business."""
    flows = 4
    each_bps = int(PERTURBATION_LOAD * LINK_BPS * TCP_WIRE_SHARE / flows)
    return ['-P', str(flows), '-b', str(each_bps), '-l', '8K', '-t', f'{length_s:.2f}']

# SPDX-License-Identifier: BSD-3-Clause
"""What the demonstration runs: the link, the streams, the perturbations, run by run."""

from dataclasses import dataclass, field

LINK_BPS = 10_000_000
OVERHEAD_BYTES = 24             # on the wire beyond an Ethernet frame
HEADER_BYTES = 42               # Ethernet, IPv4, UDP
PACKET_BYTES = 1200             # the video server's datagrams
TCP_WIRE_SHARE = 1448 / 1538    # payload of what a full TCP segment occupies on the wire
QUEUE_MS = 50                   # of best effort in the port, and of the plain link's TBF
IN_TIME_MS = 100                # a frame is of use for so long after it was made
GAP_MS = 5                      # a gap between frames may be off by so much
WAY_MS = 5                      # what the sensor keeps in hand for the way
MANAGED_LOAD = 0.70
PERTURBATION_LOAD = 0.45        # so that the total is 115 % of the link

# By driver, what else a port is made with. Beside af_xdp's socket the kernel sends by itself: the link is shared out, so
# that the largest frame of the video still fits into its period.
FOREIGN_BPS = 800_000
PORT_ARGS = {
    'ethdev': f'rate={LINK_BPS},twin=qs0,best-effort={QUEUE_MS}ms',
    'af_xdp': f'rate={LINK_BPS - FOREIGN_BPS},cap-foreign={FOREIGN_BPS}',
    'kernel': f'rate={LINK_BPS}',
}

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
    """One run. bed: 'port' (the DPDK port and its twin) or 'kernel' (TBF). discipline: of the port.
    managed: streams of one sender with q-calls; plain: streams of a sender on kernel sockets.
    perturbations: (start, seconds), both in shares of the run."""
    name: str
    title: str
    bed: str = 'port'
    discipline: str = 'dwcs'
    managed: tuple = ()
    plain: tuple = ()
    samples: str = ''
    perturbations: tuple = ()
    full_only: bool = field(default=False)


MOVIE = Stream('movie', 5004, 20, MANAGED_LOAD)
TWICE = ((3 / 9, 2 / 9), (6 / 9, 2 / 9))        # at 15 and 30 s of 45, for 10 s each
ONCE = ((6 / 9, 3 / 9),)                        # at 30 s of 45, until the end

RUNS = (
    Run('video-dwcs', 'managed: dwcs', managed=(MOVIE,), perturbations=TWICE),
    Run('video-fifo', 'unmanaged: fifo on the same port', discipline='fifo', managed=(MOVIE,),
        perturbations=TWICE),
    Run('video-kernel', 'unmanaged: kernel socket, TBF', bed='kernel', plain=(MOVIE,), perturbations=TWICE),
    Run('three-videos', 'two managed streams and an unmanaged one',
        managed=(Stream('managed 20 fps', 5004, 20, 0.40, oln=0, old=20),
                 Stream('managed 15 fps', 5006, 15, 0.30, oln=1, old=15, seed=2)),
        plain=(Stream('unmanaged 20 fps', 5008, 20, 0.45, uneven=True, seed=3),)),
    Run('sensor-lossy', 'edf, lossy', discipline='edf', samples='port=5010,seed=1', perturbations=ONCE),
    Run('sensor-lossless', 'edf, lossless', discipline='edf', samples='port=5010,lossless,seed=1',
        perturbations=ONCE),
    Run('sensor-fifo', 'unmanaged', discipline='fifo', samples='port=5010,seed=1', perturbations=ONCE),
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

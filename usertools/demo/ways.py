#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The ways a stream can leave a host, side by side: what each is set up with, and what may be expected of it.

    usertools/demo/ways.py --ports      the names of those that are ports

A new way is one more entry of WAYS."""

import sys
from dataclasses import dataclass

DEVICE = 'v0'                   # of the sending host
OVERHEAD_BYTES = 24             # on the wire beyond an Ethernet frame
MTU_BYTES = 1514
QUEUE_MS = 50                   # of what is not scheduled


@dataclass(frozen=True)
class Link:
    """What the sending host has, and how it is shared out where that has to be said beforehand."""
    rate_bps: int               # what the host may send in all
    reserved_bps: int           # of it for the streams, by a way that has a fixed part
    streams: tuple              # (UDP port, bit/s that are its own), where classes are made for them by hand
    ends_here: bool             # the sender's interface is the bottleneck; else there is one farther on


def _nothing(_):
    return ()


def _tbf(link):
    """One queue for all, as long as a port's for what is not scheduled."""
    if not link.ends_here:
        return ()
    return (f'tc qdisc add dev {DEVICE} root tbf rate {link.rate_bps} burst 1600 '
            f'limit {link.rate_bps * QUEUE_MS // 8000} overhead {OVERHEAD_BYTES}',)


def _htb(link):
    """A class for each stream, as an administrator makes them with tc alone: first in turn, its own rate, up to all."""
    return _classes(link, link.streams)


def _htb_all(link):
    """The same with all of the link theirs but what driver kernel's HTB keeps for the rest, too: 5 %."""
    return _classes(link, [(port, link.rate_bps * 95 // 100 // len(link.streams)) for port, _ in link.streams])


def _classes(link, streams):
    def add(parent, minor, rate_bps, prio):
        return (f'tc class add dev {DEVICE} parent 1:{parent} classid 1:{minor} htb rate {rate_bps} '
                f'ceil {link.rate_bps} prio {prio} quantum {MTU_BYTES} overhead {OVERHEAD_BYTES}')

    rest_bps = link.rate_bps - sum(bps for _, bps in streams)
    commands = [f'tc qdisc add dev {DEVICE} root handle 1: htb default 30', add('', 1, link.rate_bps, 0),
                add('1', 30, rest_bps, 1)]
    for k, (port, bps) in enumerate(streams, 10):
        commands += [add('1', k, bps, 0),
                     f'tc filter add dev {DEVICE} parent 1: protocol ip u32 match ip dport {port} 0xffff flowid 1:{k}']
    return tuple(commands)


@dataclass(frozen=True)
class Way:
    """How streams leave, and the rest of what their host sends beside them."""
    name: str
    what: str
    rest: str                   # what is not scheduled: 'scheduled' with the streams, 'capped', in a 'class', in 'one queue'
    port: str = None            # settings for qsockinit(), see settings(); None: ordinary sockets
    tc: callable = _nothing     # of a link: commands for the sender's interface
    figures: tuple = (4, 5, 6, 7)       # the paper's figures that it is compared in
    holds: bool = False         # and they are expected of it
    delay: bool = True          # the delay beside floods is measured
    most_ms: float = None       # what the delay's p99 beside a flood has to stay below
    below: str = None           # and the way whose p99 that is

    def settings(self, link, more=''):
        """For QSOCK_PORT_ARGS."""
        text = self.port.format(rate=link.rate_bps, reserved=link.reserved_bps, rest=link.rate_bps - link.reserved_bps)
        return f'{text},overhead={OVERHEAD_BYTES}' + (f',{more}' if more else '')

    def rest_bps(self, link):
        """The most that is left to what is not scheduled."""
        return link.rate_bps - (link.reserved_bps if self.rest == 'capped' else 0)


WAYS = (
    Way('plain', 'kernel socket, no class of its own', 'one queue', tc=_tbf, figures=(4, 5, 7)),
    Way('htb', 'kernel socket, its own class in HTB, of its mean rate', 'class', tc=_htb),
    # Its delay would be htb's: a rate above its need changes nothing for a stream that needs little.
    Way('htb-all', 'kernel socket, its own class in HTB; all the streams\' but 5 %', 'class', tc=_htb_all, delay=False),
    Way('kernel', 'qsocket, driver kernel', 'class', port='driver=kernel,rate={rate}', holds=True, below='htb'),
    Way('af_xdp', 'qsocket, driver af_xdp; the rest capped', 'capped',
        port='driver=af_xdp,rate={reserved},cap-foreign={rest}', holds=True, most_ms=2),
    Way('ethdev', 'qsocket, driver ethdev (net_af_xdp), all through the twin', 'scheduled',
        port=f'driver=ethdev,rate={{rate}},twin=qs0,best-effort={QUEUE_MS}ms', holds=True, most_ms=2),
)
BY_NAME = {way.name: way for way in WAYS}
PORTS = tuple(way.name for way in WAYS if way.port)


if __name__ == '__main__':
    if sys.argv[1:] != ['--ports']:
        sys.exit(__doc__)
    print('\n'.join(PORTS))

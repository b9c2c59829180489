# SPDX-License-Identifier: BSD-3-Clause
"""The ways a stream can leave a host, side by side: what each is set up with."""

from dataclasses import dataclass

LINK_BPS = 20_000_000           # the bottleneck's
# What a scheduler may use of it, so that the backlog is the scheduler's and not the link's. HTB takes TCP's segments
# in batches and counts the overhead of the wire once for each of those: 1.5 % of its rate are not there.
PORT_BPS = 19_400_000
STREAM_BPS = 2_000_000          # set aside for the stream where others are only capped
STREAM_PORT = 5004


@dataclass(frozen=True)
class Way:
    """port: settings for qsockinit(), None: an ordinary socket. setup: commands for the sender's interface."""
    name: str
    what: str
    port: str = None
    setup: tuple = ()


def _htb():
    """A class for the stream, as an administrator would make it with tc alone."""
    tc = 'tc class add dev v0 parent 1:'
    rest = PORT_BPS - STREAM_BPS
    return (
        'tc qdisc add dev v0 root handle 1: htb default 30',
        f'{tc} classid 1:1 htb rate {PORT_BPS} overhead 24',
        f'{tc}1 classid 1:10 htb rate {STREAM_BPS} ceil {PORT_BPS} prio 0 overhead 24',
        f'{tc}1 classid 1:30 htb rate {rest} ceil {PORT_BPS} prio 1 overhead 24',
        f'tc filter add dev v0 parent 1: protocol ip u32 match ip dport {STREAM_PORT} 0xffff flowid 1:10',
    )


WAYS = (
    Way('plain', 'kernel socket, no qdisc of its own'),
    Way('htb', 'kernel socket, its own class in HTB', setup=_htb()),
    Way('kernel', 'qsocket, driver kernel', port=f'driver=kernel,rate={PORT_BPS},work-conserving'),
    Way('af_xdp', 'qsocket, driver af_xdp; the rest capped',
        port=f'driver=af_xdp,rate={STREAM_BPS},cap-foreign={PORT_BPS - STREAM_BPS},work-conserving'),
    Way('ethdev', 'qsocket, driver ethdev (net_af_xdp), all through the twin',
        port=f'driver=ethdev,rate={PORT_BPS},twin=qs0,work-conserving'),
)

# What else the host sends: options of an iperf3 client.
FLOODS = (
    ('none', None),
    ('udp', ('-u', '-b', '40M', '-l', '1200')),
    ('tcp', ('-P', '4', '-C', 'cubic')),
)

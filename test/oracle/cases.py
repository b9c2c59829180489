# SPDX-License-Identifier: BSD-3-Clause
"""Short ways to write a case for the tests: one port, a few streams and arrivals."""

import oracle

HEADER = 'time_ns,stream,bytes,deadline_ns,flags'


def stream_ini(name, **keys):
    keys = {'ipg': '10us', 'oln': 1, 'old': 2, 'deadline': '10us', **keys}
    lines = [f'{k.replace("_", "-")} = {v}' for k, v in keys.items()]
    return '\n'.join([f'[stream {name}]', *lines, ''])


def make(streams, arrivals, **port):
    """An oracle; 1000 bytes take 1000 ns.  An arrival: 'time stream [key=value]...'."""
    port = {'rate': '8gbit', 'overhead': 0, **port}
    lines = [f'{k.replace("_", "-")} = {v}' for k, v in port.items()]
    rows = [HEADER]
    for words in map(str.split, arrivals):
        more = dict(w.split('=') for w in words[2:])
        rows.append(f'{words[0]},{words[1]},{more.get("bytes", 1000)},'
                    f'{more.get("deadline", 0)},{more.get("flags", "")}')
    return oracle.load('\n'.join(['[port 0]', *lines, *streams]), '\n'.join(rows))


def events(streams, arrivals, until=None, **port):
    """Rows with blanks: 'time event stream seq late x y violations'."""
    return [' '.join(map(str, row)) for row in make(streams, arrivals, **port).run(until).events]


def brief(rows):
    """Rows cut down to 'time event stream seq'."""
    return [' '.join(row.split()[:4]) for row in rows]


BEST_EFFORT = {'class': 'best-effort'}

# A stream that takes the link first at time 0, for as long as its frame lasts.
STALL = stream_ini('b', oln=0, old=1, ipg='1s')

# SPDX-License-Identifier: BSD-3-Clause
"""The simulator's input files: a scenario and its arrivals."""

import csv

from model import Packet, Port, Stream


class InputError(Exception):
    """A scenario or an arrivals file that breaks the contract."""


UNITS_TIME = (('ns', 1), ('us', 10**3), ('ms', 10**6), ('s', 10**9), ('', 1))
UNITS_RATE = (('kbit', 10**3), ('mbit', 10**6), ('gbit', 10**9), ('tbit', 10**12),
              ('bit', 1), ('', 1))


def with_unit(text, units):
    for suffix, factor in units:
        number = text[:len(text) - len(suffix)]
        if text.endswith(suffix) and number.isascii() and number.isdigit():
            return int(number) * factor
    raise InputError(f'{text!r}: not a number with one of the units')


def time_ns(text):
    return with_unit(text, UNITS_TIME)


def rate_bps(text):
    return with_unit(text.lower(), UNITS_RATE)


def number(text):
    return with_unit(text, (('', 1),))


def yes_no(text):
    return one_of('yes', 'no')(text) == 'yes'


def one_of(*words):
    def parse(text):
        if text not in words:
            raise InputError(f'{text!r}: not one of {", ".join(words)}')
        return text
    return parse


def within(parse, low, high):
    def check(text):
        value = parse(text)
        if not low <= value <= high:
            raise InputError(f'{text!r}: not in {low}..{high}')
        return value
    return check


PORT_KEYS = {
    'rate': ('rate', within(rate_bps, 10**3, 10**12)),
    'overhead': ('overhead', within(number, 0, 255)),
    'scheduler': ('scheduler', one_of('dwcs', 'vds', 'edf', 'fifo')),
    'precedence': ('precedence', one_of('window', 'deadline')),
    'work-conserving': ('work_conserving', yes_no),
}
STREAM_KEYS = {
    'ipg': ('T', within(time_ns, 10**3, 10**12)),
    'oln': ('x', within(number, 0, 65535)),
    'old': ('y', within(number, 0, 65535)),
    'class': ('realtime', lambda text: one_of('realtime', 'best-effort')(text) == 'realtime'),
    'droppable': ('droppable', yes_no),
    'deadline': ('deadline', within(time_ns, 1, 10**12)),
    'in-order': ('in_order', yes_no),
    'unit': ('unit', one_of('packet', 'frame')),
    'queue': ('limit', within(number, 1, 65536)),
}
# Built-in sources: not the oracle's, which always has an arrivals file.
SOURCE_KEYS = ('source', 'packet', 'interval', 'seed', 'start', 'stop')


def read_scenario(text):
    """The port and the streams of an INI text."""
    port, streams, section = None, [], None
    for line_no, line in enumerate(text.splitlines(), 1):
        line = line.split(';')[0].strip()
        try:
            if line.startswith('['):
                section = new_section(line, len(streams))
                if isinstance(section, Port):
                    port = section
                else:
                    streams.append(section)
            elif line:
                set_key(section, line)
        except InputError as e:
            raise InputError(f'scenario line {line_no}: {e}') from None
    check_scenario(port, streams)
    return port, streams


def new_section(line, number_of_streams):
    kind, _, name = line.strip('[]').partition(' ')
    if kind == 'port':
        return Port()
    if kind == 'stream':
        return Stream(name.strip(), number_of_streams)
    raise InputError(f'unknown section {line}')


def set_key(section, line):
    key, _, text = (part.strip() for part in line.partition('='))
    keys = PORT_KEYS if isinstance(section, Port) else STREAM_KEYS
    if isinstance(section, Stream) and key in SOURCE_KEYS:
        return
    if section is None or key not in keys:
        raise InputError(f'unknown key {key!r}')
    name, parse = keys[key]
    setattr(section, name, parse(text))


def check_scenario(port, streams):
    if port is None or port.rate == 0:
        raise InputError('scenario: a [port] with a rate is needed')
    for s in streams:
        if s.x > s.y:
            raise InputError(f'stream {s.name}: oln {s.x} is above old {s.y}')
        if not s.realtime:
            continue
        if port.scheduler in ('dwcs', 'vds') and s.T == 0:
            raise InputError(f'stream {s.name}: ipg is needed')
        if port.scheduler == 'vds' and s.y == 0:
            raise InputError(f'stream {s.name}: old = 0 is refused in vds')
        if port.scheduler == 'edf' and s.deadline == 0:
            raise InputError(f'stream {s.name}: deadline is needed in edf')


def read_arrivals(text, streams):
    by_name = {s.name: s for s in streams}
    rows = list(csv.reader(text.splitlines()))
    if not rows or rows[0] != ['time_ns', 'stream', 'bytes', 'deadline_ns', 'flags']:
        raise InputError('arrivals line 1: wrong header')
    packets = []
    for line_no, row in enumerate(rows[1:], 2):
        try:
            packets.append(read_packet(row, by_name))
        except InputError as e:
            raise InputError(f'arrivals line {line_no}: {e}') from None
        if len(packets) > 1 and packets[-2].arrival > packets[-1].arrival:
            raise InputError(f'arrivals line {line_no}: not sorted by time')
    return packets


def read_packet(row, by_name):
    if len(row) != 5:
        raise InputError('not five fields')
    arrival, name, length, deadline, flags = row
    if name not in by_name:
        raise InputError(f'unknown stream {name!r}')
    if set(flags) - set('ndse') or {'n', 'd'} <= set(flags):
        raise InputError(f'flags {flags!r}: any of n or d, s, e')
    return Packet(number(arrival), by_name[name], number(length), number(deadline), flags)

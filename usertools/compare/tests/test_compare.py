# SPDX-License-Identifier: BSD-3-Clause
import math
import os
import re
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
DEMO = os.path.join(HERE, '..', '..', 'demo')
sys.path += [os.path.dirname(HERE), DEMO, os.path.join(DEMO, 'tests')]

import data             # noqa: E402
import delay            # noqa: E402
import evaluation       # noqa: E402
import plan             # noqa: E402
import tables           # noqa: E402
import ways             # noqa: E402
from support import MS, Made        # noqa: E402


def row_of(way, flood, delays, stalled_ms=0.0):
    """delays: in ms; a pair where the machine stood still meanwhile."""
    one = delay.Delay(ways.BY_NAME[way], flood)
    pairs = [d if isinstance(d, tuple) else (d, False) for d in delays]
    one.found.append({'delays': pairs, 'stalled_ms': stalled_ms, 'flood_mbps': 18.0, 'load': 1.0})
    return one.row()


def marks(*rows):
    return {c.text.split(':')[0]: c.mark() for c in delay.checks({(r['way'], r['flood']): r for r in rows})}


class Delays(unittest.TestCase):
    def test_a_round_more_counts_with_the_others(self):
        one = delay.Delay(ways.BY_NAME['htb'], 'udp')
        for ms in (1.0, 3.0):
            one.found.append({'delays': [(ms, False)] * 100, 'stalled_ms': None, 'flood_mbps': 10 * ms, 'load': 1})
        row = one.row()
        self.assertEqual((row['made'], row['p50_ms'], row['p99_ms'], row['flood_mbps'], row['stalled_ms']),
                         (200, 3.0, 3.0, 20.0, None))

    def test_what_was_lost_never_came(self):
        row = row_of('af_xdp', 'udp', [0.5] * 98 + [math.inf] * 2)
        self.assertEqual((row['lost'], row['p99_ms'], row['p99_of_made_ms']), (2, 0.5, None))
        self.assertEqual(marks(row), {'af_xdp, flood udp': 'short'})
        self.assertEqual(tables.p99_text(row), '2% lost')

    def test_two_ms(self):
        self.assertEqual(marks(row_of('ethdev', 'tcp', [1.99] * 100)), {'ethdev, flood tcp': 'pass'})
        self.assertEqual(marks(row_of('ethdev', 'tcp', [1.0] * 98 + [2.0] * 2)), {'ethdev, flood tcp': 'short'})

    def test_the_machine_stood_still(self):
        self.assertEqual(marks(row_of('ethdev', 'tcp', [1.0] * 90 + [(9.0, True)] * 10)), {'ethdev, flood tcp': 'disturbed'})
        self.assertEqual(marks(row_of('ethdev', 'tcp', [1.0] * 20 + [(9.0, True)] * 80)), {'ethdev, flood tcp': 'short'})

    def test_what_the_machine_disturbed(self):
        def found(*times, stalls=()):
            return delay.delays_of([tuple(t * MS for t in ms) for ms in times], [(a * MS, b * MS) for a, b in stalls])

        self.assertEqual(found((0, 0, 1), (10, 10, 12)), [(1.0, False), (2.0, False)])
        # A sender that wakes up 20 ms late sends three at once, and the next one waits for them.
        self.assertEqual(found((0, 20, 25), (10, 20, 30), (20, 20, 35), (30, 30, 36), (40, 40, 41)),
                         [(5.0, True), (10.0, True), (15.0, True), (6.0, True), (1.0, False)])
        # One that is late by 7 is on its way at once, and the next one has to wait until the wire is free.
        self.assertEqual(found((0, 7, 8), (10, 10, 13), (20, 20, 21)), [(1.0, True), (3.0, True), (1.0, False)])
        self.assertEqual(found((0, 0, 1), (10, 10, 12), stalls=[(11, 20)]), [(1.0, False), (2.0, True)])
        self.assertEqual(found((0, 0, math.inf), (10, 10, 12)), [(math.inf, False), (2.0, False)])

    def test_below_the_class(self):
        htb = row_of('htb', 'udp', [1.0] * 100)
        self.assertEqual(marks(htb, row_of('kernel', 'udp', [0.9] * 100)), {'kernel, flood udp': 'pass'})
        self.assertEqual(marks(htb, row_of('kernel', 'udp', [1.0] * 100)), {'kernel, flood udp': 'short'})
        self.assertEqual(marks(row_of('kernel', 'udp', [0.9] * 100)), {})       # nothing to hold it against

    def test_without_a_flood_nothing_is_asked_of_the_class(self):
        self.assertEqual(marks(row_of('htb', 'none', [0.1] * 10), row_of('kernel', 'none', [0.2] * 10)), {})

    def test_a_run_failed(self):
        empty = delay.Delay(ways.BY_NAME['af_xdp'], 'udp').row()
        self.assertEqual(marks(empty), {'af_xdp, flood udp': 'short'})
        self.assertEqual(tables.delay_rows([empty])[0][:3], ['af_xdp', 'udp', '-'])


class Windows(unittest.TestCase):
    def violated(self, missing, oln, old):
        made = Made()
        for number in missing:
            made.frames[number]['missing'] = 1
        with tempfile.TemporaryDirectory() as where:
            made.write(where)
            run = data.RunData(where)
        return evaluation.violations(run.of_port(made.port), plan.Stream('x', made.port, 20, 0.7, oln=oln, old=old))

    def test_windows_follow_one_another(self):
        self.assertEqual(self.violated((9, 10), 0, 10), (2, 18))
        self.assertEqual(self.violated((9, 10), 1, 10), (0, 18))
        self.assertEqual(self.violated((8, 9), 1, 10), (1, 18))

    def test_a_window_that_is_not_whole_does_not_count(self):
        self.assertEqual(self.violated((176,), 0, 25), (0, 7))


class Ways(unittest.TestCase):
    LINK = ways.Link(10_000_000, 9_200_000, ((5004, 4_000_000), (5006, 3_000_000)), ends_here=True)

    def test_classes_share_out_the_whole_link(self):
        commands = ways.BY_NAME['htb'].tc(self.LINK)
        rates = {m[1]: int(m[2]) for m in (re.search(r'classid 1:(\d+) htb rate (\d+)', c) for c in commands) if m}
        self.assertEqual(rates, {'1': 10_000_000, '10': 4_000_000, '11': 3_000_000, '30': 3_000_000})
        self.assertEqual([c.split('flowid ')[1] for c in commands if 'dport 5006' in c], ['1:11'])

    def test_all_but_what_the_rest_must_have(self):
        rates = [int(m[1]) for m in (re.search(r'classid 1:[13][01] htb rate (\d+)', c) for c in ways.BY_NAME['htb-all'].tc(self.LINK)) if m]
        self.assertEqual(sorted(rates), [500_000, 4_750_000, 4_750_000])

    def test_a_port_that_shares_the_link_out(self):
        way = ways.BY_NAME['af_xdp']
        self.assertEqual(way.settings(self.LINK), 'driver=af_xdp,rate=9200000,cap-foreign=800000,overhead=24')
        self.assertEqual(way.rest_bps(self.LINK), 800_000)
        self.assertEqual(ways.BY_NAME['ethdev'].rest_bps(self.LINK), 10_000_000)

    def test_plain_sockets_have_one_queue_where_the_link_ends_here(self):
        way = ways.BY_NAME['plain']
        self.assertEqual(len(way.tc(self.LINK)), 1)
        self.assertEqual(way.tc(delay.LINK), ())

    def test_the_longest_frame_fits_into_its_period_of_what_is_reserved(self):
        for run in plan.RUNS:
            for stream in run.managed:
                frame_s = 1.28 * stream.load / stream.fps * plan.LINK_BPS / plan.RESERVED_BPS
                self.assertLess(frame_s, 1 / stream.fps, (run.name, stream.name))


class Text(unittest.TestCase):
    def test_a_table_for_the_guide(self):
        self.assertEqual(tables.rst(['way', 'p99, ms'], [['af_xdp', '0.5'], ['x', '']]),
                         '======  =======\nway     p99, ms\n======  =======\naf_xdp  0.5\nx       \\\n======  =======\n')

    def test_a_unit_follows_its_number(self):
        self.assertEqual([tables.cell(*c) for c in ((99.96, '.1f %'), (3, 'd'), ('2 of 9', 's'), (None, '.2f'))],
                         ['100.0 %', '3', '2 of 9', '-'])


class Runs(unittest.TestCase):
    def test_a_kernel_socket_has_no_lossless_kind(self):
        self.assertEqual(evaluation.labels(ways.BY_NAME['htb'], (4, 5, 7)), [evaluation.VIDEO, evaluation.LOSSY])
        self.assertEqual(evaluation.labels(ways.BY_NAME['kernel'], (7,)), [evaluation.LOSSY, evaluation.LOSSLESS])
        self.assertEqual(evaluation.labels(ways.BY_NAME['plain'], (6, 7)), [evaluation.LOSSY])

    def shown(self, way, late):
        made = Made(packets=1, port=plan.SAMPLES_PORT)
        for frame in made.frames:
            frame['deadline_ns'] = made.due_ns(frame['number']) + 40 * MS
        for frame in made.frames[:late]:
            frame['delay_ns'] = 41 * MS
        with tempfile.TemporaryDirectory() as where:
            made.write(where)
            runs = {label: data.RunData(where) for label in (evaluation.LOSSY, evaluation.LOSSLESS)}
        return evaluation.shown(ways.BY_NAME[way], 7, runs)

    def test_no_promise_is_not_held_to_anything(self):
        shown = self.shown('htb', 3)
        self.assertEqual((shown.expected(), shown.found(), shown.required), ('no promise', 'does not', []))
        self.assertEqual(tables.required([], [shown]), [])

    def test_what_is_to_hold_is(self):
        shown = self.shown('kernel', 1)
        self.assertEqual((shown.expected(), shown.found()), ('holds', 'does not'))
        self.assertIn('short', [check.mark() for _, check in tables.required([], [shown])])

    def test_a_run_that_failed_is_short(self):
        shown = evaluation.shown(ways.BY_NAME['ethdev'], 6, {})
        self.assertEqual((shown.found(), [c.mark() for c in shown.required]), ('not run', ['short']))


if __name__ == '__main__':
    unittest.main()

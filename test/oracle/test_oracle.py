#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The oracle against the text: known answers, the theorem, and cases worked by
hand for each paragraph of the specification, in its order (frames: test_frames.py).

Run: python3 -m unittest discover -s test/oracle
"""

import os
import random
import re
import subprocess
import sys
import tempfile
import unittest
from fractions import Fraction
from types import SimpleNamespace

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import inputs       # noqa: E402
import model        # noqa: E402
import oracle       # noqa: E402
import scenarios    # noqa: E402
from cases import BEST_EFFORT, HEADER, STALL, brief, events, make, stream_ini    # noqa: E402

VECTORS = os.path.join(HERE, 'vectors')


def read(*path):
    with open(os.path.join(VECTORS, *path), newline='') as f:
        return f.read()


class KnownAnswers(unittest.TestCase):
    STATES = re.compile(r'(\d+)/(\d+)(\*?)')

    def served_and_states(self, vector, slots):
        """The stream served in each slot, and the states after its misses."""
        run = oracle.load(read(vector, 'scenario.ini'), read(vector, 'arrivals.csv'))
        served, states = [], []
        for slot in range(slots):
            run.admit(slot * 1000)
            run.expire(slot * 1000)
            states.append(self.states(run.streams))
            p = run.select(slot * 1000)
            served.append(p.stream.id)
            run.send(p, slot * 1000)
            self.assertEqual(run.port.occupy(p.length), 1000)
        run.expire(slots * 1000)
        return served, states[1:] + [self.states(run.streams)]

    def states(self, streams):
        return ' '.join(f'{s.x1}/{s.y1}{"*" * s.tagged}' for s in streams)

    def test_three_streams(self):
        served, states = self.served_and_states('dwcs-three-streams', 16)
        self.assertEqual(served, [0, 1, 0, 2] * 4)
        printed = ('1/1 2/3 5/7 - 1/2 2/2 4/6 - 1/1 1/1 3/5 - 1/2 3/4 3/4 - 1/1 2/3 2/3 - '
                   '1/2 2/2 1/2 - 1/1 1/1 0/1 - 1/2 3/4 6/8').split(' - ')
        self.assertEqual(states, printed * 2)

    def test_overload(self):
        served, states = self.served_and_states('dwcs-overload', 12)
        self.assertEqual(served, [0, 1] * 6)
        printed = '0/1 0/3* - 0/2* 0/2 - 0/2 0/3* - 0/3* 0/2'.split(' - ')
        self.assertEqual(states[:4], printed)
        self.assertEqual(states[4:], printed[2:] * 4)

    def test_edf_shares(self):
        run = oracle.load(read('edf-shares', 'scenario.ini'), read('edf-shares', 'arrivals.csv')).run()
        self.assertEqual({row[1] for row in run.events}, {'sent'})
        self.assertEqual({row[4] for row in run.events}, {0})
        self.assertEqual([row[0] for row in run.events], [1000 * i for i in range(32)])
        self.assertEqual([s.count['sent'] for s in run.streams], [4, 4, 8, 16])

    def test_events_files(self):
        for vector in sorted(os.listdir(VECTORS)):
            with self.subTest(vector):
                run = oracle.load(read(vector, 'scenario.ini'), read(vector, 'arrivals.csv')).run()
                self.assertEqual(run.events_csv(), read(vector, 'events.csv'))


class Theorem(unittest.TestCase):
    """Feasible, one period of q slots, unit size: no violation in any fixed window."""

    def feasible_set(self, rng, q):
        load, streams = 0, []
        while len(streams) < 40:
            y = rng.randint(1, 8)
            x = rng.randint(0, y)
            if load + Fraction(y - x, y) > q:
                break
            load += Fraction(y - x, y)
            streams.append((x, y))
        return streams or [(1, 1)]

    def check(self, seed, q, precedence):
        rng = random.Random(seed)
        xy = self.feasible_set(rng, q)
        slots = 80
        ini = [stream_ini(f's{i}', ipg=1000 * q, oln=x, old=y) for i, (x, y) in enumerate(xy)]
        arrivals = [f'0 s{i}' for i in range(len(xy)) for _ in range(slots)]
        run = make(ini, arrivals, precedence=precedence).run(slots * q * 1000)
        for s, (x, y) in zip(run.streams, xy):
            self.assertEqual(s.violations, 0, (seed, xy))
            lost = [row[1] == 'late_drop' for row in run.events if row[2] == s.name]
            self.assertGreaterEqual(len(lost), slots - 1)
            for start in range(0, len(lost) - y + 1, y):
                self.assertLessEqual(sum(lost[start:start + y]), x, (seed, xy, s.name))

    def test_one_service_a_period(self):
        for seed in range(40):
            for precedence in ('deadline', 'window'):
                self.check(seed, 1, precedence)

    def test_several_services_a_period(self):
        for seed in range(30):
            self.check(seed, 1 + seed % 4, 'deadline')


class Link(unittest.TestCase):
    A = [stream_ini('a')]

    def test_remainder(self):
        # 8/3 ns each: 2 rest 2, then 10/3: 3 rest 1, then 9/3: 3 rest 0.
        rows = events(self.A, ['0 a bytes=1'] * 4, rate='3gbit', scheduler='fifo')
        self.assertEqual(brief(rows), ['0 sent a 0', '2 sent a 1', '5 sent a 2', '8 sent a 3'])

    def test_remainder_outlives_idle_time(self):
        rows = events(self.A, ['0 a bytes=1', '100 a bytes=1', '101 a bytes=1'],
                      rate='3gbit', scheduler='fifo')
        self.assertEqual(brief(rows)[1:], ['100 sent a 1', '103 sent a 2'])

    def test_overhead(self):
        run = oracle.load('[port 0]\nrate = 8gbit\nscheduler = fifo\n' + self.A[0],
                          f'{HEADER}\n0,a,976,0,\n0,a,976,0,\n').run()
        self.assertEqual([row[0] for row in run.events], [0, 1000])

    def test_decisions_only_when_free(self):
        rows = events(self.A, ['0 a', '1 a', '3000 a'], scheduler='fifo')
        self.assertEqual(brief(rows), ['0 sent a 0', '1000 sent a 1', '3000 sent a 2'])

    def test_until(self):
        rows = events(self.A, ['0 a', '1 a', '3000 a'], until=1000, scheduler='fifo')
        self.assertEqual(brief(rows), ['0 sent a 0', '1000 sent a 1'])


class Admit(unittest.TestCase):
    def test_order(self):
        rows = events([stream_ini('a', queue=1), stream_ini('b', queue=1)],
                      ['0 b', '0 b', '0 a', '0 a'], scheduler='fifo')
        self.assertEqual(rows, ['0 queue_drop a 1 0 1 2 0', '0 queue_drop b 1 0 1 2 0',
                                '0 sent a 0 0 1 2 0', '1000 sent b 0 0 1 2 0'])

    def test_packet_in_transmission_has_left(self):
        rows = events([stream_ini('a', queue=1)], ['0 a', '500 a', '600 a'], scheduler='fifo')
        self.assertEqual(brief(rows), ['0 sent a 0', '1000 queue_drop a 2', '1000 sent a 1'])

    def test_what_expires_now_still_fills_the_queue(self):
        rows = events([STALL, stream_ini('a', ipg='1us', queue=1)],
                      ['0 b bytes=10000', '0 a', '5000 a'])
        self.assertEqual(rows[1:], ['10000 queue_drop a 1 0 1 2 0', '10000 late_drop a 0 1 0 1 0'])


class BestEffort(unittest.TestCase):
    def test_only_when_nothing_else_is_eligible(self):
        rows = events([stream_ini('a', ipg='3us'), stream_ini('e', **BEST_EFFORT),
                       stream_ini('f', **BEST_EFFORT)],
                      ['0 a', '0 a', '0 f', '0 f', '0 e', '1 e'])
        self.assertEqual(brief(rows), ['0 sent a 0', '1000 sent e 0', '2000 sent f 0',
                                       '3000 sent a 1', '4000 sent f 1', '5000 sent e 1'])

    def test_never_late(self):
        rows = events([stream_ini('e', ipg='1us', **BEST_EFFORT)],
                      ['0 e', '0 e deadline=1', '0 e flags=n'])
        self.assertEqual(rows[1:], ['1000 sent e 1 0 1 2 0', '2000 sent e 2 0 1 2 0'])


class StreamClock(unittest.TestCase):
    def test_one_service_a_period(self):
        rows = events([stream_ini('a', ipg='5us')], ['0 a', '0 a'])
        self.assertEqual(brief(rows), ['0 sent a 0', '5000 sent a 1'])

    def test_work_conserving(self):
        rows = events([stream_ini('a', ipg='5us')], ['0 a', '0 a'], work_conserving='yes')
        self.assertEqual(brief(rows), ['0 sent a 0', '1000 sent a 1'])

    def test_no_drift(self):
        rows = events([stream_ini('a', ipg='3us'), stream_ini('e', **BEST_EFFORT)],
                      ['0 a', '0 a', '0 a', '0 e bytes=2500'])
        self.assertEqual(brief(rows), ['0 sent a 0', '1000 sent e 0', '3500 sent a 1', '6000 sent a 2'])

    def test_arrival_in_an_empty_queue(self):
        # At 1000 D - T = 5000 still stands; at 20000 it is long past.
        rows = events([stream_ini('a', ipg='5us')], ['0 a', '1000 a', '20000 a', '20000 a'])
        self.assertEqual(brief(rows), ['0 sent a 0', '5000 sent a 1', '20000 sent a 2', '25000 sent a 3'])

    def test_idle_time_keeps_state_and_misses_nothing(self):
        rows = events([stream_ini('a', ipg='1us', oln=1, old=3)], ['0 a', '900000 a', '2000000 a'])
        self.assertEqual(rows, ['0 sent a 0 0 1 2 0', '900000 sent a 1 0 1 1 0', '2000000 sent a 2 0 1 3 0'])

    def test_on_time_is_before_the_deadline(self):
        a = stream_ini('a', ipg='1us')
        rows = events([STALL, a], ['0 b', '0 a'])
        self.assertEqual(brief(rows)[1:], ['1000 late_drop a 0'])
        rows = events([STALL, a], ['0 b', '1 a'])
        self.assertEqual(brief(rows)[1:], ['1000 sent a 0'])


class Miss(unittest.TestCase):
    def test_one_drop_a_period(self):
        rows = events([STALL, stream_ini('a', ipg='1us', oln=2, old=4)],
                      ['0 b bytes=2500', '0 a', '0 a', '0 a'])
        self.assertEqual(rows[1:], ['2500 late_drop a 0 1 1 3 0', '2500 late_drop a 1 1 0 2 0',
                                    '2500 sent a 2 0 0 1 0'])

    def test_a_head_that_stays_misses_each_period(self):
        # 1/3, then 0/2, 0/3*, 0/4*, 0/5*, 0/6*; sent: the tag resets.
        rows = events([STALL, stream_ini('a', ipg='1us', oln=1, old=3, droppable='no')],
                      ['0 b bytes=5500', '0 a'])
        self.assertEqual(rows[1:], ['5500 sent a 0 1 1 3 4'])

    def test_flags_of_the_packet_go_first(self):
        for droppable, flags, event in (('yes', 'n', 'sent'), ('no', 'd', 'late_drop'),
                                        ('yes', '', 'late_drop'), ('no', '', 'sent')):
            with self.subTest(droppable=droppable, flags=flags):
                rows = events([STALL, stream_ini('a', ipg='1us', droppable=droppable)],
                              ['0 b bytes=1500', f'0 a flags={flags}'])
                self.assertEqual(rows[1].split()[1], event)

    def test_streams_in_order_of_id(self):
        rows = events([stream_ini('c', ipg='1us'), STALL, stream_ini('a', ipg='1us')],
                      ['0 b bytes=1500', '0 a', '0 c'])
        self.assertEqual(brief(rows)[1:], ['1500 late_drop c 0', '1500 late_drop a 0'])


class WindowAdjustment(unittest.TestCase):
    def check(self, rule, cases):
        for configured, before, after in cases:
            with self.subTest(rule=rule.__name__, configured=configured, before=before):
                s = model.Stream('a', 0)
                s.x, s.y = map(int, configured.split('/'))
                s.x1, s.y1 = map(int, before.strip('*').split('/'))
                s.tagged = before.endswith('*')
                rule(s)
                self.assertEqual(f'{s.x1}/{s.y1}' + '*' * s.tagged + '!' * s.violations, after)

    def test_rule_a(self):
        self.check(oracle.dwcs_rule_a, [
            ('1/2', '1/2', '1/1'), ('1/2', '1/1', '1/2'), ('2/3', '2/2', '1/1'),
            ('0/2', '0/2', '0/1'), ('0/2', '0/1', '0/2'), ('1/3', '0/2', '0/1'),
            ('1/3', '0/1', '1/3'), ('1/3', '0/5*', '1/3'), ('2/2', '2/2', '1/1'),
            ('2/2', '1/1', '2/2'), ('0/1', '0/1', '0/1'), ('0/0', '0/0', '0/0')])

    def test_rule_b(self):
        top = oracle.Y_MAX
        self.check(oracle.dwcs_rule_b, [
            ('1/2', '1/2', '0/1'), ('1/2', '1/1', '1/2'), ('2/3', '1/2', '0/1'),
            ('0/2', '0/2', '0/3*!'), ('0/2', '0/3*', '0/4*!'), ('1/3', '0/2', '0/3*!'),
            ('0/1', f'0/{top}*', f'0/{top}*!'), ('2/2', '2/2', '1/1'), ('0/0', '0/0', '0/0')])

    def test_vds(self):
        """States here are m'/k'."""
        for rule, m, k, before, after in (
                (oracle.vds_service, 1, 2, '1/2', '0/1'), (oracle.vds_service, 1, 2, '0/1', '1/2'),
                (oracle.vds_service, 1, 2, '1/1', '1/2'), (oracle.vds_miss, 1, 2, '1/2', '1/1'),
                (oracle.vds_miss, 1, 2, '1/1', '1/2!'), (oracle.vds_miss, 1, 2, '0/1', '1/2'),
                (oracle.vds_service, 2, 3, '2/1', '2/3!'), (oracle.vds_miss, 0, 1, '0/1', '0/1')):
            with self.subTest(rule=rule.__name__, before=before):
                s = model.Stream('a', 0)
                s.x, s.y = k - m, k
                s.m1, s.k1 = map(int, before.split('/'))
                rule(s)
                self.assertEqual(f'{s.m1}/{s.k1}' + '!' * s.violations, after)


class Precedence(unittest.TestCase):
    def head(self, number, D, arrival=0, T=1000, own=0, **state):
        s = model.Stream(f's{number}', number)
        s.D, s.T = D, T
        s.queue = [SimpleNamespace(arrival=arrival, own_deadline=own)]
        for name, value in state.items():
            setattr(s, name, value)
        return s

    def check(self, key, better, worse):
        # The better one has the higher id, so that the last tie-break cannot help.
        a, b = self.head(7, **better), self.head(3, **worse)
        self.assertLess(key(a), key(b))

    def test_window(self):
        def check(x1, y1, D1, x2, y2, D2, arrival=0):
            self.check(oracle.window_key, {'x1': x1, 'y1': y1, 'D': D1},
                       {'x1': x2, 'y1': y2, 'D': D2, 'arrival': arrival})
        check(1, 4, 9000, 1, 2, 5000)           # lower W'
        check(1, 3, 9000, 333334, 1000000, 1)   # by a hair
        check(1, 2, 5000, 2, 4, 6000)           # equal, not 0: earlier D
        check(1, 2, 5000, 2, 4, 5000)           # then lower x'
        check(0, 3, 9000, 0, 2, 5000)           # both 0: higher y'
        check(0, 3, 5000, 0, 3, 6000)           # then earlier D
        check(0, 3, 5000, 0, 3, 5000, 1)        # then earlier arrival
        check(0, 0, 9000, 1, 100, 1)            # y' = 0: W' is 0
        check(0, 1, 9000, 0, 0, 1)              # and y' is the lowest

    def test_deadline(self):
        def check(x1, y1, D1, x2, y2, D2, arrival=0):
            self.check(oracle.deadline_key, {'x1': x1, 'y1': y1, 'D': D1},
                       {'x1': x2, 'y1': y2, 'D': D2, 'arrival': arrival})
        check(1, 1, 5000, 0, 9, 5001)           # earlier D
        check(1, 3, 5000, 1, 2, 5000)           # lower W'
        check(0, 3, 5000, 0, 2, 5000)           # both 0: higher y'
        check(1, 2, 5000, 2, 4, 5000)           # equal, not 0: lower x'
        check(1, 2, 5000, 1, 2, 5000, 1)        # then earlier arrival

    def test_vds(self):
        def check(m1, k1, ts1, T1, m2, k2, ts2, T2, arrival=0):
            self.check(oracle.vds_key, {'m1': m1, 'k1': k1, 'D': ts1 + T1, 'T': T1},
                       {'m1': m2, 'k1': k2, 'D': ts2 + T2, 'T': T2, 'arrival': arrival})
        check(2, 4, 0, 1000, 1, 3, 0, 1000)             # V = 2000 before 3000
        check(1, 1, 1999, 1000, 2, 4, 1000, 1000, 1)    # V = 2999 before 3000
        check(3, 7, 0, 1000, 3, 8, 0, 1000)             # not whole numbers
        check(1, 9, 0, 1000, 0, 1, 0, 1000)             # m' > 0 first
        check(0, 9, 0, 1000, 0, 1, 1, 1000)             # m' = 0: earlier D
        check(2, 4, 0, 1000, 1, 1, 1000, 1000, 1)       # V equal: the arrival, not D

    def test_lower_id_last(self):
        for key in (oracle.window_key, oracle.deadline_key, oracle.vds_key):
            same = {'D': 5000, 'x1': 1, 'y1': 2, 'm1': 1, 'k1': 2}
            self.assertLess(key(self.head(1, **same)), key(self.head(2, **same)))

    def test_own_deadline_replaces_D(self):
        own = {'D': 9000, 'own': 4000, 'x1': 1, 'y1': 2, 'm1': 0, 'k1': 2}
        plain = {'D': 5000, 'x1': 1, 'y1': 2, 'm1': 0, 'k1': 2}
        for key in (oracle.window_key, oracle.deadline_key, oracle.vds_key):
            self.check(key, own, plain)
        # but a virtual deadline always goes by the stream's D
        self.check(oracle.vds_key, {**plain, 'm1': 1}, {**own, 'm1': 1})


class Vds(unittest.TestCase):
    def test_columns_and_violation(self):
        # m = 1 of k = 2; misses at 1000 and 2000: 1/1, then 1/0, a violation.
        rows = events([stream_ini('b', oln=0, old=1, ipg='1us'), stream_ini('a', ipg='1us', oln=1, old=2)],
                      ['0 b bytes=2500', '0 a', '0 a', '0 a'], scheduler='vds')
        self.assertEqual(rows, ['0 sent b 0 0 1 1 0', '2500 late_drop a 0 1 1 1 0',
                                '2500 late_drop a 1 1 1 2 1', '2500 sent a 2 0 0 1 1'])


class Edf(unittest.TestCase):
    def edf(self, streams, arrivals):
        return events(streams, arrivals, scheduler='edf')

    def test_reorders_within_a_stream(self):
        packets = ['0 a deadline=9000', '0 a deadline=5000', '0 a']
        rows = self.edf([stream_ini('a')], packets)
        self.assertEqual(brief(rows), ['0 sent a 1', '1000 sent a 0', '2000 sent a 2'])
        rows = self.edf([stream_ini('a', in_order='yes')], packets)
        self.assertEqual(brief(rows), ['0 sent a 0', '1000 sent a 1', '2000 sent a 2'])

    def test_ties(self):
        rows = self.edf([stream_ini('a'), stream_ini('b')],
                        ['0 b deadline=9000', '0 a deadline=9000', '0 a deadline=9000', '0 b deadline=8000'])
        self.assertEqual(brief(rows), ['0 sent b 1', '1000 sent a 0', '2000 sent a 1', '3000 sent b 0'])

    def test_lossy_and_lossless(self):
        # Lossy: deadline <= now is dropped.  Lossless: keeps its place by deadline.
        rows = self.edf([stream_ini('a')], ['0 a deadline=100', '0 a deadline=1000',
                                            '0 a deadline=1000 flags=n', '0 a deadline=1001'])
        self.assertEqual(rows, ['0 sent a 0 0 1 2 0', '1000 late_drop a 1 1 1 2 0',
                                '1000 sent a 2 1 1 2 0', '2000 late_drop a 3 1 1 2 0'])

    def test_late_drop_in_the_middle_of_an_in_order_stream(self):
        rows = self.edf([stream_ini('a', in_order='yes')],
                        ['0 a', '0 a', '0 a deadline=500', '0 a'])
        self.assertEqual(brief(rows), ['0 sent a 0', '1000 late_drop a 2', '1000 sent a 1', '2000 sent a 3'])

    def test_rest_of_the_frame_earlier_and_later(self):
        rows = self.edf([stream_ini('a')], [
            '0 a deadline=1', '0 a flags=s deadline=90000', '0 a deadline=900', '0 a deadline=90000',
            '0 a flags=ne deadline=90000', '0 a deadline=800', '1500 a'])
        self.assertEqual(brief(rows), ['0 sent a 0', '1000 late_drop a 2', '1000 frame_drop a 1',
                                       '1000 frame_drop a 3', '1000 late_drop a 5',
                                       '1000 sent a 4', '2000 sent a 6'])

    def test_rest_of_the_frame_on_arrival(self):
        rows = self.edf([stream_ini('a')], ['0 a deadline=800', '0 a flags=s deadline=900',
                                            '1500 a', '1500 a flags=n', '1500 a flags=e', '1500 a'])
        self.assertEqual(rows[1:], ['1000 late_drop a 1 1 1 2 0', '1500 frame_drop a 2 1 1 2 0',
                                    '1500 frame_drop a 4 1 1 2 0', '1500 sent a 3 0 1 2 0',
                                    '2500 sent a 5 0 1 2 0'])

    def test_no_period(self):
        rows = self.edf([stream_ini('a', unit='frame')], ['0 a', '0 a'])
        self.assertEqual(rows, ['0 sent a 0 0 1 2 0', '1000 sent a 1 0 1 2 0'])

    def test_best_effort_comes_last(self):
        rows = self.edf([stream_ini('e', **BEST_EFFORT), stream_ini('a')], ['0 e', '0 a', '0 a'])
        self.assertEqual(brief(rows), ['0 sent a 0', '1000 sent a 1', '2000 sent e 0'])


class ExplicitDeadlines(unittest.TestCase):
    def test_precedence(self):
        rows = events([stream_ini('a'), stream_ini('b')], ['0 a', '0 b deadline=9999'], precedence='deadline')
        self.assertEqual(brief(rows), ['0 sent b 0', '1000 sent a 0'])

    def test_droppable(self):
        # D = 10000 goes on to 20000 with the miss, so the next waits for 10000.
        rows = events([STALL, stream_ini('a')], ['0 b bytes=2000', '0 a deadline=1500', '0 a'])
        self.assertEqual(rows[1:], ['2000 late_drop a 0 1 0 1 0', '10000 sent a 1 0 1 2 0'])

    def test_consumed(self):
        rows = events([STALL, stream_ini('a', oln=1, old=3)], ['0 b bytes=2000', '0 a deadline=1500 flags=n'])
        self.assertEqual(rows[1:], ['10000 sent a 0 1 0 1 0'])

    def test_may_miss_again(self):
        # 1500: D = 20000; 20000: D = 30000; a violation: 0/3*, sent: 1/3.
        rows = events([STALL, stream_ini('a', oln=1, old=3)], ['0 b bytes=20500', '0 a deadline=1500 flags=n'])
        self.assertEqual(rows[1:], ['20500 sent a 0 1 1 3 1'])

    def test_later_than_D(self):
        rows = events([STALL, stream_ini('a')], ['0 b bytes=15000', '0 a deadline=15001'])
        self.assertEqual(rows[1:], ['15000 sent a 0 0 1 1 0'])

    def test_no_decision_of_its_own(self):
        rows = events([stream_ini('a')], ['0 a', '0 a deadline=3000'])
        self.assertEqual(brief(rows), ['0 sent a 0', '10000 late_drop a 1'])


class Fifo(unittest.TestCase):
    def test_all_in_order_and_nothing_expires(self):
        rows = events([stream_ini('a', ipg='1us', unit='frame'), stream_ini('e', **BEST_EFFORT)],
                      ['0 e', '0 a deadline=1', '10 e', '11 a flags=s'], scheduler='fifo')
        self.assertEqual(rows, ['0 sent a 0 0 1 2 0', '1000 sent e 0 0 1 2 0',
                                '2000 sent e 1 0 1 2 0', '3000 sent a 1 0 1 2 0'])


class Files(unittest.TestCase):
    def test_refused(self):
        for ini in ('', '[port 0]\n', '[port 0]\nrate = 8gbit\ncolour = red\n', '[disk 0]\n',
                    '[port 0]\nrate = 999\n', '[port 0]\nrate = 8gbit\noverhead = 256\n',
                    '[port 0]\nrate = 8gbit\n[stream a]\nipg = 999\n',
                    '[port 0]\nrate = 8gbit\n[stream a]\nipg = 1us\noln = 2\nold = 1\n',
                    '[port 0]\nrate = 8gbit\nscheduler = vds\n[stream a]\nipg = 1us\n',
                    '[port 0]\nrate = 8gbit\nscheduler = edf\n[stream a]\nipg = 1us\n'):
            with self.subTest(ini), self.assertRaises(inputs.InputError):
                inputs.read_scenario(ini)
        for row in ('1,a,1,0,nd', '1,a,1,0,x', '1,z,1,0,', '1,a,1,0', '-1,a,1,0,', '5,a,1,0,\n4,a,1,0,'):
            with self.subTest(row), self.assertRaises(inputs.InputError):
                inputs.read_arrivals(f'{HEADER}\n{row}\n', [model.Stream('a', 0)])

    def test_units(self):
        self.assertEqual([inputs.time_ns(t) for t in ('7', '7ns', '7us', '7ms', '7s')],
                         [7, 7, 7000, 7000000, 7000000000])
        self.assertEqual([inputs.rate_bps(t) for t in ('2000', '2kbit', '2mbit', '2gbit')],
                         [2000, 2000, 2000000, 2000000000])

    def test_command_line(self):
        vector = os.path.join(VECTORS, 'dwcs-overload')
        with tempfile.TemporaryDirectory() as directory:
            out = os.path.join(directory, 'out.csv')
            subprocess.run([sys.executable, os.path.join(HERE, 'oracle.py'),
                            '--scenario', os.path.join(vector, 'scenario.ini'),
                            '--arrivals', os.path.join(vector, 'arrivals.csv'),
                            '--events', out, '--until', '1us'], check=True)
            with open(out, newline='') as f:
                self.assertEqual(f.read(), 'time_ns,event,stream,seq,late,x,y,violations\n'
                                           '0,sent,s0,0,0,0,1,0\n'
                                           '1000,late_drop,s1,0,1,0,3,1\n'
                                           '1000,sent,s1,1,0,0,2,1\n')


class Scenarios(unittest.TestCase):
    def test_a_seed_is_a_scenario(self):
        for seed in range(20):
            a, b = scenarios.make(seed), scenarios.make(seed)
            self.assertEqual((a.ini, a.arrivals, a.until), (b.ini, b.arrivals, b.until))

    def test_they_provoke_everything_and_balance(self):
        seen = set()
        for seed in range(300):
            scenario = scenarios.make(seed)
            run = oracle.load(scenario.ini, scenario.arrivals).run(scenario.until)
            for s in run.streams:
                self.assertEqual(s.offered, sum(s.count.values()) + len(s.queue), seed)
                seen.add((run.port.scheduler, 'violation' if s.violations else ''))
            seen |= {(run.port.scheduler, row[1], row[4]) for row in run.events}
        for scheduler in ('dwcs', 'vds', 'edf'):
            for wanted in (('sent', 0), ('sent', 1), ('late_drop', 1), ('frame_drop', 1), ('queue_drop', 0)):
                self.assertIn((scheduler, *wanted), seen)
        self.assertTrue({('dwcs', 'violation'), ('vds', 'violation')} <= seen)


if __name__ == '__main__':
    unittest.main()

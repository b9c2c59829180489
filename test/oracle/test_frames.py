#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Frames, worked by hand: of unit = packet, and of unit = frame."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from cases import STALL, brief, events, stream_ini     # noqa: E402


class FramesOfPackets(unittest.TestCase):
    A = stream_ini('a', oln=5, old=9, ipg='1us', queue=6)

    def test_rest_of_the_frame(self):
        # Three misses move D from 1000 to 4000: the rest of the stream waits for 3000.
        rows = events([STALL, self.A], ['0 b bytes=1500', '0 a flags=s', '0 a', '0 a flags=n', '0 a flags=e',
                                        '0 a flags=s', '0 a'])
        self.assertEqual(rows[1:], ['1500 late_drop a 0 1 4 8 0', '1500 frame_drop a 1 1 3 7 0',
                                    '1500 frame_drop a 3 1 2 6 0', '3000 sent a 2 0 2 5 0',
                                    '4000 sent a 4 0 2 4 0', '5000 sent a 5 0 2 3 0'])

    def test_still_to_come(self):
        # D = 2000 after the late drop; at 5000 the arrival rule, 6000, and a miss, 7000;
        # at 5000 again a miss, 8000: the start at 5000 waits for 7000.
        rows = events([STALL, self.A], ['0 b bytes=1500', '0 a flags=s', '5000 a', '5000 a flags=e',
                                        '5000 a flags=s'])
        self.assertEqual(rows[1:], ['1500 late_drop a 0 1 4 8 0', '5000 frame_drop a 1 1 3 7 0',
                                    '5000 frame_drop a 2 1 2 6 0', '7000 sent a 3 0 2 5 0'])

    def test_before_the_limit(self):
        rows = events([STALL, stream_ini('a', ipg='1us', queue=1)],
                      ['0 b bytes=1500', '0 a flags=s', '1600 a flags=n', '1600 a', '1600 a flags=n'])
        self.assertEqual(brief(rows)[1:], ['1500 late_drop a 0', '1600 frame_drop a 2',
                                           '1600 queue_drop a 3', '2600 sent a 1'])

    def test_a_start_ends_the_frame_before(self):
        rows = events([STALL, self.A], ['0 b bytes=1500', '0 a flags=s', '0 a flags=s', '0 a flags=e'])
        self.assertEqual(brief(rows)[1:], ['1500 late_drop a 0', '1500 sent a 1', '2500 sent a 2'])

    def test_outside_a_frame(self):
        rows = events([STALL, self.A], ['0 b bytes=1500', '0 a', '0 a flags=e', '0 a'])
        self.assertEqual(brief(rows)[1:], ['1500 late_drop a 0', '1500 sent a 1', '2500 sent a 2'])

    def test_not_condemned(self):
        """Neither by a queue_drop, nor by a miss without a drop."""
        rows = events([stream_ini('a', ipg='1us', queue=1)], ['0 a flags=s', '0 a', '2000 a flags=e'])
        self.assertEqual(brief(rows), ['0 queue_drop a 1', '0 sent a 0', '2000 sent a 2'])
        rows = events([STALL, self.A], ['0 b bytes=1500', '0 a flags=sn', '0 a flags=e'])
        self.assertEqual(rows[1:], ['1500 sent a 0 1 4 7 0', '2500 sent a 1 0 4 6 0'])


class FramesAsRequests(unittest.TestCase):
    A = stream_ini('a', unit='frame', queue=5)      # 1/2, T = 10000

    def test_packets_follow_one_another(self):
        rows = events([self.A], ['0 a flags=s', '0 a', '0 a flags=e', '0 a flags=se'])
        self.assertEqual(rows, ['0 sent a 0 0 1 2 0', '1000 sent a 1 0 1 2 0', '2000 sent a 2 0 1 1 0',
                                '10000 sent a 3 0 1 2 0'])

    def test_unless_a_higher_precedence_comes_between(self):
        rows = events([self.A, stream_ini('c', oln=0, old=1)], ['0 a flags=s', '0 a flags=e', '500 c'])
        self.assertEqual(brief(rows), ['0 sent a 0', '1000 sent c 0', '2000 sent a 1'])

    def test_outside_a_frame_of_one(self):
        rows = events([self.A], ['0 a', '0 a flags=e', '0 a'])
        self.assertEqual(rows, ['0 sent a 0 0 1 1 0', '10000 sent a 1 0 1 2 0', '20000 sent a 2 0 1 1 0'])

    def test_only_one_miss(self):
        # At 35000 the first frame misses once and D goes on to 20000, the second
        # misses too, 30000, the third as well, 40000.
        rows = events([STALL, stream_ini('a', unit='frame', oln=4, old=9)],
                      ['0 b bytes=35000', '0 a flags=s', '0 a flags=n', '0 a flags=e',
                       '0 a flags=sn', '0 a flags=e', '0 a flags=se'])
        self.assertEqual(rows[1:], ['35000 late_drop a 0 1 3 8 0', '35000 frame_drop a 2 1 3 8 0',
                                    '35000 sent a 1 1 3 8 0',
                                    '36000 frame_drop a 4 1 2 7 0', '36000 sent a 3 1 2 7 0',
                                    '37000 late_drop a 5 1 1 6 0'])

    def test_later_packets_of_a_missed_frame(self):
        # No rule, no period on arrival; over with its end: D = 20000, so the next is at 13500.
        rows = events([STALL, self.A], ['0 b bytes=12000', '0 a flags=s', '11000 a', '12500 a flags=n',
                                        '13000 a flags=e', '13600 a flags=se'])
        self.assertEqual(rows[1:], ['12000 late_drop a 0 1 0 1 0', '12000 frame_drop a 1 1 0 1 0',
                                    '12500 sent a 2 1 0 1 0', '13500 frame_drop a 3 1 0 1 0',
                                    '13600 sent a 4 0 1 2 0'])

    def test_partly_sent_then_late(self):
        # It had its rule B, so no rule A when it is over.
        rows = events([self.A, stream_ini('c', oln=0, old=1)],
                      ['0 a flags=s', '0 a flags=n', '0 a flags=e', '500 c bytes=15000'])
        self.assertEqual(rows, ['0 sent a 0 0 1 2 0', '1000 sent c 0 0 0 1 0',
                                '16000 frame_drop a 2 1 0 1 0', '16000 sent a 1 1 0 1 0'])

    def test_over_with_the_next_start(self):
        # Rule A and D = 20000 while the second is admitted, before its arrival rule.
        rows = events([self.A], ['0 a flags=s', '500 a flags=s'])
        self.assertEqual(rows, ['0 sent a 0 0 1 2 0', '10000 sent a 1 0 1 1 0'])

    def test_nothing_queued_nothing_missed(self):
        # D = 10000 passes in between; the end that comes later is the miss.
        rows = events([self.A], ['0 a flags=s', '25000 a flags=e'])
        self.assertEqual(rows, ['0 sent a 0 0 1 2 0', '25000 late_drop a 1 1 0 1 0'])
        rows = events([self.A], ['0 a flags=s', '25000 a flags=se'])
        self.assertEqual(rows, ['0 sent a 0 0 1 2 0', '25000 sent a 1 0 1 2 0'])

    def test_no_arrival_rule_within_a_frame(self):
        rows = events([self.A], ['0 a flags=s', '9000 a flags=e', '9000 a flags=se'])
        self.assertEqual(brief(rows), ['0 sent a 0', '9000 sent a 1', '10000 sent a 2'])

    def test_queue_drop_spoils_but_does_not_condemn(self):
        rows = events([stream_ini('a', unit='frame', queue=1)],
                      ['0 a flags=s', '0 a', '2000 a flags=e', '2000 a flags=se', '5000 a flags=se'])
        self.assertEqual(rows[:4], ['0 queue_drop a 1 0 1 2 0', '0 sent a 0 0 1 2 0',
                                    '2000 queue_drop a 3 0 1 2 0', '2000 sent a 2 0 1 2 0'])

    def test_frame_that_was_never_queued(self):
        arrivals = ['0 a flags=se', '0 a flags=se', '500 a flags=se']
        streams = [stream_ini('a', unit='frame', queue=1)]
        rows = brief(events(streams, arrivals))
        self.assertEqual(rows, ['0 queue_drop a 1', '0 sent a 0', '10000 sent a 2'])

    def test_own_deadline(self):
        rows = events([STALL, self.A], ['0 b bytes=2000', '0 a flags=s deadline=1500', '0 a flags=ne'])
        self.assertEqual(rows[1:], ['2000 late_drop a 0 1 0 1 0', '2000 sent a 1 1 0 1 0'])

    def test_vds(self):
        rows = events([self.A], ['0 a flags=s', '0 a flags=e', '0 a'], scheduler='vds')
        self.assertEqual(rows, ['0 sent a 0 0 1 2 0', '1000 sent a 1 0 0 1 0', '10000 sent a 2 0 1 2 0'])


if __name__ == '__main__':
    unittest.main()

# SPDX-License-Identifier: BSD-3-Clause
import tempfile
import unittest

from support import MS, Made

import data
import judge
import plan


def read(made):
    with tempfile.TemporaryDirectory() as where:
        made.write(where)
        return data.RunData(where)


def delivery(made):
    run = read(made)
    return judge.check_delivery(run, run.of_port(made.port))


class Delivery(unittest.TestCase):
    def test_all_in_time(self):
        whole, no_i_lost = delivery(Made())
        self.assertEqual((whole.mark(), no_i_lost.mark()), ('pass', 'pass'))

    def test_a_frame_that_never_arrives_counts(self):
        made = Made()
        made.frames[25]['missing'] = made.packets
        whole, _ = delivery(made)
        self.assertEqual(whole.mark(), 'short')
        self.assertIn('worst window 95.0 %', whole.measured)

    def test_one_missing_packet_spoils_a_frame(self):
        made = Made()
        made.frames[25]['missing'] = 1
        self.assertEqual(delivery(made)[0].mark(), 'short')

    def test_late_is_not_in_time(self):
        made = Made()
        made.frames[30]['delay_ns'] = 101 * MS
        self.assertEqual(delivery(made)[0].mark(), 'short')
        made.frames[30]['delay_ns'] = 100 * MS
        self.assertEqual(delivery(made)[0].mark(), 'pass')

    def test_a_lost_i_frame(self):
        made = Made()
        made.frames[24]['missing'] = 1
        self.assertEqual(delivery(made)[1].mark(), 'short')

    def test_late_i_frame_is_not_lost(self):
        made = Made()
        made.frames[24]['delay_ns'] = 300 * MS
        self.assertEqual(delivery(made)[1].mark(), 'pass')

    def test_the_ledger_explains(self):
        made = Made()
        made.frames[25]['missing'] = 1
        made.stalls = [(made.due_ns(25) + 20 * MS, 8 * MS)]
        self.assertEqual(delivery(made)[0].mark(), 'disturbed')

    def test_a_small_or_distant_stall_explains_nothing(self):
        for stall in ((20 * MS, 1 * MS), (900 * MS, 8 * MS)):
            made = Made()
            made.frames[25]['missing'] = 1
            made.stalls = [(made.due_ns(25) + stall[0], stall[1])]
            self.assertEqual(delivery(made)[0].mark(), 'short')

    def test_one_of_two_explained_is_short(self):
        made = Made()
        made.frames[25]['missing'] = made.frames[100]['missing'] = 1
        made.stalls = [(made.due_ns(25) + 20 * MS, 8 * MS)]
        self.assertEqual(delivery(made)[0].mark(), 'short')


class Perturbed(unittest.TestCase):
    def made(self, every):
        made = Made()
        made.perturbations = [[3, 5]]
        for frame in made.frames[60:100:every]:
            frame['missing'] = 1
        return made

    def check(self, made):
        run = read(made)
        return judge.check_suffers(run, run.of_port(made.port), 'x')

    def test_suffers(self):
        self.assertEqual(self.check(self.made(3)).mark(), 'pass')

    def test_does_not_suffer_enough(self):
        self.assertEqual(self.check(self.made(4)).mark(), 'short')

    def test_never_perturbed(self):
        made = self.made(1)
        made.perturbations = []
        self.assertEqual(self.check(made).mark(), 'short')


class Gaps(unittest.TestCase):
    def check(self, off, by_ns, stalls=()):
        made = Made()
        for frame in made.frames[10:10 + 2 * off:2]:
            frame['delay_ns'] += by_ns * made.packets       # the first packet moves by so much
        made.stalls = list(stalls)
        run = read(made)
        return judge.check_gaps(run, run.of_port(made.port), 20)

    def test_even(self):
        check = self.check(0, 0)
        self.assertEqual(check.mark(), 'pass')
        self.assertIn('100.00 % of 179', check.measured)

    def test_within_five_ms(self):
        self.assertEqual(self.check(20, 5 * MS).mark(), 'pass')

    def test_off(self):
        self.assertEqual(self.check(1, 6 * MS).mark(), 'short')

    def test_explained(self):
        made = Made()
        self.assertEqual(self.check(1, 6 * MS, [(made.due_ns(10) + 5 * MS, 5 * MS)]).mark(), 'disturbed')

    def test_a_lost_frame_is_a_long_gap(self):
        made = Made()
        made.frames[50]['missing'] = made.packets
        self.assertIn(100.0, [gap for _, gap in judge.gaps(read(made).of_port(made.port))])


class Sensor(unittest.TestCase):
    @staticmethod
    def run_with(late, lost):
        made = Made(packets=1)
        for frame in made.frames:
            frame['deadline_ns'] = made.due_ns(frame['number']) + 40 * MS
        for frame in made.frames[:late]:
            frame['delay_ns'] = 41 * MS
        for frame in made.frames[100:100 + lost]:
            frame['missing'] = 1
        return read(made)

    def marks(self, lossy, lossless, unmanaged):
        runs = [self.run_with(*r) for r in (lossy, lossless, unmanaged)]
        return [c.mark() for c in judge.check_sensor(*runs)]

    def test_as_it_should_be(self):
        self.assertEqual(self.marks((0, 3), (9, 0), (20, 20)), ['pass'] * 3)

    def test_late(self):
        self.assertEqual(self.marks((1, 0), (9, 0), (20, 20)), ['short', 'pass', 'pass'])

    def test_no_better(self):
        self.assertEqual(self.marks((0, 9), (9, 0), (20, 20)), ['pass', 'short', 'pass'])


class Starved(unittest.TestCase):
    STREAM = plan.Stream('x', 5004, 20, 0.02)

    def mark(self, missing, stalls=()):
        made = Made(packets=1)          # 20 packets of 1266 bytes a second: 2 % of the link
        for frame in made.frames[20:20 + missing]:
            frame['missing'] = 1
        made.stalls = list(stalls)
        return judge.check_not_starved(read(made), self.STREAM, ()).mark()

    def test_fed(self):
        self.assertEqual(self.mark(0), 'pass')

    def test_starved_in_one_window(self):
        self.assertEqual(self.mark(10), 'short')

    def test_the_cap_is_all_there_is(self):
        made = Made(packets=1)
        made.rest_bps = 100_000             # half of what the stream wants
        for frame in made.frames[::2]:
            frame['missing'] = 1
        run = read(made)
        self.assertEqual(judge.check_not_starved(run, self.STREAM, ()).mark(), 'pass')
        run.rest_bps = 200_000
        self.assertEqual(judge.check_not_starved(run, self.STREAM, ()).mark(), 'short')

    def test_the_link_stood_still(self):
        made = Made()
        self.assertEqual(self.mark(10, [(made.due_ns(25), 20 * MS)]), 'disturbed')


class Verdicts(unittest.TestCase):
    @staticmethod
    def mark(*checks):
        return judge.Verdict([judge.Check('', '', *c) for c in checks]).mark()

    def test_the_worst_counts(self):
        self.assertEqual(self.mark((True, False), (False, True), (False, False)), 'short')
        self.assertEqual(self.mark((True, False), (False, True)), 'disturbed')
        self.assertEqual(self.mark((True, False)), 'pass')
        self.assertEqual(self.mark(), 'missing')


if __name__ == '__main__':
    unittest.main()

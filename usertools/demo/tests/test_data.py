# SPDX-License-Identifier: BSD-3-Clause
import os
import tempfile
import unittest

from support import MS, OFFSET_NS, START_NS, Made

import data
import plan
import rtp
import svg


class Reading(unittest.TestCase):
    def test_clock_follows_its_drift(self):
        clock = data.ClockOffset([(1_000, 500), (2_000, 600)])
        self.assertEqual(clock.monotonic(1_500), 1_000)
        self.assertAlmostEqual(clock.monotonic(2_600), 2_000, delta=11)

    def test_no_offset_is_an_error(self):
        with tempfile.TemporaryDirectory() as where:
            path = os.path.join(where, 'packets.csv')
            with open(path, 'w') as f:
                f.write('port,recv_realtime_ns\n')
            with self.assertRaises(ValueError):
                data.read_packets(path)

    def test_packets_of_another_run_are_strangers(self):
        made = Made(seconds=1)
        with tempfile.TemporaryDirectory() as where:
            made.write(where)
            with open(os.path.join(where, 'packets.csv'), 'a') as f:
                f.write(f'{made.port},{START_NS + OFFSET_NS},1200,0,3,B,0,4,42,0\n')
            run = data.RunData(where)
        self.assertEqual(run.strangers, 1)
        self.assertTrue(all(frame.whole() for frame in run.of_port(made.port)))

    def test_delay_is_to_the_last_packet(self):
        made = Made(seconds=1)
        made.frames[7]['delay_ns'] = 44 * MS
        with tempfile.TemporaryDirectory() as where:
            made.write(where)
            frame = data.RunData(where).of_port(made.port)[7]
        self.assertEqual(frame.delay_ms(), 44.0)
        self.assertEqual(frame.first_ns(), frame.made_ns + 11 * MS)

    def test_ledger_is_read_as_growth(self):
        made = Made(seconds=1)
        made.stalls = [(START_NS + 250 * MS, 7 * MS)]
        with tempfile.TemporaryDirectory() as where:
            made.write(where)
            stalls = data.RunData(where).stalls
        self.assertEqual([s.total_ns for s in stalls if s.total_ns], [7 * MS])


class Plan(unittest.TestCase):
    def test_loads(self):
        per_packet = plan.PACKET_WIRE_NS / 1e9
        self.assertAlmostEqual(plan.packets_for(0.70, 20) * 20 * per_packet, 0.70, places=3)
        for run in plan.RUNS:
            streams = run.managed + run.plain
            load = sum(s.load for s in streams) + (plan.PERTURBATION_LOAD if run.perturbations else 0)
            if streams:
                self.assertAlmostEqual(load, 1.15)

    def test_the_largest_even_frame_fits_its_period(self):
        largest = round(plan.packets_for(plan.MANAGED_LOAD, 20) * 1.273)
        self.assertLess((largest + 1.25) * plan.PACKET_WIRE_NS, 0.998 * 50 * MS)


class Rtp(unittest.TestCase):
    TEXT = '''========================= RTP Streams ========================
   Start time      End time     Src IP addr  Port    Dest IP addr  Port       SSRC          Payload  Pkts         Lost   Min Delta(ms)
     0.000000      1.950189       127.0.0.1 45811       127.0.0.1  5004 0x0000138C            MPV    1395    -1 (-0.1%)           0.003           1.437          50.043           0.000           8.200          30.100 X
==============================================================
'''

    def test_table(self):
        self.assertEqual(rtp.parse(self.TEXT), [
            {'port': 5004, 'packets': 1395, 'lost': -1, 'lost_percent': -0.1, 'delta_max_ms': 50.043,
             'jitter_mean_ms': 8.2, 'jitter_max_ms': 30.1}])


class Svg(unittest.TestCase):
    def test_a_chart_is_well_formed(self):
        import xml.dom.minidom
        chart = svg.Chart('a < b & c', (0, 9), (0, 25), 'x', 'y')
        chart.span(3, 5, 'something')
        chart.level(20, 'twenty')
        chart.line([(0, 1), (9, 99)], '#000', 'a line')
        chart.dots([(1, 1), (2, 99)], '#000', 'dots')
        chart.bars([(0, 1, [[3, 4], [5, 6]])], [('#111', '#222'), ('#333', '#444')], [('a', 'b'), ('c', 'd')])
        chart.strip([(0, 1, 3)], 5, 'below')
        xml.dom.minidom.parseString(chart.text())

    def test_steps_are_round(self):
        self.assertEqual([svg.nice_step(span, 5) for span in (25, 120, 6, 1)], [5, 25, 2, 0.2])


if __name__ == '__main__':
    unittest.main()

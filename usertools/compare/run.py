#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Measure every way of sending beside each other, in namespaces that qsock-compare.sh has set up; judge and report.

Exit status: 0 all that has to be shown was, or the machine's own disturbances explain what was not; 1 a run failed; 3 something fell
short."""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(HERE, '..', 'demo'))

import data         # noqa: E402
import delay        # noqa: E402
import evaluation   # noqa: E402
import judge        # noqa: E402
import plan         # noqa: E402
import procs        # noqa: E402
import report       # noqa: E402
import sheet        # noqa: E402
import tables       # noqa: E402
import ways         # noqa: E402
from bed import Bed         # noqa: E402
from onerun import OneRun   # noqa: E402

SHORT = 3
PAUSE_S = 5                     # before a run that failed is tried again: others may have had the hugepages
FIGURE_BESIDES_S = 1.5            # what a run of a figure takes besides its length
# By quick: seconds of a run, and how often; ways take turns within a round.
DELAY_LENGTH_S, DELAY_ROUNDS = {False: 6, True: 4}, {False: 2, True: 1}


class Comparison:
    """What is to be run, and what was found."""

    def __init__(self, args):
        self.out, self.quick = os.path.abspath(args.out), args.quick
        self.figure_bed = Bed(args.build, args.figure_namespaces, args.eal)
        self.delay_bed = Bed(args.build, args.delay_namespaces, args.eal)
        self.numbers = [n for n in evaluation.NEEDS if str(n) in args.figures.split(',')]
        self.only, self.failed = args.only, 0
        self.delays = [delay.Delay(way, flood) for flood in delay.FLOODS for way in ways.WAYS
                       if args.delay and way.delay and self.wanted(way, flood)]
        # Run by run, and the ways in turn: what is compared is near in time.
        self.figure_runs = [(way, label) for label in evaluation.RUNS for way in ways.WAYS
                            if label in evaluation.labels(way, self.numbers) and self.wanted(way, label)]
        self.runs = {way.name: {} for way in ways.WAYS}
        self.shown = []
        self.floods = list(dict.fromkeys(one.flood for one in self.delays))

    def wanted(self, way, what):
        return self.only in f'{way.name}-{what}'

    def estimate_s(self):
        return (sum(map(self.rounds, self.delays)) * (DELAY_LENGTH_S[self.quick] + delay.BESIDES_S)
                + len(self.figure_runs) * (plan.seconds(self.quick) + FIGURE_BESIDES_S))

    def rounds(self, one):
        """Beside no flood there is not much to be seen."""
        return DELAY_ROUNDS[self.quick] if one.flood != 'none' else 1

    def one(self, name, go):
        """One run, told in a line, and once more if it fails; its result, or None."""
        print(f'[{time.monotonic() - self.began:6.1f} s] {name}', flush=True)
        for pause_s in (PAUSE_S, 0):
            try:
                return go()
            except (procs.Timeout, subprocess.SubprocessError, OSError, ValueError, KeyError) as e:
                print(f'  failed{", once more" if pause_s else ""}: {e}', file=sys.stderr, flush=True)
            time.sleep(pause_s)
        self.failed += 1
        return None

    def run(self):
        self.began = time.monotonic()
        for k in range(DELAY_ROUNDS[self.quick]):
            for one in self.delays:
                if k >= self.rounds(one):
                    continue
                where = os.path.join(self.out, 'delay', f'{one.way.name}-{one.flood}-{k}')
                made = delay.DelayRun(self.delay_bed, one.way, one.flood, where, DELAY_LENGTH_S[self.quick])
                found = self.one(f'delay {k + 1}: {one.way.name}-{one.flood}', made.go)
                if found:
                    one.found.append(found)
        for way, label in self.figure_runs:
            where = os.path.join(self.out, 'figures', way.name, label)
            run = OneRun(self.figure_bed, evaluation.planned(label), way, where, plan.seconds(self.quick))
            self.one(f'figures: {way.name}-{label}', lambda: self.figure_run(run, way, label))
        run_ways = [way for way in ways.WAYS if any(w is way for w, _ in self.figure_runs)]
        self.shown = [evaluation.shown(way, n, self.runs[way.name], self.runs['plain']) for n in self.numbers
                      for way in run_ways if n in way.figures]

    def figure_run(self, run, way, label):
        run.go()
        self.runs[way.name][label] = data.RunData(run.dir)

    def delay_rows(self):
        return [one.row() for one in self.delays]

    def by_way(self):
        return {(row['way'], row['flood']): row for row in self.delay_rows()}

    def overview(self):
        return tables.overview_rows(self.by_way(), self.shown, self.numbers, self.floods)

    def required(self):
        return tables.required(delay.checks(self.by_way()), self.shown)

    def facts(self, memory):
        return {'made': time.strftime('%Y-%m-%d %H:%M:%S'), **report.machine(), 'quick': self.quick, 'memory': memory,
                'tx_core': self.delay_bed.tx_core, 'other_cores': self.delay_bed.other_cores,
                'a run of a figure, s': plan.seconds(self.quick),
                'a run of delay, s': f'{DELAY_LENGTH_S[self.quick]}, {DELAY_ROUNDS[self.quick]} of each',
                'took, s': round(time.monotonic() - self.began), 'load average at the end': report.load_average()}

    def write(self, memory):
        facts = self.facts(memory)
        with open(os.path.join(self.out, 'compare.json'), 'w') as f:
            json.dump({'facts': facts, 'delay': self.delay_rows(), 'figures': [s.as_json() for s in self.shown],
                       'required': [{'of': what, 'text': c.text, 'measured': c.measured, 'value': c.value, 'mark': c.mark()}
                                    for what, c in self.required()]}, f, indent=1)
        with open(os.path.join(self.out, 'compare.html'), 'w') as f:
            f.write(sheet.text(self, facts))
        with open(os.path.join(self.out, 'tables.rst'), 'w') as f:
            f.write('\n'.join(f'{title}:\n\n{tables.rst(header, rows)}' for title, header, rows in self.tables()))

    def tables(self):
        """(title, header, rows) of all that was measured."""
        found = [('Delay of the stream', tables.delay_header(), tables.delay_rows(self.delay_rows()))]
        found += [(evaluation.TITLES[n], tables.figure_header(n), tables.figure_rows([s for s in self.shown if s.number == n]))
                  for n in self.numbers]
        found.append(('All in brief', tables.overview_header(self.numbers, self.floods), self.overview()))
        return [table for table in found if table[2]]

    def print(self):
        for title, header, rows in self.tables():
            print(f'\n{title}')
            report.print_table(header, rows)
        print('\nWhat has to be shown')
        for what, check in self.required():
            print(f'  {check.mark():10} {what}: {check.text}: {check.measured}')

    def status(self):
        marks = [check.mark() for _, check in self.required()]
        print(f'\n{marks.count(judge.PASS)} shown, {marks.count(judge.SHORT)} short, {marks.count(judge.DISTURBED)} disturbed '
              f'by the machine, {self.failed} runs failed; load average {report.load_average()}')
        return 1 if self.failed else SHORT if judge.SHORT in marks else 0


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument('--out', required=True)
    ap.add_argument('--build', required=True)
    ap.add_argument('--delay-namespaces', required=True, metavar='SENDER,RECEIVER')
    ap.add_argument('--figure-namespaces', required=True, metavar='SENDER,RECEIVER')
    ap.add_argument('--eal', default='', help='arguments for EAL')
    ap.add_argument('--memory', default='', help='what the report says of hugepages')
    ap.add_argument('--quick', action='store_true')
    ap.add_argument('--delay', action='store_true', help='measure the delay beside floods')
    ap.add_argument('--figures', default='', metavar='4,5,6,7', help='the paper\'s figures to make')
    ap.add_argument('--only', default='', help='runs whose name, WAY-FLOOD or WAY-RUN, contains this')
    args = ap.parse_args()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(1))
    comparison = Comparison(args)
    if not comparison.delays and not comparison.figure_runs:
        names = sorted({f'{one.way.name}-{one.flood}' for one in Comparison(argparse.Namespace(**{**vars(args), 'only': ''})).delays})
        sys.exit(f"--only '{args.only}': no run has that in its name; runs of delay: {' '.join(names)}")
    for part in ('delay', 'figures'):
        shutil.rmtree(os.path.join(args.out, part), ignore_errors=True)
    seconds = comparison.estimate_s()
    print(f'{len(comparison.delays)} delays and {len(comparison.figure_runs)} runs of figures: about '
          f'{seconds // 60:.0f} min {seconds % 60:.0f} s', flush=True)
    comparison.run()
    comparison.write(args.memory)
    comparison.print()
    return comparison.status()


if __name__ == '__main__':
    sys.exit(main())

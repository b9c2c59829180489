# SPDX-License-Identifier: BSD-3-Clause
"""The report: a table for the terminal, report.json, report.html with everything in it, PNG files."""

import json
import os
import shutil
import subprocess
import sys
import time

import cost
import data
import figures
import page
import plan

def machine():
    def first(path, key):
        try:
            with open(path) as f:
                return next(line.split(':', 1)[1].strip() for line in f if line.startswith(key))
        except (OSError, StopIteration):
            return '?'

    def said(*command):
        try:
            return subprocess.run(command, capture_output=True, text=True, timeout=10).stdout.strip()
        except (OSError, subprocess.TimeoutExpired):
            return '?'

    here = os.path.dirname(os.path.abspath(__file__))
    return {'cpu': first('/proc/cpuinfo', 'model name'), 'cores': os.cpu_count(),
            'ram': first('/proc/meminfo', 'MemTotal'), 'kernel': os.uname().release,
            'dpdk': said('pkg-config', '--modversion', 'libdpdk'),
            'commit': said('git', '-C', here, 'describe', '--always', '--dirty')}


def load_average():
    return ' '.join(f'{x:.2f}' for x in os.getloadavg())


def write_pngs(out, found):
    """What rsvg-convert makes of the charts; without it there are only the SVG files."""
    for figure in found:
        for name, svg in figure.charts:
            path = os.path.join(out, name)
            with open(path + '.svg', 'w') as f:
                f.write(svg)
            if shutil.which('rsvg-convert'):
                subprocess.run(['rsvg-convert', '--zoom', '1.5', '-o', path + '.png', path + '.svg'],
                               timeout=60, check=False)


def figure_json(figure):
    checks = [{'text': c.text, 'measured': c.measured, 'value': c.value, 'mark': c.mark()}
              for c in figure.verdict.checks]
    tables = [{'caption': caption, 'header': header, 'rows': rows} for caption, header, rows in figure.tables]
    return {'title': figure.title, 'mark': figure.mark(), 'stalls': figure.stalls, 'checks': checks,
            'tables': tables}


def as_json(found, costs, ideal, facts):
    return {'facts': facts, 'table1': costs, 'virtual_time': ideal,
            'figures': {f.name: figure_json(f) for f in found}}


def print_table(header, rows):
    if not rows:
        return
    cells = [[str(c) for c in row] for row in [header, *rows]]
    widths = [max(len(row[k]) for row in cells) for k in range(len(header))]
    for row in cells:
        print('  '.join(c.ljust(w) for c, w in zip(row, widths)).rstrip())


def print_terminal(found, costs, facts):
    print()
    for figure in found:
        print(f'{figure.mark().upper():10} {figure.title}')
        for check in figure.verdict.checks:
            print(f'  {check.mark():10} {check.text}: {check.measured}')
        for run, s in figure.stalls.items():
            print(f'             ledger of {run}: {s["count"]} stalls, {s["total_ms"]:.1f} ms in all, '
                  f'at most {s["worst_interval_ms"]:.2f} ms in 100 ms; load average {s["load"]}')
    print('\nTable 1: cost of each call')
    print_table(cost.HEADER, cost.rows(costs))
    print(f'\n{facts["memory"]}; load average at the end {facts["load average at the end"]}')


def write(out, facts):
    """Judge what is in out/runs and write the report there."""
    facts = {'made': time.strftime('%Y-%m-%d %H:%M:%S'), **machine(),
             'link': f'{plan.LINK_BPS / 1e6:g} Mbit/s, {plan.OVERHEAD_BYTES} bytes of overhead a frame',
             'run length': f'{plan.seconds(facts["quick"]):g} s, {plan.WINDOWS} windows',
             'load average at the end': load_average(), **facts}
    found, costs = figures.everything(out), cost.table(out)
    ideal = data.read_json(os.path.join(out, 'runs', 'virtual.json')) or []
    write_pngs(out, found)
    with open(os.path.join(out, 'report.html'), 'w') as f:
        f.write(page.text(found, costs, ideal, facts))
    with open(os.path.join(out, 'report.json'), 'w') as f:
        json.dump(as_json(found, costs, ideal, facts), f, indent=1)
    print_terminal(found, costs, facts)


def main():
    """report.py DIR: judge once more what an earlier run left there."""
    out = sys.argv[1]
    with open(os.path.join(out, 'report.json')) as f:
        facts = json.load(f)['facts']
    write(out, facts)


if __name__ == '__main__':
    sys.exit(main())

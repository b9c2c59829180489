# SPDX-License-Identifier: BSD-3-Clause
"""The report: a table for the terminal, report.json, report.html with everything in it, PNG files."""

import json
import os
import shutil
import subprocess
import sys
import time
from html import escape

import cost
import figures
import plan

STYLE = '''
body { font: 15px/1.5 "DejaVu Sans", Verdana, sans-serif; color: #24292f; max-width: 980px; margin: 2.5em auto; padding: 0 1.2em; }
h1 { font-size: 1.6em; margin-bottom: .2em; } h2 { font-size: 1.2em; margin: 2.4em 0 .4em; border-top: 1px solid #d0d7de; padding-top: 1em; }
p.lead { color: #57606a; margin-top: 0; } svg { max-width: 100%; height: auto; display: block; margin: .8em 0; }
table { border-collapse: collapse; margin: .8em 0; font-size: .88em; } caption { text-align: left; white-space: nowrap; color: #57606a; padding-bottom: .3em; }
th, td { padding: .25em .9em .25em 0; text-align: left; border-bottom: 1px solid #e4e8ec; vertical-align: top; }
td { font-variant-numeric: tabular-nums; } th { font-weight: 600; color: #57606a; }
.mark { display: inline-block; padding: .05em .6em; border-radius: 1em; font-size: .8em; font-weight: 600; color: white; vertical-align: .1em; }
.pass { background: #1a7f37; } .short { background: #cf222e; } .disturbed { background: #9a6700; } .missing { background: #6e7781; }
details { margin: .6em 0; } summary { cursor: pointer; color: #57606a; } code { font-size: .92em; background: #f6f8fa; padding: .1em .3em; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2em 1.2em; font-size: .88em; } dt { color: #57606a; } dd { margin: 0; }
'''

LIMITS = (
    'Both hosts are namespaces of one machine: one clock, so one-way delays are true, and one kernel, so its disturbances '
    'hit both. The 10 Mbit/s are the port\'s link model (in the kernel run a TBF); a veth has no rate of its own.',
    f'The port bounds best effort, and the plain link its only queue, to {plan.QUEUE_MS} ms of the link. In fifo the video '
    'has a queue of its own behind the same link (1024 packets): it loses little, and waits behind TCP. With the kernel\'s '
    'default of 1000 packets in place of 50 ms the plain video waits, too, in place of losing.',
    'The perturbation is four TCP connections (cubic) that together want 45 % of the link. A single one gives way to the '
    'video, and harms it less: with the 50 ms queue, 80 to 97 % of the unmanaged frames were then in time.',
    'A frame fits into one period only up to 50 ms of the link. With 70 % on average the sizes of I, P and B can differ by '
    'no more than 1.22 : 1.10 : 0.94.',
    'Marks: pass; short; disturbed, if the TX core\'s own ledger (gaps of more than 50 us in its loop) shows, at the time of '
    'every frame that failed beyond what is allowed, stalls larger than the frame could bear.',
)


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

    return {'cpu': first('/proc/cpuinfo', 'model name'), 'cores': os.cpu_count(), 'ram': first('/proc/meminfo', 'MemTotal'),
            'kernel': os.uname().release, 'dpdk': said('pkg-config', '--modversion', 'libdpdk'),
            'commit': said('git', '-C', os.path.dirname(os.path.abspath(__file__)), 'describe', '--always', '--dirty')}


def load_average():
    return ' '.join(f'{x:.2f}' for x in os.getloadavg())


def html_table(caption, header, rows):
    if not rows:
        return f'<p class="lead">{escape(caption)}: nothing was measured.</p>'
    head = ''.join(f'<th>{escape(str(c))}</th>' for c in header)
    body = ''.join('<tr>' + ''.join(f'<td>{escape(str(c))}</td>' for c in row) + '</tr>' for row in rows)
    return f'<table><caption>{escape(caption)}</caption><tr>{head}</tr>{body}</table>'


def mark_html(mark):
    return f'<span class="mark {mark}">{mark}</span>'


def checks_html(verdict):
    rows = ''.join(f'<tr><td>{mark_html(c.mark())}</td><td>{escape(c.text)}</td><td>{escape(c.measured)}</td></tr>'
                   for c in verdict.checks)
    return f'<table><tr><th></th><th>must show</th><th>measured</th></tr>{rows}</table>' if rows else ''


def figure_html(figure):
    parts = [f'<h2 id="{figure.name}">{escape(figure.title)} {mark_html(figure.mark())}</h2>',
             f'<p class="lead">{escape(figure.text)}</p>', checks_html(figure.verdict)]
    parts += [svg for _, svg in figure.charts]
    stalls = [[run, s['count'], f"{s['total_ms']:.1f}", f"{s['worst_interval_ms']:.2f}", s['load']]
              for run, s in figure.stalls.items()]
    if stalls:
        parts.append(html_table('Ledger of the TX core: gaps of more than 50 us in its loop',
                                ['run', 'stalls', 'in all, ms', 'most in 100 ms, ms', 'load average'], stalls))
    parts.append('<details><summary>the figures behind it</summary>')
    parts += [html_table(*table) for table in figure.tables]
    return '\n'.join(parts + ['</details>'])


def page(found, costs, facts):
    facts_html = ''.join(f'<dt>{escape(k)}</dt><dd>{escape(str(v))}</dd>' for k, v in facts.items())
    overview = ''.join(f'<tr><td>{mark_html(f.mark())}</td><td><a href="#{f.name}">{escape(f.title)}</a></td></tr>' for f in found)
    limits = ''.join(f'<li>{escape(text)}</li>' for text in LIMITS)
    return f'''<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>dpdk-qsock: the demonstration</title><style>{STYLE}</style></head><body>
<h1>dpdk-qsock: the paper's evaluation, on real packets</h1>
<p class="lead">Abbasi, Poellabauer, Schwan, Losik, West: A Quality-of-Service Enhanced Socket API in GNU/Linux, section 4.
{escape(facts["made"])}{", quick: short runs, short windows" if facts["quick"] else ""}.</p>
<table>{overview}</table>
{''.join(figure_html(f) for f in found)}
<h2 id="table1">Table 1: what each call costs</h2>
<p class="lead">All in one run, on this machine, beside the socket call that does the like. sendto() leaves through the twin.</p>
{html_table('', cost.HEADER, cost.rows(costs))}
<h2>What was run, and on what</h2><dl>{facts_html}</dl>
<h2>What to know when reading</h2><ul>{limits}</ul>
</body></html>
'''


def write_pngs(out, found):
    """What rsvg-convert makes of the charts; without it there are only the SVG files."""
    for figure in found:
        for name, svg in figure.charts:
            path = os.path.join(out, name)
            with open(path + '.svg', 'w') as f:
                f.write(svg)
            if shutil.which('rsvg-convert'):
                subprocess.run(['rsvg-convert', '--zoom', '1.5', '-o', path + '.png', path + '.svg'], timeout=60, check=False)


def as_json(found, costs, facts):
    return {'facts': facts, 'table1': costs,
            'figures': {f.name: {'title': f.title, 'mark': f.mark(), 'stalls': f.stalls,
                                 'checks': [{'text': c.text, 'measured': c.measured, 'value': c.value, 'mark': c.mark()}
                                            for c in f.verdict.checks],
                                 'tables': [{'caption': c, 'header': h, 'rows': r} for c, h, r in f.tables]} for f in found}}


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
    facts = {'made': time.strftime('%Y-%m-%d %H:%M:%S'), **machine(), **facts,
             'link': f'{plan.LINK_BPS / 1e6:g} Mbit/s, {plan.OVERHEAD_BYTES} bytes of overhead a frame',
             'run length': f'{plan.seconds(facts["quick"]):g} s, {plan.WINDOWS} windows',
             'load average at the end': load_average()}
    found, costs = figures.everything(out), cost.table(out)
    write_pngs(out, found)
    with open(os.path.join(out, 'report.html'), 'w') as f:
        f.write(page(found, costs, facts))
    with open(os.path.join(out, 'report.json'), 'w') as f:
        json.dump(as_json(found, costs, facts), f, indent=1)
    print_terminal(found, costs, facts)


def main():
    """report.py DIR: judge once more what an earlier run left there."""
    out = sys.argv[1]
    with open(os.path.join(out, 'report.json')) as f:
        facts = json.load(f)['facts']
    write(out, {k: facts[k] for k in ('quick', 'memory', 'tx_core', 'other_cores', 'eal_args', 'port_args', 'run_s')})


if __name__ == '__main__':
    sys.exit(main())

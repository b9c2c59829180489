# SPDX-License-Identifier: BSD-3-Clause
"""compare.html: one page that needs no other file, the ways side by side."""

import math
from html import escape

import delay
import evaluation
import figures
import judge
import page
import plan
import tables
import ways
from svg import Chart

# From the last way to the first: those that schedule in green, blue, violet; those that do not in warm colours.
COLOURS = {'plain': figures.FIFO, 'htb': figures.KERNEL, 'htb-all': '#8f5b34'}
MORE_COLOURS = ('#7a4fb5', figures.LOSSLESS, figures.DWCS, '#1b9aaa', '#5c6b73')
SIDE = {'width': 455, 'height': 250}
DELAY_MOST_MS = 30

STYLE = '''
body { max-width: 1400px; }
.pairs { display: grid; grid-template-columns: repeat(2, minmax(440px, 1fr)); gap: 0 1em; max-width: 940px; }
.grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(440px, 1fr)); gap: 0 1em; }
td.holds { color: #1a7f37; font-weight: 600; } td.does-not { color: #cf222e; font-weight: 600; }
td.disturbed { background: none; color: #9a6700; font-weight: 600; }
'''

LEAD = '''The same traffic by every way that a Linux host has of sending it. Both hosts are network namespaces of one
machine, so one-way delays are true: from the time in the payload to the receiving kernel's stamp. Ways that are to hold the
paper's figures are marked so; of plain sockets, and of sockets in HTB classes of their own, nothing of the kind is expected: a class has a
rate, and knows of no frames, windows and deadlines.'''

LIMITS = (
    'Figures: a link of 10 Mbit/s that ends at the sender\'s interface. It is the port\'s link model (ethdev, af_xdp), or an HTB or a '
    'TBF of that rate; a veth has none of its own. Delay: a router behind the sender has a TBF of 20 Mbit/s, and no way may use more '
    'than 19.4, so that what waits does so in the sender.',
    'htb: each stream has the rate that it needs on average as its own, goes first beyond it, and may have all; the rest '
    'has what is left. htb-all: the streams have 95 % as their own, whatever they need; nothing holds them to what they need, and nothing '
    'is left to the rest of a stream that wants all. Plain sockets of the figures share one queue of 50 ms.',
    'af_xdp: what the kernel sends does not pass the port. The link is shared out beforehand: 9.2 Mbit/s for the port and 0.8 for '
    'the rest. Its transfer and its unmanaged stream get no more than that, whatever the port leaves unused.',
    'A window of a stream is violated if more than oln of its old frames are not whole within 100 ms: 0 of 10 in figure 4, 0 of 20 and '
    '1 of 15 in figure 6; windows follow one another.',
    'Worst window: of 5 s, a ninth of a run; quick runs have shorter ones. Disturbed: what fell short did so while the TX core\'s own '
    'ledger shows that the machine had taken it away for longer than the stream could bear.',
)


def colour(way):
    others = [w for w in ways.WAYS if w.name not in COLOURS]
    return COLOURS.get(way.name) or MORE_COLOURS[others.index(way) % len(MORE_COLOURS)]


def delay_chart(flood, found):
    """found: Delay objects. The delay by the share of datagrams that have no more."""
    chart = Chart(f'Flood: {flood}', (0, 100), (0, DELAY_MOST_MS), 'share of the datagrams made, %', 'delay, ms', **SIDE)
    for one in found:
        values = one.sorted()
        points = [(100 * k / (len(values) - 1), ms) for k, ms in enumerate(values) if math.isfinite(ms)] if len(values) > 1 else []
        if points:
            step = max(1, len(points) // 200)
            chart.line(points[::step] + points[-1:], colour(one.way), one.way.name)
    return chart.text()


def figure_charts(number, way, runs, most_percent):
    """The charts of one figure by one way."""
    if any(label not in runs for label in evaluation.labels(way, (number,))):
        return []
    if number == 4:
        run = runs[evaluation.VIDEO]
        entries = [(run, run.of_port(plan.MOVIE.port), colour(way), 'frames whole within 100 ms, a second')]
        return [figures.rate_chart(way.name, entries, **SIDE)]
    if number == 5:
        run = runs[evaluation.VIDEO]
        return [figures.gap_chart(way.name, run, run.of_port(plan.MOVIE.port), colour(way), 'gaps between frames', **SIDE)]
    if number == 6:
        charts = figures.several_charts(runs[evaluation.THREE], evaluation.planned(evaluation.THREE), in_time=True, **SIDE)
        for chart in charts:
            chart.title = f'{way.name}: {chart.title[0].lower()}{chart.title[1:]}'
        return charts
    kinds = ((evaluation.LOSSY, figures.DWCS, 'lossy'), (evaluation.LOSSLESS, figures.LOSSLESS, 'lossless'))
    if not way.port:
        kinds = ((evaluation.LOSSY, figures.FIFO, 'kernel socket'),)
    return [figures.late_chart(way.name, [(runs[label], c, name) for label, c, name in kinds], most_percent, **SIDE)[0]]


def most_late_percent(all_runs):
    """Of any window of any way: the charts of figure 7 have one scale."""
    kinds = [runs[label] for runs in all_runs.values() for label in (evaluation.LOSSY, evaluation.LOSSLESS) if label in runs]
    return max((sum(judge.count_samples(w.frames).percent()) for run in kinds
                for w in judge.windows(run, run.of_port(plan.SAMPLES_PORT))), default=0)


def table(caption, header, rows):
    """As the demonstration's, with what holds and what does not in colour."""
    text = page.html_table(caption, header, rows)
    for word in ('holds', 'does not', 'disturbed'):
        text = text.replace(f'<td>{word}</td>', f'<td class="{word.replace(" ", "-")}">{word}</td>')
    return text


def grid(charts, kind='grid'):
    return f'<div class="{kind}">' + ''.join(f'<div>{svg}</div>' for svg in charts) + '</div>' if charts else ''


def delay_html(delays, rows):
    if not rows:
        return ''
    floods = list(dict.fromkeys(one.flood for one in delays))
    charts = [delay_chart(flood, [one for one in delays if one.flood == flood]) for flood in floods]
    return (f'<h2 id="delay">Delay of a stream of 1 Mbit/s over a link of {delay.LINK_BPS / 1e6:g} Mbit/s</h2>'
            '<p class="lead">A datagram of 1200 bytes each 10 ms, alone and beside iperf3: UDP of 40 Mbit/s, and four TCP '
            f'connections. The charts end at {DELAY_MOST_MS} ms.</p>'
            + table('', tables.delay_header(), tables.delay_rows(rows)) + grid(charts))


def figure_html(number, shown, all_runs, most_percent):
    mine = [s for s in shown if s.number == number]
    charts = [chart.text() for s in mine for chart in figure_charts(number, s.way, all_runs[s.way.name], most_percent)]
    return (f'<h2 id="figure{number}">{escape(evaluation.TITLES[number])}</h2>'
            + table('', tables.figure_header(number), tables.figure_rows(mine)) + grid(charts, 'pairs' if number == 6 else 'grid'))


def required_html(required):
    rows = ''.join(f'<tr><td>{page.mark_html(c.mark())}</td><td>{escape(what)}</td><td>{escape(c.text)}</td>'
                   f'<td>{escape(c.measured)}</td></tr>' for what, c in required)
    return f'<table><tr><th></th><th>of</th><th>must show</th><th>measured</th></tr>{rows}</table>'


def text(found, facts):
    """found: what run.py has of everything."""
    ways_html = ''.join(f'<dt>{way.name}</dt><dd>{escape(way.what)}</dd>' for way in ways.WAYS)
    facts_html = ''.join(f'<dt>{escape(k)}</dt><dd>{escape(str(v))}</dd>' for k, v in facts.items())
    limits = ''.join(f'<li>{escape(t)}</li>' for t in LIMITS)
    most_percent = most_late_percent(found.runs)
    numbers = found.numbers
    return f'''<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>dpdk-qsock: the ways side by side</title>
<style>{page.style()}{STYLE}</style></head><body>
<h1>dpdk-qsock: every way of sending, side by side</h1>
<p class="lead">{escape(facts["made"])}{", quick: short runs" if facts["quick"] else ""}. {escape(LEAD)}</p>
<dl>{ways_html}</dl>
{table('', tables.overview_header(numbers, found.floods), found.overview())}
{delay_html(found.delays, found.delay_rows())}
{''.join(figure_html(n, found.shown, found.runs, most_percent) for n in numbers)}
<h2>What has to be shown</h2>
{required_html(found.required())}
<h2>What was run, and on what</h2><dl>{facts_html}</dl>
<h2>What to know when reading</h2><ul>{limits}</ul>
</body></html>
'''

# SPDX-License-Identifier: BSD-3-Clause
"""report.html: one page that needs no other file."""

import os
from html import escape

import cost
import plan
import virtual

LIMITS = (
    'Both hosts are namespaces of one machine: one clock, so one-way delays are true, and one kernel, so its '
    'disturbances hit both. The 10 Mbit/s are the port\'s link model (in the kernel run a TBF); a veth has no '
    'rate of its own.',
    f'The port bounds best effort, and the plain link its only queue, to {plan.QUEUE_MS} ms of the link. In fifo '
    'the video has a queue of its own behind the same link (1024 packets): it loses little, and waits behind TCP. '
    'With the kernel\'s default of 1000 packets in place of 50 ms the plain video waits, too, in place of losing.',
    'The perturbation is four TCP connections (cubic) that together want 45 % of the link. A single one gives way '
    'to the video, and harms it less: with the 50 ms queue, 80 to 97 % of the unmanaged frames were then in time.',
    'A frame fits into one period only up to 50 ms of the link. With 70 % on average the sizes of I, P and B can '
    'differ by no more than 1.22 : 1.10 : 0.94.',
    'Marks: pass; short; disturbed, if the TX core\'s own ledger (gaps of more than 50 us in its loop) shows, at '
    'the time of every frame that failed beyond what is allowed, stalls larger than the frame could bear.',
)


def style():
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'report.css')) as f:
        return f.read()


def html_table(caption, header, rows):
    if not rows:
        return f'<p class="lead">{escape(caption)}: nothing was measured.</p>'
    head = ''.join(f'<th>{escape(str(c))}</th>' for c in header)
    body = ''.join('<tr>' + ''.join(f'<td>{escape(str(c))}</td>' for c in row) + '</tr>' for row in rows)
    return f'<table><caption>{escape(caption)}</caption><tr>{head}</tr>{body}</table>'


def mark_html(mark):
    return f'<span class="mark {mark}">{mark}</span>'


def checks_html(verdict):
    rows = ''.join(f'<tr><td>{mark_html(c.mark())}</td><td>{escape(c.text)}</td>'
                   f'<td>{escape(c.measured)}</td></tr>' for c in verdict.checks)
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


def text(found, costs, ideal, facts):
    facts_html = ''.join(f'<dt>{escape(k)}</dt><dd>{escape(str(v))}</dd>' for k, v in facts.items())
    overview = ''.join(f'<tr><td>{mark_html(f.mark())}</td><td><a href="#{f.name}">{escape(f.title)}</a></td></tr>'
                       for f in found)
    limits = ''.join(f'<li>{escape(text)}</li>' for text in LIMITS)
    return f'''<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>dpdk-qsock: the demonstration</title>
<style>{style()}</style></head><body>
<h1>dpdk-qsock: the paper's evaluation, on real packets</h1>
<p class="lead">Abbasi, Poellabauer, Schwan, Losik, West: A Quality-of-Service Enhanced Socket API in GNU/Linux,
section 4. {escape(facts["made"])}{", quick: short runs, short windows" if facts["quick"] else ""}.</p>
<table>{overview}</table>
{''.join(figure_html(f) for f in found)}
<h2 id="table1">Table 1: what each call costs</h2>
<p class="lead">All in one run, on this machine, beside the socket call that does the like. sendto() leaves through
the twin.</p>
{html_table('', cost.HEADER, cost.rows(costs))}
<h2 id="virtual">In virtual time</h2>
<p class="lead">What the simulator, with the same disciplines, makes of the same streams: the most that this machine
could have shown. A transfer is stood for by packets at an even rate.</p>
{html_table('', virtual.HEADER, ideal)}
<h2>What was run, and on what</h2><dl>{facts_html}</dl>
<h2>What to know when reading</h2><ul>{limits}</ul>
</body></html>
'''

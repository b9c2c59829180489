# SPDX-License-Identifier: BSD-3-Clause
"""What was measured, as rows of text: for the terminal and for the page."""

import delay
import evaluation
import ways


def cell(value, form):
    """'.1f %' is a number and what follows it."""
    if value is None:
        return '-'
    form, _, unit = form.partition(' ')
    return format(value, form) + (f' {unit}' if unit else '')


def delay_header():
    return [title for title, _, _ in delay.COLUMNS]


def delay_rows(rows):
    return [[cell(row.get(key), form) for _, key, form in delay.COLUMNS] for row in rows]


def figure_header(number):
    return ['way', *(title for title, _, _ in evaluation.COLUMNS[number]), 'sender late, 99 %, ms',
            'TX core stalled, ms', 'expected', 'found']


def figure_rows(shown):
    """shown: of one figure."""
    return [[s.way.name, *(cell(s.values.get(key), form) for _, key, form in evaluation.COLUMNS[s.number]),
             cell(s.sender_late_ms, '.1f'), cell(s.stalled_ms, '.1f'), s.expected(), s.found()] for s in shown]


def overview_header(numbers, floods):
    return ['way', *(f'p99 beside {f}, ms' for f in floods), *(f'figure {n}' for n in numbers), 'the rest of the host\'s traffic']


REST = {'scheduled': 'scheduled too', 'capped': 'capped beforehand', 'class': 'a class of its own', 'one queue': 'the same queue'}


def p99_text(row):
    """Of all that were made; where too many never came there is none."""
    if not row.get('made'):
        return '-'
    return cell(row['p99_of_made_ms'], '.2f') if row['p99_of_made_ms'] is not None else f'{row["lost"] / row["made"]:.0%} lost'


def overview_rows(delays, shown, numbers, floods):
    """delays: {(way, flood): row}. A line a way: everything in brief."""
    rows = []
    for way in ways.WAYS:
        p99s = [p99_text(delays.get((way.name, flood), {})) for flood in floods]
        marks = [next((s.found() for s in shown if s.way is way and s.number == n), 'not run') for n in numbers]
        if set(p99s + marks) - {'-', 'not run'}:
            rows.append([way.name, *p99s, *marks, REST[way.rest]])
    return rows


def required(delay_checks, shown):
    """(what, check) of all that has to be shown: delays, figures by the ways that are to hold them, and that it is hard."""
    return [('delay', c) for c in delay_checks] + [
        (f'figure {s.number}, {s.way.name}', c) for s in shown for c in s.required]


def rst(header, rows):
    """A simple table of reStructuredText, for the guide."""
    cells = [[text or '\\' for text in row] for row in [header, *rows]]
    widths = [max(len(row[k]) for row in cells) for k in range(len(header))]
    rule = '  '.join('=' * w for w in widths)
    lines = ['  '.join(c.ljust(w) for c, w in zip(row, widths)).rstrip() for row in cells]
    return '\n'.join([rule, lines[0], rule, *lines[1:], rule, ''])

# SPDX-License-Identifier: BSD-3-Clause
"""Table 1: what each call costs, beside the socket call that does the like."""

import json
import os
import statistics

# q-call, its equivalent, and what the paper measured of both on a dual Pentium II at 400 MHz, in seconds
CALLS = (
    ('qsockinit', None, 0.046406, None),
    ('qsocket', 'socket', 0.000944, 0.000871),
    ('qattach', None, 0.000085, None),
    ('qchange', 'setsockopt', 0.000097, None),
    ('qinfo', 'getsockopt', 0.000020, None),
    ('qsendto', 'sendto', 0.001475, 0.001272),
    ('qclose', 'close', 0.000089, 0.000063),
)


def summary(values_ns):
    """None where there is nothing."""
    if not values_ns:
        return None
    return {'runs': len(values_ns), 'mean_us': statistics.fmean(values_ns) / 1e3,
            'median_us': statistics.median(values_ns) / 1e3}


def table(out):
    """A dict a call; empty if it was not measured."""
    try:
        with open(os.path.join(out, 'runs', 'call-cost', 'times.json')) as f:
            times = json.load(f)
    except (OSError, ValueError):
        return []
    return [{'call': call, **summary(times[call]), 'equivalent': other,
             'equivalent_cost': summary(times[other]) if other else None,
             'paper_s': paper_s, 'paper_equivalent_s': paper_other_s}
            for call, other, paper_s, paper_other_s in CALLS]


HEADER = ['call', 'runs', 'mean, s', 'mean, us', 'median, us', 'beside it', 'mean, us', 'median, us',
          'paper, s']


def rows(costs):
    """As text, for a person."""
    found = []
    for c in costs:
        other = c['equivalent_cost']
        found.append([c['call'], c['runs'], f"{c['mean_us'] / 1e6:.6f}", f"{c['mean_us']:.2f}",
                      f"{c['median_us']:.2f}", c['equivalent'] or '-', f"{other['mean_us']:.2f}" if other else '-',
                      f"{other['median_us']:.2f}" if other else '-', f"{c['paper_s']:.6f}"])
    return found

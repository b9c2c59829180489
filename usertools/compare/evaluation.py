# SPDX-License-Identifier: BSD-3-Clause
"""The paper's Figures 4 to 7 by one way: what each plots, in numbers, and whether it holds what it should."""

from dataclasses import dataclass

import figures
import judge
import plan

# By figure, the runs of the demonstration's plan that it needs; short names for the screen and for folders.
VIDEO, THREE, LOSSY, LOSSLESS = 'video', 'three-videos', 'sensor', 'sensor-lossless'
RUNS = {VIDEO: 'video-dwcs', THREE: 'three-videos', LOSSY: 'sensor-lossy', LOSSLESS: 'sensor-lossless'}
NEEDS = {4: (VIDEO,), 5: (VIDEO,), 6: (THREE,), 7: (LOSSY, LOSSLESS)}
TITLES = {
    4: f'Figure 4: a stream of 20 frames/s, {plan.MANAGED_LOAD:.0%} of the link, beside a TCP transfer that wants '
       f'{plan.PERTURBATION_LOAD:.0%}',
    5: 'Figure 5: the time between its frames, 50 ms when they are made',
    6: 'Figure 6: streams of 20 and 15 frames/s, 40 and 30 % of the link, and an unmanaged one that wants 45 %',
    7: 'Figure 7: samples that are of use for 15 to 80 ms, in bursts of 115 % of the link',
}
COLUMNS = {
    4: (('frames/s beside TCP', 'perturbed_fps', '.1f'), ('in time', 'in_time_percent', '.1f %'),
        ('in the worst window', 'worst_window_percent', '.1f %'), ('windows violated', 'violations', 's'),
        ('I-frames lost', 'i_lost', 'd'), ('TCP gets, Mbit/s', 'transfer_mbps', '.2f')),
    5: (('within 5 ms of 50', 'within_percent', '.2f %'), ('0.5 %, ms', 'least_ms', '.1f'),
        ('median, ms', 'median_ms', '.1f'), ('99.5 %, ms', 'most_ms', '.1f'), ('longest, ms', 'longest_ms', '.1f')),
    6: (('20 fps: worst window', 'worst_a_percent', '.1f %'), ('windows violated', 'violations_a', 's'),
        ('15 fps: worst window', 'worst_b_percent', '.1f %'), ('windows violated', 'violations_b', 's'),
        ('unmanaged gets, Mbit/s', 'unmanaged_mbps', '.2f'), ('of what is left to it', 'fed_percent', '.0f %')),
    7: (('late', 'late_percent', '.2f %'), ('lost', 'lost_percent', '.2f %'),
        ('in the worst window', 'worst_window_percent', '.1f %'), ('lossless: late', 'lossless_late_percent', '.2f %'),
        ('TCP gets, Mbit/s', 'transfer_mbps', '.2f')),
}


def planned(label):
    return next(run for run in plan.RUNS if run.name == RUNS[label])


def labels(way, wanted):
    """The runs that a way needs for these figures. A kernel socket is told no deadline, and so has no lossless kind."""
    found = dict.fromkeys(label for number in wanted if number in way.figures for label in NEEDS[number])
    return [label for label in found if way.port or label != LOSSLESS]


@dataclass
class Shown:
    """One figure by one way."""
    number: int
    way: object
    values: dict
    verdict: judge.Verdict
    stalled_ms: float = None        # None: there is no TX core
    sender_late_ms: float = None    # of 1 % of the frames it was more: the machine's disturbance of the sender
    required: list = ()             # what has to be shown of it

    def mark(self):
        return self.verdict.mark()

    def found(self):
        return {judge.PASS: 'holds', judge.SHORT: 'does not', judge.DISTURBED: 'disturbed'}.get(self.mark(), 'not run')

    def expected(self):
        return 'holds' if self.way.holds else 'no promise'

    def as_json(self):
        return {'figure': self.number, 'way': self.way.name, 'expected': self.expected(), 'found': self.found(),
                'stalled_ms': self.stalled_ms, 'sender_late_ms': self.sender_late_ms, **self.values,
                'checks': [{'text': c.text, 'measured': c.measured, 'value': c.value, 'mark': c.mark()}
                           for c in self.verdict.checks]}


def violations(frames, stream):
    """(violated, all) of the windows of `old` frames, one after the other: more than `oln` of them not whole in time."""
    whole = [frames[k:k + stream.old] for k in range(0, len(frames) - stream.old + 1, stream.old)]
    bad = sum(sum(not judge.in_time(f) for f in window) > stream.oln for window in whole)
    return bad, len(whole)


def violations_text(frames, stream):
    return '{} of {}'.format(*violations(frames, stream))


def transfer_mbps(run):
    """What the transfers got at their receiver while they ran."""
    sums = [i['sum'] for t in run.transfers for i in (t or {}).get('intervals', ()) if i['sum']['seconds'] > 0.05]
    length_s = sum(s['seconds'] for s in sums)
    return sum(s['bytes'] for s in sums) * 8 / length_s / 1e6 if length_s else 0.0


def worst_window_percent(run, frames):
    return 100 * min((w.share() for w in judge.windows(run, frames)), default=0)


def frame_rate(runs):
    run, stream = runs[VIDEO], plan.MOVIE
    frames = run.of_port(stream.port)
    share = judge.perturbed_share(run, frames)
    values = {'perturbed_fps': None if share is None else share * stream.fps,
              'in_time_percent': 100 * sum(map(judge.in_time, frames)) / len(frames),
              'worst_window_percent': worst_window_percent(run, frames), 'violations': violations_text(frames, stream),
              'i_lost': sum(f.type == 'I' and not f.whole() for f in frames), 'transfer_mbps': transfer_mbps(run)}
    return values, judge.check_delivery(run, frames)


def gaps(runs):
    run, stream = runs[VIDEO], plan.MOVIE
    frames = run.of_port(stream.port)
    check = judge.check_gaps(run, frames, stream.fps)
    found = sorted(gap for _, gap in judge.gaps(frames))
    values = {'within_percent': 100 * check.value, 'longest_ms': found[-1] if found else None}
    for key, share in (('least_ms', 0.005), ('median_ms', 0.5), ('most_ms', 0.995)):
        values[key] = figures.quantile(found, share) if found else None
    return values, [check]


def several(runs):
    run = runs[THREE]
    here = planned(THREE)
    values, checks = {}, []
    for stream, letter in zip(here.managed, 'ab'):
        frames = run.of_port(stream.port)
        values[f'worst_{letter}_percent'] = worst_window_percent(run, frames)
        values[f'violations_{letter}'] = violations_text(frames, stream)
        for check in judge.check_delivery(run, frames):
            check.text = f'{stream.name}: {check.text}'
            checks.append(check)
    fed = judge.check_not_starved(run, here.plain[0], here.managed)
    values.update(unmanaged_mbps=judge.wire_bps(run, here.plain[0].port, 0, run.length_s) / 1e6,
                  fed_percent=100 * fed.value)
    return values, [*checks, fed]


def sensor(runs, plain=None):
    """plain: the same samples by a way that schedules nothing."""
    lossy, lossless = runs[LOSSY], runs.get(LOSSLESS)
    mine = judge.count_samples(list(lossy.frames.values()))
    late, lost = mine.percent()
    windows = [judge.count_samples(w.frames) for w in judge.windows(lossy, lossy.of_port(plan.SAMPLES_PORT))]
    values = {'late_percent': late, 'lost_percent': lost,
              'worst_window_percent': max((sum(w.percent()) for w in windows), default=0),
              'lossless_late_percent': None, 'transfer_mbps': transfer_mbps(lossy)}
    checks = [judge.check_nothing_late(lossy, 'lossy' if lossless is not None else 'it')]
    for name, other in (('lossless', lossless), ('a plain socket', plain)):
        if other is not None:
            checks.append(judge.check_loses_less(lossy, other, name))
    if lossless is not None:
        values['lossless_late_percent'] = judge.count_samples(list(lossless.frames.values())).percent()[0]
    return values, checks


def shown(way, number, runs, plain=None):
    """One figure by one way; runs: {label: RunData}; plain: the same of the way that schedules nothing."""
    if any(label not in runs for label in labels(way, (number,))):
        missing = [judge.Check('the runs are there', 'a run failed', False)] if way.holds else []
        return Shown(number, way, {}, judge.Verdict(), required=missing)
    if number == 7:
        values, checks = sensor(runs, (plain or {}).get(LOSSY) if way.port else None)
    else:
        values, checks = {4: frame_rate, 5: gaps, 6: several}[number](runs)
    stalled_ms = sum(figures.stall_summary(runs[label])['total_ms'] for label in labels(way, (number,)))
    required = checks if way.holds else []
    if number == 4 and way.rest == 'one queue':     # else it is no wonder that the others hold
        required = [judge.check_suffers(runs[VIDEO], runs[VIDEO].of_port(plan.MOVIE.port), 'the stream')]
    late_ms = sorted((f.made_ns - f.due_ns) / 1e6 for label in labels(way, (number,)) for f in runs[label].frames.values())
    return Shown(number, way, values, judge.Verdict(checks), stalled_ms if way.port else None,
                 figures.quantile(late_ms, 0.99), required)

# SPDX-License-Identifier: BSD-3-Clause
"""The paper's figures: each from its runs to checks, tables and charts."""

import os
from dataclasses import dataclass, field

import data
import judge
import plan
import rtp
from svg import Chart

DWCS, FIFO, KERNEL, LOSSLESS = '#0b6e4f', '#cf3f4f', '#d98e04', '#2f6ca8'
PALE = {DWCS: '#8fcbb4', FIFO: '#eca3aa', LOSSLESS: '#a5c4e2'}
REST = {'class': 'it has a class of its own below it', 'capped': 'it is capped beforehand, to what the port leaves'}
STRIP_MOST_NS = 5_000_000       # of an interval of 100 ms: where a stall begins to matter


@dataclass
class Figure:
    """What the report shows of one figure."""
    name: str
    title: str
    text: str
    verdict: judge.Verdict
    charts: list = field(default_factory=list)          # (file name, SVG)
    tables: list = field(default_factory=list)          # (caption, header, rows)
    stalls: dict = field(default_factory=dict)          # by run

    def mark(self):
        return self.verdict.mark()


class Runs:
    """The runs that there are, read when asked for."""

    def __init__(self, out):
        self.where = os.path.join(out, 'runs')
        self.read = {}

    def get(self, name):
        """None if the run is not there, or not whole."""
        if name not in self.read:
            try:
                self.read[name] = data.RunData(os.path.join(self.where, name))
            except (OSError, ValueError, KeyError):
                self.read[name] = None
        return self.read[name]

    def all(self, *names):
        """The named runs, or None if one is missing."""
        runs = [self.get(name) for name in names]
        return None if None in runs else runs

    def capture(self, name):
        return os.path.join(self.where, name, 'received.pcap')


def missing(name, title):
    return Figure(name, title, 'A run of this figure failed or was left out.', judge.Verdict())


def stall_summary(run):
    return {'count': sum(s.count for s in run.stalls), 'total_ms': sum(s.total_ns for s in run.stalls) / 1e6,
            'worst_interval_ms': max((s.total_ns for s in run.stalls), default=0) / 1e6,
            'load': run.notes.get('load', '-')}


def stall_strip(chart, run, what):
    chart.strip([(run.seconds_in(s.from_ns), run.seconds_in(s.to_ns), s.total_ns) for s in run.stalls],
                STRIP_MOST_NS, f'stalls of the TX core ({what}); full height: '
                f'{STRIP_MOST_NS / 1e6:.0f} ms in 100 ms')


def shade(chart, run, text='iperf3 TCP'):
    for a, b in run.notes['perturbations']:
        chart.span(a, b, text)


def parts(run, frames):
    """What is drawn: parts of a window, but not so short that a rate means nothing."""
    return judge.windows(run, frames, plan.WINDOWS * (5 if run.length_s >= plan.FULL_SECONDS else 1))


def rate_points(run, frames):
    """Frames whole and in time a second, by when they were made."""
    found = parts(run, frames)
    return [((w.from_s + w.to_s) / 2, len(w.in_time()) / (w.to_s - w.from_s)) for w in found]


def rate_chart(title, entries, **size):
    """Entries: (run, frames, colour, name), the one that matters first, which is drawn on top."""
    run = entries[0][0]
    chart = Chart(title, (0, run.length_s), (0, 25), 'time made, s', 'frames a second', **size)
    shade(chart, run)
    chart.level(20, '20 fps')
    for run, frames, colour, name in entries[::-1]:
        chart.line(rate_points(run, frames), colour, name)
    return chart


def gap_chart(title, run, frames, colour, name, **size):
    chart = Chart(title, (0, run.length_s), (0, 120), 'time received, s', 'gap, ms', **size)
    shade(chart, run)
    chart.level(50, '50 ms')
    chart.dots([(run.seconds_in(at_ns), gap) for at_ns, gap in judge.gaps(frames)], colour, name)
    return chart


def several_charts(run, planned, in_time=False, **size):
    """Frames whole, or only those in time, and what each stream has of the link."""
    streams = planned.managed + planned.plain
    counts, title = (judge.in_time, f'whole within {plan.IN_TIME_MS} ms') if in_time else (data.Frame.whole, 'received whole')
    chart = Chart(f'Frames {title}, a second', (0, run.length_s), (0, 25), 'time made, s',
                  'frames a second', **size)
    for stream in planned.managed:
        chart.level(stream.fps, f'{stream.fps} fps')
    received = Chart('What each has of the link', (0, run.length_s), (0, 6), 'time received, s',
                     'Mbit/s on the wire', **size)
    for stream, colour in list(zip(streams, (DWCS, LOSSLESS, FIFO)))[::-1]:
        whole, mbps = [], []
        for w in parts(run, run.of_port(stream.port)):
            middle_s = (w.from_s + w.to_s) / 2
            whole.append((middle_s, sum(map(counts, w.frames)) / (w.to_s - w.from_s)))
            mbps.append((middle_s, judge.wire_bps(run, stream.port, w.from_s, w.to_s) / 1e6))
        chart.line(whole, colour, stream.name)
        received.line(mbps, colour, stream.name)
    return chart, received


def late_chart(title, entries, most=None, **size):
    """Entries: (run, colour, name): a bar for each in a window, late and lost."""
    run = entries[0][0]
    counted = [[judge.count_samples(w.frames) for w in judge.windows(r, r.of_port(plan.SAMPLES_PORT))]
               for r, _, _ in entries]
    width_s = run.length_s / plan.WINDOWS
    stacks = [(k * width_s, (k + 1) * width_s, [c[k].percent() for c in counted]) for k in range(plan.WINDOWS)]
    if most is None:
        most = max(sum(parts) for _, _, group in stacks for parts in group)
    chart = Chart(title, (0, run.length_s), (0, max(most * 1.08, 5)), 'time made, s', '%', **size)
    shade(chart, run)
    chart.bars(stacks, [(colour, PALE[colour]) for _, colour, _ in entries],
               [(f'{name}: late', 'lost') for _, _, name in entries])
    return chart, counted


def window_rows(runs_frames):
    """A row a window, a column a stream: the frames in time, of those made."""
    columns = [judge.windows(run, frames) for run, frames in runs_frames]
    rows = []
    for row in zip(*columns):
        w = row[0]
        rows.append([f'{w.from_s:g} to {w.to_s:g} s' + (' *' if w.perturbed else '')]
                    + [f'{len(c.in_time())} of {len(c.frames)}' for c in row])
    return rows


def rtp_rows(runs, names):
    rows = []
    for name, label in names:
        for stream in rtp.judge(runs.capture(name)) or ():
            rows.append([label, stream['port'], stream['packets'],
                         f"{stream['lost']} ({stream['lost_percent']:.1f} %)",
                         f"{stream['delta_max_ms']:.1f}", f"{stream['jitter_mean_ms']:.2f}",
                         f"{stream['jitter_max_ms']:.2f}"])
    return ('tshark -z rtp,streams on what the receiver saw',
            ['run', 'port', 'packets', 'lost', 'largest gap, ms', 'mean jitter, ms', 'largest jitter, ms'],
            rows)


def frame_rate(runs):
    """Figure 4."""
    title = 'Figure 4: frame rate of a 20 fps stream'
    found = runs.all('video-dwcs', 'video-fifo', 'video-kernel')
    if not found:
        return missing('figure4', title)
    dwcs, fifo, kernel = found
    port = plan.MOVIE.port
    frames = [run.of_port(port) for run in found]
    names = ('managed, dwcs', 'fifo, same port', 'kernel, TBF')
    chart = rate_chart('Frames whole within 100 ms, a second', list(zip(found, frames, (DWCS, FIFO, KERNEL), names)))
    stall_strip(chart, dwcs, 'dwcs')
    checks = judge.check_delivery(dwcs, frames[0])
    text = (f'One MPEG-like stream of {plan.MOVIE.load:.0%} of the link, and from a third and from two thirds '
            f'of the run a real iperf3 TCP transfer that wants {plan.PERTURBATION_LOAD:.0%}: '
            f'{plan.MOVIE.load + plan.PERTURBATION_LOAD:.0%} in all.')
    if fifo.rest == 'scheduled':
        checks.append(judge.check_suffers(fifo, frames[1], names[1]))
    else:
        text += (' By this driver the transfer does not pass the port: ' + REST[fifo.rest] + ', whatever the port\'s '
                 'discipline is. So the run with fifo is shown, and nothing is asked of it.')
    checks.append(judge.check_suffers(kernel, frames[2], names[2]))
    figure = Figure('figure4', title, text, judge.Verdict(checks), [('figure4', chart.text())])
    figure.tables.append(('Frames whole within 100 ms of those generated, by window (* under perturbation)',
                          ['window', *names], window_rows(zip(found, frames))))
    figure.tables.append(rtp_rows(runs, list(zip(('video-dwcs', 'video-fifo', 'video-kernel'), names))))
    figure.tables.append(transfer_table(list(zip(names, found))))
    figure.stalls = {'video-dwcs': stall_summary(dwcs), 'video-fifo': stall_summary(fifo)}
    return figure


def transfer_table(names_runs):
    rows = []
    for name, run in names_runs:
        for k, transfer in enumerate(run.transfers):
            sums = [i['sum'] for i in (transfer or {}).get('intervals', ()) if i['sum']['seconds'] > 0.05]
            length_s = sum(i['seconds'] for i in sums)
            got = f'{sum(i["bytes"] for i in sums) * 8 / length_s / 1e6:.2f}' if sums else '-'
            rows.append([name, k + 1, f'{length_s:.1f}', got])
    return ('The perturbation: iperf3 TCP, at its receiver',
            ['run', 'transfer', 'seconds', 'payload, Mbit/s'], rows)


def jitter(runs):
    """Figure 5."""
    title = 'Figure 5: time between frames'
    found = runs.all('video-dwcs', 'video-fifo', 'video-kernel')
    if not found:
        return missing('figure5', title)
    charts = []
    names = ('managed, dwcs', 'fifo, same port', 'kernel, TBF')
    rows = []
    for run, colour, name, file in zip(found, (DWCS, FIFO, KERNEL), names, ('dwcs', 'fifo', 'kernel')):
        frames = run.of_port(plan.MOVIE.port)
        chart = gap_chart(f'Gaps between first packets of frames: {name}', run, frames, colour, name, height=225)
        if run.stalls:
            stall_strip(chart, run, file)
        charts.append((f'figure5-{file}', chart.text()))
        values = sorted(gap for _, gap in judge.gaps(frames))
        rows.append([name, len(values)] + [f'{quantile(values, q):.2f}' for q in (0, 0.005, 0.5, 0.995, 1)])
    run = found[0]
    checks = [judge.check_gaps(run, run.of_port(plan.MOVIE.port), plan.MOVIE.fps)]
    figure = Figure('figure5', title, 'The runs of figure 4; times are the receiving kernel\'s own stamps.',
                    judge.Verdict(checks), charts)
    figure.tables.append(('Gaps, ms', ['run', 'gaps', 'least', '0.5 %', 'median', '99.5 %', 'most'], rows))
    figure.stalls = {'video-dwcs': stall_summary(run)}
    return figure


def quantile(values, q):
    """Of sorted values."""
    return values[min(int(q * len(values)), len(values) - 1)] if values else float('nan')


def capped_text(run):
    if run.rest != 'capped':
        return ''
    return (f' By this driver it does not pass the port, and has no more than the {run.rest_bps / 1e6:g} Mbit/s that the '
            'cap leaves it.')


def several(runs):
    """Figure 6."""
    title = 'Figure 6: two managed streams and an unmanaged one, overloaded'
    run = runs.get('three-videos')
    if not run:
        return missing('figure6', title)
    planned = next(r for r in plan.RUNS if r.name == 'three-videos')
    streams = planned.managed + planned.plain
    frames = [run.of_port(s.port) for s in streams]
    load = sum(s.load for s in streams)
    chart, received = several_charts(run, planned)
    stall_strip(received, run, 'dwcs')
    checks = []
    for stream, made in zip(planned.managed, frames):
        for check in judge.check_delivery(run, made):
            check.text = f'{stream.name}: {check.text}'
            checks.append(check)
    checks.append(judge.check_not_starved(run, planned.plain[0], planned.managed))
    shares = ', '.join(f'{s.name} {s.load:.0%}' for s in streams)
    figure = Figure('figure6', title,
                    f'{shares}: {load:.0%} of the link. The unmanaged stream is an ordinary kernel socket, '
                    'in best effort: frames that it gets through whole have waited, see the '
                    'table for those in time.' + capped_text(run), judge.Verdict(checks),
                    [('figure6-rate', chart.text()), ('figure6-link', received.text())])
    figure.tables.append(('Frames whole within 100 ms of those generated, by window',
                          ['window', *(s.name for s in streams)], window_rows((run, made) for made in frames)))
    figure.tables.append(rtp_rows(runs, [('three-videos', 'dwcs')]))
    figure.stalls = {'three-videos': stall_summary(run)}
    return figure


def sensor(runs):
    """Figure 7."""
    title = 'Figure 7: late and lost samples of a sensor'
    found = runs.all('sensor-lossy', 'sensor-lossless', 'sensor-fifo')
    if not found:
        return missing('figure7', title)
    names, colours = ('lossy edf', 'lossless edf', 'unmanaged'), (DWCS, LOSSLESS, FIFO)
    chart, counted = late_chart('Samples late or lost, of those made in a window', list(zip(found, colours, names)))
    width_s = found[0].length_s / plan.WINDOWS
    stall_strip(chart, found[0], 'lossy')
    figure = Figure('figure7', title,
                    'Samples of random size, at random times that come in bursts of 115 % of the link, of use '
                    'for 15 to 80 ms; from two thirds of the run a TCP transfer besides. Judged at the receiver by '
                    f'the deadline in the payload; the scheduler is told one {plan.WAY_MS} ms earlier.',
                    judge.Verdict(judge.check_sensor(*found)), [('figure7', chart.text())])
    rows = [[f'{k * width_s:g} to {(k + 1) * width_s:g} s', *(c[k].text() for c in counted)]
            for k in range(plan.WINDOWS)]
    rows.append(['all', *(judge.count_samples(list(run.frames.values())).text() for run in found)])
    figure.tables.append(('Late + lost', ['window', *names], rows))
    figure.tables.append(transfer_table(list(zip(names, found))))
    figure.stalls = {f'sensor-{n}': stall_summary(run) for n, run in zip(('lossy', 'lossless', 'fifo'), found)}
    return figure


def everything(out):
    runs = Runs(out)
    return [make(runs) for make in (frame_rate, jitter, several, sensor)]

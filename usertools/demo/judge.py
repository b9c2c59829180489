# SPDX-License-Identifier: BSD-3-Clause
"""Judge a run by the frames that were generated: one that never arrives counts as lost."""

from dataclasses import dataclass, field

import plan

PASS, SHORT, DISTURBED, MISSING = 'pass', 'short', 'disturbed', 'missing'

# A stall of the TX core shifts all that follows, on a link whose time cannot be made up. What a
# frame can bear: the longest takes 44.6 ms of its 49.9, and waits up to 1.2 for the packet before.
FRAME_MARGIN_NS = 3_000_000
# Of a gap's 5 ms, 1.3 are taken by the packet that is on the wire when a frame becomes eligible.
GAP_MARGIN_NS = 3_000_000
# The sensor keeps 5 ms in hand, of which its own time on the wire and one packet before take 2.5.
SAMPLE_MARGIN_NS = 2_000_000


@dataclass
class Check:
    """One requirement: what was asked, what was measured, and whether the ledger excuses the difference."""
    text: str
    measured: str
    well: bool
    explained: bool = False
    value: float = None         # what was measured, as a number

    def mark(self):
        return PASS if self.well else DISTURBED if self.explained else SHORT


@dataclass
class Verdict:
    checks: list = field(default_factory=list)

    def mark(self):
        marks = [c.mark() for c in self.checks]
        for worst in (SHORT, DISTURBED):
            if worst in marks:
                return worst
        return PASS if marks else MISSING


def in_time(frame):
    return frame.whole() and frame.delay_ms() <= plan.IN_TIME_MS


@dataclass
class Window:
    """Frames generated in one window."""
    from_s: float
    to_s: float
    perturbed: bool
    frames: list

    def in_time(self):
        return [f for f in self.frames if in_time(f)]

    def share(self):
        return len(self.in_time()) / len(self.frames) if self.frames else 1.0


def windows(run, frames, number=plan.WINDOWS):
    """The run in windows of equal length. Perturbed: a transfer was running for all of it."""
    width_s = run.length_s / number
    found = []
    for k in range(number):
        from_s, to_s = k * width_s, (k + 1) * width_s
        inside = [f for f in frames if from_s <= run.seconds_in(f.due_ns) < to_s]
        perturbed = any(a <= from_s + 0.01 and to_s <= b + 0.01 for a, b in run.notes['perturbations'])
        found.append(Window(from_s, to_s, perturbed, inside))
    return found


def stalled_ns(run, from_ns, to_ns):
    """Stalled time in the ledger's intervals that touch a span."""
    return sum(s.total_ns for s in run.stalls if s.to_ns > from_ns and s.from_ns < to_ns)


def frame_explained(run, frame):
    return stalled_ns(run, frame.made_ns, frame.made_ns + plan.IN_TIME_MS * 1_000_000) >= FRAME_MARGIN_NS


def check_delivery(run, frames):
    """A managed stream: >= 99.5 % of each window's frames whole within 100 ms, and no I-frame lost."""
    worst = min((w.share() for w in windows(run, frames)), default=0)
    failed = [f for f in frames if not in_time(f)]
    lost_i = [f for f in frames if f.type == 'I' and not f.whole()]
    return [
        Check(f'in every window >= 99.5 % of the frames whole within {plan.IN_TIME_MS} ms',
              f'worst window {100 * worst:.1f} %, {len(failed)} of {len(frames)} frames failed', worst >= 0.995,
              all(frame_explained(run, f) for f in failed), worst),
        Check('no I-frame lost', f'{len(lost_i)} lost', not lost_i,
              all(frame_explained(run, f) for f in lost_i), len(lost_i)),
    ]


def perturbed_share(run, frames):
    """Of the frames generated while a transfer ran, those whole within 100 ms; None if there was none."""
    inside = [w for w in windows(run, frames) if w.perturbed]
    made = sum(len(w.frames) for w in inside)
    return sum(len(w.in_time()) for w in inside) / made if made else None


def check_suffers(run, frames, name):
    """An unmanaged stream under perturbation: fewer than 75 %."""
    share = perturbed_share(run, frames)
    return Check(f'{name}: under perturbation < 75 % whole within {plan.IN_TIME_MS} ms',
                 'no perturbed window' if share is None else f'{100 * share:.1f} %',
                 share is not None and share < 0.75, value=share)


def gaps(frames):
    """(time, gap in ms) between the first packets of consecutive frames, as far as these arrived."""
    firsts = sorted(f.first_ns() for f in frames if f.first_ns() is not None)
    return [(b, (b - a) / 1e6) for a, b in zip(firsts, firsts[1:])]


def check_gaps(run, frames, fps):
    """99 % of the gaps within 5 ms of the time between frames."""
    nominal_ms = 1000 / fps
    found = gaps(frames)
    off = [(at_ns, gap) for at_ns, gap in found if abs(gap - nominal_ms) > plan.GAP_MS]
    look_back_ns = 2 * int(nominal_ms * 1e6)
    explained = sum(stalled_ns(run, at_ns - look_back_ns, at_ns) >= GAP_MARGIN_NS for at_ns, _ in off)
    within = 1 - len(off) / len(found) if found else 0.0
    return Check(f'99 % of the gaps between frames within {plan.GAP_MS} ms of {nominal_ms:.0f} ms',
                 f'{100 * within:.2f} % of {len(found)}, {len(off)} off', within >= 0.99,
                 len(off) - explained <= 0.01 * len(found), within)


def wire_bps(run, port, from_s, to_s):
    """What a stream had of the link, its frames' overhead included."""
    extra = plan.HEADER_BYTES + plan.OVERHEAD_BYTES
    got = sum(size + extra for at_ns, size in run.bytes.get(port, ()) if from_s <= run.seconds_in(at_ns) < to_s)
    return got * 8 / (to_s - from_s)


def check_not_starved(run, stream, others):
    """An unmanaged stream gets what the managed ones, or the cap, leave, if it can use it, in every window."""
    worst, explained = 1.0, True
    for w in windows(run, run.of_port(stream.port)):
        left_bps = plan.LINK_BPS - sum(wire_bps(run, o.port, w.from_s, w.to_s) for o in others)
        due_bps = min(left_bps, run.rest_bps, stream.load * plan.LINK_BPS)
        got_bps = wire_bps(run, stream.port, w.from_s, w.to_s)
        worst = min(worst, got_bps / due_bps)
        if got_bps < 0.80 * due_bps:
            # While the core stood still the link carried nothing; the stream is owed no part of that.
            still_ns = stalled_ns(run, run.start_ns + w.from_s * 1e9, run.start_ns + w.to_s * 1e9)
            short_bits = (0.80 * due_bps - got_bps) * (w.to_s - w.from_s)
            explained = explained and short_bits <= still_ns / 1e9 * plan.LINK_BPS
    return Check(f'{stream.name} is not starved: >= 80 % of what the others leave, in every window',
                 f'worst window {100 * worst:.0f} %', worst >= 0.80, explained, worst)


@dataclass
class Samples:
    """A sensor's account of one window, or of a whole run."""
    made: int = 0
    lost: int = 0
    late: int = 0

    def failed(self):
        return self.lost + self.late

    def percent(self):
        """Late and lost, of those made."""
        return [100 * self.late / max(self.made, 1), 100 * self.lost / max(self.made, 1)]

    def text(self):
        return f'{self.late} + {self.lost} of {self.made}'


def count_samples(frames):
    s = Samples(made=len(frames))
    for f in frames:
        if not f.whole():
            s.lost += 1
        elif f.last_ns() > f.deadline_ns:
            s.late += 1
    return s


def check_nothing_late(run, name='lossy'):
    frames = list(run.frames.values())
    late = [f for f in frames if f.whole() and f.last_ns() > f.deadline_ns]
    explained = all(stalled_ns(run, f.made_ns, f.last_ns()) >= SAMPLE_MARGIN_NS for f in late)
    return Check(f'{name} delivers nothing late', f'{len(late)} late of {len(frames)}', not late, explained, len(late))


def check_loses_less(run, other, name):
    """Than another, whose samples that come late count with those that it loses."""
    mine, theirs = (count_samples(list(r.frames.values())) for r in (run, other))
    mine_share, their_share = mine.failed() / mine.made, theirs.failed() / theirs.made
    return Check(f'lossy loses less than {name} loses or delivers late',
                 f'{100 * mine_share:.2f} % against {100 * their_share:.2f} %', mine_share < their_share,
                 value=their_share)


def check_sensor(lossy, lossless, unmanaged):
    """Lossy delivers nothing late, and loses less than the others lose or deliver late."""
    return [check_nothing_late(lossy), check_loses_less(lossy, lossless, 'lossless'),
            check_loses_less(lossy, unmanaged, 'unmanaged')]

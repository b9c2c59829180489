# SPDX-License-Identifier: BSD-3-Clause
"""Charts as SVG text: axes, lines, dots, bars, shaded spans, and a strip of stalls below."""

import math
from html import escape

FONT = 'DejaVu Sans, Verdana, sans-serif'
INK, FAINT, GRID, SHADE = '#24292f', '#57606a', '#e4e8ec', '#f3ead8'
LEFT, RIGHT, TOP = 62, 18, 56
STRIP = 26                      # height of the strip of stalls


def nice_step(span, about):
    """A round step that divides a span into about so many parts."""
    raw = span / about
    power = 10 ** math.floor(math.log10(raw))
    return next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= raw * 0.999)


class Chart:
    """Call what is to be drawn in order, from the back to the front; then text()."""

    def __init__(self, title, x, y, x_label, y_label, width=920, height=310):
        self.title, self.x_label, self.y_label = title, x_label, y_label
        (self.x0, self.x1), (self.y0, self.y1) = x, y
        self.width, self.plot_height = width, height - TOP - 44
        self.height = height
        self.parts, self.legend, self.back = [], [], []
        self.has_strip = False

    # where a value is drawn
    def px(self, x):
        return LEFT + (x - self.x0) / (self.x1 - self.x0) * (self.width - LEFT - RIGHT)

    def py(self, y):
        share = (min(max(y, self.y0), self.y1) - self.y0) / (self.y1 - self.y0)
        return TOP + (1 - share) * self.plot_height

    def span(self, from_x, to_x, text):
        """Something goes on for some time: shaded, from top to bottom."""
        a, b = self.px(from_x), self.px(to_x)
        self.back.append(f'<rect x="{a:.1f}" y="{TOP}" width="{b - a:.1f}" height="{self.plot_height}" '
                         f'fill="{SHADE}"/>')
        self.back.append(label(a + 5, TOP + 13, text, size=10, colour='#8a6d2f'))

    def level(self, y, text):
        """A value that matters, as a dashed line."""
        at = self.py(y)
        self.parts.append(f'<line x1="{LEFT}" x2="{self.width - RIGHT}" y1="{at:.1f}" y2="{at:.1f}" '
                          f'stroke="{FAINT}" stroke-dasharray="2 4"/>')
        self.parts.append(label(self.width - RIGHT - 4, at - 4, text, size=10, colour=FAINT, anchor='end'))

    def line(self, points, colour, name, dash=''):
        path = ' '.join(f'{self.px(x):.1f},{self.py(y):.1f}' for x, y in points)
        self.parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2.2" '
                          f'stroke-linejoin="round" stroke-dasharray="{dash}"/>')
        self.legend.insert(0, (name, colour))   # what is drawn last lies on top, and is named first

    def dots(self, points, colour, name):
        """Small dots; what is beyond the axis sits on its edge, hollow."""
        for x, y in points:
            inside = self.y0 <= y <= self.y1
            self.parts.append(f'<circle cx="{self.px(x):.1f}" cy="{self.py(y):.1f}" r="1.9" '
                              f'fill="{colour if inside else "white"}" stroke="{colour}" stroke-width="0.8"/>')
        self.legend.append((name, colour))

    def bars(self, stacks, colours, names):
        """stacks: for each window (from, to, [[parts of one bar] for each bar]), parts from the bottom up."""
        for from_x, to_x, group in stacks:
            pad = (to_x - from_x) * 0.12
            each = (to_x - from_x - 2 * pad) / len(group)
            for k, parts in enumerate(group):
                base = self.y0
                for part, shade in zip(parts, colours[k]):
                    x, width = self.px(from_x + pad + k * each), self.px(each) - self.px(0)
                    top = self.py(base + part)
                    self.parts.append(f'<rect x="{x:.1f}" y="{top:.1f}" width="{max(width - 1.5, 1):.1f}" '
                                      f'height="{self.py(base) - top:.1f}" fill="{shade}"/>')
                    base += part
        for shades, pair in zip(colours, names):
            self.legend += zip(pair, shades)

    def strip(self, values, most, text):
        """Below the chart: (x from, x to, value), as a bar of up to the strip's height."""
        self.has_strip = True
        floor = self.height + STRIP
        for from_x, to_x, value in values:
            if value <= 0 or to_x <= self.x0 or from_x >= self.x1:
                continue
            x0, x1 = self.px(max(from_x, self.x0)), self.px(min(to_x, self.x1))
            high = max(1.0, min(value / most, 1) * (STRIP - 6))
            self.parts.append(f'<rect x="{x0:.1f}" y="{floor - high:.1f}" width="{max(x1 - x0, 0.8):.1f}" '
                              f'height="{high:.1f}" fill="#8250df"/>')
        self.parts.append(f'<line x1="{LEFT}" x2="{self.width - RIGHT}" y1="{floor}" y2="{floor}" '
                          f'stroke="{GRID}"/>')
        self.parts.append(label(LEFT, self.height + 2, text, size=10, colour='#8250df'))

    def axes(self):
        right, bottom = self.width - RIGHT, TOP + self.plot_height
        out = []
        step = nice_step(self.y1 - self.y0, 5)
        y = math.ceil(self.y0 / step) * step
        while y <= self.y1 + step * 1e-6:
            at = self.py(y)
            out.append(f'<line x1="{LEFT}" x2="{right}" y1="{at:.1f}" y2="{at:.1f}" stroke="{GRID}"/>')
            out.append(label(LEFT - 7, at + 4, f'{y:g}', anchor='end', colour=FAINT))
            y += step
        step = nice_step(self.x1 - self.x0, 9)
        x = math.ceil(self.x0 / step) * step
        while x <= self.x1 + step * 1e-6:
            out.append(label(self.px(x), bottom + 16, f'{x:g}', anchor='middle', colour=FAINT))
            x += step
        out.append(f'<line x1="{LEFT}" x2="{right}" y1="{bottom}" y2="{bottom}" stroke="{INK}"/>')
        out.append(label((LEFT + right) / 2, bottom + 34, self.x_label, anchor='middle', colour=FAINT))
        middle = TOP + self.plot_height / 2
        out.append(f'<g transform="rotate(-90 16 {middle:.0f})">'
                   + label(16, middle, self.y_label, anchor='middle', colour=FAINT) + '</g>')
        return out

    def legend_parts(self):
        out, x = [], LEFT
        for name, colour in self.legend:
            out.append(f'<rect x="{x:.1f}" y="33" width="10" height="10" rx="2" fill="{colour}"/>')
            out.append(label(x + 15, 42, name, size=11.5))
            x += 15 + 7 * len(name) + 18
        return out

    def text(self):
        height = self.height + (STRIP + 8 if self.has_strip else 0)
        inside = [f'<rect width="{self.width}" height="{height}" fill="white"/>',
                  label(LEFT - 46, 20, self.title, size=14, weight='bold')]
        inside += self.back + self.axes() + self.parts + self.legend_parts()
        return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {height}" '
                f'width="{self.width}" height="{height}" role="img" aria-label="{escape(self.title)}">'
                + '\n'.join(inside) + '</svg>\n')


def label(x, y, text, size=11, colour=INK, anchor='start', weight='normal'):
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-family="{FONT}" font-size="{size}" fill="{colour}" '
            f'text-anchor="{anchor}" font-weight="{weight}">{escape(text)}</text>')

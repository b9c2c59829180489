# SPDX-License-Identifier: BSD-3-Clause
"""What an independent tool says of the received streams: tshark, by nothing but their RTP headers."""

import os
import re
import subprocess

# start end | address port address port SSRC payload packets lost (percent) deltas jitters ...
NUMBER = r'(-?[\d.]+)'
LINE = re.compile(r'\s+'.join([
    NUMBER, NUMBER, r'(\S+)', r'(\d+)', r'(\S+)', r'(\d+)', r'(0x[0-9A-Fa-f]+)', r'(.+?)', r'(\d+)',
    r'(-?\d+)\s*\(' + NUMBER + r'%\)', NUMBER, NUMBER, NUMBER, NUMBER, NUMBER, NUMBER]))


def parse(text):
    """The table of `tshark -z rtp,streams`, a dict a stream."""
    streams = []
    for line in text.splitlines():
        m = LINE.search(line)
        if m:
            g = m.groups()
            streams.append({'port': int(g[5]), 'packets': int(g[8]), 'lost': int(g[9]),
                            'lost_percent': float(g[10]), 'delta_max_ms': float(g[13]),
                            'jitter_mean_ms': float(g[15]),
                            'jitter_max_ms': float(g[16])})
    return streams


def judge(capture):
    """None where tshark or the capture is missing."""
    if not os.path.exists(capture):
        return None
    try:
        done = subprocess.run(['tshark', '-n', '-r', capture, '-d', 'udp.port==5004-5009,rtp', '-q', '-z',
                               'rtp,streams'], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return parse(done.stdout)

# SPDX-License-Identifier: BSD-3-Clause
"""Processes of a run: started in a namespace on given cores, always ended, each by its own pid."""

import os
import select
import signal
import subprocess
import time


class Timeout(Exception):
    """Something did not happen within its time."""


class Processes:
    """Started processes; on leaving the context what still runs is ended."""

    def __init__(self, logs):
        self.logs = logs
        self.running = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in reversed(self.running):
            end(process)

    def start(self, name, ns, command, cores=None, env=None, talk=False, urgent=False):
        """Start a command in a namespace; its output goes to a log, or, to be talked to, to a pipe.
        Urgent: before whatever else the machine does, as a TX core should be."""
        full = ['ip', 'netns', 'exec', ns]
        if cores:
            full += ['taskset', '-c', ','.join(map(str, cores))]
        path = os.path.join(self.logs, f'{name}.log')
        log = open(path, 'w')
        if urgent:
            full += ['nice', '-n', '-20']
        process = subprocess.Popen(
            full + [str(c) for c in command], env={**os.environ, **(env or {})}, text=True,
            start_new_session=urgent, stdin=subprocess.PIPE if talk else subprocess.DEVNULL,
            stdout=subprocess.PIPE if talk else log, stderr=log)
        log.close()
        process.label, process.said, process.log = name, '', path
        self.running.append(process)
        if urgent:
            favour_session(process.pid)
        return process


def favour_session(pid):
    """Where the kernel shares out time by session first, niceness counts between sessions only like so."""
    try:
        with open(f'/proc/{pid}/autogroup', 'w') as f:
            f.write('-20')
    except OSError:
        pass


def end(process, how=signal.SIGTERM, within_s=5):
    """End a process, with force if it does not follow; its exit status."""
    if process.poll() is None:
        process.send_signal(how)
        try:
            process.wait(within_s)
        except subprocess.TimeoutExpired:
            process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe:
            pipe.close()
    return process.wait()


def finish(process, within_s):
    """Wait for a process to end by itself; its exit status."""
    try:
        return process.wait(within_s)
    except subprocess.TimeoutExpired:
        end(process)
        raise Timeout(f'{process.label}: still running after {within_s:.0f} s') from None


def last_words(path):
    """Of a log: what a process said last is often why it ended."""
    with open(path) as f:
        return '; '.join(f.read().strip().splitlines()[-2:]) or 'it said nothing'


def expect(process, word, within_s):
    """The rest of the line that starts with a word, once the process says it."""
    deadline = time.monotonic() + within_s
    fd = process.stdout.fileno()
    while True:
        for line in process.said.splitlines(keepends=True):
            if line.startswith(word) and line.endswith('\n'):
                return line[len(word):].strip()
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([fd], [], [], left)[0]:
            raise Timeout(f'{process.label}: did not say "{word}" within {within_s} s')
        data = os.read(fd, 4096)
        if not data:
            raise Timeout(f'{process.label}: ended before saying "{word}": {last_words(process.log)}')
        process.said += data.decode()


def sleep_until_ns(when_ns):
    """CLOCK_MONOTONIC, as everybody's."""
    left = when_ns - time.monotonic_ns()
    if left > 0:
        time.sleep(left / 1e9)

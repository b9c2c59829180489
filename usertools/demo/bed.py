# SPDX-License-Identifier: BSD-3-Clause
"""Where things run: the namespaces that a script has set up, programs, cores, and the sender's interface."""

import contextlib
import os
import subprocess
import sys

import ways


class Bed:
    """Two hosts; the TX core has the last core for itself as far as we go."""

    def __init__(self, build, namespaces, eal):
        self.build = os.path.abspath(build)
        self.sender_ns, self.receiver_ns = namespaces.split(',')
        cores = sorted(os.sched_getaffinity(0))
        if len(cores) < 2:
            sys.exit(f'one core (number {cores[0]}) is too few: the TX core needs one for itself')
        self.tx_core, self.other_cores = cores[-1], cores[:-1]
        self.eal = f'-l {self.other_cores[0]},{self.tx_core} {eal}'

    def program(self, name):
        return os.path.join(self.build, 'examples', name, name)

    def simulator(self):
        return os.path.join(self.build, 'app', 'dpdk-qsock-sim', 'dpdk-qsock-sim')

    def env(self, way, link, more=''):
        """What a sender's environment says of the port."""
        return {'QSOCK_EAL_ARGS': self.eal, 'QSOCK_PORT_ARGS': way.settings(link, more)} if way.port else {}

    @contextlib.contextmanager
    def interface(self, way, link):
        """The sender's interface as a way has it, and bare again."""
        commands = way.tc(link)
        try:
            for command in commands:
                subprocess.run(['ip', 'netns', 'exec', self.sender_ns, *command.split()], check=True)
            yield
        finally:
            if commands:
                subprocess.run(['ip', 'netns', 'exec', self.sender_ns, 'tc', 'qdisc', 'del', 'dev', ways.DEVICE, 'root'],
                               check=False)

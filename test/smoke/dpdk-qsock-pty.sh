#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The shell on a terminal: completion, help, history, a watch that a key ends, Ctrl-D.
set -u
. "$(dirname "$0")/lib.sh"
# shellcheck source=test/smoke/dpdk-qsock-lib.sh
. "$(dirname "$0")/dpdk-qsock-lib.sh"

cat >"$QS_TMP/c.ini" <<'INI'
[port 0]
device = net_null0
rate = 10mbit
twin = no
[stream camera]
ipg = 10ms
oln = 1
old = 10
[stream cannon]
class = best-effort
INI

cat >"$QS_TMP/terminal.py" <<'PYTHON'
import os, pty, select, sys, time

pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
failed = 0


unread = ''


def read_until(text, seconds=10):
    """Read on until text has come."""
    global unread
    end = time.time() + seconds
    while text not in unread:
        if time.time() > end:
            print('%r, and not %r' % (unread[-300:], text))
            return False
        if select.select([fd], [], [], 0.1)[0]:
            try:
                unread += os.read(fd, 65536).decode()
            except OSError:
                end = 0
    unread = unread[unread.index(text) + len(text):]
    return True


def expect(name, keys, *texts):
    """Press keys; the texts come, in this order."""
    global failed
    os.write(fd, keys.encode())
    ok = all(read_until(text) for text in texts)
    print(('ok: ' if ok else 'FAIL: ') + name)
    failed += not ok


expect('a prompt', '', 'dpdk-qsock> ')
expect('a command is completed', 'sho\t', 'show ')
expect('the next word too', 'str\t', 'stream ')
expect('as far as it is common', 'c\t', 'ca')
expect('then the choices are listed', '\t', 'camera', 'cannon', 'dpdk-qsock> show stream ca')
expect('a name is completed, and the line runs', 'm\t\r', 'era ', '[stream camera]', 'ipg = 10ms', 'dpdk-qsock> ')
expect('? says what a value may be', 'change stream camera ipg ?', '1us .. 1000s')
expect('a value is completed', '\x03change stream camera dropp\tn\t\r', 'droppable ', 'no ', 'dpdk-qsock> ')
expect('and has been changed', 'show stream camera\r', 'droppable = no', 'dpdk-qsock> ')
expect('history', '\x1b[A\x1b[A', 'change stream camera droppable no')
expect('Ctrl-C drops a line', '\x03', 'dpdk-qsock> ')
expect('a mistake is told', 'show prt\r', "'prt' cannot follow 'show': port, stream", 'dpdk-qsock> ')
expect('a longer line than the terminal takes is told, not cut', 'show stream camera' + ' ' * 600 + 'period 1\r',
       'a line of 512 characters or more', 'dpdk-qsock> ')
expect('what a watch needs', 'show port all period\r', "cannot follow 'all': the end, period N [count M]", 'dpdk-qsock> ')
expect('a watch', 'show port all period 200ms\r', 'net_null0', 'net_null0', 'net_null0')
expect('that a key ends', 'x', 'dpdk-qsock> ')
expect('a watch with a count', 'show port all period 200ms count 2\r', 'net_null0', 'net_null0', 'dpdk-qsock> ')
expect('help', 'help\r', 'show port PORT|all', 'quit', 'dpdk-qsock> ')
expect('Ctrl-D ends', '\x04', '######## port 0', 'TX core')
read_until('longest')
while select.select([fd], [], [], 5)[0]:
    try:
        os.read(fd, 65536)
    except OSError:
        break
status = os.waitpid(pid, 0)[1]
print('ok: status 0' if status == 0 else 'FAIL: status %d' % status)
sys.exit(failed > 0 or status != 0)
PYTHON
# shellcheck disable=SC2086  # lists of words
check "the shell on a terminal" timeout 60 python3 "$QS_TMP/terminal.py" "$DAEMON" $EAL --vdev=net_null0 -- \
	--config "$QS_TMP/c.ini" -i
finish

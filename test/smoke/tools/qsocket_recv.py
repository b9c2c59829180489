#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""An ordinary kernel socket that counts and checks what qsocket-do sends.

    qsocket_recv.py PORT COUNT [--seconds N] [--six] [--group G --interface ADDR_OR_NAME] [--ready FILE]

Ends when COUNT messages came, or after so many seconds; one line says what came.
"""
import argparse
import os
import socket
import struct
import time


def arguments():
    p = argparse.ArgumentParser()
    p.add_argument('port', type=int)
    p.add_argument('count', type=int)
    p.add_argument('--seconds', type=float, default=10)
    p.add_argument('--six', action='store_true')
    p.add_argument('--group')
    p.add_argument('--interface')
    p.add_argument('--ready')
    return p.parse_args()


def make(a):
    s = socket.socket(socket.AF_INET6 if a.six else socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)  # SO_RCVBUFFORCE
    if a.six:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT, 1)
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVTCLASS, 1)
    else:
        s.setsockopt(socket.IPPROTO_IP, 12, 1)  # IP_RECVTTL
        s.setsockopt(socket.IPPROTO_IP, 13, 1)  # IP_RECVTOS
    s.bind(('::' if a.six else '0.0.0.0', a.port))
    if a.group and a.six:
        member = socket.inet_pton(socket.AF_INET6, a.group) + struct.pack('@I', socket.if_nametoindex(a.interface))
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, member)
    elif a.group:
        s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                     socket.inet_aton(a.group) + socket.inet_aton(a.interface))
    return s


def good(data):
    if len(data) < 4:
        return True
    n = struct.unpack('!I', data[:4])[0]
    pattern = bytes(range(256)) * (len(data) // 256 + 2)
    return data[4:] == pattern[(n + 4) % 256:][:len(data) - 4]


def main():
    a = arguments()
    s = make(a)
    if a.ready:
        open(a.ready, 'w').close()
    end = time.monotonic() + a.seconds
    numbers, got, bad, order, ttl, tos, source = set(), 0, 0, 1, -1, -1, None
    last = -1
    while got < a.count and time.monotonic() < end:
        s.settimeout(max(0.01, end - time.monotonic()))
        try:
            data, control, _, source = s.recvmsg(70000, 256)
        except socket.timeout:
            break
        got += 1
        bad += not good(data)
        n = struct.unpack('!I', data[:4].ljust(4, b'\0'))[0]
        order &= n > last
        last = n
        numbers.add(n)
        for level, kind, value in control:
            number = value[0] if len(value) == 1 else struct.unpack('@i', value[:4])[0]
            if (level, kind) in ((0, 2), (41, 52)):
                ttl = number
            elif (level, kind) in ((0, 1), (41, 67)):
                tos = number
    print(f'got={got} different={len(numbers)} bad={bad} order={order} ttl={ttl} tos={tos} '
          f'from={source[0] if source else "-"} port={source[1] if source else 0}')
    os._exit(0 if got == a.count and bad == 0 else 1)


main()

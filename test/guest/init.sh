#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The guest's first process: mounts, runs the cases that the kernel's command line names, reports their status,
# powers off.
export PATH=/usr/sbin:/usr/bin HOME=/root LANG=C
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm /dev/hugepages
ln -s /proc/self/fd /dev/fd
mount -t devpts pts /dev/pts
mount -t tmpfs shm /dev/shm
mount -t tmpfs run /run
mount -t hugetlbfs huge /dev/hugepages
ip link set lo up
modprobe -a virtio_pci 9pnet_virtio 9p
mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144,cache=none job /job
for word in $(cat /proc/cmdline); do
	case $word in qsock.cases=*) cases=${word#*=} ;; esac
done
for case in ${cases//,/ }; do
	echo "# $case begins at $(cut -d' ' -f1 /proc/uptime) s"
	bash "/job/test/guest/cases/$case.sh" </dev/null 2>&1
	echo $? >"/job/$case.status" # not by way of the console, where the kernel may talk
	echo "# $case ends at $(cut -d' ' -f1 /proc/uptime) s"
done
umount -l /job
poweroff -f

#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# run-guest.sh - boot the guest, run cases in it, power it off.
#
#     run-guest.sh [options] KERNEL_DIR IMAGE JOB_DIR CASE...
#
#     -c CPUS -m MIB     of the machine (2, 1536)
#     -N NODES           NUMA nodes that share both evenly (1)
#     -n MODEL[%NODE]    a NIC (e1000e, vmxnet3, virtio-net-pci), on the Ethernet that all of them share; with %NODE
#                        behind a PCI bus of that node. The first has 52:54:00:00:00:01.
#     -i                 with an emulated IOMMU. Kernel drivers bypass it (iommu=pt), so that uio works too.
#     -t SECONDS         time limit (160)
#     -q "ARGUMENTS"     more arguments for QEMU
#
# JOB_DIR is /job in the guest, which runs JOB_DIR/test/guest/cases/CASE.sh and writes its status to JOB_DIR/CASE.status.
# The guest has no network but the Ethernet of its own NICs: it reaches neither this host nor anything beyond.
# Exit 0 when QEMU ended or ran out of time, 3 when it crashed.
# shellcheck disable=SC2054  # the commas are QEMU's
set -eu -o pipefail
cpus=2 memory=1536 nodes=1 iommu='' limit=160 extra='' nics=()
while getopts c:m:N:n:it:q: option; do
	case $option in
	c) cpus=$OPTARG ;; m) memory=$OPTARG ;; N) nodes=$OPTARG ;; n) nics+=("$OPTARG") ;;
	i) iommu=1 ;; t) limit=$OPTARG ;; q) extra=$OPTARG ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
kernel=$1 image=$2 job=$3
shift 3
cases=$*

boot="console=ttyS0 quiet loglevel=3 panic=-1 iommu=pt qsock.cases=${cases// /,}"
# KVM is not asked for: it is missing where this runs, or cannot run Debian's kernel; and times are not judged.
q=(-M q35 -accel tcg,thread=multi -cpu max)
[ -z "$iommu" ] || { q+=(-device intel-iommu,intremap=on,aw-bits=48) && boot+=" intel_iommu=on"; } # before any device
q+=(-smp "$cpus" -m "$memory" -nodefaults -no-user-config -display none -no-reboot -serial stdio -monitor none
	-kernel "$kernel/vmlinux" -initrd "$image"
	-fsdev "local,id=job,path=$job,security_model=none" -device virtio-9p-pci,bus=pcie.0,fsdev=job,mount_tag=job)
if [ "$nodes" -gt 1 ]; then
	for ((i = 0; i < nodes; i++)); do
		q+=(-object "memory-backend-ram,id=memory$i,size=$((memory / nodes))M"
			-numa "node,nodeid=$i,memdev=memory$i,cpus=$((i * cpus / nodes))-$(((i + 1) * cpus / nodes - 1))")
	done
fi
i=0
declare -A bridged
for nic in ${nics[@]+"${nics[@]}"}; do
	i=$((i + 1)) bus=pcie.0
	if [[ $nic == *%* ]]; then # a root bus for the node, and a root port for the NIC
		node=${nic##*%} nic=${nic%\%*} bus=port$i
		[ -n "${bridged[$node]:-}" ] || q+=(-device "pxb-pcie,id=node$node,bus=pcie.0,numa_node=$node,bus_nr=$((64 + 32 * node))")
		bridged[$node]=1
		q+=(-device "pcie-root-port,id=$bus,bus=node$node,chassis=$i,slot=$i")
	fi
	q+=(-netdev "hubport,id=net$i,hubid=0" -device "$nic,bus=$bus,netdev=net$i,mac=52:54:00:00:00:$(printf %02x $i)")
done
# shellcheck disable=SC2206  # a list of words
q+=($extra)

# On a machine that others use too, a guest of several cores stands still for seconds.
renice -n -15 $$ >/dev/null 2>&1 || :
# In the foreground: whoever ends this script's process group ends QEMU too.
timeout --foreground -k 5 "$limit" qemu-system-x86_64 "${q[@]}" -append "$boot" </dev/null 2>&1 |
	sed -u 's/\r//g; /is not connected to host network/d' || case $? in
132 | 134 | 135 | 136 | 139) exit 3 ;; # its own SIGILL, SIGABRT, SIGBUS, SIGFPE, SIGSEGV
esac

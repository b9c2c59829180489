#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# mk-initramfs.sh - the guest's root file system, run from memory; prints the image's path.
#
#     mk-initramfs.sh KERNEL_DIR PROGRAM...
#
# It holds Debian's tools and DPDK's drivers of this machine, the kernel's modules and every library that these and the
# PROGRAMs need, but not the PROGRAMs, which change with each build and come through the job's folder. It is made once
# for each set of what goes in, and kept beside the kernel.
set -eu -o pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
CACHE=${QSOCK_GUEST_CACHE:-/var/tmp/dpdk-qsock-guest}
kernel=$1
shift
TOOLS="bash ip tc ping ethtool tcpdump numactl kmod lspci python3"
# Drivers are found by their names: buses and mempools that EAL wants, NICs that a guest has, and net_null.
DRIVERS="bus_pci bus_vdev mempool_ring mempool_stack net_e1000 net_vmxnet3 net_virtio net_null net_af_xdp"
export PATH=/usr/sbin:/usr/bin:/sbin:/bin

libraries() { # of programs: one path a line
	ldd "$@" 2>/dev/null | sed -n 's/.*=> \(\/[^ ]*\).*/\1/p; s/^[[:space:]]*\(\/lib[^ ]*\) .*/\1/p' | sort -u
}
versions=$(dpkg-query -W -f '${Package} ${Version}\n' dpdk libdpdk-dev iproute2 python3-minimal numactl busybox-static)
key=$({ cat "$0" "$HERE/init.sh"; basename "$kernel"; echo "$versions"; libraries "$@"; } | cksum | cut -d' ' -f1)
image=$CACHE/root-$key.cpio
[ -s "$image" ] && { echo "$image"; exit 0; }

R=$(mktemp -d "$CACHE/work-XXXXXX")
trap 'rm -rf "$R" "$image.$$"' EXIT
mkdir -p "$R"/{etc,proc,sys,dev,tmp,run,job,root,var,usr/{bin,sbin,lib,lib64}}
for d in bin sbin lib lib64; do ln -s "usr/$d" "$R/$d"; done
ln -s ../run "$R/var/run"

# copy FILE...: each file under its real name, with a link where it was found. DPDK's folder of drivers links to the
# libraries that programs are linked with, and a library that is there twice is loaded twice.
copy() {
	local file at real
	for file in "$@"; do
		at=$(readlink -f "$(dirname "$file")")/$(basename "$file")
		real=$(readlink -f "$file")
		mkdir -p "$R$(dirname "$real")" "$R$(dirname "$at")"
		[ -e "$R$real" ] || cp -p "$real" "$R$real"
		[ -e "$R$at" ] || ln -s "$real" "$R$at"
	done
}
# shellcheck disable=SC2046,SC2086  # lists of words
{
	copy $(libraries "$@") /lib/x86_64-linux-gnu/libgcc_s.so.1 # which pthread_cancel() loads by itself
	for tool in $TOOLS; do
		at=$(command -v $tool)
		copy "$at" $(libraries "$at")
	done
	folder=$(dirname "$(find /usr/lib -path '*/dpdk/pmds-*/librte_bus_pci.so*' | head -n 1)")
	for driver in $DRIVERS; do # EAL loads what ends in .so or in the version of the ABI
		so=$(find "$folder" -name "librte_$driver.so.*" | sort | head -n 1)
		[ -z "$so" ] || copy "$so" $(libraries "$so")
	done
}
cp -pL /etc/iproute2 -r "$R/etc/"

# dpdk-devbind.py with what of Python it imports, compiled: starting Python is slow in a guest.
copy "$(command -v dpdk-devbind.py)"
PYTHONDONTWRITEBYTECODE=1 python3 -E - <<-'PYTHON' | while read -r file; do copy "$file"; done
	import encodings.utf_8, importlib.util, shutil, sys
	spec = importlib.util.spec_from_file_location("devbind", shutil.which("dpdk-devbind.py"))
	spec.loader.exec_module(importlib.util.module_from_spec(spec))
	files = (getattr(module, "__file__", None) or "" for module in list(sys.modules.values()))
	print(*(file for file in files if file.startswith("/")), sep="\n")
PYTHON
python3 -m compileall -q --invalidation-mode unchecked-hash "$R"/usr/lib/python3* >/dev/null

# Busybox for everything else. The shell is bash: busybox's own would run its applets before what is in PATH. And
# modprobe is kmod's: busybox's knows no soft dependencies, and vfio came up without its IOMMU driver.
cp /bin/busybox "$R/usr/bin/busybox"
ln -s bash "$R/usr/bin/sh"
ln -s ../bin/kmod "$R/usr/sbin/modprobe"
for applet in $(busybox --list); do
	[ -e "$R/usr/bin/$applet" ] || [ -L "$R/usr/sbin/$applet" ] || [ -e "$R/usr/sbin/$applet" ] || ln -s busybox "$R/usr/bin/$applet"
done

cp -r "$kernel/lib/modules" "$R/usr/lib/"
printf '%s\n' /usr/lib/x86_64-linux-gnu "$folder" >"$R/etc/ld.so.conf" # drivers need each other
ldconfig -r "$R"
echo 'root:x:0:0:root:/root:/bin/sh' >"$R/etc/passwd"
echo 'root:x:0:' >"$R/etc/group"
install -m 755 "$HERE/init.sh" "$R/init"

(cd "$R" && find . | busybox cpio -o -H newc -R 0:0 2>/dev/null) >"$image.$$"
mv "$image.$$" "$image"
find "$CACHE" -maxdepth 1 -name 'root-*' ! -path "$image" -mmin +120 -delete # others of today may be in use
echo "$image"

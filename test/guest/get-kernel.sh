#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# get-kernel.sh - have Debian's current kernel, unpacked and not installed; prints its folder.
#
# The folder holds vmlinux, release (the kernel's name) and lib/modules with what a guest needs.
# It stays in QSOCK_GUEST_CACHE (/var/tmp/dpdk-qsock-guest) under the package's version. Where the
# package list cannot be read, what is there already is taken. Exit 77: there is none (SKIP: reason).
set -eu -o pipefail
CACHE=${QSOCK_GUEST_CACHE:-/var/tmp/dpdk-qsock-guest}
MODULES="virtio_pci virtio_net 9p 9pnet_virtio e1000e vmxnet3 vfio-pci vfio_iommu_type1 uio_pci_generic tun veth
	sch_etf sch_tbf sch_htb sch_mqprio sch_ingress cls_bpf"

skip() { echo "SKIP: $*" >&2; exit 77; }
[ "$(uname -m)" = x86_64 ] || skip "the guest is for x86_64, this is $(uname -m)"
mkdir -p "$CACHE"
self=$(cksum <"$0" | cut -d' ' -f1) # another list of modules, another folder

# The metapackage depends on the kernel of the day. No package list: one look for it, as on a new machine.
find_package() { apt-cache depends linux-image-amd64 2>/dev/null | awk '/Depends: linux-image-/ && !p {p = $2} END {print p}'; }
package=$(find_package)
if [ -z "$package" ]; then
	apt-get -q update >/dev/null 2>&1 || :
	package=$(find_package)
fi
version=
if [ -n "$package" ]; then
	version=$(apt-cache show --no-all-versions "$package" | sed -n 's/^Version: //p')
	dir=$CACHE/kernel-${package#linux-image-}-$version-$self
else
	dir=$(find "$CACHE" -maxdepth 1 -name "kernel-*-$self" | sort -V | tail -n 1)
	[ -n "$dir" ] || skip "no kernel: apt does not know linux-image-amd64"
fi
[ -s "$dir/vmlinux" ] && { echo "$dir"; exit 0; }

work=$(mktemp -d "$CACHE/work-XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
fetch() { apt-get -qq -o APT::Sandbox::User=root download "$package=$version" >apt.log 2>&1; }
# A package list that is days old may name a version that is gone: the next one is for the next call to find.
fetch || { apt-get -q update >/dev/null 2>&1 && fetch; } || skip "no kernel: $package cannot be downloaded: $(tail -n 1 apt.log)"
dpkg-deb -x ./*.deb all
release=$(basename all/lib/modules/*)

# What QEMU boots fastest is the ELF image, through its PVH entry. It lies packed in the bzImage, behind the set-up
# code, at an offset and of a length that the boot protocol's header tells; the last four bytes are its plain size.
image=all/boot/vmlinuz-$release
number() { od -An -t "u$2" -j "$1" -N "$2" "$image" | tr -d ' '; }
sectors=$(number $((0x1f1)) 1)
mkdir out
dd if="$image" iflag=skip_bytes,count_bytes bs=1M status=none skip=$(((sectors + 1) * 512 + $(number $((0x248)) 4))) \
	count=$(($(number $((0x24c)) 4) - 4)) | xz -dc >out/vmlinux 2>/dev/null || cp "$image" out/vmlinux # packed otherwise: QEMU boots that too, 3 s slower

depmod -b all "$release"
for module in $MODULES; do
	modprobe -d "$PWD/all" -S "$release" --show-depends "$module" | sed -n 's/^insmod \([^ ]*\).*/\1/p'
done | sort -u | while read -r file; do
	to=out/lib/modules/${file##*/lib/modules/}
	mkdir -p "$(dirname "$to")"
	cp "$file" "$to"
done
cp "all/lib/modules/$release"/modules.{builtin,builtin.modinfo,order} "out/lib/modules/$release/"
depmod -b out "$release"
echo "$release" >out/release
mv -T out "$dir" 2>/dev/null || [ -s "$dir/vmlinux" ] # another run was faster
find "$CACHE" -maxdepth 1 -name 'kernel-*' ! -path "$dir" -exec rm -rf {} +
echo "$dir"

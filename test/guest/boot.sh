#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# boot.sh - run cases of test/guest/cases in a guest under QEMU: Debian's kernel with emulated NICs.
#
#     boot.sh [CASE...]
#
# The cases run one after the other in one guest, whose machine the first one names (a line "# machine: ..." with
# options of run-guest.sh). Without a case it only makes ready what a guest needs. Exit 0 when all is well, 77 when
# there is no guest here or no case can run in it, 1 otherwise. QSOCK_BUILD is the build folder.
set -u
# shellcheck source=test/smoke/lib.sh
. "$(dirname "$0")/../smoke/lib.sh"
# shellcheck source=usertools/lib/packages.sh
. "$QS_TOP/usertools/lib/packages.sh"
GUEST=$QS_TOP/test/guest
LIMIT_SECONDS=$((80 + 80 * $#)) # far more than they take on a machine of their own
# What of the build runs in a guest, and what of the tree: it finds both where they are here.
PROGRAMS="app/dpdk-qsock/dpdk-qsock app/dpdk-qsock-sim/dpdk-qsock-sim test/guest/tools/arrivals test/guest/tools/etf-order
	test/smoke/tools/qsocket-do test/api/qsocket/test_qsocket_kernel_etf"
SCRIPTS="test/smoke/lib.sh test/smoke/dpdk-qsock-lib.sh test/guest/guest-lib.sh test/guest/peer-lib.sh test/guest/cases"

for program in $PROGRAMS; do
	[ -x "$QSOCK_BUILD/$program" ] || skip "no $QSOCK_BUILD/$program"
done
need_packages qemu-system-x86 busybox-static kmod python3-minimal pciutils numactl iproute2 iputils-ping ethtool tcpdump \
	xz-utils dpdk >"$QS_TMP/packages" 2>&1 || skip "no guest: $(tail -n 1 "$QS_TMP/packages")"
kernel=$("$GUEST/get-kernel.sh" 2>"$QS_TMP/why") || { cat "$QS_TMP/why"; exit 77; }
# shellcheck disable=SC2086  # a list of words
image=$(cd "$QSOCK_BUILD" && "$GUEST/mk-initramfs.sh" "$kernel" $PROGRAMS) || { fail "no image"; finish; }
[ $# -gt 0 ] || { echo "ok: $kernel, $image"; finish; }

job=$QS_TMP/job
for script in $SCRIPTS; do
	mkdir -p "$job/$(dirname "$script")" && cp -r "$QS_TOP/$script" "$job/$script"
done
for program in $PROGRAMS; do
	mkdir -p "$job/build/$(dirname "$program")" && strip -o "$job/build/$program" "$QSOCK_BUILD/$program"
done
machine=$(sed -n 's/^# machine: //p' "$GUEST/cases/$1.sh")
left=("$@")
for attempt in 1 2 3; do
	# shellcheck disable=SC2086  # a list of words
	"$GUEST/run-guest.sh" -t $((LIMIT_SECONDS - SECONDS)) $machine "$kernel" "$image" "$job" "${left[@]}"
	[ $? = 3 ] || break
	left=()
	for case in "$@"; do [ -e "$job/$case.status" ] || left+=("$case"); done
	# Before QEMU 8.1 one CPU may look a device up in its old memory map while another replaces the map: not ours to mend.
	echo "# QEMU crashed ($attempt of 3); to be run in another: ${left[*]:-none}"
	[ ${#left[@]} -gt 0 ] || break
done
skipped=0
for case in "$@"; do
	status=$(cat "$job/$case.status" 2>/dev/null || echo none)
	case $status in
	0) ;;
	77) skipped=$((skipped + 1)) ;;
	none) fail "case $case: the guest did not report (limit: $LIMIT_SECONDS s)" ;;
	*) fail "case $case: status $status" ;;
	esac
done
[ $skipped -lt $# ] || exit 77
finish

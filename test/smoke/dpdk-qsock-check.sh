#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# dpdk-qsock check: machines that are described by files, and this one, as root and as nobody.
set -u
. "$(dirname "$0")/lib.sh"
DAEMON=$QSOCK_BUILD/app/dpdk-qsock/dpdk-qsock
[ -x "$DAEMON" ] || skip "no $DAEMON"

tree=$QS_TMP/tree
put() { mkdir -p "$(dirname "$tree$1")" && printf '%b' "$2" >"$tree$1"; }
link() { mkdir -p "$(dirname "$tree$1")" && ln -sfn "$2" "$tree$1"; }

# look WHAT [OPTION...]: a report as JSON, judged by lines of Python on standard input; status is its exit status, which
# must say the same. line() is a line of the report: parts of its text and of the command that mends it.
look() {
	local what=$1
	shift
	"${RUN[@]}" check --json "$@" >"$QS_TMP/json" 2>"$QS_TMP/err"
	status=$?
	check "$what" python3 <(cat "$QS_TMP/judge.py" -) "$QS_TMP/json" $status
}
RUN=("$DAEMON")
cat >"$QS_TMP/judge.py" <<'PY'
import json, sys
r = json.load(open(sys.argv[1]))
wrong = 0

def expect(good, what):
    global wrong
    if not good:
        wrong = 1
        print("FAIL:", what, file=sys.stderr)

def line(group, item, status, text="", mend=""):
    found = [l for l in r["lines"] if l["group"] == group and l["item"] == item]
    expect(len(found) == 1 and found[0]["status"] == status and text in found[0]["text"] and mend in found[0]["mend"],
           (group, item, status, text, mend, "not", found))

def lacks(driver, *items):
    got = [l["item"] for l in r["lines"] if l["degrades"]]
    expect(r["driver"] == driver and got == list(items), (driver, items, "not", r["driver"], got))

lines = r["lines"]
expect(r["format"] == 1 and r["degraded"] == (sys.argv[2] == "7") == any(l["degrades"] for l in lines), "degraded")
expect(all(l["status"] == "missing" for l in lines if l["degrades"]), "degraded by what is there")
expect(all(r["driver"] in l["needed_by"] + ["none"] for l in lines if l["degrades"]), "degraded by what is not needed")
expect(all(l["status"] in ("ok", "warning", "missing") and l["text"] for l in lines), "a status or a text")
expect(set(r["guarantees"]) == {"ethdev", "af_xdp", "kernel"} and all(g["receive"] for g in r["guarantees"].values()), "guarantees")
import atexit, os
atexit.register(lambda: os._exit(wrong))
PY

# ---------------------------------------------------------------- a server of two nodes, its NIC on the second
hugepages() { put "/sys/devices/system/node/node$1/hugepages/hugepages-2048kB/nr_hugepages" "$2\n"
	put "/sys/devices/system/node/node$1/hugepages/hugepages-2048kB/free_hugepages" "$2\n"; }
put /sys/devices/system/node/online '0-1\n'
put /sys/devices/system/node/node0/cpulist '0-3\n'
put /sys/devices/system/node/node1/cpulist '4-7\n'
hugepages 0 512
hugepages 1 0
nic=/sys/devices/pci0000:80/0000:81:00.0
put $nic/class '0x020000\n'
put $nic/modalias 'pci:v00008086d000010D3sv00sd00bc02sc00i00\n'
put $nic/numa_node '1\n'
put $nic/net/eth1/type '1\n'
put $nic/net/eth1/operstate 'up\n'
put $nic/net/eth1/speed '10000\n'
link $nic/net/eth1/device ../../../0000:81:00.0
link /sys/class/net/eth1 "../../devices/${nic#/sys/devices/}/net/eth1"
link /sys/bus/pci/devices/0000:81:00.0 "../../../devices/${nic#/sys/devices/}"
link $nic/driver ../../../bus/pci/drivers/e1000e
link $nic/iommu_group ../../../kernel/iommu_groups/7
link /sys/kernel/iommu_groups/7/devices/0000:81:00.0 ../../../../devices/pci0000:80/0000:81:00.0
put /sys/class/net/lo/type '772\n'
put /proc/sys/kernel/osrelease '6.1.0-test\n'
put /lib/modules/6.1.0-test/modules.dep 'kernel/drivers/vfio/pci/vfio-pci.ko: kernel/drivers/vfio/vfio.ko\nkernel/net/sched/sch_etf.ko.xz:\n'
put /lib/modules/6.1.0-test/modules.alias 'alias pci:v00008086d000010D3sv*sd*bc*sc*i* e1000e\n'
put /proc/self/mounts 'none /mnt/huge hugetlbfs rw,pagesize=2M 0 0\n'
put /proc/self/status 'Name:\tx\nCapEff:\t000001ffffffffff\n'
put /proc/self/limits 'Limit  Soft  Hard\nMax locked memory         8388608              8388608              bytes\n'
put /proc/cpuinfo 'vendor_id\t: GenuineIntel\nflags\t\t: fpu constant_tsc nonstop_tsc\n'
put /proc/net/route 'Iface\tDestination\neth0\t00000000\n'
put /sys/devices/system/clocksource/clocksource0/current_clocksource 'hpet\n'
put /sys/devices/system/clocksource/clocksource0/available_clocksource 'hpet tsc acpi_pm\n'
cpu=/sys/devices/system/cpu
put $cpu/online '0-7\n'
put $cpu/isolated '3,6\n'
put $cpu/nohz_full '(null)\n'
put $cpu/cpu6/topology/thread_siblings_list '2,6\n'
put $cpu/cpu6/cpufreq/scaling_governor 'powersave\n'
put /probes 'af_xdp yes\nqdisc.htb yes\nqdisc.etf no\nqdisc.fq no\nzerocopy.eth1 no\n'
look "a server, its NIC on the second node" --root "$tree" <<'PY'
lacks("af_xdp")
expect(r["interfaces"] == [{"name": "eth1", "pci": "0000:81:00.0", "kernel_driver": "e1000e", "node": 1,
    "speed_mbps": 10000, "up": True, "bound": False, "driver": "af_xdp", "auto": "ethdev"}], r["interfaces"])
line("interfaces", "eth1, to DPDK", "ok", "", "modprobe vfio-pci && dpdk-devbind.py -b vfio-pci 0000:81:00.0")
line("interfaces", "eth1, back", "ok", "", "dpdk-devbind.py -b e1000e 0000:81:00.0")
line("AF_XDP", "eth1", "ok", "with a copy only")
line("hugepages", "node 0", "ok", "512 of 512 free")
line("hugepages", "node 1", "missing", "none; a port with its packets takes 192 MiB",
     "echo 256 >/sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages")
line("hugepages", "mount", "ok", "/mnt/huge")
line("DPDK's way to NICs", "IOMMU", "ok", "1 groups")
line("DPDK's way to NICs", "vfio-pci", "warning", "not loaded", "modprobe vfio-pci")
line("kernel", "qdisc.etf", "missing", "", "modprobe sch_etf")
line("kernel", "qdisc.fq", "missing")
line("kernel", "qdisc.tbf", "warning", "cannot be seen in copied files")
line("clock", "TSC", "ok", "constant, never stops")
line("clock", "clock source", "warning", "hpet", "echo tsc >")
line("CPUs", "CPUs", "ok", "8, nodes 2; a TX core would take CPU 6")
line("CPUs", "isolation", "ok", "CPU 6")
line("CPUs", "ticks", "warning", "", "nohz_full=6 /' /etc/default/grub")
line("CPUs", "governor", "warning", "powersave", "cpu6/cpufreq")
line("CPUs", "siblings", "warning", "with CPU 2", "cpu2/online")
PY

# ---------------------------------------------------------------- what ethdev needs, then bound
look "for ethdev it lacks a NIC, and pages on its node" --root "$tree" --driver ethdev <<'PY'
lacks("ethdev", "DPDK's NICs", "node 1")
PY
link $nic/driver ../../../bus/pci/drivers/vfio-pci
rm -r "$tree$nic/net" "$tree/sys/class/net/eth1"
mkdir -p "$tree/sys/module/vfio_pci"
look "bound, without pages on its node" --root "$tree" <<<'lacks("ethdev", "node 1")'
hugepages 0 8
hugepages 1 256
look "bound, without pages for EAL itself" --root "$tree" <<'PY'
lacks("ethdev", "node 0")
line("hugepages", "node 0", "missing", "8 of 8 free, 2 MiB each; EAL's main lcore is there")
PY
hugepages 0 16
look "bound, with pages" --root "$tree" <<'PY'
lacks("ethdev")
line("interfaces", "0000:81:00.0", "ok", "vfio-pci, node 1, DPDK's: ethdev")
line("interfaces", "0000:81:00.0, back", "ok", "", "dpdk-devbind.py -b e1000e 0000:81:00.0")
PY

# ---------------------------------------------------------------- no mount, no IOMMU, no module
put /proc/self/mounts 'proc /proc proc rw 0 0\n'
rm -r "$tree$nic/iommu_group" "$tree/sys/kernel/iommu_groups" "$tree/lib/modules" "$tree/sys/module/vfio_pci"
look "a way to NICs is missing" --root "$tree" <<'PY'
lacks("ethdev", "mount", "IOMMU", "vfio-pci", "uio_pci_generic")
line("hugepages", "mount", "missing", "none", "mount -t hugetlbfs")
line("DPDK's way to NICs", "IOMMU", "missing", "", "intel_iommu=on iommu=pt")
line("interfaces", "0000:81:00.0, back", "ok", "that it had before", "-b DRIVER 0000:81:00.0")
PY
put /sys/module/vfio/parameters/enable_unsafe_noiommu_mode 'Y\n'
mkdir -p "$tree/sys/module/vfio_pci"
rm "$tree$nic/driver"
look "vfio without an IOMMU, a NIC that nobody has" --root "$tree" <<'PY'
line("DPDK's way to NICs", "no-IOMMU mode", "warning", "", "echo N")
line("DPDK's way to NICs", "IOMMU", "warning")
line("interfaces", "0000:81:00.0", "warning", "neither", "dpdk-devbind.py -b vfio-pci 0000:81:00.0")
expect(r["driver"] == "none" and r["degraded"], r["driver"])
PY

# ---------------------------------------------------------------- what is in the way of binding
link $nic/driver ../../../bus/pci/drivers/e1000e
put $nic/net/eth0/type '1\n'
put $nic/net/eth0/operstate 'down\n'
link $nic/net/eth0/device ../../../0000:81:00.0
link /sys/class/net/eth0 "../../devices/${nic#/sys/devices/}/net/eth0"
look "a NIC with routes, down" --root "$tree" <<'PY'
line("interfaces", "eth0, to DPDK", "warning", "it has routes", "ip link set eth0 down && dpdk-devbind.py")
line("interfaces", "eth0", "warning", "down", "ip link set eth0 up")
PY
put /proc/net/route 'Iface\tDestination\n'
link $nic/iommu_group ../../../kernel/iommu_groups/7
link /sys/kernel/iommu_groups/7/devices/0000:81:00.0 ../../../../devices/pci0000:80/0000:81:00.0
put /sys/devices/pci0000:80/0000:81:00.1/class '0x020000\n'
link /sys/devices/pci0000:80/0000:81:00.1/driver ../../../bus/pci/drivers/e1000e
link /sys/kernel/iommu_groups/7/devices/0000:81:00.1 ../../../../devices/pci0000:80/0000:81:00.1
look "a neighbour in its IOMMU group" --root "$tree" <<'PY'
line("interfaces", "eth0, to DPDK", "warning", "0000:81:00.1 is in its IOMMU group")
PY

# ---------------------------------------------------------------- a kernel without, a user without
put /probes 'af_xdp no\nqdisc.htb no\nbpf.sk_storage no\nbpf.cgroup_sock yes\n'
put /proc/self/status 'CapEff:\t0000000000000000\n'
look "without AF_XDP it is the kernel driver, which needs HTB and a right" --root "$tree" <<'PY'
lacks("kernel", "qdisc.htb", "CAP_NET_ADMIN")
line("kernel", "bpf.sk_storage", "missing", "that a program cannot leave")
line("kernel", "bpf.cgroup_sock", "ok")
expect([i["auto"] for i in r["interfaces"]] == ["kernel"], r["interfaces"])
line("privileges", "CAP_NET_ADMIN", "missing", "", "setcap cap_net_admin")
line("privileges", "locked memory", "missing", "8 MiB", "cap_ipc_lock")
line("kernel", "BTF", "missing")
PY
put /sys/kernel/btf/vmlinux x
put /proc/self/limits 'Max locked memory         unlimited            unlimited            bytes\n'
look "BTF, no limit" --root "$tree" <<'PY'
line("kernel", "BTF", "ok")
line("privileges", "locked memory", "ok", "no limit")
PY
mkdir "$QS_TMP/empty"
look "an empty tree" --root "$QS_TMP/empty" <<<'expect(r["driver"] == "none" and r["degraded"], r["driver"])'

# ---------------------------------------------------------------- arguments
for wrong in --jsn --driver --driver=tap --root; do
	"$DAEMON" check "$wrong" >"$QS_TMP/out" 2>"$QS_TMP/err"
	status=$?
	check "$wrong is refused" eval '[ $status = 2 ] && [ ! -s "$QS_TMP/out" ] && [ "$(wc -l <"$QS_TMP/err")" = 1 ]'
done
"$DAEMON" check >/dev/full 2>/dev/null
check "what cannot be written is told" [ $? = 1 ]

# ---------------------------------------------------------------- this machine
look "this machine" <<<''
"$DAEMON" check >"$QS_TMP/out"
check "people are told the same" [ $? = "$status" ]
check "in at most 100 columns" [ "$(grep -v '^ *# ' "$QS_TMP/out" | wc -L)" -le 100 ]
[ "$(id -u)" = 0 ] || { echo "SKIP: not root: namespaces and other users"; finish; }
chmod 755 "$QS_TMP" && cp "$DAEMON" "$QS_TMP/dq"
RUN=(setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set -all "$QS_TMP/dq")
look "as nobody" <<<'line("privileges", "CAP_NET_RAW", "missing", "", "setcap")
expect(r["degraded"], "not degraded")'
hosts_up || { echo "SKIP: no network namespaces"; finish; }
RUN=(ip netns exec "$QS_A" "$DAEMON")
look "in a namespace" <<<'lacks("af_xdp")
line("kernel", "bpf.sk_storage", "ok" if os.access("/sys/kernel/btf/vmlinux", 0) else "missing")
line("AF_XDP", "v0", "ok", "with a copy")
expect("eth0" not in [i["name"] for i in r["interfaces"]], r["interfaces"])'
in_a ip link add $'q"\\\x01\xff\xc3' type veth peer name q2
look "any name is JSON" <<<'expect("q\"\\\x01\xff\xc3" in [i["name"] for i in r["interfaces"]], r["interfaces"])'
in_a ip link del $'q"\\\x01\xff\xc3'
check "nothing is left of what was tried" eval '[ -z "$(in_a tc qdisc show dev lo | grep -v noqueue)" ]'
RUN=(nsenter --net=/run/netns/"$QS_A" "$DAEMON")
look "with the files of another namespace" <<<'line("interfaces", "/sys", "warning", "cannot be seen", "mount -t sysfs")
expect("eth0" not in [i["name"] for i in r["interfaces"]], r["interfaces"])'
finish

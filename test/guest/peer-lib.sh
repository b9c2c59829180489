# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
# peer-lib.sh - dpdk-qsock on NICs, and the other host, a namespace with a NIC of its own and its kernel driver, where
# ordinary sockets count what arrives. Sourced after guest-lib.sh.

# peer_up NET MAC: the other host has that interface, 10.9.0.2 and fd09::2. Its kernel sums every checksum itself.
peer_up() {
	# shellcheck disable=SC2034  # for the cases
	PEER=$1 PEER_MAC=$(cat "/sys/class/net/$1/address")
	ip netns add "$QS_B"
	ip link set "$PEER" netns "$QS_B"
	in_b ethtool -K "$PEER" rx off gro off >/dev/null
	in_b ethtool -G "$PEER" rx 4096 # more than a case sends: a guest that stalls loses nothing
	in_b sysctl -qw net.ipv6.conf.all.accept_dad=0 "net.ipv6.conf.$PEER.accept_dad=0"
	ip -n "$QS_B" link set lo up
	ip -n "$QS_B" addr add 10.9.0.2/24 dev "$PEER"
	ip -n "$QS_B" addr add fd09::2/64 dev "$PEER" nodad
	ip -n "$QS_B" link set "$PEER" up
}

# How many checksums of UDP and IP headers its kernel has found wrong.
bad_sums() {
	in_b cat /proc/net/snmp /proc/net/snmp6 | awk '
		$1 == "Udp:" || $1 == "Ip:" {
			if (!($1 in head)) {head[$1] = $0; next}
			split(head[$1], names)
			for (i = 2; i <= NF; i++) if (names[i] == "InCsumErrors" || names[i] == "InHdrErrors") n += $i
		}
		$1 ~ /^(Udp6InCsumErrors|Ip6InHdrErrors)$/ {n += $2}
		END {print n + 0}'
}

listen() { # PORT...
	rm -f "$QS_TMP/listening"
	ip netns exec "$QS_B" "$TOOLS/arrivals" "$QS_TMP/arrived" "$@" >"$QS_TMP/listening" &
	LISTENER=$!
	until_true 10 test -s "$QS_TMP/listening"
	until_true 20 in_b grep -qs 1 "/sys/class/net/$PEER/carrier"
}
listened() {
	sleep 0.3
	end_process $LISTENER
}
# field PORT NAME: of what arrived.
field() { awk -v port="$1" -v name="$2" '$1 == port {for (i = 2; i < NF; i += 2) if ($i == name) print $(i + 1)}' "$QS_TMP/arrived"; }

# drive NAME GREET OPTION...: the daemon with NAME.ini. When it is up, GREET does what is to be done then, and what it
# prints are commands; then the streams of NAME.streams come; when all sources have sent everything it ends. Output in
# NAME.out.
drive() {
	local name=$1 greet=$2 out=$QS_TMP/$1.out
	shift 2
	{
		until_true 60 grep -qs '^dpdk-qsock .*: ' "$out" && {
			$greet "$name"
			echo "load $QS_TMP/$name.streams"
			until_true 60 ended "$out" # and what is queued drains for its linger time
		}
	} | timeout 140 "$DAEMON" --log-level='*:error' "$@" -- --config "$QS_TMP/$name.ini" -i >"$out" 2>"$QS_TMP/$name.err"
	[ "${PIPESTATUS[1]}" = 0 ] || { cat "$out" "$QS_TMP/$name.err"; return 1; }
}
ended() { # OUT: asks, and looks at the last answer
	echo "show source all"
	sleep 0.3
	awk '
		/^stream +source +state/ {on = 1; rows = running = 0; next}
		NF == 0 {on = 0}
		on {rows++; running += $3 == "running"}
		END {exit rows == 0 || running > 0}' "$1"
}

# same NAME IS SHOULD: two numbers that are to be equal.
same() { if [ "$2" = "$3" ]; then pass "$1: $2"; else fail "$1: $2, not $3"; fi; }

# arrived NAME STREAM PORT PACKETS BYTES: the stream was offered so many packets, sent them, and they arrived in order, whole.
arrived() {
	local name=$1 stream=$2 port=$3 packets=$4 bytes=$5
	same "$name: $stream: packets offered" "$(cell "$QS_TMP/$name.out" came "$stream" offered)" "$packets"
	same "$name: $stream: packets sent" "$(cell "$QS_TMP/$name.out" left "$stream" sent)" "$packets"
	same "$name: $stream: packets that arrived" "$(field "$port" packets)" "$packets"
	same "$name: $stream: out of order" "$(field "$port" disorder)" 0
	same "$name: $stream: bytes that arrived" "$(field "$port" bytes)" $((packets * (bytes - 42)))
}

# program_arrived NAME PID COUNT BYTES: qsocket-do, whose output is in $QS_TMP/program, has sent so many to port 5004 by its
# stream, and they arrived in order, whole, their checksums right.
program_arrived() {
	check "$1: a program sends" wait "$2"
	listened
	check "$1: by its stream" grep -q "^accepted=$3 sent=$3 queued=0 " "$QS_TMP/program"
	same "$1: packets that arrived" "$(field 5004 packets)" "$3"
	same "$1: bytes that arrived" "$(field 5004 bytes)" $(($3 * $4))
	same "$1: out of order" "$(field 5004 disorder)" 0
	same "$1: checksums that the kernel found wrong" "$(bad_sums)" 0
	[ $QS_FAILED = 0 ] || cat "$QS_TMP/program"
}

# accounted NAME: every packet is, and the other host has found no checksum wrong.
accounted() {
	check "$1: every packet is accounted for" balanced "$QS_TMP/$1.out"
	same "$1: checksums that the kernel found wrong" "$(bad_sums)" 0
	[ $QS_FAILED = 0 ] || { cat "$QS_TMP/$1.out" "$QS_TMP/$1.err"; in_b ip -s link show "$PEER"; }
}

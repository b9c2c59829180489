#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Installed into a prefix, the library is all that a program needs: one built out of the tree
# with nothing but `pkg-config librte_qsock`, shared and static, runs.
set -u
. "$(dirname "$0")/lib.sh"

PREFIX=$QS_TMP/prefix
meson install -C "$QSOCK_BUILD" --no-rebuild --destdir "$PREFIX" >"$QS_TMP/install.log" 2>&1 ||
	{ cat "$QS_TMP/install.log"; fail "meson install"; finish; }
PC_DIR=$(dirname "$(find "$PREFIX" -name librte_qsock.pc | head -n 1)")
[ -f "$PC_DIR/librte_qsock.pc" ] || { fail "no librte_qsock.pc installed"; finish; }

# A staged tree: its .pc file has to say where it really is.
sed -i "s|^prefix=|&$PREFIX|" "$PC_DIR/librte_qsock.pc"
export PKG_CONFIG_PATH=$PC_DIR${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
flags() { pkg-config "$@" librte_qsock; }

cat >"$QS_TMP/program.c" <<'PROGRAM'
#include <stdio.h>
#include <rte_eal.h>
#include <rte_qsock.h>
#include <rte_qsock_egress.h>
#include <qsocket.h>

int
main(int argc, char **argv)
{
	struct rte_qsock_port_conf conf = {.size = sizeof(conf), .name = "p", .rate_bps = 10000000};
	struct rte_qsock_conf sock = {.size = sizeof(sock)};
	struct rte_qsock_port *port;

	if (rte_eal_init(argc, argv) < 0)
		return 1;
	conf.egress = rte_qsock_egress_ethdev(0, 0);
	if (conf.egress == NULL || (port = rte_qsock_port_create(&conf)) == NULL)
		return 2;
	rte_qsock_stream_defaults(&sock.stream);
	sock.stream.ipg_ns = 1000000;
	if (rte_qsock_open(port, &sock) == NULL)
		return 3;
	if (qclose(-1) == 0)
		return 4;
	printf("socket on %s\n", rte_qsock_port_name(port));
	return rte_qsock_port_free(port);
}
PROGRAM
printf '#include <rte_qsock.h>\n#include <rte_qsock_twin.h>\n#include <rte_qsock_egress.h>\n#include <qsocket.h>\nint main() { return 0; }\n' \
	>"$QS_TMP/program.cc"

build() { # NAME COMPILER FILE PKG-CONFIG-OPTION...
	local name=$1 compiler=$2 file=$3
	shift 3
	# shellcheck disable=SC2046  # words are wanted
	$compiler -Wall -Wextra -Wno-unused-parameter -o "$QS_TMP/$name" "$file" $(flags --cflags --libs "$@")
}
runs() { timeout 30 "$@" --no-huge --no-pci --no-shconf -m 64 --file-prefix="qs$QS_ID" --vdev=net_null0 -l 0; }

LIB_DIR=$(dirname "$(find "$PREFIX" -name 'librte_qsock.so' | head -n 1)")
check "a C program builds against the shared library" build shared gcc "$QS_TMP/program.c"
check "it runs" runs env "LD_LIBRARY_PATH=$LIB_DIR${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" "$QS_TMP/shared"
check "a C++ program takes the headers" build cxx g++ "$QS_TMP/program.cc"
# DPDK itself stays shared: Debian's static one needs libraries that Debian does not ship as such.
static() {
	# shellcheck disable=SC2046
	gcc -o "$QS_TMP/static" "$QS_TMP/program.c" $(flags --cflags) "$LIB_DIR/librte_qsock.a" \
		$(pkg-config --libs libdpdk $(pkg-config --print-requires-private librte_qsock)) -pthread
}
check "and against the static one" static
check "it runs too" runs "$QS_TMP/static"
sweep_eal # of programs with an EAL of their own
exported() { nm -D --defined-only "$LIB_DIR/librte_qsock.so" | awk '{print $3}' | grep -vE '^(rte_qsock|q[a-z])|^EXPERIMENTAL|^$'; }
only_public() { ! exported | grep .; }
check "the shared library exports its API and nothing else" only_public
finish

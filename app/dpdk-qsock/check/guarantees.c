/* SPDX-License-Identifier: BSD-3-Clause */
#include "guarantees.h"

const struct check_guarantee check_guarantees[] = {
	{"order", "order is kept until", {"the NIC's queue", "the NIC's queue", "the kernel's qdisc"}},
	{"release", "packets leave", {"as the link has room", "as completions come", "as the qdisc drains"}},
	{"others",
	 "others' traffic",
	 {"passes the TX core", "has the link's rest", "has classes of its own"}},
	{"receive", "what is received", {"comes by the twin", "stays the kernel's", "stays the kernel's"}},
	{"tcp", "TCP is scheduled", {"by rules of the twin", "not: as others' is", "socket by socket"}},
	{"hugepages", "hugepages", {"needed", "not needed", "not needed"}},
	{0},
};

const char *check_driver_name(enum check_driver driver)
{
	static const char *const names[] = {"ethdev", "af_xdp", "kernel"};

	return driver < CHECK_DRIVERS ? names[driver] : "none";
}

/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "drivers.h"

const char *const qs_guarantee_names[QS_GUARANTEES] = {
	[QS_GUARANTEE_DEVICES] = "devices",
	[QS_GUARANTEE_EARLY] = "before its time",
	[QS_GUARANTEE_ORDER] = "below the scheduler",
	[QS_GUARANTEE_SEEN] = "completion",
	[QS_GUARANTEE_FOREIGN] = "the kernel's own packets",
	[QS_GUARANTEE_RECEIVE] = "receive",
	[QS_GUARANTEE_NEEDS] = "needs",
};

const struct qs_driver_traits qs_drivers[QS_DRIVERS] = {
	[QS_DRIVER_AUTO] = {"auto", "auto", {NULL}},
	[QS_DRIVER_ETHDEV] = {"ethdev",
			      "ethdev",
			      {
				      [QS_GUARANTEE_DEVICES] = "EAL's, and interfaces through net_af_xdp",
				      [QS_GUARANTEE_EARLY] = "never",
				      [QS_GUARANTEE_ORDER] = "the device's ring, of txd frames",
				      [QS_GUARANTEE_SEEN] = "not seen",
				      [QS_GUARANTEE_FOREIGN] = "scheduled, through the twin",
				      [QS_GUARANTEE_RECEIVE] = "by the twin",
				      [QS_GUARANTEE_NEEDS] = "CAP_NET_ADMIN for a twin; NICs: hugepages",
			      }},
	[QS_DRIVER_AF_XDP] = {"af_xdp",
			      "af_xdp",
			      {
				      [QS_GUARANTEE_DEVICES] = "kernel interfaces",
				      [QS_GUARANTEE_EARLY] = "never",
				      [QS_GUARANTEE_ORDER] = "in-flight at the port's rate",
				      [QS_GUARANTEE_SEEN] = "seen, and bounds what is in flight",
				      [QS_GUARANTEE_FOREIGN] = "beside the port; cap-foreign bounds them",
				      [QS_GUARANTEE_RECEIVE] = "by the kernel, as before",
				      [QS_GUARANTEE_NEEDS] = "CAP_NET_RAW, Linux 5.4",
			      }},
	[QS_DRIVER_KERNEL] = {"kernel",
			      "kernel: messages",
			      {
				      [QS_GUARANTEE_DEVICES] = "kernel interfaces, for qsocket.h",
				      [QS_GUARANTEE_EARLY] = "by ahead, here 200 us",
				      [QS_GUARANTEE_ORDER] = "below at the rate, in the qdisc",
				      [QS_GUARANTEE_SEEN] = "as the socket's buffer empties",
				      [QS_GUARANTEE_FOREIGN] = "a class of their own",
				      [QS_GUARANTEE_RECEIVE] = "by the kernel, as before",
				      [QS_GUARANTEE_NEEDS] = "CAP_NET_ADMIN; no EAL",
			      }},
	[QS_DRIVER_PACKET] = {"kernel",
			      "kernel: frames",
			      {
				      [QS_GUARANTEE_DEVICES] = "kernel interfaces, for TX cores",
				      [QS_GUARANTEE_EARLY] = "never",
				      [QS_GUARANTEE_ORDER] = "in-flight at the rate, in the qdisc",
				      [QS_GUARANTEE_SEEN] = "as the socket's buffer empties",
				      [QS_GUARANTEE_FOREIGN] = "a class of their own",
				      [QS_GUARANTEE_RECEIVE] = "by the kernel, as before",
				      [QS_GUARANTEE_NEEDS] = "CAP_NET_RAW, CAP_NET_ADMIN",
			      }},
};

int qs_driver_by_name(const char *name)
{
	int i;

	for (i = 0; i < QS_DRIVER_PACKET; i++)
		if (strcmp(name, qs_drivers[i].name) == 0)
			return i;
	return -1;
}

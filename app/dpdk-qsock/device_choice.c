/* SPDX-License-Identifier: BSD-3-Clause */
/* What the device of a port is, and which drivers its keys are for. */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include <rte_ethdev.h>

#include <net/qs_link_mtu.h>

#include "device.h"
#include "qs_config_keys.h"

#define KEY(name) (UINT64_C(1) << QS_PORT_##name)

/* The keys that are not for every driver. */
static const uint64_t keys_of[QS_DRIVERS] = {
	[QS_DRIVER_ETHDEV] =
		KEY(TWIN) | KEY(ADDRESSES) | KEY(MTU) | KEY(TXD) | KEY(RXD) | KEY(BEST_EFFORT_LIMIT),
	[QS_DRIVER_AF_XDP] = KEY(IN_FLIGHT) | KEY(ZERO_COPY) | KEY(BUSY_POLL) | KEY(CAP_FOREIGN) | KEY(CLASSIFY),
	[QS_DRIVER_PACKET] = KEY(IN_FLIGHT) | KEY(FORCE) | KEY(CLASSIFY),
};

static bool has_twin(const struct qs_port_config *conf)
{
	return strcmp(conf->twin, "no") != 0;
}

/* @return the keys given that are of no use to a driver */
static uint64_t keys_wrong(const struct qs_port_config *conf, enum qs_driver driver)
{
	uint64_t all = 0;
	int i;

	for (i = 0; i < QS_DRIVERS; i++)
		all |= keys_of[i];
	return conf->head.given & all & ~keys_of[driver] & ~(has_twin(conf) ? 0 : KEY(TWIN));
}

bool dq_device_fits(const struct qs_port_config *conf, enum qs_driver driver)
{
	return keys_wrong(conf, driver) == 0 && (driver != QS_DRIVER_PACKET || conf->tx_queues == 1);
}

static int check_keys(const struct qs_port_config *conf, const struct qs_choice *choice, struct dq_error *e)
{
	const enum qs_driver driver = qs_choice_first(choice);
	const uint64_t wrong = keys_wrong(conf, driver);
	unsigned int key;

	if (driver != QS_DRIVER_ETHDEV && !choice->interface)
		return dq_fail(e, EINVAL, QS_PORT_DRIVER,
			       "[port %u]: driver: '%s' is for kernel interfaces, and device '%s' is EAL's",
			       conf->id, qs_drivers[driver].name, conf->device);
	if (wrong == 0)
		return 0;
	key = (unsigned int)__builtin_ctzll(wrong);
	return dq_fail(e, EINVAL, key, "[port %u]: %s: is not for driver %s, which device '%s' has", conf->id,
		       qs_sections[QS_CONFIG_PORT].keys[key].name, qs_drivers[driver].name, conf->device);
}

/* The names of all ethdevs, for a message. */
static void list_devices(char *buf, size_t len)
{
	char name[RTE_ETH_NAME_MAX_LEN];
	uint16_t id;
	size_t used = 0;

	buf[0] = '\0';
	RTE_ETH_FOREACH_DEV (id) {
		if (rte_eth_dev_get_name_by_port(id, name) == 0 && used < len)
			used += (size_t)snprintf(buf + used, len - used, "%s%s", used > 0 ? ", " : "", name);
	}
	if (used == 0)
		snprintf(buf, len, "none");
}

static bool is_ethdev(const char *name)
{
	uint16_t id;

	return strlen(name) < DQ_DEVICE_NAME && rte_eth_dev_get_port_by_name(name, &id) == 0;
}

static enum qs_twin_wish twin_wish(const struct qs_port_config *conf)
{
	if (!has_twin(conf))
		return QS_TWIN_NONE;
	return (conf->head.given & KEY(TWIN)) != 0 || conf->addresses ? QS_TWIN_MUST : QS_TWIN_MAY;
}

int dq_device_look(const struct qs_port_config *conf, struct qs_choice *choice, struct dq_error *e)
{
	const char *name = conf->device;
	char known[256];

	if (name[0] == '\0')
		return dq_fail(e, EINVAL, QS_PORT_DEVICE,
			       "[port %u]: device is missing: an EAL port (0000:01:00.0, net_af_xdp0) or a "
			       "kernel interface (eth1)",
			       conf->id);
	*choice = (struct qs_choice){
		.asked = (enum qs_driver)conf->driver,
		.interface = !is_ethdev(name),
		.twin = twin_wish(conf),
		.kernel = QS_DRIVER_PACKET,
	};
	if (!choice->interface)
		return check_keys(conf, choice, e);
	if (strlen(name) < IFNAMSIZ && if_nametoindex(name) != 0) {
		choice->mtu_bytes = qs_link_mtu(name);
		return check_keys(conf, choice, e);
	}
	list_devices(known, sizeof(known));
	return dq_fail(e, ENODEV, QS_PORT_DEVICE,
		       "[port %u]: device: '%s' is neither an EAL port (%s) nor a kernel interface", conf->id,
		       name, known);
}

/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bsd/qs_attr.h"
#include "bsd/qs_port_args.h"
#include "common/drivers.h"
#include "util/qs_units.h"

#define MEMORY_MIN_BYTES (UINT64_C(64) << 10)
#define MEMORY_MAX_BYTES (UINT64_C(64) << 30)

enum kind {
	KIND_RATE,
	KIND_TIME,
	KIND_U64,
	KIND_U32,
	KIND_U16,
	KIND_U8,
	KIND_TEXT,
	KIND_FLAG,
	KIND_PRECEDENCE,
	KIND_DRIVER,
	KIND_CLASSIFY,
};

/* What a setting is called, what it is, and where it goes. */
static const struct key {
	const char *name;
	enum kind kind;
	size_t offset;
	uint64_t max;
} keys[] = {
	{"rate", KIND_RATE, offsetof(struct q_port_ex, rate_bps), 0},
	{"ahead", KIND_TIME, offsetof(struct q_port_ex, ahead_ns), 10000000},
	{"catchup", KIND_TIME, offsetof(struct q_port_ex, catchup_ns), 1000000000},
	{"linger", KIND_TIME, offsetof(struct q_port_ex, linger_ns), QS_LINGER_MAX_NS},
	{"sleep-after", KIND_TIME, offsetof(struct q_port_ex, sleep_after_ns), UINT64_C(10000000000)},
	{"stall", KIND_TIME, offsetof(struct q_port_ex, stall_ns), UINT64_C(1000000000)},
	{"best-effort", KIND_TIME, offsetof(struct q_port_ex, best_effort_ns), QS_LINGER_MAX_NS},
	{"sockets", KIND_U32, offsetof(struct q_port_ex, max_sockets), 1u << 20},
	{"packets", KIND_U32, offsetof(struct q_port_ex, max_packets), 1u << 26},
	{"buffers", KIND_U32, offsetof(struct q_port_ex, buffers), 1u << 24},
	{"mtu", KIND_U16, offsetof(struct q_port_ex, mtu), 65535},
	{"overhead", KIND_U8, offsetof(struct q_port_ex, overhead_bytes), 255},
	{"precedence", KIND_PRECEDENCE, offsetof(struct q_port_ex, precedence), 0},
	{"work-conserving", KIND_FLAG, offsetof(struct q_port_ex, work_conserving), 0},
	{"driver", KIND_DRIVER, offsetof(struct q_port_ex, driver), 0},
	{"below", KIND_TIME, offsetof(struct q_port_ex, below_ns), UINT64_C(1000000000)},
	{"force", KIND_FLAG, offsetof(struct q_port_ex, force), 0},
	{"no-move", KIND_FLAG, offsetof(struct q_port_ex, no_move), 0},
	{"in-flight", KIND_TIME, offsetof(struct q_port_ex, in_flight_ns), 1000000000},
	{"cap-foreign", KIND_RATE, offsetof(struct q_port_ex, cap_foreign_bps), 0},
	{"memory", KIND_U64, offsetof(struct q_port_ex, memory_bytes), MEMORY_MAX_BYTES},
	{"classify", KIND_CLASSIFY, offsetof(struct q_port_ex, classify), 0},
	{"etf", KIND_FLAG, offsetof(struct q_port_ex, etf), 0},
	{"zero-copy", KIND_FLAG, offsetof(struct q_port_ex, zero_copy), 0},
	{"twin", KIND_TEXT, offsetof(struct q_port_ex, twin), IFNAMSIZ - 1},
	{"record", KIND_TEXT, offsetof(struct q_port_ex, record), 4096},
	{"devargs", KIND_TEXT, offsetof(struct q_port_ex, devargs), 4096},
};

static const struct key *key_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strcmp(keys[i].name, name) == 0)
			return &keys[i];
	}
	return NULL;
}

static int number_read(const struct key *key, const char *value, void *field, char *why, size_t why_len)
{
	uint64_t number;
	int ret;

	if (key->kind == KIND_RATE)
		ret = qs_rate_parse(value, RTE_QSOCK_RATE_MIN_BPS, RTE_QSOCK_RATE_MAX_BPS, &number, why,
				    why_len);
	else if (key->kind == KIND_TIME)
		ret = qs_time_parse(value, 0, key->max, &number, why, why_len);
	else
		ret = qs_uint_parse(value, 0, key->max, &number, why, why_len);
	if (ret < 0)
		return -EINVAL;
	if (key->kind == KIND_U32)
		*(uint32_t *)field = (uint32_t)number;
	else if (key->kind == KIND_U16)
		*(uint16_t *)field = (uint16_t)number;
	else if (key->kind == KIND_U8)
		*(uint8_t *)field = (uint8_t)number;
	else
		*(uint64_t *)field = number;
	return 0;
}

static int precedence_read(const char *value, uint8_t *field, char *why, size_t why_len)
{
	if (strcmp(value, "window") != 0 && strcmp(value, "deadline") != 0) {
		snprintf(why, why_len, "precedence=%s: allowed are window and deadline", value);
		return -EINVAL;
	}
	*field = value[0] == 'd' ? RTE_QSOCK_PRECEDENCE_DEADLINE : RTE_QSOCK_PRECEDENCE_WINDOW;
	return 0;
}

static int driver_read(const char *value, uint8_t *field, char *why, size_t why_len)
{
	int driver = qs_driver_by_name(value); /* its places are those of Q_DRIVER_ */

	if (driver >= 0) {
		*field = (uint8_t)driver;
		return 0;
	}
	snprintf(why, why_len, "driver=%s: allowed are auto, ethdev, af_xdp and kernel", value);
	return -EINVAL;
}

static int classify_read(const char *value, uint8_t *field, char *why, size_t why_len)
{
	static const char *const ways[] = {
		[Q_CLASSIFY_AUTO] = "auto",
		[Q_CLASSIFY_PRIORITY] = "priority",
		[Q_CLASSIFY_BPF] = "bpf",
	};
	uint8_t i;

	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (strcmp(value, ways[i]) == 0) {
			*field = i;
			return 0;
		}
	}
	snprintf(why, why_len, "classify=%s: allowed are auto, priority and bpf", value);
	return -EINVAL;
}

static int value_read(const struct key *key, char *value, struct q_port_ex *ex, char *why, size_t why_len)
{
	void *field = (char *)ex + key->offset;
	char reason[160];

	if ((key->kind == KIND_FLAG) != (value == NULL)) {
		snprintf(why, why_len, "%s: %s", key->name, value ? "takes no value" : "needs a value");
		return -EINVAL;
	}
	switch (key->kind) {
	case KIND_FLAG:
		*(uint8_t *)field = 1;
		return 0;
	case KIND_PRECEDENCE:
		return precedence_read(value, field, why, why_len);
	case KIND_CLASSIFY:
		return classify_read(value, field, why, why_len);
	case KIND_DRIVER:
		return driver_read(value, field, why, why_len);
	case KIND_TEXT:
		if (value[0] == 0 || strlen(value) > key->max) {
			snprintf(why, why_len, "%s=%s: 1 to %llu characters are allowed", key->name, value,
				 (unsigned long long)key->max);
			return -EINVAL;
		}
		*(const char **)field = value;
		return 0;
	default:
		break;
	}
	if (number_read(key, value, field, reason, sizeof(reason)) < 0) {
		snprintf(why, why_len, "%s: %s", key->name, reason);
		return -EINVAL;
	}
	if (key->kind == KIND_U8)
		ex->overhead_set = 1;
	return 0;
}

static int setting_read(char *setting, struct q_port_ex *ex, char *why, size_t why_len)
{
	char *value = strchr(setting, '=');
	const struct key *key;

	if (value != NULL)
		*value++ = 0;
	key = key_find(setting);
	if (key == NULL) {
		snprintf(why, why_len,
			 "no setting is called '%s'; there are rate ahead catchup linger sleep-after stall "
			 "best-effort "
			 "sockets packets "
			 "buffers mtu overhead precedence work-conserving driver below force no-move "
			 "in-flight "
			 "cap-foreign memory etf zero-copy twin record devargs",
			 setting);
		return -EINVAL;
	}
	return value_read(key, value, ex, why, why_len);
}

/* The last setting may be devargs=, which has commas of its own. */
static int settings_read(char *text, struct q_port_ex *ex, char *why, size_t why_len)
{
	char *comma;

	for (; text != NULL && *text != 0; text = comma) {
		comma = strncmp(text, "devargs=", 8) == 0 ? NULL : strchr(text, ',');
		if (comma != NULL)
			*comma++ = 0;
		if (*text != 0 && setting_read(text, ex, why, why_len) < 0)
			return -EINVAL;
	}
	return 0;
}

/* The settings of a section if they are for dev: those after the last colon before the first '='. */
static char *section_for(char *section, const char *dev)
{
	size_t dev_len = strlen(dev), head = strcspn(section, "=");
	char *colon = memrchr(section, ':', head);

	if (colon == NULL)
		return section;
	if ((size_t)(colon - section) != dev_len || memcmp(section, dev, dev_len) != 0)
		return NULL;
	return colon + 1;
}

int qs_port_args_read(const char *line, const char *dev, struct qs_port_args *args, char *why, size_t why_len)
{
	char *section, *settings, *save;

	memset(args, 0, sizeof(*args));
	args->ex.size = sizeof(args->ex);
	if (line == NULL)
		return 0;
	args->text = strdup(line);
	if (args->text == NULL)
		return -ENOMEM;
	for (section = strtok_r(args->text, ";", &save); section; section = strtok_r(NULL, ";", &save)) {
		settings = section_for(section, dev);
		if (settings != NULL && settings_read(settings, &args->ex, why, why_len) < 0) {
			free(args->text);
			args->text = NULL;
			return -EINVAL;
		}
	}
	return 0;
}

#define MERGE(field)                                                                                         \
	do {                                                                                                 \
		if (!into->field)                                                                            \
			into->field = other->field;                                                          \
	} while (0)

void qs_port_ex_merge(struct q_port_ex *into, const struct q_port_ex *other)
{
	if (!into->overhead_set)
		into->overhead_bytes = other->overhead_bytes;
	MERGE(overhead_set);
	MERGE(rate_bps);
	MERGE(ahead_ns);
	MERGE(catchup_ns);
	MERGE(linger_ns);
	MERGE(sleep_after_ns);
	MERGE(stall_ns);
	MERGE(best_effort_ns);
	MERGE(twin);
	MERGE(devargs);
	MERGE(eal_args);
	MERGE(record);
	MERGE(max_sockets);
	MERGE(max_packets);
	MERGE(buffers);
	MERGE(mtu);
	MERGE(precedence);
	MERGE(work_conserving);
	MERGE(no_move);
	MERGE(driver);
	MERGE(force);
	MERGE(below_ns);
	MERGE(in_flight_ns);
	MERGE(cap_foreign_bps);
	MERGE(zero_copy);
	MERGE(classify);
	MERGE(memory_bytes);
	MERGE(etf);
}

int qs_port_ex_check(const struct q_port_ex *ex, char *why, size_t why_len)
{
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *field = (const char *)ex + keys[i].offset;

		if (keys[i].kind == KIND_TIME && *(const uint64_t *)(const void *)field > keys[i].max) {
			snprintf(why, why_len, "%s %llu ns: allowed are 0 .. %llu", keys[i].name,
				 (unsigned long long)*(const uint64_t *)(const void *)field,
				 (unsigned long long)keys[i].max);
			return -EINVAL;
		}
		if (keys[i].kind == KIND_U32 && *(const uint32_t *)(const void *)field > keys[i].max) {
			snprintf(why, why_len, "%s %u: allowed are 0 .. %llu", keys[i].name,
				 *(const uint32_t *)(const void *)field, (unsigned long long)keys[i].max);
			return -EINVAL;
		}
	}
	if (ex->in_flight_ns != 0 && ex->in_flight_ns < 1000) {
		snprintf(why, why_len, "in-flight %llu ns: allowed are 0, and 1000 .. 1000000000",
			 (unsigned long long)ex->in_flight_ns);
		return -EINVAL;
	}
	if (ex->memory_bytes != 0 &&
	    (ex->memory_bytes < MEMORY_MIN_BYTES || ex->memory_bytes > MEMORY_MAX_BYTES)) {
		snprintf(why, why_len, "memory %llu bytes: allowed are %llu .. %llu",
			 (unsigned long long)ex->memory_bytes, (unsigned long long)MEMORY_MIN_BYTES,
			 (unsigned long long)MEMORY_MAX_BYTES);
		return -EINVAL;
	}
	if (ex->precedence > 1 || ex->driver > Q_DRIVER_KERNEL) {
		snprintf(why, why_len, "precedence %u, driver %u: allowed are 0 .. 1, and 0 .. %u",
			 ex->precedence, ex->driver, Q_DRIVER_KERNEL);
		return -EINVAL;
	}
	if (ex->classify > Q_CLASSIFY_BPF) {
		snprintf(why, why_len, "classify %u: allowed are 0 .. %u", ex->classify, Q_CLASSIFY_BPF);
		return -EINVAL;
	}
	for (i = 0; i < sizeof(ex->reserved); i++) {
		if (ex->reserved[i] != 0) {
			snprintf(why, why_len, "reserved[%zu] %u: allowed is 0", i, ex->reserved[i]);
			return -EINVAL;
		}
	}
	return 0;
}

/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bsd/qs_attr.h"

#define STREAM_FLAGS                                                                                         \
	(DWCS_NON_DROPPABLE | Q_IPG_US | Q_IPG_NS | Q_BEST_EFFORT | Q_UNIT_FRAME | Q_IN_ORDER | Q_FIXED |    \
	 Q_ATTR_EX)
#define ATTR_EX_FIRST sizeof(struct q_attr_ex) /* grows, this does not: the size in the first release */
#define STRUCT_MAX 4096u		       /* no structure of ours is larger: a size beyond it is noise */

int qs_struct_copy(void *to, size_t known, const void *from, size_t size, size_t first)
{
	size_t i;

	if (size < first || size > STRUCT_MAX)
		return -EINVAL;
	for (i = known; i < size; i++) {
		if (((const uint8_t *)from)[i] != 0)
			return -EINVAL;
	}
	memset(to, 0, known);
	memcpy(to, from, size < known ? size : known);
	return 0;
}

int qs_name_read(char *to, const char *from, size_t field)
{
	size_t len = strnlen(from, field);

	memcpy(to, from, len);
	to[len] = 0;
	return len == 0 ? -EINVAL : 0;
}

static uint64_t ipg_read(const struct q_dwcs_attr *base)
{
	uint64_t unit_ns = (base->stream_flags & Q_IPG_NS)   ? 1
			   : (base->stream_flags & Q_IPG_US) ? 1000
							     : 1000000;

	return (uint64_t)base->ipg * unit_ns;
}

static int base_check(const struct q_dwcs_attr *base, char *why, size_t why_len)
{
	int flags = base->stream_flags;

	if (flags & ~STREAM_FLAGS) {
		snprintf(why, why_len, "stream_flags 0x%x: allowed are bits of 0x%x", (unsigned int)flags,
			 STREAM_FLAGS);
		return -EINVAL;
	}
	if ((flags & Q_IPG_US) && (flags & Q_IPG_NS)) {
		snprintf(why, why_len, "stream_flags 0x%x: Q_IPG_US or Q_IPG_NS, not both",
			 (unsigned int)flags);
		return -EINVAL;
	}
	if (flags & Q_BEST_EFFORT)
		return 0; /* the rest is not read: the paper's programs leave it as it is */
	if (base->oln < 0 || base->old < 0 || base->ipg < 0) {
		snprintf(why, why_len, "oln %d, old %d, ipg %d: negative", base->oln, base->old, base->ipg);
		return -EINVAL;
	}
	return 0;
}

static void base_read(const struct q_dwcs_attr *base, struct qs_attr *attr)
{
	struct rte_qsock_stream_conf *conf = &attr->stream;

	attr->as_given = *base;
	attr->as_given.stream_flags &= ~Q_ATTR_EX;
	attr->fixed = (base->stream_flags & Q_FIXED) != 0;
	conf->droppable = (base->stream_flags & DWCS_NON_DROPPABLE) == 0;
	conf->in_order = (base->stream_flags & Q_IN_ORDER) != 0;
	conf->unit = (base->stream_flags & Q_UNIT_FRAME) ? RTE_QSOCK_UNIT_FRAME : RTE_QSOCK_UNIT_PACKET;
	if (base->stream_flags & Q_BEST_EFFORT) {
		conf->cls = RTE_QSOCK_BEST_EFFORT;
		return;
	}
	conf->oln = (uint32_t)base->oln;
	conf->old = (uint32_t)base->old;
	conf->ipg_ns = ipg_read(base);
}

static int ex_check(const struct q_attr_ex *ex, char *why, size_t why_len)
{
	const char *field = NULL;
	uint64_t value = 0, max = 0;

	if (ex->dscp_set && ex->dscp > 63)
		field = "dscp", value = ex->dscp, max = 63;
	else if (ex->vlan_pcp_set && ex->vlan_pcp > 7)
		field = "vlan_pcp", value = ex->vlan_pcp, max = 7;
	else if (ex->vlan_id > 4094)
		field = "vlan_id", value = ex->vlan_id, max = 4094;
	else if (ex->linger_ns > QS_LINGER_MAX_NS)
		field = "linger_ns", value = ex->linger_ns, max = QS_LINGER_MAX_NS;
	else if (ex->reserved != 0)
		field = "reserved", value = ex->reserved;
	if (field == NULL)
		return 0;
	snprintf(why, why_len, "%s %llu: allowed are 0 .. %llu", field, (unsigned long long)value,
		 (unsigned long long)max);
	return -EINVAL;
}

static int ex_read(const void *attributes, struct qs_attr *attr, char *why, size_t why_len)
{
	const struct q_attr_ex *given = attributes;
	struct q_attr_ex ex;

	/* The size follows the paper's part, so qs_struct_copy() may read it before the rest is known to be
	 * there. */
	if (qs_struct_copy(&ex, sizeof(ex), given, given->size, ATTR_EX_FIRST) < 0) {
		snprintf(why, why_len, "size %zu of struct q_attr_ex: %zu expected", given->size, sizeof(ex));
		return -EINVAL;
	}
	if (ex_check(&ex, why, why_len) < 0)
		return -EINVAL;
	if (ex.ipg_ns != 0)
		attr->stream.ipg_ns = ex.ipg_ns;
	attr->stream.deadline_ns = ex.deadline_ns;
	if (ex.queue_packets != 0)
		attr->stream.queue_packets = ex.queue_packets;
	attr->linger_ns = ex.linger_ns;
	attr->dscp_set = ex.dscp_set != 0;
	attr->dscp = ex.dscp;
	attr->vlan = ex.vlan_pcp_set != 0 || ex.vlan_id != 0;
	attr->vlan_pcp = ex.vlan_pcp;
	attr->vlan_id = ex.vlan_id;
	return 0;
}

int qs_attr_read(const char *discipline, const void *attributes, struct qs_attr *attr, char *why,
		 size_t why_len)
{
	static const struct q_dwcs_attr best_effort = {.stream_flags = Q_BEST_EFFORT};
	const struct q_dwcs_attr *base = attributes != NULL ? attributes : &best_effort;

	memset(attr, 0, sizeof(*attr));
	rte_qsock_stream_defaults(&attr->stream);
	if (base_check(base, why, why_len) < 0)
		return -EINVAL;
	base_read(base, attr);
	if ((base->stream_flags & Q_ATTR_EX) && ex_read(attributes, attr, why, why_len) < 0)
		return -EINVAL;
	/* The paper's structure has no deadline of its own: a packet is due a period after it came. */
	if (strcmp(discipline, "edf") == 0 && attr->stream.deadline_ns == 0)
		attr->stream.deadline_ns = attr->stream.ipg_ns;
	return rte_qsock_stream_check(discipline, &attr->stream, why, why_len);
}

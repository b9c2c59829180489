/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bsd/qs_parts.h"

int qs_parts_add(struct qs_parts *parts, const void *buf, size_t len, size_t max, const struct sockaddr *addr,
		 socklen_t addrlen)
{
	uint8_t *data;

	if (len > max || parts->len > max - len)
		return -EMSGSIZE;
	data = realloc(parts->data, parts->len + len + 1); /* of 0 bytes it may give none */
	if (data == NULL)
		return -ENOMEM;
	parts->data = data;
	if (len != 0)
		memcpy(data + parts->len, buf, len);
	parts->len += len;
	if (!parts->begun && addr != NULL) {
		parts->addrlen = addrlen < sizeof(parts->addr) ? addrlen : (socklen_t)sizeof(parts->addr);
		memcpy(&parts->addr, addr, parts->addrlen);
	}
	parts->begun = true;
	return 0;
}

void qs_parts_end(struct qs_parts *parts)
{
	free(parts->data);
	memset(parts, 0, sizeof(*parts));
}

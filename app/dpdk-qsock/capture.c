/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include <rte_errno.h>
#include <rte_log.h>

#include "capture.h"

#define PREFIX "QSOCK: " /* of everything that the library logs */

static __thread bool capturing;
static __thread char kept[512];

static ssize_t take(void *cookie, const char *text, size_t len)
{
	size_t prefix = strlen(PREFIX);

	/* What is no error is not the reason of one: it is for whoever reads the log. */
	if (!capturing || rte_log_cur_msg_loglevel() > (int)RTE_LOG_ERR || len < prefix ||
	    memcmp(text, PREFIX, prefix) != 0)
		return write(STDERR_FILENO, text, len);
	if (kept[0] == '\0')
		snprintf(kept, sizeof(kept), "%.*s", (int)strcspn(text + prefix, "\n"), text + prefix);
	return (ssize_t)len;
}

int dq_capture_init(void)
{
	static const cookie_io_functions_t functions = {.write = take};
	FILE *f = fopencookie(NULL, "w", functions);

	if (f == NULL)
		return -ENOMEM;
	setvbuf(f, NULL, _IOLBF, 1024);
	return rte_openlog_stream(f);
}

void dq_capture_begin(void)
{
	kept[0] = '\0';
	capturing = true;
}

void dq_capture_end(void)
{
	capturing = false;
}

const char *dq_captured(void)
{
	return kept[0] != '\0' ? kept : rte_strerror(rte_errno);
}

/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <rte_common.h>

#include "core/qs_pages.h"
#include "numa/qs_numa.h"
#include "util/qs_sysfs.h"

#define HUGE_BYTES ((size_t)2 << 20)
#define LOOK_PAGES 4096u /* pages asked for at a time */

/* Whether the kernel makes huge pages where it is asked to. */
static bool pages_huge(void)
{
	char line[64];

	qs_sysfs_read("", line, sizeof(line), "/sys/kernel/mm/transparent_hugepage/enabled");
	return strstr(line, "[madvise]") != NULL || strstr(line, "[always]") != NULL;
}

void *qs_pages_map(struct qs_pages *pages, size_t bytes, int node)
{
	struct qs_pages p = {.bytes = RTE_ALIGN_CEIL(bytes, HUGE_BYTES)};

	if (bytes < QS_PAGES_MIN_BYTES || !pages_huge())
		return NULL;
	p.map_bytes = p.bytes + HUGE_BYTES;
	p.map = mmap(NULL, p.map_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		     -1, 0);
	if (p.map == MAP_FAILED)
		return NULL;
	p.at = RTE_PTR_ALIGN_CEIL(p.map, HUGE_BYTES);
	/* A child's copy would cost the TX core a fault a page. */
	if (madvise(p.at, p.bytes, MADV_HUGEPAGE) != 0 || madvise(p.map, p.map_bytes, MADV_DONTFORK) != 0) {
		qs_pages_unmap(&p);
		return NULL;
	}
	qs_numa_bind(p.at, p.bytes, node);
	*pages = p;
	return p.at;
}

void qs_pages_unmap(struct qs_pages *pages)
{
	if (pages->map != NULL)
		munmap(pages->map, pages->map_bytes);
	*pages = (struct qs_pages){0};
}

size_t qs_pages_used(const struct qs_pages *pages)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	unsigned char there[LOOK_PAGES];
	size_t at, n, i, used = 0;

	for (at = 0; at < pages->bytes; at += n) {
		n = RTE_MIN(pages->bytes - at, LOOK_PAGES * page);
		if (mincore((char *)pages->at + at, n, there) != 0)
			return pages->bytes;
		for (i = 0; i < n / page; i++)
			used += (there[i] & 1) * page;
	}
	return used;
}

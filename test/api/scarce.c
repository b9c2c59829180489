/* SPDX-License-Identifier: BSD-3-Clause */
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <rte_malloc.h>

#include "scarce.h"

#define LARGEST ((size_t)1 << 20)
#define SMALL 2048u /* below, each size has a list of its own */
#define SMALLEST 16u
#define STACK_BYTES ((size_t)512 << 10)

struct block {
	struct block *next;
};

static struct {
	struct block *eaten, *eaten_eal;
	struct rlimit memory, files;
	bool memory_set, files_set;
} scarce;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

bool scarce_memory_works(void)
{
#ifdef SANITIZED
	return false;
#else
	return true;
#endif
}

void scarce_start(void)
{
	pthread_attr_t attr;

	mallopt(M_ARENA_MAX, 1);
	mallopt(M_TOP_PAD, 0);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	pthread_setattr_default_np(&attr);
	pthread_attr_destroy(&attr);
}

/* What the process has mapped, asked without memory. */
static size_t mapped_bytes(void)
{
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	char text[128] = "";
	ssize_t n = read(fd, text, sizeof(text) - 1);

	close(fd);
	return n > 0 ? strtoul(text, NULL, 10) * (size_t)sysconf(_SC_PAGESIZE) : 0;
}

static void eat(size_t bytes)
{
	struct block *b;

	while ((b = malloc(bytes)) != NULL) {
		b->next = scarce.eaten;
		scarce.eaten = b;
	}
}

void scarce_memory(size_t spare_bytes)
{
	size_t bytes, mapped = mapped_bytes();
	struct rlimit limit;

	getrlimit(RLIMIT_AS, &scarce.memory);
	scarce.memory_set = true;
	limit = scarce.memory;
	limit.rlim_cur = mapped;
	setrlimit(RLIMIT_AS, &limit);
	for (bytes = LARGEST; bytes > SMALL; bytes /= 2)
		eat(bytes);
	for (; bytes >= SMALLEST; bytes -= SMALLEST)
		eat(bytes);
	limit.rlim_cur = mapped + spare_bytes;
	setrlimit(RLIMIT_AS, &limit);
}

void scarce_files(size_t spare)
{
	struct rlimit limit;
	int fd;

	getrlimit(RLIMIT_NOFILE, &scarce.files);
	scarce.files_set = true;
	for (fd = 0; spare > 0 || fcntl(fd, F_GETFD) >= 0; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			spare--;
	limit = scarce.files;
	limit.rlim_cur = (rlim_t)fd;
	setrlimit(RLIMIT_NOFILE, &limit);
}

void scarce_eal(size_t spare_bytes)
{
	void *spare = spare_bytes > 0 ? rte_malloc(NULL, spare_bytes, 0) : NULL;
	struct block *b;
	size_t bytes;

	for (bytes = 16 * LARGEST; bytes >= 64; bytes /= 2)
		while ((b = rte_malloc(NULL, bytes, 0)) != NULL) {
			b->next = scarce.eaten_eal;
			scarce.eaten_eal = b;
		}
	rte_free(spare);
}

void scarce_end(void)
{
	struct block *b;

	if (scarce.memory_set)
		setrlimit(RLIMIT_AS, &scarce.memory);
	if (scarce.files_set)
		setrlimit(RLIMIT_NOFILE, &scarce.files);
	scarce.memory_set = scarce.files_set = false;
	while ((b = scarce.eaten) != NULL) {
		scarce.eaten = b->next;
		free(b);
	}
	while ((b = scarce.eaten_eal) != NULL) {
		scarce.eaten_eal = b->next;
		rte_free(b);
	}
}

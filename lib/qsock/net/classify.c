/* SPDX-License-Identifier: BSD-3-Clause */
/* The life of a classifier by BPF: put there, still there, removed, also by another process after a crash. */
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_errno.h>

#include "eal/qs_log.h"
#include "net/qs_classify_priv.h"

#define KIND "clsact" /* of its files */

static struct qs_classify *make(void)
{
	struct qs_classify *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return qs_fail_null(ENOMEM, "classify: no memory");
	c->map_fd = -1;
	c->at.sk = qs_tc_socket();
	if (c->at.sk != NULL)
		return c;
	free(c);
	return NULL;
}

static void release(struct qs_classify *c)
{
	if (c->map_fd >= 0)
		close(c->map_fd);
	nl_socket_free(c->at.sk);
	free(c);
}

/* ------------------------------------------------------------------ the file: its head, `prio N`, `made N`,
 * `end` */

static bool lines_write(FILE *f, const void *arg)
{
	const struct qs_classify *c = arg;

	return qs_state_head_write(f, &c->head) &&
	       fprintf(f, "prio %u\nmade %d\nprogram %u\nend\n", c->at.prio, c->at.made, c->program_id) > 0;
}

static int line_read(const char *line, void *arg)
{
	struct qs_classify *c = arg;
	int made;

	if (sscanf(line, "made %d", &made) == 1) {
		c->at.made = made != 0;
		return 0;
	}
	if (sscanf(line, "prio %u", &c->at.prio) == 1 || sscanf(line, "program %u", &c->program_id) == 1 ||
	    qs_state_head_read(&c->head, line))
		return 0;
	if (strcmp(line, "end\n") == 0 && c->at.prio != 0 && c->head.id.ifindex != 0)
		return 1;
	rte_errno = EINVAL;
	return -1;
}

static struct qs_classify *load(const char *path)
{
	struct qs_classify *c = make();

	if (c == NULL)
		return NULL;
	snprintf(c->path, sizeof(c->path), "%s", path);
	if (qs_state_load(path, line_read, c) == 0) {
		c->at.ifindex = c->head.id.ifindex;
		return c;
	}
	release(c);
	return NULL;
}

/* ------------------------------------------------------------------ after a crash */

/* @return 1: removed; 0: its owner lives, or there is nothing of it; -1 */
static int recover_one(const char *path)
{
	struct qs_classify *c = load(path);
	int ret = 0;

	if (c == NULL) {
		if (rte_errno == EINVAL)
			qs_state_put_aside(path);
		return -1;
	}
	if (qs_state_head_is_stale(&c->head)) {
		unlink(path);
	} else if (!qs_owner_lives(&c->head.owner)) {
		ret = qs_clsact_remove(&c->at, c->program_id) < 0 ? -1 : 1;
		if (ret > 0)
			unlink(path);
	}
	release(c);
	return ret;
}

int qs_classify_recover(void)
{
	return qs_state_foreach(KIND, recover_one);
}

/* ------------------------------------------------------------------ while it is there */

static int predecessor_end(const struct qs_classify *c)
{
	if (access(c->path, F_OK) < 0)
		return 0;
	if (recover_one(c->path) < 0 && rte_errno == EPERM)
		return -1;
	return access(c->path, F_OK) < 0
		       ? 0
		       : qs_fail(EBUSY, "classify: another process has put its own on %s", c->head.ifname);
}

static int install(struct qs_classify *c)
{
	int program = -1, error = 0;

	if (predecessor_end(c) < 0 || qs_clsact_look(&c->at) < 0)
		return -1;
	program = qs_classify_program(c);
	if (program < 0)
		return -1;
	if (qs_state_save(c->path, lines_write, c) < 0) {
		error = EIO;
	} else if (qs_clsact_add(&c->at, program) < 0) {
		error = rte_errno == EEXIST ? EIO : rte_errno;
		QS_LOG(NOTICE, "classify: %s: the kernel refuses our filter: %s\n", c->head.ifname,
		       rte_strerror(rte_errno));
		unlink(c->path);
	}
	close(program); /* the filter has it */
	rte_errno = error;
	return error == 0 ? 0 : -1;
}

struct qs_classify *qs_classify_begin(const char *ifname)
{
	struct qs_classify *c;

	if (qs_ifid_check("classify", ifname) < 0)
		return NULL;
	c = make();
	if (c == NULL)
		return NULL;
	qs_state_head_fill(&c->head, ifname);
	c->at.ifindex = c->head.id.ifindex;
	qs_state_path(c->path, KIND, ifname);
	if (install(c) == 0)
		return c;
	release(c);
	return NULL;
}

/* By its number: it may have another name by now. */
static bool is_gone(const struct qs_classify *c)
{
	char name[IF_NAMESIZE];

	return if_indextoname((unsigned int)c->at.ifindex, name) == NULL && errno == ENXIO;
}

int qs_classify_check(struct qs_classify *c)
{
	uint32_t id = 0;
	int ret;

	if (is_gone(c)) {
		rte_errno = ENODEV;
		return -1;
	}
	ret = qs_clsact_program(&c->at, &id);
	if (ret == 0 && id != c->program_id) {
		rte_errno = ESTALE;
		ret = -1;
	}
	if (ret < 0 && rte_errno == ESTALE && !c->told) {
		QS_LOG(ERR,
		       "classify: another program removed or replaced ours on %s: sockets have no class of "
		       "their own any more\n",
		       c->head.ifname);
		c->told = true;
	}
	return ret;
}

void qs_classify_end(struct qs_classify *c)
{
	if (c == NULL)
		return;
	if (!is_gone(c) && qs_clsact_remove(&c->at, c->program_id) < 0)
		QS_LOG(ERR, "classify: what is ours on %s could not be removed: %s\n", c->head.ifname,
		       rte_strerror(rte_errno));
	else
		unlink(c->path);
	release(c);
}

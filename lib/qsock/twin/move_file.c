/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The file that outlives a crash. Lines: `owner PID START`, `netns COOKIE`, `from IFNAME IFINDEX MAC`,
 * `to IFNAME`, `at IFINDEX` (of the interface that the items name), `item HEX` (netlink), `end`.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <netlink/msg.h>

#include <rte_errno.h>

#include "core/qs_log.h"
#include "twin/qs_move.h"
#include "twin/qs_move_priv.h"

#define START_FIELD 22 /* of /proc/PID/stat, from 1 */
#define LINE_MAX_BYTES 65536
#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

void qs_move_path(char path[PATH_MAX], const char *from)
{
	struct stat st = {0};

	/* Namespaces can share /run, and have interfaces of the same name. */
	if (stat("/proc/thread-self/ns/net", &st) < 0)
		st.st_ino = 0;
	snprintf(path, PATH_MAX, "%s/move-%llu-%s", QS_MOVE_DIR, (unsigned long long)st.st_ino, from);
}

struct qs_move_id qs_move_identify(const char *ifname)
{
	struct qs_move_id id = {.ifindex = (int)if_nametoindex(ifname)};
	int sk = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t bytes = sizeof(id.netns);
	struct ifreq ifr = {0};

	if (sk < 0)
		return id;
	if (getsockopt(sk, SOL_SOCKET, SO_NETNS_COOKIE, &id.netns, &bytes) < 0)
		id.netns = 0;
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", ifname);
	if (ioctl(sk, SIOCGIFHWADDR, &ifr) == 0)
		memcpy(id.mac, ifr.ifr_hwaddr.sa_data, sizeof(id.mac));
	close(sk);
	return id;
}

bool qs_move_is_stale(const struct qs_move *move)
{
	struct qs_move_id is = qs_move_identify(move->from);

	return move->id.ifindex == 0 || move->at == 0 || is.netns != move->id.netns ||
	       is.ifindex != move->id.ifindex || memcmp(is.mac, move->id.mac, sizeof(is.mac)) != 0;
}

uint64_t qs_move_start_of(pid_t pid)
{
	char path[64], line[1024];
	unsigned long long start = 0;
	const char *at;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	if (f == NULL)
		return 0;
	at = fgets(line, sizeof(line), f) ? strrchr(line, ')') : NULL; /* the name may contain anything */
	fclose(f);
	for (int field = 2; at != NULL && field < START_FIELD; field++)
		at = strchr(at + 1, ' ');
	return at != NULL && sscanf(at, "%llu", &start) == 1 ? start : 0;
}

bool qs_move_owner_lives(const struct qs_move *move)
{
	return move->owner_start != 0 && qs_move_start_of(move->owner) == move->owner_start;
}

static bool item_write(FILE *f, const struct qs_move_item *item)
{
	struct nl_msg *msg = qs_move_item_message(item);
	const struct nlmsghdr *nlh;
	bool ok;

	if (msg == NULL)
		return false;
	nlh = nlmsg_hdr(msg);
	fputs("item ", f);
	for (uint32_t i = 0; i < nlh->nlmsg_len; i++)
		fprintf(f, "%02x", ((const unsigned char *)nlh)[i]);
	ok = fputc('\n', f) != EOF;
	nlmsg_free(msg);
	return ok;
}

static bool move_write(FILE *f, const struct qs_move *move)
{
	const unsigned char *mac = move->id.mac;
	bool ok = fprintf(f,
			  "owner %d %llu\nnetns %llu\nfrom %s %d %02x:%02x:%02x:%02x:%02x:%02x\n"
			  "to %s\nat %d\n",
			  (int)move->owner, (unsigned long long)move->owner_start,
			  (unsigned long long)move->id.netns, move->from, move->id.ifindex, mac[0], mac[1],
			  mac[2], mac[3], mac[4], mac[5], move->to, move->at) > 0;

	for (uint32_t i = 0; ok && i < move->n; i++)
		ok = item_write(f, &move->items[i]);
	return ok && fputs("end\n", f) >= 0 && fflush(f) == 0 && fsync(fileno(f)) == 0;
}

static void directory_sync(void)
{
	int fd = open(QS_MOVE_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

int qs_move_save(const struct qs_move *move)
{
	char temporary[PATH_MAX + 8];
	FILE *f;
	bool ok;

	mkdir(QS_MOVE_DIR, 0755); /* it may be there */
	snprintf(temporary, sizeof(temporary), "%s.new", move->path);
	f = fopen(temporary, "we");
	if (f == NULL)
		return qs_fail(EIO, "move: %s: %s", temporary, strerror(errno));
	ok = move_write(f, move);
	ok = fclose(f) == 0 && ok;
	if (!ok || rename(temporary, move->path) < 0) {
		qs_fail(EIO, "move: %s: %s", temporary, strerror(errno));
		unlink(temporary);
		return -1;
	}
	directory_sync();
	return 0;
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* @return 0; -1: EINVAL, ENOMEM */
static int item_read(struct qs_move *move, const char *hex)
{
	size_t bytes = strcspn(hex, "\n") / 2;
	unsigned char *buf = calloc(1, bytes + sizeof(struct nlmsghdr));
	struct nlmsghdr *nlh = (struct nlmsghdr *)buf;
	int ret = -1;

	if (buf == NULL)
		return qs_fail(ENOMEM, "move: no memory for an item of %zu bytes", bytes);
	for (size_t i = 0; i < bytes; i++) {
		int high = hex_digit(hex[2 * i]), low = hex_digit(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			bytes = 0;
		else
			buf[i] = (unsigned char)(high << 4 | low);
	}
	if (nlmsg_ok(nlh, (int)bytes))
		ret = qs_move_item_parse(move, nlh);
	else
		rte_errno = EINVAL;
	free(buf);
	return ret;
}

/* An older format has the name only. */
static bool from_read(struct qs_move *move, const char *line)
{
	unsigned char *mac = move->id.mac;

	return sscanf(line, "from %15s %d %hhx:%hhx:%hhx:%hhx:%hhx:%hhx", move->from, &move->id.ifindex,
		      &mac[0], &mac[1], &mac[2], &mac[3], &mac[4], &mac[5]) >= 1;
}

/* @return 1: end, 0: more, -1: nonsense */
static int line_read(struct qs_move *move, const char *line)
{
	unsigned long long start, cookie;
	int pid;

	if (strcmp(line, "end\n") == 0)
		return 1;
	if (sscanf(line, "owner %d %llu", &pid, &start) == 2) {
		move->owner = pid;
		move->owner_start = start;
		return 0;
	}
	if (sscanf(line, "netns %llu", &cookie) == 1) {
		move->id.netns = cookie;
		return 0;
	}
	if (from_read(move, line) || sscanf(line, "to %15s", move->to) == 1 ||
	    sscanf(line, "at %d", &move->at) == 1)
		return 0;
	return strncmp(line, "item ", 5) == 0 ? item_read(move, line + 5) : -1;
}

/* @return 0; -1: EINVAL the file is of no use, ENOMEM */
static int file_read(struct qs_move *move, FILE *f)
{
	char *line = malloc(LINE_MAX_BYTES);
	int ret = 0;

	if (line == NULL)
		return qs_fail(ENOMEM, "move: no memory for a line");
	rte_errno = EINVAL;
	while (ret == 0)
		ret = fgets(line, LINE_MAX_BYTES, f) ? line_read(move, line) : -1;
	free(line);
	if (ret == 1 && move->from[0] != '\0')
		return 0;
	return rte_errno == ENOMEM
		       ? -1
		       : qs_fail(EINVAL, "move: %s: not a file of ours, or cut short", move->path);
}

/* A file that cannot be read now is not one that is of no use: only of the latter EINVAL is said. */
struct qs_move *qs_move_load(const char *path)
{
	FILE *f = fopen(path, "re");
	struct qs_move *move;
	int error = errno;

	if (f == NULL && error == ENOENT) {
		rte_errno = ENOENT;
		return NULL;
	}
	if (f == NULL)
		return qs_fail_null(EIO, "move: %s: %s", path, strerror(error));
	move = qs_move_alloc();
	if (move != NULL) {
		snprintf(move->path, sizeof(move->path), "%s", path);
		if (file_read(move, f) < 0) {
			qs_move_free(move);
			move = NULL;
		}
	}
	fclose(f);
	return move;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* Who is who in a file that outlives a crash: interfaces and processes. */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "eal/qs_log.h"
#include "net/qs_state_file.h"

#define START_FIELD 22 /* of /proc/PID/stat, from 1 */
#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

struct qs_ifid qs_ifid_read(const char *ifname)
{
	struct qs_ifid id = {.ifindex = (int)if_nametoindex(ifname)};
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

bool qs_ifid_same(const struct qs_ifid *a, const struct qs_ifid *b)
{
	return a->ifindex != 0 && a->ifindex == b->ifindex && a->netns == b->netns &&
	       memcmp(a->mac, b->mac, sizeof(a->mac)) == 0;
}

int qs_ifid_check(const char *who, const char *ifname)
{
	if (strlen(ifname) >= IFNAMSIZ)
		return qs_fail(ENODEV, "%s: no interface %s", who, ifname);
	if (if_nametoindex(ifname) != 0)
		return 0;
	/* Asking takes a descriptor. */
	return qs_fail(errno == ENODEV ? ENODEV : EIO, "%s: interface %s: %s", who, ifname, strerror(errno));
}

uint64_t qs_owner_start(pid_t pid)
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

struct qs_owner_id qs_owner_self(void)
{
	return (struct qs_owner_id){.pid = getpid(), .start = qs_owner_start(getpid())};
}

bool qs_owner_lives(const struct qs_owner_id *owner)
{
	return owner->start != 0 && qs_owner_start(owner->pid) == owner->start;
}

void qs_state_head_fill(struct qs_state_head *head, const char *ifname)
{
	snprintf(head->ifname, sizeof(head->ifname), "%s", ifname);
	head->id = qs_ifid_read(ifname);
	head->owner = qs_owner_self();
}

bool qs_state_head_write(FILE *f, const struct qs_state_head *head)
{
	const unsigned char *mac = head->id.mac;

	return fprintf(f, "owner %d %llu\nnetns %llu\nfrom %s %d %02x:%02x:%02x:%02x:%02x:%02x\n",
		       (int)head->owner.pid, (unsigned long long)head->owner.start,
		       (unsigned long long)head->id.netns, head->ifname, head->id.ifindex, mac[0], mac[1],
		       mac[2], mac[3], mac[4], mac[5]) > 0;
}

bool qs_state_head_read(struct qs_state_head *head, const char *line)
{
	unsigned char *mac = head->id.mac;
	unsigned long long start, cookie;
	int pid;

	if (sscanf(line, "owner %d %llu", &pid, &start) == 2) {
		head->owner = (struct qs_owner_id){.pid = pid, .start = start};
		return true;
	}
	if (sscanf(line, "netns %llu", &cookie) == 1) {
		head->id.netns = cookie;
		return true;
	}
	return sscanf(line, "from %15s %d %hhx:%hhx:%hhx:%hhx:%hhx:%hhx", head->ifname, &head->id.ifindex,
		      &mac[0], &mac[1], &mac[2], &mac[3], &mac[4], &mac[5]) >= 1;
}

/* Another interface of that name, or a namespace with the inode of an older one: nothing is given to it. */
bool qs_state_head_is_stale(const struct qs_state_head *head)
{
	struct qs_ifid is = qs_ifid_read(head->ifname);

	if (qs_owner_lives(&head->owner) && head->id.netns == is.netns)
		return false;
	return !qs_ifid_same(&head->id, &is);
}

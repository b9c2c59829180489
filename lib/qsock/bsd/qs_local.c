/* SPDX-License-Identifier: BSD-3-Clause */
#include <ifaddrs.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "bsd/qs_local.h"

bool qs_local_has_address(uint32_t ifindex, struct in_addr addr)
{
	struct ifaddrs *list, *a;
	char name[IFNAMSIZ];
	bool found = false;

	if (if_indextoname(ifindex, name) == NULL || getifaddrs(&list) < 0)
		return false;
	for (a = list; a != NULL && !found; a = a->ifa_next) {
		if (a->ifa_addr != NULL && a->ifa_addr->sa_family == AF_INET &&
		    strcmp(a->ifa_name, name) == 0)
			found = ((const struct sockaddr_in *)(const void *)a->ifa_addr)->sin_addr.s_addr ==
				addr.s_addr;
	}
	freeifaddrs(list);
	return found;
}

/* Lines of an interface, "INDEX NAME : COUNT ...", then its groups, indented, as a number in memory order. */
static bool igmp_has(FILE *file, uint32_t ifindex, in_addr_t group)
{
	char line[256];
	unsigned int index = 0, member;

	while (fgets(line, sizeof(line), file) != NULL) {
		if (line[0] != '\t' && line[0] != ' ')
			index = sscanf(line, "%u", &member) == 1 ? member : 0;
		else if (index == ifindex && sscanf(line, "%x", &member) == 1 && member == group)
			return true;
	}
	return false;
}

/* Lines "INDEX NAME GROUP USERS ..."; the kernel's own memberships count as users too. */
static bool igmp6_has(FILE *file, uint32_t ifindex, const struct in6_addr *group)
{
	char line[256], text[33], want[33];
	unsigned int index;
	int i;

	for (i = 0; i < 16; i++)
		snprintf(want + 2 * i, 3, "%02x", group->s6_addr[i]);
	while (fgets(line, sizeof(line), file) != NULL) {
		if (sscanf(line, "%u %*s %32s", &index, text) == 2 && index == ifindex &&
		    strcmp(text, want) == 0)
			return true;
	}
	return false;
}

bool qs_local_has_group(uint32_t ifindex, uint16_t family, const struct in6_addr *group)
{
	/* A thread may be in another network namespace than its process. */
	FILE *file = fopen(family == AF_INET6 ? "/proc/thread-self/net/igmp6" : "/proc/thread-self/net/igmp",
			   "re");
	in_addr_t group4;
	bool found;

	if (file == NULL)
		return false;
	memcpy(&group4, group, sizeof(group4));
	found = family == AF_INET6 ? igmp6_has(file, ifindex, group) : igmp_has(file, ifindex, group4);
	fclose(file);
	return found;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * without WHAT... -- PROGRAM [ARG...]: run a program that lacks something.
 *
 *     af_xdp       the kernel has no AF_XDP sockets
 *     bpf          no XDP program can be loaded
 *     net_raw      no CAP_NET_RAW
 *     pidfd_getfd  the kernel has no such call
 */
#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef AF_XDP
#define AF_XDP 44
#endif

/* A system call fails, or does where its first argument is this. */
static int refuse(unsigned int call, int first, unsigned int error)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | (first < 0 ? BPF_JGE : BPF_JEQ) | BPF_K,
			 first < 0 ? 0 : (unsigned int)first, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {sizeof(filter) / sizeof(filter[0]), filter};

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static int lack(const char *what)
{
	if (strcmp(what, "af_xdp") == 0)
		return refuse(SYS_socket, AF_XDP, EAFNOSUPPORT);
	if (strcmp(what, "bpf") == 0)
		return refuse(SYS_bpf, -1, EPERM);
	if (strcmp(what, "pidfd_getfd") == 0)
		return refuse(SYS_pidfd_getfd, -1, ENOSYS);
	if (strcmp(what, "net_raw") == 0) /* of the set that exec(2) gives root */
		return prctl(PR_CAPBSET_DROP, CAP_NET_RAW, 0, 0, 0);
	fprintf(stderr, "without: '%s': af_xdp, bpf, net_raw and pidfd_getfd are known\n", what);
	return -1;
}

int main(int argc, char **argv)
{
	int i;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return 126;
	for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (lack(argv[i]) != 0)
			return 126;
	if (i + 1 >= argc)
		return 126;
	execvp(argv[i + 1], argv + i + 1);
	perror(argv[i + 1]);
	return 127;
}

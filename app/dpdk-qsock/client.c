/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "client.h"
#include "control.h"

#define EXIT_USAGE 2
#define PREFIX_DEFAULT "rte" /* EAL's */

static bool is_ctl(const char *word)
{
	return strcmp(word, "ctl") == 0;
}

bool dq_client_asked(int argc, char **argv)
{
	return argc > 1 &&
	       (is_ctl(argv[1]) || strcmp(argv[1], "attach") == 0 || strcmp(argv[1], "detach") == 0);
}

static int usage(FILE *out, int status)
{
	fprintf(out, "usage: dpdk-qsock ctl [--file-prefix PREFIX] COMMAND ...\n"
		     "       dpdk-qsock attach [--file-prefix PREFIX] PID:FD STREAM\n"
		     "       dpdk-qsock attach [--file-prefix PREFIX] cgroup PATH STREAM\n"
		     "       dpdk-qsock detach [--file-prefix PREFIX] PID:FD|PATH\n\n"
		     "Runs a command of the shell in a dpdk-qsock that runs already; `ctl help` lists them.\n"
		     "PREFIX is that of its EAL arguments, default " PREFIX_DEFAULT ".\n");
	return status;
}

/* Where EAL has its files: as it chooses the place. */
static int control_path(const char *prefix, struct sockaddr_un *addr)
{
	const char *dir = getenv("RUNTIME_DIRECTORY"), *xdg = getenv("XDG_RUNTIME_DIR");
	int len;

	if (dir == NULL)
		dir = getuid() == 0 ? "/var/run" : xdg != NULL ? xdg : "/tmp";
	addr->sun_family = AF_UNIX;
	len = snprintf(addr->sun_path, sizeof(addr->sun_path), "%s/dpdk/%s/%s", dir, prefix, DQ_CONTROL_FILE);
	return len > 0 && (size_t)len < sizeof(addr->sun_path) ? 0 : -ENAMETOOLONG;
}

static int connect_to(const char *prefix)
{
	struct sockaddr_un addr = {0};
	int fd = -1, rc = control_path(prefix, &addr);

	if (rc == 0) {
		fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
		rc = fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ? -errno : 0;
	}
	if (rc == 0)
		return fd;
	fprintf(stderr, "dpdk-qsock: no dpdk-qsock with --file-prefix %s is running: %s: %s\n", prefix,
		addr.sun_path, strerror(-rc));
	if (fd >= 0)
		close(fd);
	return -1;
}

/* The command as a line; verb NULL: its first word is among the others. */
static int join(char *line, size_t room, const char *verb, char **words)
{
	size_t used = verb == NULL ? 0 : (size_t)snprintf(line, room, "%s", verb);

	for (; *words != NULL && used < room; words++)
		used += (size_t)snprintf(line + used, room - used, "%s%s", used > 0 ? " " : "", *words);
	if (used < room)
		return 0;
	fprintf(stderr, "dpdk-qsock: a command of more than %zu characters\n", room - 1);
	return -1;
}

static int receive(int fd)
{
	char piece[1 + DQ_CONTROL_PIECE];
	ssize_t n;

	while ((n = recv(fd, piece, sizeof(piece), 0)) > 1) {
		if (piece[0] == DQ_CONTROL_END)
			return piece[1];
		fwrite(piece + 1, 1, (size_t)n - 1, piece[0] == DQ_CONTROL_OUT ? stdout : stderr);
	}
	fprintf(stderr, "dpdk-qsock: it went away before it had answered\n");
	return EXIT_FAILURE;
}

/* Take `--file-prefix PREFIX` off the words. */
static const char *take_prefix(char ***words)
{
	const char *option = "--file-prefix", *word = **words;
	size_t len = strlen(option);

	if (word == NULL || strncmp(word, option, len) != 0)
		return PREFIX_DEFAULT;
	if (word[len] == '=') {
		*words += 1;
		return word + len + 1;
	}
	if (word[len] != '\0' || (*words)[1] == NULL)
		return PREFIX_DEFAULT;
	*words += 2;
	return (*words)[-1];
}

int dq_client_run(int argc, char **argv)
{
	char line[SHELL_LINE_MAX], **words = argv + 2;
	const char *prefix = take_prefix(&words);
	int fd, status;

	if (*words == NULL || (*words)[0] == '-') {
		bool help = *words != NULL && (strcmp(*words, "--help") == 0 || strcmp(*words, "-h") == 0);

		return help ? usage(stdout, EXIT_SUCCESS) : usage(stderr, EXIT_USAGE);
	}
	if (join(line, sizeof(line), is_ctl(argv[1]) ? NULL : argv[1], words) < 0)
		return EXIT_USAGE;
	fd = connect_to(prefix);
	if (fd < 0)
		return EXIT_FAILURE;
	status = send(fd, line, strlen(line), MSG_NOSIGNAL) < 0 ? EXIT_FAILURE : receive(fd);
	close(fd);
	return status;
}

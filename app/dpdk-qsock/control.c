/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <rte_eal.h>

#include "control.h"

#define PATIENCE_S 1 /* of the main thread with a client that does not send, or does not read */
#define BACKLOG 8

struct dq_control {
	struct dq_instance *instance;
	struct dq_loop *loop;
	struct sockaddr_un addr;
	int fd;
};

/* What a command prints, instead of on the daemon's terminal. */
struct capture {
	FILE *out, *err, *real_out, *real_err;
	char *text[2];
	size_t len[2];
};

static bool capture_begin(struct capture *c)
{
	*c = (struct capture){.real_out = stdout, .real_err = stderr};
	c->out = open_memstream(&c->text[0], &c->len[0]);
	c->err = open_memstream(&c->text[1], &c->len[1]);
	if (c->out == NULL || c->err == NULL) {
		if (c->out != NULL)
			fclose(c->out);
		if (c->err != NULL)
			fclose(c->err);
		free(c->text[0]);
		free(c->text[1]);
		return false;
	}
	stdout = c->out;
	stderr = c->err;
	return true;
}

static void capture_end(struct capture *c)
{
	stdout = c->real_out;
	stderr = c->real_err;
	fclose(c->out);
	fclose(c->err);
}

static bool send_piece(int client, char kind, const char *text, size_t len)
{
	char piece[1 + DQ_CONTROL_PIECE];

	piece[0] = kind;
	memcpy(piece + 1, text, len);
	return send(client, piece, 1 + len, MSG_NOSIGNAL) == (ssize_t)(1 + len);
}

/* A client that does not read is left. */
static bool send_text(int client, char kind, const char *text, size_t len)
{
	size_t n;

	for (; len > 0; text += n, len -= n) {
		n = len < DQ_CONTROL_PIECE ? len : DQ_CONTROL_PIECE;
		if (!send_piece(client, kind, text, n))
			return false;
	}
	return true;
}

static void answer(int client, const struct capture *c, char status)
{
	if (send_text(client, DQ_CONTROL_OUT, c->text[0], c->len[0]) &&
	    send_text(client, DQ_CONTROL_ERR, c->text[1], c->len[1]))
		send_piece(client, DQ_CONTROL_END, &status, 1);
}

static void run(struct dq_control *control, int client, const char *line)
{
	struct shell sh = {.instance = control->instance,
			   .loop = control->loop,
			   .file = "ctl",
			   .line = 1,
			   .remote = true};
	struct capture c;
	int rc;

	if (!capture_begin(&c))
		return;
	rc = shell_line(&sh, line);
	capture_end(&c);
	answer(client, &c, rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
	free(c.text[0]);
	free(c.text[1]);
	if (sh.quit)
		control->loop->stopped = true;
}

static void on_client(void *arg)
{
	const struct timeval patience = {.tv_sec = PATIENCE_S};
	struct dq_control *control = arg;
	char line[SHELL_LINE_MAX];
	ssize_t n;
	int client = accept4(control->fd, NULL, NULL, SOCK_CLOEXEC);

	if (client < 0)
		return;
	setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	n = recv(client, line, sizeof(line) - 1, 0);
	if (n > 0) {
		line[n] = '\0';
		run(control, client, line);
	}
	close(client);
}

/* EAL holds the directory of its prefix: whatever socket is there is of a process that has died. */
static int listen_at(struct dq_control *control)
{
	int len = snprintf(control->addr.sun_path, sizeof(control->addr.sun_path), "%s/%s",
			   rte_eal_get_runtime_dir(), DQ_CONTROL_FILE);

	if (len < 0 || (size_t)len >= sizeof(control->addr.sun_path))
		return -ENAMETOOLONG;
	if (rte_eal_get_runtime_dir()[0] == '\0')
		return -ENOENT; /* without --in-memory EAL has gone on without one */
	control->addr.sun_family = AF_UNIX;
	control->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (control->fd < 0)
		return -errno;
	unlink(control->addr.sun_path);
	if (bind(control->fd, (struct sockaddr *)&control->addr, sizeof(control->addr)) == 0 &&
	    chmod(control->addr.sun_path, 0600) == 0 && listen(control->fd, BACKLOG) == 0)
		return 0;
	return -errno;
}

struct dq_control *dq_control_start(struct dq_instance *in, struct dq_loop *loop)
{
	struct dq_control *control = calloc(1, sizeof(*control));
	int rc;

	if (control == NULL)
		return NULL;
	*control = (struct dq_control){.instance = in, .loop = loop, .fd = -1};
	rc = listen_at(control);
	if (rc == 0) {
		dq_loop_watch(loop, control->fd, on_client, control);
		return control;
	}
	fprintf(stderr, "dpdk-qsock: no commands from outside, %s: %s\n", control->addr.sun_path,
		strerror(-rc));
	if (control->fd >= 0)
		close(control->fd);
	free(control);
	return NULL;
}

void dq_control_stop(struct dq_control *control)
{
	if (control == NULL)
		return;
	unlink(control->addr.sun_path);
	close(control->fd);
	free(control);
}

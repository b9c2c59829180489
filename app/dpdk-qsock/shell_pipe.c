/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "shell.h"

/* What was read and not yet run. Unlike stdio, it lets the main thread wait for signals too. */
struct input {
	char text[SHELL_LINE_MAX + 1];
	size_t used;
	bool skipping; /* the rest of a line that was too long */
};

/* A line that does not fit is told once, and left out up to its end. */
static void overflow(struct shell *sh, struct input *in)
{
	if (!in->skipping) {
		sh->line++;
		shell_complain(sh, "a line of more than %d characters", SHELL_LINE_MAX - 1);
	}
	in->skipping = true;
	in->used = 0;
}

static void run_text(struct shell *sh, struct input *in, char *line)
{
	if (in->skipping) {
		in->skipping = false;
		return;
	}
	sh->line++;
	shell_line(sh, line);
}

static void run_complete_lines(struct shell *sh, struct input *in)
{
	char *line = in->text, *end;

	while (!sh->quit && !sh->loop->stopped &&
	       (end = memchr(line, '\n', in->used - (size_t)(line - in->text))) != NULL) {
		*end = '\0';
		run_text(sh, in, line);
		line = end + 1;
	}
	in->used -= (size_t)(line - in->text);
	memmove(in->text, line, in->used);
	if (in->used == SHELL_LINE_MAX)
		overflow(sh, in);
}

int shell_pipe(struct shell *sh)
{
	struct input in = {.used = 0};
	ssize_t n = 1;

	sh->file = "stdin";
	sh->line = 0;
	while (n > 0 && !sh->quit && dq_loop_wait(sh->loop, 0, true) == DQ_WAKE_INPUT) {
		n = read(STDIN_FILENO, in.text + in.used, SHELL_LINE_MAX - in.used);
		if (n > 0)
			in.used += (size_t)n;
		run_complete_lines(sh, &in);
	}
	if (in.used > 0 && !sh->quit && !sh->loop->stopped) {
		in.text[in.used] = '\0';
		run_text(sh, &in, in.text);
	}
	sh->file = NULL;
	return n < 0 ? -errno : 0;
}

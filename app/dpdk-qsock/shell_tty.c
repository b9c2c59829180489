/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The terminal: line editing and history are librte_cmdline's; words, completion and messages our own,
 * because its parser knows no list of KEY VALUE pairs and cannot say what was wrong where.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <cmdline_rdline.h>

#include "shell.h"
#include "shell_match.h"

#define PROMPT "dpdk-qsock> "
#define CHOICES_MAX 256
#define TTY_LINE_MAX 512 /* librte_cmdline's: what is typed beyond it is lost */

struct tty {
	struct shell *sh;
	unsigned int n_choices;
	struct shell_choice choices[CHOICES_MAX];
};

static struct termios saved_termios;

static int write_char(struct rdline *rdl, char c)
{
	return (int)write(STDOUT_FILENO, &c, 1);
}

static void restore_terminal(void)
{
	tcsetattr(STDIN_FILENO, TCSANOW, &saved_termios);
}

/* Keys one by one; Ctrl-C is the editor's, which drops the line. */
static int raw_terminal(void)
{
	struct termios raw;

	if (tcgetattr(STDIN_FILENO, &saved_termios) < 0)
		return -errno;
	atexit(restore_terminal);
	raw = saved_termios;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG);
	raw.c_iflag &= ~(tcflag_t)ICRNL;
	return tcsetattr(STDIN_FILENO, TCSANOW, &raw) < 0 ? -errno : 0;
}

static void find_choices(struct tty *tty, const char *buf, const char **partial)
{
	struct shell_words words;
	char line[SHELL_LINE_MAX], why[256];
	const char *last = buf, *p;

	for (p = buf; *p != '\0'; p++) {
		if (*p == ' ' || *p == '\t')
			last = p + 1;
	}
	*partial = last;
	tty->n_choices = 0;
	snprintf(line, sizeof(line), "%.*s", (int)(last - buf), buf);
	if (shell_split(&words, line, why, sizeof(why)) == 0)
		tty->n_choices = shell_choices(tty->sh, &words, last, tty->choices, CHOICES_MAX);
}

/* Characters that all choices have in common; 0 if one of them is but a hint. */
static size_t common_length(const struct tty *tty)
{
	const char *first = tty->choices[0].word;
	size_t len = strlen(first), i;
	unsigned int c;

	for (c = 0; c < tty->n_choices; c++) {
		if (tty->choices[c].hint)
			return 0;
		for (i = 0; i < len && tty->choices[c].word[i] == first[i]; i++)
			;
		len = i;
	}
	return len;
}

/* What a key press of TAB (*state 0) or '?' (-1) asks: 0 nothing, 1 one choice to list, 2 characters to add.
 */
static int complete(struct rdline *rdl, const char *buf, char *dst, unsigned int size, int *state)
{
	struct tty *tty = rdline_get_opaque(rdl);
	const struct shell_choice *choice;
	const char *partial;
	size_t len, common;

	if (*state <= 0) {
		find_choices(tty, buf, &partial);
		len = strlen(partial);
		common = tty->n_choices > 0 ? common_length(tty) : 0;
		if (*state == 0 && common > 0 && (common > len || tty->n_choices == 1)) {
			snprintf(dst, size, "%.*s%s", (int)(common - len), tty->choices[0].word + len,
				 tty->n_choices == 1 ? " " : "");
			return RDLINE_RES_COMPLETE;
		}
		*state = 0;
	}
	if ((unsigned int)*state >= tty->n_choices)
		return 0;
	choice = &tty->choices[(*state)++];
	snprintf(dst, size, "%-20s %s", choice->word, choice->help);
	return 1;
}

static void validate(struct rdline *rdl, const char *buf, unsigned int size)
{
	struct tty *tty = rdline_get_opaque(rdl);

	if (strcspn(buf, "\n") >= TTY_LINE_MAX)
		shell_complain(tty->sh, "a line of %d characters or more on a terminal: load it from a file",
			       TTY_LINE_MAX);
	else
		shell_line(tty->sh, buf);
	fflush(stdout);
	if (tty->sh->quit)
		rdline_quit(rdl);
}

/* After a line: keep it, unless it repeats the one before, and prompt. */
static void next_line(struct rdline *rdl)
{
	const char *line = rdline_get_buffer(rdl), *last = rdline_get_history_item(rdl, 0);
	size_t len = strcspn(line, "\n");

	if (len > 0 && (last == NULL || strlen(last) != len || strncmp(line, last, len) != 0))
		rdline_add_history(rdl, line);
	rdline_newline(rdl, PROMPT);
}

/* @return whether there is more to come */
static bool take_keys(struct rdline *rdl)
{
	char keys[256];
	ssize_t n = read(STDIN_FILENO, keys, sizeof(keys)), i;
	int rc;

	if (n <= 0)
		return n < 0 && (errno == EINTR || errno == EAGAIN);
	for (i = 0; i < n; i++) {
		rc = rdline_char_in(rdl, keys[i]);
		if (rc == RDLINE_RES_EOF || rc == RDLINE_RES_EXITED)
			return false;
		if (rc == RDLINE_RES_VALIDATED)
			next_line(rdl);
	}
	return true;
}

int shell_tty(struct shell *sh)
{
	struct tty *tty = calloc(1, sizeof(*tty));
	struct rdline *rdl;
	int rc = -ENOMEM;

	if (tty == NULL)
		return rc;
	tty->sh = sh;
	rdl = rdline_new(write_char, validate, complete, tty);
	if (rdl == NULL)
		goto out;
	rc = raw_terminal();
	if (rc < 0)
		goto out_rdline;
	rdline_newline(rdl, PROMPT);
	while (!sh->quit && dq_loop_wait(sh->loop, 0, true) == DQ_WAKE_INPUT && take_keys(rdl))
		;
	restore_terminal();
	fputc('\n', stdout);
out_rdline:
	rdline_free(rdl);
out:
	free(tty);
	return rc;
}

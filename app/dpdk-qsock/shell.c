/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <util/qs_units.h>

#include "args.h"
#include "shell.h"
#include "shell_match.h"

#define NESTING_MAX 8
#define BLANKS " \t\r\n"

int shell_complain(struct shell *sh, const char *fmt, ...)
{
	va_list args;

	fflush(stdout);
	if (sh->file != NULL)
		fprintf(stderr, "%s:%u: ", sh->file, sh->line);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	sh->errors++;
	return -EINVAL;
}

int shell_split(struct shell_words *words, const char *line, char *why, size_t why_len)
{
	size_t len = strcspn(line, "\n");
	char *rest = words->text, *word;

	words->count = 0;
	if (len >= sizeof(words->text)) {
		snprintf(why, why_len, "a line of %zu characters: at most %d", len, SHELL_LINE_MAX - 1);
		return -EINVAL;
	}
	memcpy(words->text, line, len);
	words->text[len] = '\0';
	while ((word = strsep(&rest, BLANKS)) != NULL) {
		if (*word == '\0')
			continue;
		if (*word == '#')
			break;
		if (words->count == SHELL_WORDS_MAX) {
			snprintf(why, why_len, "more than %d words in a line", SHELL_WORDS_MAX);
			return -EINVAL;
		}
		words->at[words->count++] = word;
	}
	return 0;
}

/* How often a `show` is repeated. */
struct watch {
	uint64_t period_ns; /* 0: once */
	uint64_t count;	    /* 0: until a key */
};

/* Take `period N [count M]` off the end of a `show`. */
static int take_watch(struct shell_words *words, struct watch *watch, char *why, size_t why_len)
{
	unsigned int n = words->count;
	char reason[256];
	int rc;

	*watch = (struct watch){0};
	if (n < 4 || strcmp(words->at[0], "show") != 0)
		return 0;
	if (n > 5 && strcmp(words->at[n - 2], "count") == 0 && strcmp(words->at[n - 4], "period") == 0) {
		rc = qs_uint_parse(words->at[n - 1], 1, 1000000, &watch->count, reason, sizeof(reason));
		if (rc < 0)
			goto bad;
		n -= 2;
	}
	if (strcmp(words->at[n - 2], "period") != 0)
		return 0;
	rc = dq_period_parse(words->at[n - 1], &watch->period_ns, reason, sizeof(reason));
	if (rc < 0)
		goto bad;
	words->count = n - 2;
	return 0;
bad:
	snprintf(why, why_len, "%s: %s", watch->count != 0 || n == words->count ? words->at[n - 2] : "period",
		 reason);
	return rc;
}

static int run_watched(struct shell *sh, const struct shell_command *c, const struct shell_words *words,
		       const struct watch *watch)
{
	uint64_t next_ns = dq_now_ns(), done = 0;
	int rc;

	for (;;) {
		rc = c->run(sh, words);
		fflush(stdout);
		if (rc < 0 || watch->period_ns == 0 || ++done == watch->count)
			return rc;
		next_ns += watch->period_ns;
		/* A pipe's next command is no key that ends the watch. */
		if (dq_loop_wait(sh->loop, next_ns, sh->file == NULL) != DQ_WAKE_TIME)
			break;
	}
	if (!sh->loop->stopped)
		dq_loop_eat_key();
	return 0;
}

int shell_line(struct shell *sh, const char *line)
{
	const struct shell_command *command;
	struct shell_words words;
	struct watch watch;
	char why[1024];

	if (shell_split(&words, line, why, sizeof(why)) < 0)
		return shell_complain(sh, "%s", why);
	if (words.count == 0)
		return 0;
	if (take_watch(&words, &watch, why, sizeof(why)) < 0)
		return shell_complain(sh, "%s", why);
	command = shell_match(&words, why, sizeof(why));
	if (command == NULL)
		return shell_complain(sh, "%s", why);
	/* Nobody could press the key that ends it. */
	if (watch.period_ns != 0 && sh->remote)
		return shell_complain(sh, "period: not through a socket; see watch(1)");
	return run_watched(sh, command, &words, &watch);
}

/* The lines of an open file, one after the other. */
static int run_lines(struct shell *sh, FILE *f)
{
	char *line = NULL;
	size_t room = 0;
	int rc = 0;

	while (rc == 0 && !sh->quit && !sh->loop->stopped && getline(&line, &room, f) >= 0) {
		sh->line++;
		rc = shell_line(sh, line);
	}
	free(line);
	if (ferror(f))
		rc = shell_complain(sh, "cannot be read: %s", strerror(errno));
	return rc;
}

int shell_file(struct shell *sh, const char *path)
{
	const char *file = sh->file;
	unsigned int line = sh->line;
	FILE *f;
	int rc;

	if (sh->nesting == NESTING_MAX)
		return shell_complain(sh, "'%s' is loaded from a file that is loaded ...: at most %d deep",
				      path, NESTING_MAX);
	f = fopen(path, "re");
	if (f == NULL)
		return shell_complain(sh, "'%s' cannot be opened: %s", path, strerror(errno));
	sh->nesting++;
	sh->file = path;
	sh->line = 0;
	rc = run_lines(sh, f);
	sh->nesting--;
	sh->file = file;
	sh->line = line;
	fclose(f);
	return rc;
}

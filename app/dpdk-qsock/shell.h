/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The shell: lines of words, matched against a table of commands. The terminal, a pipe and files
 * of commands all end here. Everything runs on the main thread.
 */
#ifndef DQ_SHELL_H
#define DQ_SHELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "error.h"
#include "instance.h"
#include "loop.h"

#define SHELL_LINE_MAX 4096
#define SHELL_WORDS_MAX 128

/** A line as words; at[] points into text. A word that begins with '#' begins a comment. */
struct shell_words {
	unsigned int count;
	char *at[SHELL_WORDS_MAX];
	char text[SHELL_LINE_MAX];
};

struct shell {
	struct dq_instance *instance;
	struct dq_loop *loop;
	const char *file; /* where the command stands; NULL: typed on a terminal */
	unsigned int line;
	unsigned int nesting; /* of `load` within `load` */
	unsigned int errors;
	bool remote; /* what commands print is kept until they end */
	bool quit;
};

/** One command. A word of the pattern is literal in lower case, and stands for something in upper case; '|'
 * separates what may stand there; "..." repeats the two words before it. */
struct shell_command {
	const char *pattern; /* NULL ends a table */
	const char *help;
	/** @return 0; negative: shell_complain() was called. */
	int (*run)(struct shell *sh, const struct shell_words *words);
};

/** Cut a line into words. @return 0; -EINVAL too long, or too many words */
int shell_split(struct shell_words *words, const char *line, char *why, size_t why_len);

/** Run one line. @return 0, also for an empty one; negative: it was told why not */
int shell_line(struct shell *sh, const char *line);

/** Run a file of commands up to its end, a mistake or `quit`. @return 0; negative: it was told why not */
int shell_file(struct shell *sh, const char *path);

/** Say what is wrong, after FILE:LINE where the command stands in a file. @return -EINVAL */
__attribute__((format(printf, 2, 3))) int shell_complain(struct shell *sh, const char *fmt, ...);

/** Commands from a terminal, with editing, completion and history, until `quit`, Ctrl-D or a signal. */
int shell_tty(struct shell *sh);

/** Commands from standard input that is no terminal, until its end. */
int shell_pipe(struct shell *sh);

#endif

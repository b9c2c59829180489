/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * Which command a line is, what may follow it, and what to say if it is none.
 */
#ifndef DQ_SHELL_MATCH_H
#define DQ_SHELL_MATCH_H

#include "shell.h"

#define SHELL_CHOICE 64

/** Something that may stand at a place in a line. */
struct shell_choice {
	char word[SHELL_CHOICE];
	char help[192];
	bool hint; /* word only says what to write */
};

/** Every command, in order, ended by a row without a pattern. */
extern const struct shell_command *const shell_tables[];

/** @return the command that the line is; NULL: none, and why says what is wrong where */
const struct shell_command *shell_match(const struct shell_words *words, char *why, size_t why_len);

/** What may stand after the words and begins with partial, each once. @return how many, at most max */
unsigned int shell_choices(struct shell *sh, const struct shell_words *words, const char *partial,
			   struct shell_choice *choices, unsigned int max);

/** @return the i-th name of what an upper-case word of a pattern stands for, NULL after the last */
const char *shell_name(struct shell *sh, const char *placeholder, const struct shell_words *words,
		       unsigned int i, const char **help);

/** What may stand for an upper-case word that has no names, such as "1us .. 1000s". "": nothing to say */
void shell_hint(const char *placeholder, const struct shell_words *words, char *buf, size_t len);

#endif

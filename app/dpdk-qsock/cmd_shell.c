/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "args.h"
#include "cmd.h"
#include "shell_match.h"

static void help_on(const struct shell_command *c, const char *word)
{
	if (word != NULL && (strncmp(c->pattern, word, strlen(word)) != 0 || c->pattern[strlen(word)] != ' '))
		return;
	printf("  %-44s %s\n", c->pattern, c->help);
}

static void print_help(const char *word)
{
	const struct shell_command *const *table;
	const struct shell_command *c;

	for (table = shell_tables; *table != NULL; table++) {
		for (c = *table; c->pattern != NULL; c++)
			help_on(c, word);
	}
}

static int help(struct shell *sh, const struct shell_words *words)
{
	print_help(words->count > 1 ? words->at[1] : NULL);
	if (words->count == 1)
		printf("\nUpper case stands for something. Every show can end in `period N [count M]`: again "
		       "every N\n"
		       "seconds, M times or until a key. TAB completes, ? lists, the arrows go through the "
		       "history.\n");
	return 0;
}

static int quit(struct shell *sh, const struct shell_words *words)
{
	sh->quit = true;
	return 0;
}

static int load(struct shell *sh, const struct shell_words *words)
{
	return shell_file(sh, words->at[1]);
}

static int wait_for(struct shell *sh, const struct shell_words *words)
{
	uint64_t ns;
	char why[256];

	if (dq_period_parse(words->at[1], &ns, why, sizeof(why)) < 0)
		return shell_complain(sh, "wait: %s", why);
	fflush(stdout);
	if (dq_loop_wait(sh->loop, dq_now_ns() + ns, sh->file == NULL) == DQ_WAKE_INPUT)
		dq_loop_eat_key();
	return 0;
}

const struct shell_command cmd_shell[] = {
	{"help", "this list", help},
	{"help add|attach|change|clear|del|detach|save|set|show|start|stop", "the commands that begin so",
	 help},
	{"load FILE", "run the commands in FILE; it ends at the first mistake", load},
	{"wait TIME", "wait N seconds, or 500ms, or until a key", wait_for},
	{"quit", "end, as SIGTERM would", quit},
	{0},
};

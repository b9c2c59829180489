/* SPDX-License-Identifier: BSD-3-Clause */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "shell_match.h"

#define TOKEN 64

/* Tokens of a pattern; *repeats: it ends in "...", which is not counted. */
static unsigned int pattern_length(const char *pattern, bool *repeats)
{
	unsigned int n = 0;

	*repeats = false;
	while (*pattern != '\0') {
		*repeats = strcmp(pattern, "...") == 0;
		n += !*repeats;
		pattern += strcspn(pattern, " ");
		pattern += strspn(pattern, " ");
	}
	return n;
}

/* The token that stands at place i of a line; false if the pattern is over by then. */
static bool pattern_token(const char *pattern, unsigned int i, char *token)
{
	bool repeats;
	unsigned int n = pattern_length(pattern, &repeats);

	if (i >= n && !repeats)
		return false;
	if (i >= n)
		i = n - 2 + (i - n) % 2;
	while (i-- > 0) {
		pattern += strcspn(pattern, " ");
		pattern += strspn(pattern, " ");
	}
	snprintf(token, TOKEN, "%.*s", (int)strcspn(pattern, " "), pattern);
	return true;
}

static bool pattern_over(const char *pattern, unsigned int words)
{
	bool repeats;
	unsigned int n = pattern_length(pattern, &repeats);

	return words == n || (repeats && words > n && (words - n) % 2 == 0);
}

/* Cut the next of several words separated by '|' off *rest; NULL after the last. */
static char *next_alternative(char **rest)
{
	return *rest == NULL ? NULL : strsep(rest, "|");
}

static bool token_takes(char *token, const char *word)
{
	char *rest = token, *alternative;

	while ((alternative = next_alternative(&rest)) != NULL) {
		if (isupper((unsigned char)*alternative) || strcmp(alternative, word) == 0)
			return true;
	}
	return false;
}

/* How many words of the line fit the pattern. */
static unsigned int match_depth(const char *pattern, const struct shell_words *words)
{
	char token[TOKEN];
	unsigned int i;

	for (i = 0; i < words->count; i++) {
		if (!pattern_token(pattern, i, token) || !token_takes(token, words->at[i]))
			break;
	}
	return i;
}

/* Call each command in turn: `for (it = 0; (c = nth_command(&it)) != NULL; )`. */
static const struct shell_command *nth_command(unsigned int *it)
{
	const struct shell_command *const *table = shell_tables;
	unsigned int i = (*it)++;

	for (; *table != NULL; table++) {
		const struct shell_command *c;

		for (c = *table; c->pattern != NULL; c++) {
			if (i-- == 0)
				return c;
		}
	}
	return NULL;
}

/* Append a word to a list separated by commas, unless it is there. */
static void list_add(char *list, size_t len, const char *word)
{
	size_t n = strlen(word), used = strlen(list);
	const char *at = list;

	while ((at = strstr(at, word)) != NULL) {
		if ((at == list || at[-1] == ' ') && (at[n] == ',' || at[n] == '\0'))
			return;
		at += n;
	}
	snprintf(list + used, len - used, "%s%s", used == 0 ? "" : ", ", word);
}

/* What may stand after the first `depth` words of the line. */
static void list_expected(const struct shell_words *words, unsigned int depth, char *list, size_t len)
{
	const struct shell_command *c;
	char token[TOKEN], *rest, *word;
	unsigned int it = 0;

	list[0] = '\0';
	while ((c = nth_command(&it)) != NULL) {
		if (match_depth(c->pattern, words) < depth)
			continue;
		if (pattern_over(c->pattern, depth)) {
			list_add(list, len, "the end");
			if (strncmp(c->pattern, "show ", 5) == 0)
				list_add(list, len, "period N [count M]");
		}
		if (!pattern_token(c->pattern, depth, token))
			continue;
		for (rest = token; (word = next_alternative(&rest)) != NULL;)
			list_add(list, len, word);
	}
}

const struct shell_command *shell_match(const struct shell_words *words, char *why, size_t why_len)
{
	const struct shell_command *c;
	unsigned int it = 0, depth, best = 0;
	char expected[512];

	while ((c = nth_command(&it)) != NULL) {
		depth = match_depth(c->pattern, words);
		if (depth == words->count && pattern_over(c->pattern, depth))
			return c;
		best = depth > best ? depth : best;
	}
	list_expected(words, best, expected, sizeof(expected));
	if (best == words->count)
		snprintf(why, why_len, "'%s' is not the end of a command: next is %s", words->at[best - 1],
			 expected);
	else if (best == 0)
		snprintf(why, why_len, "'%s' is not a command: %s", words->at[0], expected);
	else
		snprintf(why, why_len, "'%s' cannot follow '%s': %s", words->at[best], words->at[best - 1],
			 expected);
	return NULL;
}

struct collect {
	struct shell *sh;
	const char *partial;
	struct shell_choice *choices;
	unsigned int count, max;
};

static void collect_word(struct collect *to, const char *word, const char *help)
{
	unsigned int i;

	if (strncmp(word, to->partial, strlen(to->partial)) != 0 || to->count == to->max)
		return;
	for (i = 0; i < to->count; i++) {
		if (strcmp(to->choices[i].word, word) == 0) {
			to->choices[i].help[0] = '\0'; /* several commands go on like this */
			return;
		}
	}
	snprintf(to->choices[to->count].word, SHELL_CHOICE, "%s", word);
	snprintf(to->choices[to->count].help, sizeof(to->choices[0].help), "%s", help);
	to->choices[to->count].hint = false;
	to->count++;
}

/* What has no names to choose from is described instead. */
static void collect_hint(struct collect *to, const char *placeholder, const struct shell_words *words,
			 const char *help)
{
	const char *partial = to->partial;
	char allowed[sizeof(to->choices[0].help)];
	unsigned int n = to->count;

	shell_hint(placeholder, words, allowed, sizeof(allowed));
	to->partial = "";
	collect_word(to, placeholder, allowed[0] != '\0' ? allowed : help);
	to->partial = partial;
	if (to->count > n)
		to->choices[n].hint = true;
}

static void collect_names(struct collect *to, const char *placeholder, const struct shell_words *words,
			  const char *help)
{
	const char *name, *own = NULL;
	unsigned int i;

	for (i = 0; (name = shell_name(to->sh, placeholder, words, i, &own)) != NULL; i++)
		collect_word(to, name, own != NULL ? own : help);
	if (i == 0)
		collect_hint(to, placeholder, words, help);
}

unsigned int shell_choices(struct shell *sh, const struct shell_words *words, const char *partial,
			   struct shell_choice *choices, unsigned int max)
{
	struct collect to = {.sh = sh, .partial = partial, .choices = choices, .max = max};
	const struct shell_command *c;
	char token[TOKEN], *rest, *word;
	unsigned int it = 0;

	while ((c = nth_command(&it)) != NULL) {
		if (match_depth(c->pattern, words) < words->count ||
		    !pattern_token(c->pattern, words->count, token))
			continue;
		for (rest = token; (word = next_alternative(&rest)) != NULL;) {
			if (isupper((unsigned char)*word))
				collect_names(&to, word, words, c->help);
			else
				collect_word(&to, word, c->help);
		}
	}
	return to.count;
}

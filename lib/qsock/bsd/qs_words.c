/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "bsd/qs_words.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* One word from *from to *to, without its quotes. Returns false if it does not end. */
static bool word_copy(const char **from, char **to)
{
	const char *in = *from;
	char *out = *to;
	char quote = 0;

	for (; *in != 0 && (quote != 0 || !is_blank(*in)); in++) {
		if (quote == 0 && (*in == '\'' || *in == '"')) {
			quote = *in;
		} else if (*in == quote) {
			quote = 0;
		} else if (*in == '\\' && quote != '\'') {
			if (*++in == 0)
				return false;
			/* Between "" a backslash stands for itself, but before what would end or escape. */
			if (quote == '"' && *in != '"' && *in != '\\')
				*out++ = '\\';
			*out++ = *in;
		} else {
			*out++ = *in;
		}
	}
	*out++ = 0;
	*from = in;
	*to = out;
	return quote == 0;
}

int qs_words_split(const char *line, char ***words)
{
	size_t len = strlen(line), most = len / 2 + 1;
	char **list, *text;
	int n = 0;

	/* A word takes a character and a blank at least, and as text a final 0. */
	list = malloc((most + 1) * sizeof(*list) + len + most + 1);
	if (list == NULL)
		return -ENOMEM;
	text = (char *)&list[most + 1];
	for (;;) {
		while (is_blank(*line))
			line++;
		if (*line == 0)
			break;
		list[n++] = text;
		if (!word_copy(&line, &text)) {
			free(list);
			return -EINVAL;
		}
	}
	list[n] = NULL;
	*words = list;
	return n;
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* The shell's grammar, with commands of the test's own: what a line is, what may follow, what is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <shell_match.h>

static struct shell_words given;
static int answer;

static int record(struct shell *sh, const struct shell_words *words);

static const struct shell_command commands[] = {
	{"show thing THING|all", "one or all", record},
	{"show thing THING deep", "one, deeply", record},
	{"add thing NAME KEY VALUE ...", "a new one", record},
	{"load FILE", "a file", record},
	{"quit", "end", record},
	{0},
};
const struct shell_command *const shell_tables[] = {commands, NULL};

static int record(struct shell *sh, const struct shell_words *words)
{
	unsigned int i;

	for (i = 0; i < given.count; i++)
		free((void *)(uintptr_t)given.at[i]);
	given.count = words->count;
	for (i = 0; i < words->count; i++)
		given.at[i] = strdup(words->at[i]);
	if (strcmp(words->at[0], "load") == 0)
		return shell_file(sh, words->at[1]);
	sh->quit = sh->quit || strcmp(words->at[0], "quit") == 0;
	return answer;
}

const char *shell_name(struct shell *sh, const char *placeholder, const struct shell_words *words,
		       unsigned int i, const char **help)
{
	static const char *const things[] = {"red", "rose", "blue"}, *const keys[] = {"size", "side"};

	*help = NULL;
	if (strcmp(placeholder, "THING") == 0 && i < 3)
		return things[i];
	return strcmp(placeholder, "KEY") == 0 && i < 2 ? keys[i] : NULL;
}

void shell_hint(const char *placeholder, const struct shell_words *words, char *buf, size_t len)
{
	snprintf(buf, len, "%s", strcmp(placeholder, "VALUE") == 0 ? "1 .. 9" : "");
}

static void test_split(void **state)
{
	char line[2 * SHELL_LINE_MAX], why[256];
	struct shell_words w;
	unsigned int i;

	assert_int_equal(shell_split(&w, "  a\tbc  d#e # e f", why, sizeof(why)), 0);
	assert_int_equal(w.count, 3);
	assert_string_equal(w.at[1], "bc");
	assert_string_equal(w.at[2], "d#e");
	assert_int_equal(shell_split(&w, "# all", why, sizeof(why)), 0);
	assert_int_equal(w.count, 0);
	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\0';
	assert_int_equal(shell_split(&w, line, why, sizeof(why)), -EINVAL);
	assert_non_null(strstr(why, "at most 4095"));
	for (i = 0; i < 2 * (SHELL_WORDS_MAX + 1); i += 2)
		memcpy(line + i, "a ", 2);
	line[i] = '\0';
	assert_int_equal(shell_split(&w, line, why, sizeof(why)), -EINVAL);
	assert_non_null(strstr(why, "128 words"));
}

static const char *match(const char *line)
{
	static char why[1024];
	const struct shell_command *c;
	struct shell_words w;

	assert_int_equal(shell_split(&w, line, why, sizeof(why)), 0);
	c = shell_match(&w, why, sizeof(why));
	return c != NULL ? c->help : why;
}

static void test_match(void **state)
{
	assert_string_equal(match("show thing red"), "one or all");
	assert_string_equal(match("show thing all"), "one or all");
	assert_string_equal(match("show thing red deep"), "one, deeply");
	assert_string_equal(match("add thing x a 1"), "a new one");
	assert_string_equal(match("add thing x a 1 b 2 c 3"), "a new one");

	assert_string_equal(match("shw"), "'shw' is not a command: show, add, load, quit");
	assert_string_equal(match("show thin"), "'thin' cannot follow 'show': thing");
	assert_string_equal(match("show"), "'show' is not the end of a command: next is thing");
	assert_string_equal(match("show thing red depp"), "'depp' cannot follow 'red': the end, period N [count M], deep");
	assert_string_equal(match("quit now"), "'now' cannot follow 'quit': the end");
	assert_string_equal(match("add thing x"), "'x' is not the end of a command: next is KEY");
	assert_string_equal(match("add thing x a 1 b"), "'b' is not the end of a command: next is VALUE");
}

/* The choices after a line and the beginning of a word, as one text. */
static const char *choices(const char *line, const char *partial)
{
	static char text[256];
	struct shell_choice c[8];
	struct shell_words w;
	struct shell sh = {0};
	unsigned int i, n;
	char why[64];

	assert_int_equal(shell_split(&w, line, why, sizeof(why)), 0);
	n = shell_choices(&sh, &w, partial, c, 8);
	text[0] = '\0';
	for (i = 0; i < n; i++) {
		strcat(text, c[i].hint ? "<" : "");
		strcat(strcat(text, c[i].word), i + 1 < n ? " " : "");
	}
	return text;
}

static void test_choices(void **state)
{
	assert_string_equal(choices("", ""), "show add load quit");
	assert_string_equal(choices("", "s"), "show");
	assert_string_equal(choices("show thing", ""), "red rose blue all");
	assert_string_equal(choices("show thing", "r"), "red rose");
	assert_string_equal(choices("show thing red", ""), "deep");
	assert_string_equal(choices("add thing x", "s"), "size side");
	assert_string_equal(choices("add thing x size", ""), "<VALUE");
	assert_string_equal(choices("add thing x size 1", ""), "size side");
	assert_string_equal(choices("nothing", ""), "");
}

static const char *file_with(const char *text)
{
	static char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/tmp/qsock-test-shell-%d", (int)getpid());
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	return path;
}

static void test_files(void **state)
{
	struct dq_loop loop = {.signal_fd = -1};
	struct shell sh = {.loop = &loop};
	const char *path;
	char text[128];

	answer = 0;
	path = file_with("show thing red\n\n# nothing\nshow thing rose deep\n");
	assert_int_equal(shell_file(&sh, path), 0);
	assert_string_equal(given.at[2], "rose");

	/* A file ends at its first mistake, */
	path = file_with("show thing red\nshow thong\nshow thing blue\n");
	assert_true(shell_file(&sh, path) < 0);
	assert_string_equal(given.at[2], "red");
	assert_int_equal(sh.errors, 1);
	/* at quit, */
	path = file_with("quit\nshow thing blue\n");
	assert_int_equal(shell_file(&sh, path), 0);
	assert_true(sh.quit);
	assert_int_equal(given.count, 1);
	sh.quit = false;
	/* and when it loads itself. */
	snprintf(text, sizeof(text), "load %s\n", path);
	path = file_with(text);
	assert_true(shell_file(&sh, path) < 0);
	assert_null(sh.file);
	unlink(path);
	assert_true(shell_file(&sh, "/proc/nonexistent") < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_match),
		cmocka_unit_test(test_choices),
		cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

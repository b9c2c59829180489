/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libinih splits lines; it is fed line by line, so that what it would let pass is seen first:
 * a line that it would cut, a section without keys, a section twice, a line that is no KEY = VALUE.
 */
#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include <util/qs_units.h>

#include "qs_config_value.h"
#include "qs_name_index.h"

#define PORT_ID_MAX 255

struct reader {
	FILE *file;
	struct qs_config *cfg;
	char *raw; /* the line as getline() has it */
	size_t raw_size;
	char *unparsed; /* the line, until inih has made a key and a value of it */
	uint32_t line;
	int rc; /* the first mistake ends it */
	char *why;
	size_t why_len;
	enum qs_config_kind kind; /* of the section that keys go to; QS_CONFIG_KINDS: none yet */
	void *section;
};

__attribute__((format(printf, 3, 4))) static void fail(struct reader *r, int rc, const char *format, ...)
{
	va_list ap;
	int used;

	r->rc = rc;
	if (r->why == NULL || r->why_len == 0)
		return;
	used = snprintf(r->why, r->why_len, "%s:%u: ", r->cfg->path, r->line);
	if (used < 0 || (size_t)used >= r->why_len)
		return;
	va_start(ap, format);
	vsnprintf(r->why + used, r->why_len - (size_t)used, format, ap);
	va_end(ap);
	qs_one_line(r->why + used);
}

/* One more element; arrays double, so that a hundred thousand streams are read in linear time. */
static void *append(void **array, uint32_t *count, size_t size)
{
	void *grown;

	if ((*count & (*count - 1)) == 0) {
		grown = reallocarray(*array, *count == 0 ? 1 : *count * (size_t)2, size);
		if (grown == NULL)
			return NULL;
		*array = grown;
	}
	return (char *)*array + size * (*count)++;
}

static void *new_port(struct reader *r, const char *name)
{
	struct qs_port_config *port;
	char text[256];
	uint64_t id;

	if (qs_uint_parse(name, 0, PORT_ID_MAX, &id, text, sizeof(text)) != 0) {
		fail(r, -EINVAL, "[port N]: %s", text);
		return NULL;
	}
	if (qs_config_port(r->cfg, (uint32_t)id) != NULL) {
		fail(r, -EINVAL, "section twice: '[port %s]' is in line %u already", name,
		     qs_config_port(r->cfg, (uint32_t)id)->head.line);
		return NULL;
	}
	port = append((void **)&r->cfg->ports, &r->cfg->n_ports, sizeof(*port));
	if (port == NULL)
		return NULL;
	qs_config_defaults(QS_CONFIG_PORT, port);
	port->id = (uint32_t)id;
	qs_config_twin_default(port);
	return port;
}

/* A name that is new in its index, or a mistake. */
static bool name_free(struct reader *r, const struct qs_name_index *names, const char *kind, const char *name)
{
	int64_t i = qs_name_index_find(names, name);
	const struct qs_config_head *head;

	if (!qs_section_name_valid(name)) {
		fail(r, -EINVAL, "[%s NAME]: '%s' is not a name: " QS_SECTION_NAMES, kind, name);
		return false;
	}
	if (i < 0)
		return true;
	head = names == r->cfg->stream_names ? &r->cfg->streams[i].head : &r->cfg->rules[i].head;
	fail(r, -EINVAL, "section twice: '[%s %s]' is in line %u already", kind, name, head->line);
	return false;
}

static void *new_stream(struct reader *r, const char *name)
{
	struct qs_config *cfg = r->cfg;
	struct qs_stream_config *s;

	if (!name_free(r, cfg->stream_names, "stream", name) ||
	    qs_name_index_add(cfg->stream_names, name, cfg->n_streams) != 0)
		return NULL;
	s = append((void **)&cfg->streams, &cfg->n_streams, sizeof(*s));
	if (s == NULL)
		return NULL;
	qs_config_defaults(QS_CONFIG_STREAM, s);
	snprintf(s->name, sizeof(s->name), "%s", name);
	return s;
}

static void *new_rule(struct reader *r, const char *name)
{
	struct qs_config *cfg = r->cfg;
	struct qs_rule_config *rule;

	if (!name_free(r, cfg->rule_names, "rule", name) ||
	    qs_name_index_add(cfg->rule_names, name, cfg->n_rules) != 0)
		return NULL;
	rule = append((void **)&cfg->rules, &cfg->n_rules, sizeof(*rule));
	if (rule == NULL)
		return NULL;
	qs_config_defaults(QS_CONFIG_RULE, rule);
	snprintf(rule->name, sizeof(rule->name), "%s", name);
	return rule;
}

/* "[kind name]" into its two words; false if it is not that. */
static bool split_title(char *title, char **kind, char **name)
{
	char *end = strchr(title, ']'), *rest, *save = NULL;

	if (end == NULL)
		return false;
	rest = end + 1 + strspn(end + 1, " \t");
	if (*rest != '\0' && *rest != ';')
		return false;
	*end = '\0';
	*kind = strtok_r(title + 1, " \t", &save);
	*name = strtok_r(NULL, " \t", &save);
	return *kind != NULL && *name != NULL && strtok_r(NULL, " \t", &save) == NULL;
}

static void open_section(struct reader *r, const char *line)
{
	static void *(*const makers[QS_CONFIG_KINDS])(struct reader *, const char *) = {
		[QS_CONFIG_PORT] = new_port,
		[QS_CONFIG_STREAM] = new_stream,
		[QS_CONFIG_RULE] = new_rule,
	};
	char *title = strdup(line), *kind, *name;
	unsigned int i;

	if (title == NULL) {
		fail(r, -ENOMEM, "no memory");
		return;
	}
	if (!split_title(title, &kind, &name)) {
		fail(r, -EINVAL, "not a section: '%s', allowed are [port N], [stream NAME], [rule NAME]",
		     line);
		free(title);
		return;
	}
	for (i = 0; i < QS_CONFIG_KINDS && strcmp(kind, qs_sections[i].name) != 0; i++)
		;
	r->kind = (enum qs_config_kind)i;
	r->section = NULL;
	if (i == QS_CONFIG_KINDS)
		fail(r, -EINVAL, "unknown section: '%s', allowed are [port N], [stream NAME], [rule NAME]",
		     line);
	else
		r->section = makers[i](r, name);
	free(title);
	if (r->section != NULL)
		((struct qs_config_head *)r->section)->line = r->line;
	else if (r->rc == 0)
		fail(r, -ENOMEM, "no memory");
}

/* What inih should have called on_key() for, and did not. */
static void check_parsed(struct reader *r)
{
	if (r->unparsed != NULL && r->rc == 0)
		fail(r, -EINVAL, "not a key and a value: '%s', allowed is KEY = VALUE", r->unparsed);
	free(r->unparsed);
	r->unparsed = NULL;
}

/* The next line into r->raw; returns where its text begins, NULL at the end. */
static char *next_raw(struct reader *r)
{
	ssize_t n = getline(&r->raw, &r->raw_size, r->file);
	char *text = r->raw;

	if (n < 0) {
		if (ferror(r->file))
			fail(r, -EIO, "cannot be read: %s", strerror(errno));
		return NULL;
	}
	r->line++;
	if (memchr(r->raw, '\0', (size_t)n) != NULL) {
		fail(r, -EINVAL, "a zero byte: only text is allowed");
		return NULL;
	}
	while (n > 0 && strchr(" \t\r\n", r->raw[n - 1]) != NULL)
		r->raw[--n] = '\0';
	if (r->line == 1 && strncmp(text, "\xEF\xBB\xBF", 3) == 0)
		text += 3;
	/* inih would take an indented line for more of the value before it. */
	return text + strspn(text, " \t");
}

/* What inih calls for a line of at most num - 1 characters. */
static char *next_line(char *str, int num, void *arg)
{
	struct reader *r = arg;
	size_t len;
	char *text;

	check_parsed(r);
	if (r->rc != 0)
		return NULL;
	text = next_raw(r);
	if (text == NULL)
		return NULL;
	len = strlen(text);
	if (len >= (size_t)num) {
		fail(r, -EINVAL, "line too long: %zu characters, at most %d are allowed", len, num - 1);
		return NULL;
	}
	if (*text == '[')
		open_section(r, text);
	else if (*text != '\0' && *text != ';' && *text != '#')
		r->unparsed = strdup(text);
	if (r->rc != 0)
		return NULL;
	return memcpy(str, text, len + 1);
}

static void unknown_key(struct reader *r, const char *key)
{
	const struct qs_section *s = &qs_sections[r->kind];
	size_t used = 0;
	char list[512];
	unsigned int i;

	for (i = 0; i < s->n_keys && used < sizeof(list); i++)
		used += (size_t)snprintf(list + used, sizeof(list) - used, " %s", s->keys[i].name);
	fail(r, -EINVAL, "unknown key: '%s', allowed in [%s %s] are%s", key, s->name, s->called, list);
}

static int on_key(void *arg, const char *title, const char *key, const char *value)
{
	struct reader *r = arg;
	struct qs_config_head *head = r->section;
	char text[512];
	int i;

	free(r->unparsed);
	r->unparsed = NULL;
	if (r->rc != 0)
		return 0;
	if (r->kind == QS_CONFIG_KINDS) {
		fail(r, -EINVAL,
		     "key outside of a section: '%s', allowed after [port N], [stream NAME], [rule NAME]",
		     key);
		return 0;
	}
	i = qs_key_find(r->kind, key);
	if (i < 0) {
		unknown_key(r, key);
	} else if (qs_config_given(head, (unsigned int)i)) {
		fail(r, -EINVAL, "key twice: '%s' is in line %u already", key, head->key_line[i]);
	} else if (qs_value_parse(&qs_sections[r->kind].keys[i], r->section, value, text, sizeof(text)) !=
		   0) {
		fail(r, -EINVAL, "%s: %s", key, text);
	} else {
		head->given |= UINT64_C(1) << i;
		head->key_line[i] = r->line;
	}
	return r->rc == 0;
}

/* Values that others stand for where they are not given. */
static void complete(struct qs_config *cfg)
{
	struct qs_stream_config *s;
	uint32_t i;

	for (i = 0; i < cfg->n_streams; i++) {
		s = &cfg->streams[i];
		if (s->interval_ns == 0)
			s->interval_ns = s->conf.ipg_ns;
	}
}

static struct qs_config *empty(const char *name)
{
	struct qs_config *cfg = calloc(1, sizeof(*cfg));

	if (cfg == NULL)
		return NULL;
	cfg->path = strdup(name);
	cfg->stream_names = qs_name_index_create();
	cfg->rule_names = qs_name_index_create();
	if (cfg->path != NULL && cfg->stream_names != NULL && cfg->rule_names != NULL)
		return cfg;
	qs_config_free(cfg);
	return NULL;
}

int qs_config_read(FILE *file, const char *name, struct qs_config **out, char *why, size_t why_len)
{
	struct reader r = {.file = file, .why = why, .why_len = why_len, .kind = QS_CONFIG_KINDS};

	r.cfg = empty(name);
	if (r.cfg == NULL) {
		if (why != NULL)
			snprintf(why, why_len, "%s: no memory", name);
		return -ENOMEM;
	}
	/* What it returns is known already: each mistake in a line was seen by next_line(). */
	ini_parse_stream(next_line, &r, on_key, &r);
	check_parsed(&r);
	free(r.raw);
	if (r.rc == 0) {
		complete(r.cfg);
		r.rc = qs_config_check(r.cfg, why, why_len);
	}
	if (r.rc == 0)
		*out = r.cfg;
	else
		qs_config_free(r.cfg);
	return r.rc;
}

int qs_config_load(const char *path, struct qs_config **out, char *why, size_t why_len)
{
	FILE *file = fopen(path, "re");
	int rc = -errno;

	if (file == NULL) {
		if (why != NULL)
			snprintf(why, why_len, "%s: cannot be opened: %s", path, strerror(-rc));
		return rc;
	}
	rc = qs_config_read(file, path, out, why, why_len);
	fclose(file);
	return rc;
}

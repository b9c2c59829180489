/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * One value of a configuration: from text into its structure and back.
 */
#ifndef QS_CONFIG_VALUE_H
#define QS_CONFIG_VALUE_H

#include "qs_config_keys.h"

/** Room for any printed value. */
#define QS_VALUE_TEXT QS_CONFIG_TEXT

/** Store text as the value of a key. @return 0; -EINVAL, -ERANGE: why says what and what is allowed */
int qs_value_parse(const struct qs_key *key, void *section, const char *text, char *why, size_t why_len);

/** Write a key's value as qs_value_parse() reads it; "" where there is none. */
void qs_value_print(const struct qs_key *key, const void *section, char *buf, size_t len);

/** Give a key its default. */
void qs_value_default(const struct qs_key *key, void *section);

/** Whether a name may stand in files and on command lines: printable, short, and no space , ; " [ ] or \ in
 * it. */
bool qs_name_valid(const char *name, size_t size);

/** What the name of a stream or a rule may be, for messages. */
#define QS_SECTION_NAMES "1 .. 31 printable characters without space , ; \" [ ] \\, not all"

/** Whether a stream or a rule may have it: a name that means no other. */
bool qs_section_name_valid(const char *name);

/** Make a message one line that no terminal takes for a command: control characters become '?'. */
void qs_one_line(char *text);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * What the commands share: looking things up, and lists of KEY VALUE pairs.
 */
#ifndef DQ_CMD_H
#define DQ_CMD_H

#include <qs_config_keys.h>

#include "shell.h"

extern const struct shell_command cmd_port[], cmd_stream[], cmd_rule[], cmd_source[], cmd_attach[],
	cmd_neigh[], cmd_numa[], cmd_stats[], cmd_config[], cmd_shell[], cmd_driver[];

/** The thing of that name; NULL: shell_complain() was called. */
struct dq_port *cmd_find_port(struct shell *sh, const char *word);
struct dq_stream *cmd_find_stream(struct shell *sh, const char *word);
struct dq_rule *cmd_find_rule(struct shell *sh, const char *word);

/** Whether a word may be a new name. Complains if not. */
bool cmd_name_free(struct shell *sh, enum qs_config_kind kind, const char *name);

/** Set keys of a section from the words from first on, in pairs. @return 0; negative: complained */
int cmd_pairs(struct shell *sh, enum qs_config_kind kind, void *section, const struct shell_words *words,
	      unsigned int first);

/** Complain of what e says. @return negative */
int cmd_failed(struct shell *sh, const struct dq_error *e);

/** The same of what went wrong with a library call on a port, which was captured. @return negative */
int cmd_no_answer(struct shell *sh, const struct dq_port *port);

#endif

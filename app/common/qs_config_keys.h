/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file
 * The tables of keys: reading, saving and the reference all follow them.
 */
#ifndef QS_CONFIG_KEYS_H
#define QS_CONFIG_KEYS_H

#include "qs_config.h"

/** How a value is written, and what it is stored in. */
enum qs_key_type {
	QS_KEY_TIME,   /**< uint64_t, ns */
	QS_KEY_RATE,   /**< uint64_t, bit/s */
	QS_KEY_NUMBER, /**< uint32_t or uint64_t */
	QS_KEY_WORD,   /**< uint8_t: one of words */
	QS_KEY_NUMBER_OR_WORD,
	QS_KEY_YES_NO, /**< bool */
	QS_KEY_NAME,   /**< char[]: the name of something */
	QS_KEY_TEXT,   /**< char[] */
	QS_KEY_ADDR,   /**< struct qs_addr */
	QS_KEY_PREFIX, /**< struct qs_prefix */
	QS_KEY_MAC,    /**< struct qs_mac */
	QS_KEY_RANGE,  /**< struct qs_range, of ports */
};

/** A value that has a name. */
struct qs_word {
	const char *word; /**< NULL ends the list */
	uint8_t value;
};

/** One key. */
struct qs_key {
	const char *name;
	const char *help;
	const char *text;	     /**< default of a text; else NULL */
	const char *no_default;	     /**< what happens where it is not given, if there is no default */
	const struct qs_word *words; /**< QS_KEY_WORD, QS_KEY_NUMBER_OR_WORD */
	uint64_t min;
	uint64_t max;
	uint64_t number; /**< default of anything else */
	uint16_t offset; /**< in the section's structure */
	uint16_t size;	 /**< of the member, bytes */
	uint8_t type;	 /**< enum qs_key_type */
};

/** All about one kind of section. */
struct qs_section {
	const char *name;   /**< port, stream, rule */
	const char *called; /**< N or NAME, for messages */
	const struct qs_key *keys;
	unsigned int n_keys;
	size_t size; /**< of its structure */
};

/** Room for any section. */
union qs_section_any {
	struct qs_port_config port;
	struct qs_stream_config stream;
	struct qs_rule_config rule;
};

/** By enum qs_config_kind. */
extern const struct qs_section qs_sections[QS_CONFIG_KINDS];

/** @return index of the key in its table, -1: there is none */
int qs_key_find(enum qs_config_kind kind, const char *name);

/** Write what a key may be, such as "1us .. 1000s" or "yes, no". */
void qs_key_allowed(const struct qs_key *key, char *buf, size_t len);

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
/* What a key may be, for messages and for the reference. */
#include <inttypes.h>
#include <stdio.h>

#include <util/qs_units.h>

#include "qs_config_keys.h"

static void allowed_words(const struct qs_word *words, char *buf, size_t len)
{
	size_t used = 0;

	for (buf[0] = '\0'; words->word != NULL && used < len; words++)
		used += (size_t)snprintf(buf + used, len - used, "%s%s", used == 0 ? "" : ", ", words->word);
}

static void allowed_numbers(const struct qs_key *key, char *buf, size_t len)
{
	char low[QS_UNITS_TEXT], high[QS_UNITS_TEXT];

	if (key->type == QS_KEY_TIME) {
		qs_time_print(low, sizeof(low), key->min);
		qs_time_print(high, sizeof(high), key->max);
	} else if (key->type == QS_KEY_RATE) {
		qs_rate_print(low, sizeof(low), key->min);
		qs_rate_print(high, sizeof(high), key->max);
	} else {
		snprintf(low, sizeof(low), "%" PRIu64, key->min);
		snprintf(high, sizeof(high), "%" PRIu64, key->max);
	}
	snprintf(buf, len, "%s .. %s", low, high);
}

void qs_key_allowed(const struct qs_key *key, char *buf, size_t len)
{
	char words[128];

	switch (key->type) {
	case QS_KEY_YES_NO:
		snprintf(buf, len, "yes, no");
		break;
	case QS_KEY_WORD:
		allowed_words(key->words, buf, len);
		break;
	case QS_KEY_NUMBER_OR_WORD:
		allowed_words(key->words, words, sizeof(words));
		snprintf(buf, len, "%s, %" PRIu64 " .. %" PRIu64, words, key->min, key->max);
		break;
	case QS_KEY_NAME:
		snprintf(buf, len, "1 .. %u printable characters without space , ; \" [ ] \\",
			 key->size - 1u);
		break;
	case QS_KEY_TEXT:
		snprintf(buf, len, "1 .. %u characters, no ; after a space", key->size - 1u);
		break;
	case QS_KEY_ADDR:
		snprintf(buf, len, "ADDRESS:PORT, such as 10.0.0.1:5000 or [2001:db8::1]:5000");
		break;
	case QS_KEY_PREFIX:
		snprintf(buf, len,
			 "ADDRESS or ADDRESS/BITS with no bit beyond, such as 10.0.0.0/8 or 2001:db8::/32");
		break;
	case QS_KEY_MAC:
		snprintf(buf, len, "XX:XX:XX:XX:XX:XX, such as 02:00:00:00:00:01");
		break;
	case QS_KEY_RANGE:
		snprintf(buf, len, "PORT or LOW-HIGH, 1 .. 65535, such as 5000-5010");
		break;
	default:
		allowed_numbers(key, buf, len);
	}
}

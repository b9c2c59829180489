/* SPDX-License-Identifier: BSD-3-Clause */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <util/qs_units.h>

#include "qs_config_value.h"

#define ADDR_TEXT (INET6_ADDRSTRLEN + 1)

bool qs_name_valid(const char *name, size_t size)
{
	size_t i;

	for (i = 0; name[i] != '\0'; i++) {
		if (name[i] <= ' ' || name[i] > '~' || strchr(",;\"[]\\", name[i]) != NULL)
			return false;
	}
	return i > 0 && i < size;
}

_Static_assert(RTE_QSOCK_NAMESIZE == 32, "QS_SECTION_NAMES says how long");

bool qs_section_name_valid(const char *name)
{
	return qs_name_valid(name, RTE_QSOCK_NAMESIZE) && strcmp(name, "all") != 0;
}

void qs_one_line(char *text)
{
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '?';
	}
}

static uint64_t load_number(const void *p, size_t size)
{
	switch (size) {
	case 1:
		return *(const uint8_t *)p;
	case 4:
		return *(const uint32_t *)p;
	default:
		return *(const uint64_t *)p;
	}
}

static void store_number(void *p, size_t size, uint64_t value)
{
	switch (size) {
	case 1:
		*(uint8_t *)p = (uint8_t)value;
		break;
	case 4:
		*(uint32_t *)p = (uint32_t)value;
		break;
	default:
		*(uint64_t *)p = value;
	}
}

static const struct qs_word *find_word(const struct qs_word *words, const char *text)
{
	for (; words->word != NULL; words++) {
		if (strcmp(words->word, text) == 0)
			return words;
	}
	return NULL;
}

/* An address alone into 16 bytes; its family, 0 if it is none. */
static uint8_t parse_ip(const char *text, uint8_t *bytes)
{
	memset(bytes, 0, 16);
	if (inet_pton(AF_INET, text, bytes) == 1)
		return 4;
	return inet_pton(AF_INET6, text, bytes) == 1 ? 6 : 0;
}

static bool parse_port(const char *text, uint16_t *port)
{
	uint64_t value;

	if (qs_uint_parse(text, 1, UINT16_MAX, &value, NULL, 0) != 0)
		return false;
	*port = (uint16_t)value;
	return true;
}

/* A copy that may be cut up; false if it does not fit. */
static bool copy_text(char *buf, size_t len, const char *text)
{
	size_t n = strlen(text);

	if (n >= len)
		return false;
	memcpy(buf, text, n + 1);
	return true;
}

static bool parse_addr(const char *text, struct qs_addr *addr)
{
	char buf[ADDR_TEXT + 8], *host = buf, *colon;

	if (!copy_text(buf, sizeof(buf), text))
		return false;
	colon = strrchr(buf, ':');
	if (colon == NULL || !parse_port(colon + 1, &addr->port))
		return false;
	*colon = '\0';
	/* An IPv6 address without brackets would leave open where it ends. */
	if (buf[0] != '[') {
		addr->family = parse_ip(host, addr->bytes);
		return addr->family == 4;
	}
	if (colon[-1] != ']')
		return false;
	colon[-1] = '\0';
	addr->family = parse_ip(host + 1, addr->bytes);
	return addr->family == 6;
}

static bool bits_beyond(const struct qs_prefix *prefix)
{
	unsigned int bit, last = prefix->family == 4 ? 32 : 128;

	for (bit = prefix->bits; bit < last; bit++) {
		if (prefix->bytes[bit / 8] & (0x80 >> bit % 8))
			return true;
	}
	return false;
}

static bool parse_prefix(const char *text, struct qs_prefix *prefix)
{
	char buf[ADDR_TEXT + 4], *slash;
	uint64_t bits;

	if (!copy_text(buf, sizeof(buf), text))
		return false;
	slash = strchr(buf, '/');
	if (slash != NULL)
		*slash = '\0';
	prefix->family = parse_ip(buf, prefix->bytes);
	if (prefix->family == 0)
		return false;
	bits = prefix->family == 4 ? 32 : 128;
	if (slash != NULL && qs_uint_parse(slash + 1, 0, bits, &bits, NULL, 0) != 0)
		return false;
	prefix->bits = (uint8_t)bits;
	return !bits_beyond(prefix);
}

static bool parse_mac(const char *text, struct qs_mac *mac)
{
	uint8_t *b = mac->bytes;
	int used = 0;

	mac->given = 1;
	return strlen(text) == 17 && strspn(text, "0123456789abcdefABCDEF:") == 17 &&
	       sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", b, b + 1, b + 2, b + 3, b + 4, b + 5,
		      &used) == 6 &&
	       used == 17;
}

static bool parse_range(const char *text, struct qs_range *range)
{
	char buf[16], *dash;

	if (!copy_text(buf, sizeof(buf), text))
		return false;
	dash = strchr(buf, '-');
	if (dash != NULL)
		*dash = '\0';
	if (!parse_port(buf, &range->min))
		return false;
	range->max = range->min;
	return dash == NULL || (parse_port(dash + 1, &range->max) && range->max >= range->min);
}

static int refuse(const struct qs_key *key, const char *text, char *why, size_t why_len)
{
	char allowed[256];

	qs_key_allowed(key, allowed, sizeof(allowed));
	if (why != NULL)
		snprintf(why, why_len, "'%s' is not allowed: %s", text, allowed);
	return -EINVAL;
}

/* A number of one of the kinds that qs_units knows. */
static int parse_number(const struct qs_key *key, void *p, const char *text, char *why, size_t why_len)
{
	uint64_t value;
	int rc;

	if (key->type == QS_KEY_TIME)
		rc = qs_time_parse(text, key->min, key->max, &value, why, why_len);
	else if (key->type == QS_KEY_RATE)
		rc = qs_rate_parse(text, key->min, key->max, &value, why, why_len);
	else
		rc = qs_uint_parse(text, key->min, key->max, &value, why, why_len);
	if (rc == 0)
		store_number(p, key->size, value);
	else if (key->type == QS_KEY_NUMBER_OR_WORD)
		return refuse(key, text, why, why_len);
	return rc;
}

/* What a file could not hold: a control character, space around it, what begins a comment. */
static bool text_valid(const char *text)
{
	size_t i, n = strlen(text);

	for (i = 0; i < n; i++) {
		if ((unsigned char)text[i] < ' ' || (text[i] == ';' && (i == 0 || text[i - 1] == ' ')))
			return false;
	}
	return n > 0 && text[0] != ' ' && text[n - 1] != ' ';
}

static bool parse_other(const struct qs_key *key, void *p, const char *text)
{
	struct qs_prefix prefix;
	struct qs_range range;
	struct qs_addr addr;
	struct qs_mac mac;

	switch (key->type) {
	case QS_KEY_YES_NO:
		*(bool *)p = strcmp(text, "yes") == 0;
		return *(bool *)p || strcmp(text, "no") == 0;
	case QS_KEY_NAME:
		return qs_name_valid(text, key->size) && copy_text(p, key->size, text);
	case QS_KEY_TEXT:
		return text_valid(text) && copy_text(p, key->size, text);
	case QS_KEY_ADDR:
		memset(&addr, 0, sizeof(addr));
		if (!parse_addr(text, &addr))
			return false;
		memcpy(p, &addr, sizeof(addr));
		return true;
	case QS_KEY_PREFIX:
		memset(&prefix, 0, sizeof(prefix));
		if (!parse_prefix(text, &prefix))
			return false;
		memcpy(p, &prefix, sizeof(prefix));
		return true;
	case QS_KEY_MAC:
		if (!parse_mac(text, &mac))
			return false;
		memcpy(p, &mac, sizeof(mac));
		return true;
	case QS_KEY_RANGE:
		if (!parse_range(text, &range))
			return false;
		memcpy(p, &range, sizeof(range));
		return true;
	default:
		return false;
	}
}

int qs_value_parse(const struct qs_key *key, void *section, const char *text, char *why, size_t why_len)
{
	void *p = (char *)section + key->offset;
	const struct qs_word *word = key->words == NULL ? NULL : find_word(key->words, text);

	if (word != NULL) {
		store_number(p, key->size, word->value);
		return 0;
	}
	if (key->type == QS_KEY_TIME || key->type == QS_KEY_RATE || key->type == QS_KEY_NUMBER ||
	    key->type == QS_KEY_NUMBER_OR_WORD)
		return parse_number(key, p, text, why, why_len);
	return parse_other(key, p, text) ? 0 : refuse(key, text, why, why_len);
}

static void print_ip(uint8_t family, const uint8_t *bytes, char *buf)
{
	inet_ntop(family == 4 ? AF_INET : AF_INET6, bytes, buf, ADDR_TEXT);
}

static void print_addr(const struct qs_addr *addr, char *buf, size_t len)
{
	char ip[ADDR_TEXT];

	if (addr->family == 0)
		return;
	print_ip(addr->family, addr->bytes, ip);
	snprintf(buf, len, addr->family == 4 ? "%s:%u" : "[%s]:%u", ip, addr->port);
}

static void print_prefix(const struct qs_prefix *prefix, char *buf, size_t len)
{
	char ip[ADDR_TEXT];

	if (prefix->family == 0)
		return;
	print_ip(prefix->family, prefix->bytes, ip);
	snprintf(buf, len, "%s/%u", ip, prefix->bits);
}

static void print_mac(const struct qs_mac *mac, char *buf, size_t len)
{
	const uint8_t *b = mac->bytes;

	if (mac->given)
		snprintf(buf, len, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4], b[5]);
}

static void print_range(const struct qs_range *range, char *buf, size_t len)
{
	if (range->max == 0)
		return;
	if (range->min == range->max)
		snprintf(buf, len, "%u", range->min);
	else
		snprintf(buf, len, "%u-%u", range->min, range->max);
}

/* Words first; what stands outside the range is a number that was not given. */
static void print_number(const struct qs_key *key, uint64_t value, char *buf, size_t len)
{
	const struct qs_word *w;

	for (w = key->words; w != NULL && w->word != NULL; w++) {
		if (w->value == value) {
			snprintf(buf, len, "%s", w->word);
			return;
		}
	}
	if (value < key->min || value > key->max)
		return;
	if (key->type == QS_KEY_TIME)
		qs_time_print(buf, len, value);
	else if (key->type == QS_KEY_RATE)
		qs_rate_print(buf, len, value);
	else
		snprintf(buf, len, "%" PRIu64, value);
}

void qs_value_print(const struct qs_key *key, const void *section, char *buf, size_t len)
{
	const void *p = (const char *)section + key->offset;

	buf[0] = '\0';
	switch (key->type) {
	case QS_KEY_YES_NO:
		snprintf(buf, len, "%s", *(const bool *)p ? "yes" : "no");
		break;
	case QS_KEY_NAME:
	case QS_KEY_TEXT:
		snprintf(buf, len, "%s", (const char *)p);
		break;
	case QS_KEY_ADDR:
		print_addr(p, buf, len);
		break;
	case QS_KEY_PREFIX:
		print_prefix(p, buf, len);
		break;
	case QS_KEY_MAC:
		print_mac(p, buf, len);
		break;
	case QS_KEY_RANGE:
		print_range(p, buf, len);
		break;
	default:
		print_number(key, load_number(p, key->size), buf, len);
	}
}

void qs_value_default(const struct qs_key *key, void *section)
{
	void *p = (char *)section + key->offset;

	memset(p, 0, key->size);
	if (key->text != NULL)
		copy_text(p, key->size, key->text);
	else if (key->type == QS_KEY_YES_NO)
		*(bool *)p = key->number != 0;
	else if (key->type < QS_KEY_NAME)
		store_number(p, key->size, key->number);
}

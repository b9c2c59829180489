/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <strings.h>

#include "qs_units.h"

typedef unsigned __int128 u128;

struct unit {
	const char *suffix;
	uint64_t factor;
};

/* A kind of number: its units, the first of them for a bare number, and how a mistake is explained. */
struct kind {
	const struct unit *units;
	const char *what;
	const char *allowed;
	void (*print)(char *buf, size_t len, uint64_t value);
};

static const struct unit time_units[] = {
	{"ns", 1}, {"us", 1000}, {"ms", 1000000}, {"s", 1000000000}, {NULL, 0},
};

#define KIBI UINT64_C(1024)

/* tc's table (iproute2, lib/utils_math.c). What is printed comes first, by rising factor. */
static const struct unit rate_units[] = {
	{"bit", 1},
	{"kbit", 1000},
	{"mbit", 1000000},
	{"gbit", 1000000000},
	{"tbit", UINT64_C(1000000000000)},
	{"kibit", KIBI},
	{"mibit", KIBI *KIBI},
	{"gibit", KIBI *KIBI *KIBI},
	{"tibit", KIBI *KIBI *KIBI *KIBI},
	{"bps", 8},
	{"kbps", 8000},
	{"mbps", 8000000},
	{"gbps", UINT64_C(8000000000)},
	{"tbps", UINT64_C(8000000000000)},
	{"kibps", 8 * KIBI},
	{"mibps", 8 * KIBI *KIBI},
	{"gibps", 8 * KIBI *KIBI *KIBI},
	{"tibps", 8 * KIBI *KIBI *KIBI *KIBI},
	{NULL, 0},
};

#define TIME_PRINTED 4
#define RATE_PRINTED 5

static const struct unit plain_units[] = {{"", 1}, {NULL, 0}};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static void print_plain(char *buf, size_t len, uint64_t value)
{
	snprintf(buf, len, "%" PRIu64, value);
}

static void print_exact(char *buf, size_t len, uint64_t value, const struct unit *units, unsigned int count)
{
	unsigned int i = count - 1;

	while (i > 0 && (value == 0 || value % units[i].factor != 0))
		i--;
	snprintf(buf, len, "%" PRIu64 "%s", value / units[i].factor, units[i].suffix);
}

void qs_time_print(char *buf, size_t len, uint64_t ns)
{
	print_exact(buf, len, ns, time_units, TIME_PRINTED);
}

void qs_rate_print(char *buf, size_t len, uint64_t rate_bps)
{
	print_exact(buf, len, rate_bps, rate_units, RATE_PRINTED);
}

static void print_short(char *buf, size_t len, uint64_t value, const struct unit *units, unsigned int count)
{
	unsigned int i = 0, decimals;
	uint64_t whole, scale, rest;

	while (i + 1 < count && value >= units[i + 1].factor)
		i++;
	whole = value / units[i].factor;
	rest = value % units[i].factor;
	decimals = whole < 10 ? 3 : whole < 100 ? 2 : whole < 1000 ? 1 : 0;
	if (i == 0 || decimals == 0) {
		snprintf(buf, len, "%" PRIu64 "%s", whole, units[i].suffix);
		return;
	}
	scale = decimals == 3 ? 1000 : decimals == 2 ? 100 : 10;
	rest = rest / (units[i].factor / scale);
	snprintf(buf, len, "%" PRIu64 ".%0*" PRIu64 "%s", whole, (int)decimals, rest, units[i].suffix);
}

void qs_time_print_short(char *buf, size_t len, uint64_t ns)
{
	print_short(buf, len, ns, time_units, TIME_PRINTED);
}

void qs_rate_print_short(char *buf, size_t len, uint64_t rate_bps)
{
	print_short(buf, len, rate_bps, rate_units, RATE_PRINTED);
}

static const struct kind time_kind = {
	.units = time_units,
	.what = "a time",
	.allowed = "a number with ns, us, ms or s, such as 1.5ms, exact in ns",
	.print = qs_time_print,
};

static const struct kind rate_kind = {
	.units = rate_units,
	.what = "a rate",
	.allowed = "a number with bit, kbit, mbit, gbit or tbit, such as 2.5gbit, exact in bit/s",
	.print = qs_rate_print,
};

static const struct kind plain_kind = {
	.units = plain_units,
	.what = "a number",
	.allowed = "decimal digits",
	.print = print_plain,
};

/* Digits into *value, saturating; returns what follows them, NULL if there are none. */
static const char *read_digits(const char *p, u128 *value)
{
	const u128 limit = (u128)UINT64_MAX + 1;

	if (!is_digit(*p))
		return NULL;
	for (*value = 0; is_digit(*p); p++) {
		*value = *value * 10 + (unsigned int)(*p - '0');
		if (*value > limit)
			*value = limit;
	}
	return p;
}

/* The digits after the point as frac/scale; trailing zeros do not count. NULL if none or too many. */
static const char *read_fraction(const char *p, u128 *frac, u128 *scale)
{
	const char *end = p, *last = p;

	for (; is_digit(*end); end++) {
		if (*end != '0')
			last = end + 1;
	}
	/* No factor here is divisible by 10^19. */
	if (end == p || last - p > 18)
		return NULL;
	for (*frac = 0, *scale = 1; p < last; p++) {
		*frac = *frac * 10 + (unsigned int)(*p - '0');
		*scale *= 10;
	}
	return end;
}

/* false: not of this kind. A value beyond 64 bits is given as 2^64 or more. */
static bool read_number(const char *text, const struct kind *kind, u128 *value)
{
	const struct unit *unit = kind->units;
	u128 whole, frac = 0, scale = 1;
	const char *p = read_digits(text, &whole);

	if (p == NULL)
		return false;
	if (*p == '.')
		p = read_fraction(p + 1, &frac, &scale);
	if (p == NULL)
		return false;
	while (*p != '\0' && unit->suffix != NULL && strcasecmp(p, unit->suffix) != 0)
		unit++;
	if (unit->suffix == NULL || frac * unit->factor % scale != 0)
		return false;
	*value = whole * unit->factor + frac * unit->factor / scale;
	return true;
}

static int parse(const char *text, const struct kind *kind, uint64_t min, uint64_t max, uint64_t *out,
		 char *why, size_t why_len)
{
	char low[QS_UNITS_TEXT], high[QS_UNITS_TEXT];
	u128 value;

	kind->print(low, sizeof(low), min);
	kind->print(high, sizeof(high), max);
	if (!read_number(text, kind, &value)) {
		if (why != NULL)
			snprintf(why, why_len, "'%s' is not %s: %s, %s .. %s", text, kind->what,
				 kind->allowed, low, high);
		return -EINVAL;
	}
	if (value < min || value > max) {
		if (why != NULL)
			snprintf(why, why_len, "'%s' is out of range: %s .. %s", text, low, high);
		return -ERANGE;
	}
	*out = (uint64_t)value;
	return 0;
}

int qs_time_parse(const char *text, uint64_t min_ns, uint64_t max_ns, uint64_t *ns, char *why, size_t why_len)
{
	return parse(text, &time_kind, min_ns, max_ns, ns, why, why_len);
}

int qs_rate_parse(const char *text, uint64_t min_bps, uint64_t max_bps, uint64_t *rate_bps, char *why,
		  size_t why_len)
{
	return parse(text, &rate_kind, min_bps, max_bps, rate_bps, why, why_len);
}

int qs_uint_parse(const char *text, uint64_t min, uint64_t max, uint64_t *value, char *why, size_t why_len)
{
	return parse(text, &plain_kind, min, max, value, why, why_len);
}

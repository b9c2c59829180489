/* SPDX-License-Identifier: BSD-3-Clause */
/* Ranks of window-constraints against cross-multiplication. */
#include "sched/qs_fraction.h"

#include "sched_rig.h"

struct fraction {
	uint32_t x, y;
};

/* As the specification has it: below 0 a comes first, above 0 b, 0: they are equal. */
static int naive(struct fraction a, struct fraction b)
{
	uint64_t left = (uint64_t)a.x * b.y, right = (uint64_t)b.x * a.y;

	if (a.x == 0 && b.x == 0)
		return (a.y < b.y) - (a.y > b.y);
	if (a.x == 0 || b.x == 0)
		return a.x == 0 ? -1 : 1;
	return (left > right) - (left < right);
}

static void compare(struct fraction a, struct fraction b)
{
	uint64_t ra = qs_fraction_rank(a.x, a.y), rb = qs_fraction_rank(b.x, b.y);

	if ((ra > rb) - (ra < rb) != naive(a, b))
		fail_msg("%u/%u and %u/%u: %llx, %llx", a.x, a.y, b.x, b.y, (unsigned long long)ra,
			 (unsigned long long)rb);
	assert_true((ra | rb) >> QS_FRACTION_RANK_BITS == 0);
}

static void table_is_division(void **state)
{
	for (uint64_t y = 1; y < QS_FRACTION_TABLE; y++)
		for (uint64_t x = 0; x <= y; x++)
			assert_int_equal(qs_fraction_small(x, y), (x << QS_FRACTION_BITS) / y);
}

/* Each with those about it, and with equal fractions of larger terms. */
static void neighbours(struct fraction a)
{
	for (uint32_t dy = 0; dy < 3; dy++)
		for (uint32_t dx = 0; dx < 3; dx++)
			if (a.y + dy > 1 && a.x + dx > 0 && a.x + dx <= a.y + dy &&
			    a.y + dy <= RTE_QSOCK_WINDOW_MAX + 1)
				compare(a, (struct fraction){a.x + dx - 1, a.y + dy - 1});
	for (uint32_t n = 2; n < 300 && a.x != 0 && n * a.y <= RTE_QSOCK_WINDOW_MAX; n++)
		compare(a, (struct fraction){n * a.x, n * a.y});
}

static void edges(void **state)
{
	static const uint32_t edge[] = {0,   1,	  2,   3,   127,   128,	  129,	 254,	255,
					256, 257, 511, 512, 32767, 32768, 65533, 65534, 65535};
	static const uint32_t grown[] = {0, 1, 255, 256, 65535, 65536, UINT32_MAX - 1, UINT32_MAX};
	const uint32_t n = sizeof(edge) / sizeof(edge[0]), m = sizeof(grown) / sizeof(grown[0]);

	for (uint32_t i = 0; i < n; i++)
		for (uint32_t j = i; j < n; j++) {
			struct fraction a = {edge[i], edge[j]};

			neighbours(a);
			for (uint32_t k = 0; k < n * n; k++)
				if (edge[k / n] <= edge[k % n])
					compare(a, (struct fraction){edge[k / n], edge[k % n]});
			for (uint32_t k = 0; k < m; k++)
				compare(a, (struct fraction){0, grown[k]});
		}
	/* The two that are nearest to each other, and to 1. */
	compare((struct fraction){65533, 65534}, (struct fraction){65534, 65535});
	compare((struct fraction){65534, 65535}, (struct fraction){65535, 65535});
}

static void samples(void **state)
{
	uint64_t seed = 3;

	for (uint32_t i = 0; i < 300000; i++) {
		uint32_t most = i % 2 != 0 ? 600 : RTE_QSOCK_WINDOW_MAX;
		struct fraction a = {0, 1 + rig_random(&seed, most)}, b = {0, 1 + rig_random(&seed, most)};

		a.x = rig_random(&seed, a.y + 1);
		b.x = rig_random(&seed, b.y + 1);
		compare(a, b);
		/* The nearest that this denominator has. */
		b.x = (uint32_t)((uint64_t)a.x * b.y / a.y);
		compare(a, b);
		b.x += b.x < b.y;
		compare(a, b);
		if (i % 16 == 0)
			neighbours(a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_is_division),
		cmocka_unit_test(edges),
		cmocka_unit_test(samples),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* The ladder against a naive order: whoever comes out is before all who stay. */
#include "sched/qs_ladder.h"

#include "sched_rig.h"

#define IDS 3000u
#define FEW 32u

static qs_ladder_key keys[IDS]; /* NONE: not in the ladder */
static struct qs_ladder ladder;
static qs_ladder_key taken_max;
static uint32_t members, taken;

/* Keys of a few clusters, each dense or wide, and some alike in all but the id. */
static qs_ladder_key some_key(uint64_t *seed, uint32_t id)
{
	struct qs_key key = {.hi = (uint64_t)rig_random(seed, 5) << rig_random(seed, 60)};

	if (rig_random(seed, 2) != 0)
		key.hi += rig_random(seed, 1u << 20);
	key.lo = (uint64_t)rig_random(seed, rig_random(seed, 3) != 0 ? 2 : 1u << 30) << 32;
	return qs_ladder_key_of(key, id);
}

static void taker(struct rte_qsock_sched *s, uint32_t id)
{
	assert_true(keys[id] != QS_LADDER_NONE);
	taken_max = keys[id] > taken_max ? keys[id] : taken_max;
	keys[id] = QS_LADDER_NONE;
	members--;
	taken++;
}

/* The first bucket: not more than few, or all alike, or no rung is left; before all others. */
static void take(void)
{
	uint32_t n = qs_ladder_first(&ladder, FEW);

	if (n == 0) {
		assert_int_equal(members, 0);
		return;
	}
	taken_max = 0;
	taken = 0;
	qs_ladder_take(NULL, &ladder, taker);
	assert_int_equal(taken, n);
	for (uint32_t id = 0; id < IDS; id++)
		assert_true(keys[id] >> 32 > taken_max >> 32);
}

static void check(void)
{
	qs_ladder_key min = QS_LADDER_NONE;

	for (uint32_t id = 0; id < IDS; id++)
		min = keys[id] < min ? keys[id] : min;
	assert_int_equal(ladder.count, members);
	assert_int_equal(qs_ladder_empty(&ladder), members == 0);
	assert_true(ladder.floor <= min);
	assert_true(members != 0 || ladder.floor == QS_LADDER_NONE);
}

/* One comes: into the ladder, or, if it is below, with some others before all. */
static void enter(uint64_t *seed)
{
	qs_ladder_key before[8];
	uint32_t n = 0;

	for (uint32_t tries = 0; tries < 8; tries++) {
		uint32_t id = rig_random(seed, IDS);

		if (keys[id] != QS_LADDER_NONE)
			continue;
		keys[id] = some_key(seed, id);
		if (keys[id] >= ladder.floor) {
			qs_ladder_push(&ladder, keys[id]);
			members++;
		} else {
			before[n++] = keys[id];
		}
	}
	if (n > 0 && qs_ladder_spawn(&ladder, before, n)) {
		members += n;
		return;
	}
	for (uint32_t i = 0; i < n; i++)
		keys[(uint32_t)before[i]] = QS_LADDER_NONE;
}

static void exact(void **state)
{
	struct rte_qsock_sched *s;
	struct rte_qsock_sched_conf conf = rig_conf(NULL, "fifo");
	uint64_t seed = 3;

	conf.max_streams = IDS;
	assert_int_equal(rte_qsock_sched_create(&conf, &s), 0);
	assert_int_equal(qs_ladder_create(s, &ladder, IDS), 0);
	for (uint32_t id = 0; id < IDS; id++)
		keys[id] = QS_LADDER_NONE;
	for (uint32_t step = 0; step < 60000; step++) {
		uint32_t id = rig_random(&seed, IDS), kind = rig_random(&seed, 16);

		if (kind < (step / 6000 % 2 != 0 ? 5 : 12)) { /* it fills, and empties */
			enter(&seed);
		} else if (kind < 13 && keys[id] != QS_LADDER_NONE) {
			qs_ladder_remove(&ladder, id);
			keys[id] = QS_LADDER_NONE;
			members--;
		} else if (kind >= 13) {
			take();
		}
		if (step % 16 == 0)
			check();
	}
	rte_qsock_sched_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-3-Clause */
/* Removing a stream in steps: the same packets end in the same order as at once, and none is sent meanwhile.
 */
#include <errno.h>

#include "sched/qs_pick.h"
#include "sched_rig.h"

#define PACKETS 100u
#define STEP 32u

static const struct kind {
	const char *name;
	uint8_t cls;
} kinds[] = {
	{"dwcs", RTE_QSOCK_REALTIME},	{"vds", RTE_QSOCK_REALTIME},	 {"edf", RTE_QSOCK_REALTIME},
	{"fifo", RTE_QSOCK_REALTIME},	{"dwcs", RTE_QSOCK_BEST_EFFORT}, {"vds", RTE_QSOCK_BEST_EFFORT},
	{"edf", RTE_QSOCK_BEST_EFFORT},
};
#define NR_KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* What became of packets of two streams. */
static struct {
	uint32_t closed, next_seq;
	uint32_t other;
} ends;

static void on_drop(void *arg, const struct rte_qsock_event *ev)
{
	if (ev->stream != 0) {
		ends.other++;
		return;
	}
	assert_int_equal(ev->type, RTE_QSOCK_EV_CLOSED);
	assert_int_equal(ev->seq, ends.next_seq++);
	ends.closed++;
}

static struct rte_qsock_sched *make(const struct kind *kind)
{
	struct rte_qsock_sched_conf conf = {
		.name = kind->name, .max_streams = 8, .max_packets = 256, .on_drop = on_drop};
	struct rte_qsock_stream_conf stream = rig_stream(1, 2, RIG_T);
	struct rte_qsock_sched *s;
	uint32_t id;

	ends.closed = ends.next_seq = ends.other = 0;
	assert_int_equal(rte_qsock_sched_create(&conf, &s), 0);
	stream.cls = kind->cls;
	stream.droppable = false;
	for (id = 0; id < 2; id++)
		assert_int_equal(rte_qsock_sched_add(s, id, &stream), 0);
	return s;
}

static int arrive(struct rte_qsock_sched *s, uint32_t id)
{
	static uint64_t cookie;
	const struct rte_qsock_pkt pkt = {
		.cookie = id == 0 ? cookie++ : 0, .arrival_ns = RIG_T, .len_bytes = 1000, .frames = 1};

	return rte_qsock_sched_enqueue(s, id, &pkt, RIG_T);
}

static void in_steps(void **state)
{
	unsigned int k;

	for (k = 0; k < NR_KINDS; k++) {
		struct rte_qsock_sched *s = make(&kinds[k]);
		struct rte_qsock_stream_conf conf = rig_stream(1, 2, RIG_T);
		struct rte_qsock_stream_state st;
		uint64_t cookies[STEP];
		uint32_t i, j, n, left, sent = 0;

		for (i = 0; i < PACKETS; i++)
			assert_int_equal(arrive(s, 0), 0);
		for (i = 0; i < 10; i++)
			assert_int_equal(arrive(s, 1), 0);
		for (i = 0, left = PACKETS; left > 0; i++) {
			struct rte_qsock_event ev;
			uint32_t before = ends.closed;

			left = qs_sched_close(s, 0, RIG_T, STEP);
			assert_int_equal(ends.closed - before,
					 before + STEP < PACKETS ? STEP : PACKETS - before);
			assert_int_equal(left, PACKETS - ends.closed);
			before = ends.closed;
			if (rte_qsock_sched_decide(s, (2 + i) * RIG_T, &ev)) {
				assert_int_equal(ev.stream, 1);
				sent++;
			}
			/* Where a decision meets some of them they end there, not many at once. */
			assert_in_range(ends.closed - before, 0, QS_CLOSE_MAX);
			left = PACKETS - ends.closed;
			/* Those that come next, in order. */
			n = qs_sched_closing(s, 0, cookies, STEP);
			assert_int_equal(n, left < STEP ? left : STEP);
			for (j = 1; j < n; j++)
				assert_int_equal(cookies[j], cookies[0] + j);
			/* It is no stream, and its id is not free. */
			assert_int_equal(arrive(s, 0), -ENOENT);
			assert_int_equal(rte_qsock_sched_state(s, 0, &st), -ENOENT);
			assert_int_equal(rte_qsock_sched_remove(s, 0, RIG_T), -ENOENT);
			if (left > 0)
				assert_int_equal(rte_qsock_sched_add(s, 0, &conf), -EEXIST);
		}
		assert_int_equal(qs_sched_close(s, 0, RIG_T, STEP), 0);
		for (; sent < 10; sent++) {
			struct rte_qsock_event ev;

			assert_true(rte_qsock_sched_decide(s, (20 + sent) * RIG_T, &ev));
			assert_int_equal(ev.stream, 1);
			assert_int_equal(ev.seq, sent);
		}
		assert_int_equal(ends.closed, PACKETS);
		assert_int_equal(ends.other, 0);
		assert_int_equal(rte_qsock_sched_room(s), 256);
		assert_int_equal(rte_qsock_sched_next_ns(s), RTE_QSOCK_NEVER);
		assert_int_equal(rte_qsock_sched_add(s, 0, &conf), 0);
		rte_qsock_sched_free(s);
	}
}

/* One that has nothing queued, and what is asked of one that is gone. */
static void nothing_queued(void **state)
{
	struct rte_qsock_sched *s = make(&kinds[0]);
	struct rte_qsock_stream_conf conf = rig_stream(1, 2, RIG_T);

	assert_int_equal(qs_sched_close(s, 0, RIG_T, 0), 0);
	assert_int_equal(qs_sched_close(s, 0, RIG_T, 1), 0);
	assert_int_equal(rte_qsock_sched_add(s, 0, &conf), 0);
	assert_int_equal(ends.closed, 0);
	rte_qsock_sched_free(s);
}

/* A stream with the id of one that was closed in steps starts anew, and its timer does no harm. */
static void anew(void **state)
{
	struct rte_qsock_sched *s = make(&kinds[0]);
	struct rte_qsock_stream_conf conf = rig_stream(1, 2, RIG_T);
	struct rte_qsock_event ev;
	uint32_t i;

	conf.droppable = false;
	for (i = 0; i < 3; i++)
		assert_int_equal(arrive(s, 0), 0);
	assert_int_equal(qs_sched_close(s, 0, RIG_T, 2), 1);
	assert_false(rte_qsock_sched_decide(s, 9 * RIG_T, &ev));
	assert_int_equal(qs_sched_close(s, 0, 9 * RIG_T, 2), 0);
	assert_int_equal(rte_qsock_sched_add(s, 0, &conf), 0);
	ends.next_seq = 0;
	assert_int_equal(arrive(s, 0), 0);
	assert_true(rte_qsock_sched_decide(s, 9 * RIG_T, &ev));
	assert_int_equal(ev.stream, 0);
	assert_int_equal(ev.seq, 0);
	rte_qsock_sched_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_steps),
		cmocka_unit_test(nothing_queued),
		cmocka_unit_test(anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

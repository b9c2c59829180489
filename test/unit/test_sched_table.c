/* SPDX-License-Identifier: BSD-3-Clause */
/* table.c and slots.c: a discipline from outside the tree, as short as it can be. */
#include "sched_rig.h"

/* Round robin; what is older than a millisecond is dropped. */
struct robin {
	uint32_t nr_streams;
	uint32_t next;
	uint32_t changes;
};

static int robin_create(struct rte_qsock_sched *s, const struct rte_qsock_sched_conf *conf)
{
	struct robin *robin = rte_qsock_sched_alloc(s, sizeof(*robin));

	if (robin == NULL)
		return -ENOMEM;
	robin->nr_streams = conf->max_streams;
	rte_qsock_sched_priv_set(s, robin);
	return 0;
}

static int robin_enqueue(struct rte_qsock_sched *s, uint32_t id, const struct rte_qsock_pkt *pkt,
			 uint64_t now_ns)
{
	if (pkt->len_bytes > 9000) {
		rte_qsock_sched_drop_arrival(s, id, pkt, now_ns, RTE_QSOCK_EV_QUEUE_DROP);
		return 1;
	}
	return rte_qsock_sched_push(s, id, pkt, now_ns);
}

static bool robin_decide(struct rte_qsock_sched *s, uint64_t now_ns, struct rte_qsock_event *sent)
{
	struct robin *robin = rte_qsock_sched_priv(s);

	for (uint32_t i = 0; i < robin->nr_streams; i++) {
		uint32_t id = (robin->next + i) % robin->nr_streams;
		const struct rte_qsock_pkt *head;

		while ((head = rte_qsock_sched_head(s, id)) != NULL && now_ns - head->arrival_ns > 1000000)
			rte_qsock_sched_drop_head(s, id, now_ns, RTE_QSOCK_EV_LATE_DROP);
		if (head == NULL)
			continue;
		robin->next = id + 1;
		rte_qsock_sched_take(s, id, now_ns, false, sent);
		return true;
	}
	return false;
}

static void robin_change(struct rte_qsock_sched *s, uint32_t id, const struct rte_qsock_stream_conf *old)
{
	struct robin *robin = rte_qsock_sched_priv(s);

	assert_int_equal(old->queue_packets, 1024);
	robin->changes++;
}

static const struct rte_qsock_sched_ops robin_ops = {
	.name = "robin",
	.create = robin_create,
	.change = robin_change,
	.enqueue = robin_enqueue,
	.decide = robin_decide,
};
RTE_QSOCK_SCHED_REGISTER(robin_ops)

static void outside_discipline(void **state)
{
	struct rig *r = rig_new("robin");
	struct rte_qsock_stream_conf conf = rig_stream(0, 0, 0);

	rig_add(r, 0, conf);
	rig_add(r, 1, conf);
	rig_pkts(r, 0, 0, 2);
	rig_pkts(r, 1, 100, 2);
	assert_int_equal(rte_qsock_sched_next_ns(r->sched), 0);
	rig_slots(r, 100, 1, 2);
	rig_expect(r, "100 sent 0.0 0/0  101 sent 1.0 0/0");
	assert_true(rig_decide(r, 1000050));
	assert_false(rig_decide(r, 1000050));
	rig_expect(r, "1000050 late 0.1! 0/0  1000050 sent 1.1 0/0");

	const struct rte_qsock_pkt large = {.arrival_ns = 1000050, .len_bytes = 9001, .frames = 1};

	assert_int_equal(rte_qsock_sched_enqueue(r->sched, 1, &large, 1000050), 1);
	rig_expect(r, "1000050 full 1.2 0/0");
	conf.queue_packets = 2;
	assert_int_equal(rte_qsock_sched_change(r->sched, 1, &conf), 0);
	assert_int_equal(((struct robin *)rte_qsock_sched_priv(r->sched))->changes, 1);
	rig_free(r);
}

/* The oldest leaves for the newest: where no record is left, too. */
static int front_enqueue(struct rte_qsock_sched *s, uint32_t id, const struct rte_qsock_pkt *pkt,
			 uint64_t now_ns)
{
	struct rte_qsock_stream_state now;

	assert_int_equal(rte_qsock_sched_state(s, id, &now), 0);
	if (now.backlog_packets == 2)
		rte_qsock_sched_drop_head(s, id, now_ns, RTE_QSOCK_EV_QUEUE_DROP);
	return rte_qsock_sched_push(s, id, pkt, now_ns);
}

static void drop_from_the_front(void **state)
{
	static struct rte_qsock_sched_ops front_ops;
	struct rte_qsock_sched_conf sched = rig_conf(NULL, "front");
	struct rte_qsock_stream_conf conf = rig_stream(0, 0, 0);
	struct rig *r;

	front_ops = robin_ops;
	front_ops.name = "front";
	front_ops.enqueue = front_enqueue;
	assert_int_equal(rte_qsock_sched_register(&front_ops), 0);
	sched.max_packets = 4;
	r = rig_make(&sched);
	conf.queue_packets = 2;
	rig_add(r, 0, conf);
	rig_add(r, 1, conf);
	for (uint32_t i = 0; i < 3; i++)
		for (uint32_t id = 0; id < 2; id++)
			rig_pkts(r, id, 10 * i, 2);
	assert_int_equal(rte_qsock_sched_room(r->sched), 0);
	r->len = 0;
	rig_slots(r, 100, 1, 4);
	rig_expect(r, "100 sent 0.4 0/0  101 sent 1.4 0/0  102 sent 0.5 0/0  103 sent 1.5 0/0");
	assert_int_equal(rte_qsock_sched_room(r->sched), 4);
	rig_free(r);
}

static void names(void **state)
{
	static const char *const builtin[] = {"dwcs", "vds", "edf", "fifo", "robin"};

	for (unsigned int i = 0; i < 5; i++)
		assert_string_equal(rte_qsock_sched_name(i), builtin[i]);
	assert_null(rte_qsock_sched_name(5));
}

static void refused(void **state)
{
	struct rte_qsock_sched_ops ops = robin_ops;

	assert_int_equal(rte_qsock_sched_register(NULL), -EINVAL);
	assert_int_equal(rte_qsock_sched_register(&ops), -EEXIST);
	ops.name = "dwcs";
	assert_int_equal(rte_qsock_sched_register(&ops), -EEXIST);
	ops.name = NULL;
	assert_int_equal(rte_qsock_sched_register(&ops), -EINVAL);
	ops.name = "";
	assert_int_equal(rte_qsock_sched_register(&ops), -EINVAL);
	ops.name = "a name that has thirty-two bytes";
	assert_int_equal(rte_qsock_sched_register(&ops), -EINVAL);
	ops.name = "other";
	ops.decide = NULL;
	assert_int_equal(rte_qsock_sched_register(&ops), -EINVAL);
	ops.decide = robin_decide;
	ops.enqueue = NULL;
	assert_int_equal(rte_qsock_sched_register(&ops), -EINVAL);
}

static void too_many(void **state)
{
	static struct rte_qsock_sched_ops ops[40];
	static char name[40][8];
	int i, rc = 0;

	for (i = 0; i < 40 && rc == 0; i++) {
		snprintf(name[i], sizeof(name[i]), "d%d", i);
		ops[i] = robin_ops;
		ops[i].name = name[i];
		rc = rte_qsock_sched_register(&ops[i]);
	}
	assert_int_equal(rc, -ENOSPC);
	assert_true(i > 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(outside_discipline),
		cmocka_unit_test(names),
		cmocka_unit_test(drop_from_the_front),
		cmocka_unit_test(refused),
		cmocka_unit_test(too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

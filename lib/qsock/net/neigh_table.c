/* SPDX-License-Identifier: BSD-3-Clause */
/* Neighbours by address: the service thread writes, any thread reads, nobody waits. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_jhash.h>

#include "eal/qs_log.h"
#include "net/qs_route_priv.h"

int qs_neigh_table_init(struct qs_neigh_table *t, uint32_t size)
{
	static uint32_t number; /* names in rte_hash's list are unique */
	char name[RTE_HASH_NAMESIZE];
	struct rte_hash_parameters params = {
		.name = name,
		.entries = size,
		.key_len = sizeof(struct qs_neigh_key),
		.hash_func = rte_jhash,
		.socket_id = SOCKET_ID_ANY,
		.extra_flag = RTE_HASH_EXTRA_FLAGS_RW_CONCURRENCY_LF | RTE_HASH_EXTRA_FLAGS_EXT_TABLE,
	};

	snprintf(name, sizeof(name), "qs_neigh_%u", __atomic_fetch_add(&number, 1, __ATOMIC_RELAXED));
	t->size = size;
	t->used = 0;
	t->hash = rte_hash_create(&params);
	/* Positions of keys may be one above the number of entries; the last is never used. */
	t->entries = t->hash ? calloc((size_t)size + 1, sizeof(*t->entries)) : NULL;
	if (t->entries == NULL) {
		rte_hash_free(t->hash);
		t->hash = NULL;
		return qs_fail(ENOMEM, "neighbours: no memory for %u", size);
	}
	return 0;
}

void qs_neigh_table_fini(struct qs_neigh_table *t)
{
	rte_hash_free(t->hash);
	free(t->entries);
	memset(t, 0, sizeof(*t));
}

struct qs_neigh_entry *qs_neigh_find(const struct qs_neigh_table *t, const struct qs_neigh_key *key)
{
	int32_t i = rte_hash_lookup(t->hash, key);

	return i < 0 || (uint32_t)i > t->size ? NULL : &t->entries[i];
}

bool qs_neigh_read(const struct qs_neigh_entry *e, const struct qs_neigh_key *key, struct qs_neigh_data *data)
{
	uint32_t sn = rte_seqcount_read_begin(&e->seq);

	*data = e->data;
	return !rte_seqcount_read_retry(&e->seq, sn) && memcmp(&data->key, key, sizeof(*key)) == 0;
}

static void entry_write(struct qs_neigh_entry *e, const struct qs_neigh_data *data)
{
	rte_seqcount_write_begin(&e->seq);
	e->data = *data;
	rte_seqcount_write_end(&e->seq);
}

bool qs_neigh_write(struct qs_neigh_table *t, const struct qs_neigh_data *data)
{
	struct qs_neigh_entry *e = qs_neigh_find(t, &data->key);
	int32_t i;

	if (e == NULL) {
		i = t->used < t->size ? rte_hash_add_key(t->hash, &data->key) : -1;
		if (i < 0 || (uint32_t)i > t->size)
			return false;
		t->used++;
		e = &t->entries[i];
	}
	entry_write(e, data);
	return true;
}

void qs_neigh_erase(struct qs_neigh_table *t, const struct qs_neigh_key *key)
{
	static const struct qs_neigh_data nobody;
	int32_t i = rte_hash_del_key(t->hash, key);

	if (i < 0)
		return;
	entry_write(&t->entries[i], &nobody);
	/* A reader that still looks at this position compares the key that it finds there. */
	rte_hash_free_key_with_position(t->hash, i);
	t->used--;
}

struct qs_neigh_entry *qs_neigh_next(const struct qs_neigh_table *t, uint32_t *iter)
{
	const void *key;
	void *unused;
	int32_t i = rte_hash_iterate(t->hash, &key, &unused, iter);

	return i < 0 || (uint32_t)i > t->size ? NULL : &t->entries[i];
}

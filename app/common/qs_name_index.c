/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "qs_name_index.h"

#define SLOTS_FIRST 64u

/* Open addressing, at most half full. */
struct slot {
	char *name;
	uint32_t number;
};

struct qs_name_index {
	struct slot *slots;
	uint32_t n_slots; /* a power of two */
	uint32_t used;
};

struct qs_name_index *qs_name_index_create(void)
{
	struct qs_name_index *names = calloc(1, sizeof(*names));

	if (names == NULL)
		return NULL;
	names->n_slots = SLOTS_FIRST;
	names->slots = calloc(names->n_slots, sizeof(*names->slots));
	if (names->slots == NULL) {
		free(names);
		return NULL;
	}
	return names;
}

void qs_name_index_free(struct qs_name_index *names)
{
	uint32_t i;

	if (names == NULL)
		return;
	for (i = 0; i < names->n_slots; i++)
		free(names->slots[i].name);
	free(names->slots);
	free(names);
}

/* FNV-1a. */
static uint32_t hash(const char *name)
{
	uint32_t h = 2166136261u;

	for (; *name != '\0'; name++)
		h = (h ^ (unsigned char)*name) * 16777619u;
	return h;
}

/* The slot of a name, or the empty one where it would go. */
static struct slot *probe(struct slot *slots, uint32_t n_slots, const char *name)
{
	uint32_t i = hash(name) & (n_slots - 1);

	while (slots[i].name != NULL && strcmp(slots[i].name, name) != 0)
		i = (i + 1) & (n_slots - 1);
	return &slots[i];
}

int64_t qs_name_index_find(const struct qs_name_index *names, const char *name)
{
	const struct slot *slot = probe(names->slots, names->n_slots, name);

	return slot->name == NULL ? -1 : (int64_t)slot->number;
}

static int grow(struct qs_name_index *names)
{
	uint32_t i, n_slots = names->n_slots * 2;
	struct slot *slots = calloc(n_slots, sizeof(*slots));

	if (slots == NULL)
		return -ENOMEM;
	for (i = 0; i < names->n_slots; i++) {
		if (names->slots[i].name != NULL)
			*probe(slots, n_slots, names->slots[i].name) = names->slots[i];
	}
	free(names->slots);
	names->slots = slots;
	names->n_slots = n_slots;
	return 0;
}

int qs_name_index_add(struct qs_name_index *names, const char *name, uint32_t number)
{
	struct slot *slot;

	if (names->used >= names->n_slots / 2 && grow(names) != 0)
		return -ENOMEM;
	slot = probe(names->slots, names->n_slots, name);
	slot->name = strdup(name);
	if (slot->name == NULL)
		return -ENOMEM;
	slot->number = number;
	names->used++;
	return 0;
}

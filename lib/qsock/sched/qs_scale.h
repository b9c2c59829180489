/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Brief keys: 64 bits that never contradict the order of the streams, but different streams may look alike.
 * Only then the streams themselves are compared. What they have of a time is steps from an epoch, as fine as
 * the times that come allow.
 */
#ifndef QS_SCALE_H
#define QS_SCALE_H

#include "qs_types.h"

#define QS_SCALE_ALIKE 64u /* steps that make so many keys look alike are too coarse */

/* How a time becomes part of a brief key. */
struct qs_scale {
	uint64_t epoch_ns; /* what is before it looks alike */
	uint64_t renew_ns; /* from then on another epoch is worth its making */
	uint64_t max;	   /* what is so many steps later, too */
	uint32_t shift;	   /* a step is 2^shift ns */
	uint32_t bits;	   /* of an id, */
	uint64_t mask;	   /* which are these */
	uint32_t alike;	   /* keys that looked alike for coarse steps, lately */
	bool clipped;	   /* keys did, for times beyond all steps */
	uint32_t version;  /* of all this: another one makes other keys */
};

/* Whether stream a comes before stream b, whose keys look alike. */
typedef bool (*qs_alike_fn)(const struct rte_qsock_sched *s, uint32_t a, uint32_t b);

static inline bool qs_scale_unfit(const struct qs_scale *scale)
{
	return scale->clipped || scale->alike >= QS_SCALE_ALIKE;
}

/* Two different times looked alike. */
static inline void qs_scale_alike(struct qs_scale *scale, uint64_t a_ns, uint64_t b_ns)
{
	uint64_t sooner_ns = a_ns < b_ns ? a_ns : b_ns;

	if (sooner_ns > scale->epoch_ns && (sooner_ns - scale->epoch_ns) >> scale->shift >= scale->max)
		scale->clipped = true;
	else
		scale->alike++;
	if (qs_scale_unfit(scale))
		scale->renew_ns = 0;
}

/* Times are told from now on, in steps that may be other ones: all keys are made anew. */
static inline void qs_scale_adapt(struct qs_scale *scale, uint64_t now_ns)
{
	if (qs_unlikely(qs_scale_unfit(scale))) {
		if (scale->clipped)
			scale->shift += scale->shift < 60 ? 2 : 0;
		else
			scale->shift -= scale->shift > 0;
		scale->clipped = false;
		scale->alike = 0;
	}

	scale->version++;

	uint64_t steps = scale->max / 8, most = (UINT64_MAX - now_ns) >> scale->shift;

	scale->epoch_ns = now_ns;
	scale->renew_ns = now_ns + ((steps < most ? steps : most) << scale->shift);
}

/* Steps from the epoch to a time. */
QS_INLINE uint64_t qs_scale_steps(const struct qs_scale *scale, uint64_t time_ns, uint32_t shift,
				  uint64_t max)
{
	uint64_t steps = time_ns > scale->epoch_ns ? (time_ns - scale->epoch_ns) >> shift : 0;

	return steps < max ? steps : max;
}

#endif

/* SPDX-License-Identifier: BSD-3-Clause */
#include "qs_source.h"

void qs_source_start(struct qs_source *s, const struct qs_stream_config *conf)
{
	*s = (struct qs_source){.next_ns = conf->start_ns};
	qs_prng_init(&s->prng, conf->seed, conf->name);
	if (conf->source == QS_SOURCE_POISSON)
		s->next_ns += qs_prng_exponential(&s->prng, conf->interval_ns);
	if (conf->source == QS_SOURCE_ONOFF)
		s->on_end_ns = s->next_ns + qs_prng_exponential(&s->prng, conf->on_ns);
}

void qs_source_advance(struct qs_source *s, const struct qs_stream_config *conf)
{
	if (conf->source == QS_SOURCE_POISSON) {
		s->next_ns += qs_prng_exponential(&s->prng, conf->interval_ns);
		return;
	}
	s->next_ns += conf->interval_ns;
	if (conf->source == QS_SOURCE_ONOFF && s->next_ns >= s->on_end_ns) {
		s->next_ns = s->on_end_ns + qs_prng_exponential(&s->prng, conf->off_ns);
		s->on_end_ns = s->next_ns + qs_prng_exponential(&s->prng, conf->on_ns);
	}
}

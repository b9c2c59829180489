/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "choose.h"
#include "eal/qs_log.h"

/* AF_XDP sends no longer frames; asked for by name it does what it can. */
static bool too_long(const struct qs_choice *choice, enum qs_driver driver)
{
	return driver == QS_DRIVER_AF_XDP && choice->asked == QS_DRIVER_AUTO &&
	       choice->mtu_bytes > QS_AF_XDP_MTU_MAX;
}

enum qs_driver qs_choice_first(const struct qs_choice *choice)
{
	if (choice->asked != QS_DRIVER_AUTO)
		return choice->asked;
	return choice->interface && choice->twin == QS_TWIN_NONE ? QS_DRIVER_AF_XDP : QS_DRIVER_ETHDEV;
}

/* Errors that say something of the driver on this device; the others are of the caller's, or of the
 * machine's. */
static bool gives_way(int error)
{
	switch (error) {
	case EPERM:   /* a privilege that another does without */
	case EBUSY:   /* its queue is another program's */
	case ENODEV:  /* EAL cannot plug it in */
	case ENOTSUP: /* the kernel does not have it */
	case ENOMEM:  /* more than may be locked */
	case EIO:     /* the interface's driver refused */
		return true;
	default:
		return false;
	}
}

enum qs_driver qs_choice_next(const struct qs_choice *choice, enum qs_driver refused, int error)
{
	if (choice->asked != QS_DRIVER_AUTO || !choice->interface || choice->twin == QS_TWIN_MUST ||
	    !gives_way(error))
		return QS_DRIVER_AUTO;
	return refused == QS_DRIVER_ETHDEV   ? QS_DRIVER_AF_XDP
	       : refused == QS_DRIVER_AF_XDP ? choice->kernel
					     : QS_DRIVER_AUTO;
}

/* @return QS_DRIVER_AUTO: none that the settings are for */
static enum qs_driver next_fit(const struct qs_choice *choice, const struct qs_choice_steps *steps, void *arg,
			       enum qs_driver refused, int error)
{
	enum qs_driver next = refused;

	do {
		next = qs_choice_next(choice, next, error);
	} while (next != QS_DRIVER_AUTO && steps->fits != NULL && !steps->fits(arg, next));
	return next;
}

static void tell(const struct qs_choice_steps *steps, void *arg, enum qs_driver from, enum qs_driver to,
		 const char *why)
{
	if (steps->gives_way != NULL)
		steps->gives_way(arg, from, to, why);
}

int qs_choice_up(const struct qs_choice *choice, const struct qs_choice_steps *steps, void *arg,
		 enum qs_driver *driver)
{
	struct qs_refusal refusal;
	enum qs_driver next;
	int ret;

	for (*driver = qs_choice_first(choice);; *driver = next) {
		refusal = (struct qs_refusal){0};
		next = too_long(choice, *driver) ? next_fit(choice, steps, arg, *driver, ENOTSUP)
						 : QS_DRIVER_AUTO;
		if (next != QS_DRIVER_AUTO) {
			snprintf(refusal.why, sizeof(refusal.why),
				 "the MTU is %u, and its frames have a page", choice->mtu_bytes);
		} else {
			ret = steps->up(arg, *driver, &refusal);
			if (ret == 0 || !refusal.by_driver)
				return ret;
			next = next_fit(choice, steps, arg, *driver, -ret);
			if (next == QS_DRIVER_AUTO)
				return ret;
		}
		tell(steps, arg, *driver, next, refusal.why);
	}
}

void qs_choice_tell(const char *device, enum qs_driver from, enum qs_driver to, const char *why)
{
	static const enum qs_guarantee told[] = {QS_GUARANTEE_EARLY, QS_GUARANTEE_ORDER, QS_GUARANTEE_SEEN,
						 QS_GUARANTEE_FOREIGN, QS_GUARANTEE_RECEIVE};
	const char *const *before = qs_drivers[from].guarantee, *const *after = qs_drivers[to].guarantee;
	char differs[512] = "";
	size_t i, len = 0;

	for (i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		if (strcmp(before[told[i]], after[told[i]]) != 0 && len < sizeof(differs))
			len += (size_t)snprintf(differs + len, sizeof(differs) - len, "%s%s: %s, not: %s",
						len > 0 ? "; " : "", qs_guarantee_names[told[i]],
						after[told[i]], before[told[i]]);
	}
	QS_LOG(NOTICE, "device %s: driver %s could not be had (%s): it has %s now; %s\n", device,
	       qs_drivers[from].title, why, qs_drivers[to].title, differs);
}

/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>

#include "cmd.h"
#include "common/drivers.h"
#include "table.h"

static int show_drivers(struct shell *sh, const struct shell_words *words)
{
	char heading[128] = "<";
	struct dq_table *t;
	unsigned int driver, i;
	size_t len = 1;

	for (driver = QS_DRIVER_AUTO + 1; driver < QS_DRIVERS; driver++)
		len += (size_t)snprintf(heading + len, sizeof(heading) - len, "|<%s",
					qs_drivers[driver].title);
	t = dq_table_new(heading);
	for (i = 0; i < QS_GUARANTEES; i++) {
		dq_table_text(t, qs_guarantee_names[i]);
		for (driver = QS_DRIVER_AUTO + 1; driver < QS_DRIVERS; driver++)
			dq_table_text(t, qs_drivers[driver].guarantee[i]);
	}
	dq_table_print(t, stdout, "");
	return 0;
}

const struct shell_command cmd_driver[] = {
	{"show drivers", "what holds with each driver", show_drivers},
	{0},
};

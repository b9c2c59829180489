/* SPDX-License-Identifier: BSD-3-Clause */
/* Which driver a device gets, and which errors give way to another. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <rte_common.h>

#include "af_xdp/xsk.h"
#include "common/choose.h"
#include "qsocket.h"

static const struct qs_choice interface = {.interface = true, .kernel = QS_DRIVER_PACKET};

/* A device on which some drivers cannot be had. */
struct device {
	int error[QS_DRIVERS]; /* 0: it can be had */
	bool by_driver;
	bool unfit[QS_DRIVERS];
	char tried[64], told[256];
};

static void note(char *text, size_t size, const char *word)
{
	snprintf(text + strlen(text), size - strlen(text), "%s%s", text[0] != '\0' ? " " : "", word);
}

static const char *const letters[QS_DRIVERS] = {"?", "ethdev", "af_xdp", "messages", "frames"};

static int up(void *arg, enum qs_driver driver, struct qs_refusal *refusal)
{
	struct device *d = arg;

	note(d->tried, sizeof(d->tried), letters[driver]);
	refusal->by_driver = d->by_driver;
	snprintf(refusal->why, sizeof(refusal->why), "because%d", d->error[driver]);
	return -d->error[driver];
}

static bool fits(void *arg, enum qs_driver driver)
{
	return !((struct device *)arg)->unfit[driver];
}

static void gives_way(void *arg, enum qs_driver from, enum qs_driver to, const char *why)
{
	struct device *d = arg;
	char text[300];

	snprintf(text, sizeof(text), "%s>%s:%s", letters[from], letters[to], why);
	note(d->told, sizeof(d->told), text);
}

static const struct qs_choice_steps steps = {up, fits, gives_way};

/* What is tried, and what comes of it. */
static void tries(struct qs_choice choice, struct device d, const char *tried, int ret, const char *told)
{
	enum qs_driver driver;

	assert_int_equal(qs_choice_up(&choice, &steps, &d, &driver), -ret);
	assert_string_equal(d.tried, tried);
	assert_string_equal(d.told, told);
}

static struct qs_choice with(enum qs_driver asked, enum qs_twin_wish twin)
{
	struct qs_choice choice = interface;

	choice.asked = asked;
	choice.twin = twin;
	return choice;
}

static void test_the_values_are_qsocket_hs(void **state)
{
	(void)state;
	assert_int_equal(QS_DRIVER_AUTO, Q_DRIVER_AUTO);
	assert_int_equal(QS_DRIVER_ETHDEV, Q_DRIVER_ETHDEV);
	assert_int_equal(QS_DRIVER_AF_XDP, Q_DRIVER_AF_XDP);
	assert_int_equal(QS_DRIVER_KERNEL, Q_DRIVER_KERNEL);
	assert_int_equal(qs_driver_by_name("kernel"), Q_DRIVER_KERNEL);
	assert_int_equal(qs_driver_by_name("xdp"), -1);
	assert_int_equal(QS_AF_XDP_MTU_MAX + RTE_ETHER_HDR_LEN + RTE_VLAN_HLEN, QS_TXSK_FRAME_MAX);
}

static void test_every_driver_says_all(void **state)
{
	(void)state;
	for (int driver = QS_DRIVER_ETHDEV; driver < QS_DRIVERS; driver++)
		for (int i = 0; i < QS_GUARANTEES; i++)
			assert_non_null(qs_drivers[driver].guarantee[i]);
	for (int i = 0; i < QS_GUARANTEES; i++)
		assert_non_null(qs_guarantee_names[i]);
}

static void test_the_first(void **state)
{
	const struct qs_choice eal = {.kernel = QS_DRIVER_PACKET};

	(void)state;
	tries(eal, (struct device){.by_driver = true}, "ethdev", 0, "");
	tries(with(QS_DRIVER_AUTO, QS_TWIN_MAY), (struct device){.by_driver = true}, "ethdev", 0, "");
	tries(with(QS_DRIVER_AUTO, QS_TWIN_MUST), (struct device){.by_driver = true}, "ethdev", 0, "");
	tries(with(QS_DRIVER_AUTO, QS_TWIN_NONE), (struct device){.by_driver = true}, "af_xdp", 0, "");
	tries(with(QS_DRIVER_PACKET, QS_TWIN_MAY), (struct device){.by_driver = true}, "frames", 0, "");
}

static void test_ethdev_then_af_xdp_then_the_kernel(void **state)
{
	struct device d = {.error = {[QS_DRIVER_ETHDEV] = EIO}, .by_driver = true};
	struct qs_choice sockets = interface;

	(void)state;
	tries(interface, d, "ethdev af_xdp", 0, "ethdev>af_xdp:because5");
	d.error[QS_DRIVER_AF_XDP] = ENOTSUP;
	tries(interface, d, "ethdev af_xdp frames", 0, "ethdev>af_xdp:because5 af_xdp>frames:because95");
	d.error[QS_DRIVER_PACKET] = EPERM;
	tries(interface, d, "ethdev af_xdp frames", EPERM, "ethdev>af_xdp:because5 af_xdp>frames:because95");
	sockets.kernel = QS_DRIVER_KERNEL;
	tries(sockets, d, "ethdev af_xdp messages", 0, "ethdev>af_xdp:because5 af_xdp>messages:because95");
}

static void test_which_errors_give_way(void **state)
{
	static const int do_so[] = {EPERM, EBUSY, ENODEV, ENOTSUP, ENOMEM, EIO};
	static const int do_not[] = {EINVAL, EMFILE, EAGAIN, EEXIST, ENOENT, ENOSPC};
	struct device d = {.by_driver = true};

	(void)state;
	for (size_t i = 0; i < RTE_DIM(do_so); i++)
		assert_int_equal(qs_choice_next(&interface, QS_DRIVER_ETHDEV, do_so[i]), QS_DRIVER_AF_XDP);
	for (size_t i = 0; i < RTE_DIM(do_not); i++) {
		d.error[QS_DRIVER_ETHDEV] = do_not[i];
		tries(interface, d, "ethdev", do_not[i], "");
	}
	/* What is not the driver's fault: another of our own ports has the device. */
	d.error[QS_DRIVER_ETHDEV] = EBUSY;
	d.by_driver = false;
	tries(interface, d, "ethdev", EBUSY, "");
}

static void test_what_was_asked_for_stays(void **state)
{
	const struct device none = {
		.error = {[QS_DRIVER_ETHDEV] = EIO, [QS_DRIVER_AF_XDP] = ENOTSUP, [QS_DRIVER_PACKET] = EBUSY},
		.by_driver = true};
	const struct qs_choice eal = {.kernel = QS_DRIVER_PACKET};

	(void)state;
	tries(with(QS_DRIVER_ETHDEV, QS_TWIN_MAY), none, "ethdev", EIO, "");
	tries(with(QS_DRIVER_AF_XDP, QS_TWIN_NONE), none, "af_xdp", ENOTSUP, "");
	tries(with(QS_DRIVER_PACKET, QS_TWIN_NONE), none, "frames", EBUSY, "");
	tries(with(QS_DRIVER_AUTO, QS_TWIN_MUST), none, "ethdev", EIO, "");
	tries(eal, none, "ethdev", EIO, "");
}

static void test_settings_hold_to_a_driver(void **state)
{
	struct device d = {.error = {[QS_DRIVER_ETHDEV] = EIO, [QS_DRIVER_AF_XDP] = EBUSY},
			   .by_driver = true};

	(void)state;
	d.unfit[QS_DRIVER_PACKET] = true;
	tries(interface, d, "ethdev af_xdp", EBUSY, "ethdev>af_xdp:because5");
	d.unfit[QS_DRIVER_AF_XDP] = true;
	tries(interface, d, "ethdev", EIO, "");
	d.unfit[QS_DRIVER_PACKET] = false;
	tries(interface, d, "ethdev frames", 0, "ethdev>frames:because5");
}

static void test_long_frames_are_not_af_xdps(void **state)
{
	struct qs_choice choice = with(QS_DRIVER_AUTO, QS_TWIN_NONE);
	struct device d = {.by_driver = true};

	(void)state;
	choice.mtu_bytes = QS_AF_XDP_MTU_MAX;
	tries(choice, d, "af_xdp", 0, "");
	choice.mtu_bytes = 9000;
	tries(choice, d, "frames", 0, "af_xdp>frames:the MTU is 9000, and its frames have a page");
	d.unfit[QS_DRIVER_PACKET] = true; /* it does what it can */
	tries(choice, d, "af_xdp", 0, "");
	choice.asked = QS_DRIVER_AF_XDP;
	d.unfit[QS_DRIVER_PACKET] = false;
	tries(choice, d, "af_xdp", 0, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_values_are_qsocket_hs),
		cmocka_unit_test(test_every_driver_says_all),
		cmocka_unit_test(test_the_first),
		cmocka_unit_test(test_ethdev_then_af_xdp_then_the_kernel),
		cmocka_unit_test(test_which_errors_give_way),
		cmocka_unit_test(test_what_was_asked_for_stays),
		cmocka_unit_test(test_settings_hold_to_a_driver),
		cmocka_unit_test(test_long_frames_are_not_af_xdps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Reading counters in user mode, from scripted pages: there may be no PMU here. */
#include "measure/counters_internal.h"
#include "unit/measure/scripted_perf.h"

/* What the hardware counts between start and stop. */
static void happen(uint64_t times)
{
	for (int i = 0; i < FDS_MAX; i++)
		if (is_open(i) && !is_software(&script.fd[i].attr) &&
		    script.fd[script.fd[i].leader].on)
			script.fd[i].value += times;
}

static struct counter_set *open_rdpmc(void)
{
	script.can_rdpmc = true;
	counters_resolve(&plan);
	memset(script.fd, 0, sizeof script.fd);
	return open_set(counters_open);
}

static struct counter_reading leg(struct counter_set *set, const char *id, uint64_t times)
{
	struct counter_reading reading;

	for (unsigned turn = 0; turn < 4; turn++) { /* until its group has its turn */
		counters_start(set);
		happen(times);
		counters_stop(set);
		reading = counters_get(set, index_of(id));
		if (reading.valid)
			break;
	}
	return reading;
}

static void a_page_that_may_be_read_spares_the_system_call(void **state)
{
	(void)state;
	struct counter_set *set = open_rdpmc();
	assert_true(counters_uses_rdpmc(set));
	for (uint64_t times = 1; times < 10 * PMC_BEGAN; times *= 7) { /* passes zero on its way */
		script.reads = script.rdpmcs = 0;
		struct counter_reading r = leg(set, "dtlb_load_walk", times);
		assert_true(r.valid && r.running == 1);
		assert_true(r.value == (double)times);
		assert_true(script.rdpmcs > 0);
		assert_true(script.reads > 0 && script.reads <= 4); /* the kernel's group only */
	}
	counters_close(set);
}

static void without_permission_it_is_read_2(void **state)
{
	(void)state;
	counters_resolve(&plan);
	memset(script.fd, 0, sizeof script.fd);
	struct counter_set *set = open_set(counters_open);
	assert_false(counters_uses_rdpmc(set));
	script.rdpmcs = 0;
	assert_true(leg(set, "dtlb_load_walk", 10).valid);
	assert_int_equal(script.rdpmcs, 0);
	counters_close(set);
}

static void an_event_that_is_off_the_pmu_goes_to_read_2(void **state)
{
	(void)state;
	struct counter_set *set = open_rdpmc();
	script.off_pmu = true;
	script.rdpmcs = 0;
	for (unsigned turn = 0; turn < 4; turn++) {
		counters_start(set);
		counters_stop(set);
	}
	assert_int_equal(script.rdpmcs, 0);
	assert_false(counters_uses_rdpmc(set));
	assert_true(counters_get(set, index_of("page_faults")).valid);
	counters_close(set);
}

static uint64_t multiplexing_rdpmc(uint32_t counter)
{
	script.fd[counter].page.time_enabled += 10; /* it waited in between, and is back */
	return scripted_rdpmc(counter);
}

static void one_that_was_multiplexed_in_between_is_not_valid(void **state)
{
	(void)state;
	struct counter_set *set = open_rdpmc();
	counters_perf_rdpmc = multiplexing_rdpmc;
	for (unsigned turn = 0; turn < 4; turn++) {
		counters_start(set);
		happen(5);
		counters_stop(set);
		for (unsigned i = 0; i < plan.n; i++)
			if (is_hardware(&plan.counter[i]))
				assert_false(counters_get(set, i).valid);
	}
	counters_perf_rdpmc = scripted_rdpmc;
	script.off_pmu = false;
	/* From then on by read(2), and right again: nothing of the lost leg shows. */
	struct counter_reading r = leg(set, "dtlb_load_walk", 7);
	assert_true(r.valid);
	assert_true(r.value == 7 + 0x0e08); /* and what the script counts as it is disabled */
	counters_close(set);
}

static struct perf_event_mmap_page moving;
static unsigned looks;

/* The kernel begins to write during the first look, and ends during the second. */
static uint64_t disturbed_rdpmc(uint32_t counter)
{
	assert_int_equal(counter, 3);
	looks++;
	if (looks <= 2)
		moving.lock++;
	if (looks == 2)
		moving.offset = 500;
	return 7;
}

static void a_page_that_changes_meanwhile_is_read_again(void **state)
{
	struct rdpmc_reading reading;

	(void)state;
	moving = (struct perf_event_mmap_page){.index = 4, .pmc_width = 48, .offset = 100};
	moving.cap_user_rdpmc = 1;
	looks = 0;
	counters_perf_rdpmc = disturbed_rdpmc;
	assert_true(rdpmc_read(&moving, &reading));
	assert_int_equal(looks, 3);
	assert_int_equal(reading.value, 507);
}

static void the_cost_of_both_is_measured(void **state)
{
	struct counter_cost cost;

	(void)state;
	script.can_rdpmc = true;
	counters_resolve(&plan);
	counters_cost(&plan, &cost);
	assert_true(cost.leg_ns > 0 && cost.read_ns > 0 && cost.rdpmc_ns > 0);
	scripted(state);
	counters_resolve(&plan);
	counters_cost(&plan, &cost);
	assert_true(cost.leg_ns > 0 && cost.read_ns > 0 && cost.rdpmc_ns == 0);
	scripted(state);
	script.hardware = script.software = ENOENT;
	counters_resolve(&plan);
	counters_cost(&plan, &cost);
	assert_true(cost.leg_ns == 0 && cost.read_ns == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    SCRIPTED(a_page_that_may_be_read_spares_the_system_call),
	    SCRIPTED(without_permission_it_is_read_2),
	    SCRIPTED(an_event_that_is_off_the_pmu_goes_to_read_2),
	    SCRIPTED(one_that_was_multiplexed_in_between_is_not_valid),
	    SCRIPTED(a_page_that_changes_meanwhile_is_read_again),
	    SCRIPTED(the_cost_of_both_is_measured),
	};

	remember_the_real_kernel();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Loading described machines, for the tests of topology and places. */
#ifndef TEST_TOPOLOGY_H
#define TEST_TOPOLOGY_H

#include "machine/topology.h"

#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static inline void clear_environment(void)
{
	unsetenv("HWLOC_SYNTHETIC");
	unsetenv("HWLOC_XMLFILE");
	unsetenv("HWLOC_THISSYSTEM");
	unsetenv("TLBSCOPE_SYSROOT");
}

/* As a setup and teardown of cmocka: every test starts on this machine. */
static inline int on_this_machine(void **state)
{
	(void)state;
	clear_environment();
	return 0;
}

static inline struct topology *load_variable(const char *name, const char *value, const char *cpus)
{
	struct topology *topology;

	clear_environment();
	setenv(name, value, 1);
	struct verdict v = topology_load(cpus, &topology);
	if (!verdict_is_ok(&v))
		print_message("%s=%s: %s\n", name, value, v.text);
	assert_true(verdict_is_ok(&v));
	assert_non_null(topology);
	return topology;
}

static inline struct topology *load_synthetic(const char *description)
{
	return load_variable("HWLOC_SYNTHETIC", description, NULL);
}

static inline struct topology *load_fixture(const char *name)
{
	char path[512];

	snprintf(path, sizeof path, FIXTURES "/topology/%s", name);
	return load_variable("HWLOC_XMLFILE", path, NULL);
}

static inline struct verdict gang_at(const struct topology *topology, unsigned cpukind,
				     enum place place, unsigned responders, struct gang_cpus *out)
{
	struct gang_spec spec = {.responders = responders, .place = place, .state = RESPONDER_SPIN};

	return topology_gang(topology, cpukind, &spec, out);
}

#endif

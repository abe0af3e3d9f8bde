/* Places: equivalence classes of responders, seen from an initiator. */
#include "machine/topology_internal.h"

#include <string.h>

static const struct {
	const char *name, *lack;
} places[PLACES] = {
    [PLACE_NONE] = {"none", ""},
    [PLACE_SMT] = {"smt", "the initiator's core has no more threads"},
    [PLACE_CORE] = {"core", "no more cores share the initiator's last-level cache"},
    [PLACE_LLC] = {"llc",
		   "the initiator's package has no more cores behind another last-level cache"},
    [PLACE_PACKAGE] = {"package", "there are no more cores in other packages"},
    [PLACE_NEAREST] = {"nearest", "there are no more CPUs, at no two places"},
};

const char *place_name(enum place place)
{
	return (unsigned)place < PLACES ? places[place].name : places[PLACE_NONE].name;
}

bool place_parse(const char *word, enum place *out)
{
	for (enum place place = PLACE_SMT; place < PLACES; place++)
		if (!strcmp(word, places[place].name)) {
			*out = place;
			return true;
		}
	return false;
}

static enum place place_of(const struct pu *initiator, const struct pu *pu)
{
	if (pu == initiator)
		return PLACE_NONE;
	if (pu->core == initiator->core)
		return PLACE_SMT;
	if (pu->package != initiator->package)
		return PLACE_PACKAGE;
	return pu->llc == initiator->llc ? PLACE_CORE : PLACE_LLC;
}

/* Gangs that fit into one place belong to that place alone. */
static unsigned nearest_capacity(const unsigned capacity[PLACES])
{
	unsigned sum = 0, used = 0;

	for (enum place place = PLACE_SMT; place < PLACE_NEAREST; place++) {
		sum += capacity[place];
		used += capacity[place] > 0;
	}
	if (used < 2)
		return 0;
	return sum < GANG_CPUS_MAX ? sum : GANG_CPUS_MAX;
}

static enum place first_place(const unsigned capacity[PLACES])
{
	enum place place = PLACE_SMT;

	while (place < PLACE_PACKAGE && !capacity[place])
		place++;
	return place;
}

void topology_capacity(const struct topology *t, unsigned cpukind, const unsigned *respkind,
		       unsigned out[PLACES])
{
	memset(out, 0, PLACES * sizeof *out);
	if (cpukind >= t->nkinds)
		return;
	for (unsigned i = 0; i < t->npus; i++) {
		enum place place = place_of(&t->pu[t->kind[cpukind].initiator], &t->pu[i]);

		if (place != PLACE_NONE && out[place] < GANG_CPUS_MAX &&
		    (!respkind || t->pu[i].kind == *respkind))
			out[place]++;
	}
	out[PLACE_NEAREST] = nearest_capacity(out);
}

/* What a user can do when `place` takes too few. */
static void suggest(const struct topology *t, const unsigned capacity[PLACES],
		    const struct gang_spec *spec, char *out, size_t size)
{
	enum place place = spec->place;

	if (capacity[place]) {
		snprintf(out, size, "ask for at most resp=%u at place=%s%s", capacity[place],
			 places[place].name, t->restricted ? ", or allow more CPUs" : "");
		return;
	}
	for (enum place other = PLACE_SMT; other < PLACES; other++)
		if (capacity[other]) {
			snprintf(out, size, "choose place=%s%s", places[other].name,
				 t->restricted ? ", or allow more CPUs" : "");
			return;
		}
	snprintf(out, size, "%s",
		 spec->one_kind	 ? "choose another respkind"
		 : t->restricted ? "allow more CPUs: --cpus, taskset or the cpuset leaves one"
				 : "choose resp=0, or a machine with more CPUs");
}

static struct verdict in_one_place(unsigned responders, enum place place)
{
	char remedy[32];

	snprintf(remedy, sizeof remedy, "choose place=%s", places[place].name);
	return verdict_skipped("no-place", remedy, "resp=%u at place=nearest is place=%s alone",
			       responders, places[place].name);
}

static struct verdict check_room(const struct topology *t, unsigned cpukind,
				 const struct gang_spec *spec)
{
	unsigned capacity[PLACES];
	char remedy[160], kind[24] = "";

	if (cpukind >= t->nkinds)
		return verdict_skipped("no-cpukind", "see the CPU kinds in: tlbscope doctor",
				       "cpukind %u does not exist, this machine has %u", cpukind,
				       t->nkinds);
	if (!spec->responders)
		return verdict_ok();
	if (spec->place <= PLACE_NONE || spec->place >= PLACES)
		return verdict_error("no-place-given",
				     "give place=smt, core, llc, package or nearest",
				     "%u responders without a place", spec->responders);
	topology_capacity(t, cpukind, spec->one_kind ? &spec->kind : NULL, capacity);
	if (spec->place == PLACE_NEAREST && spec->responders <= capacity[first_place(capacity)])
		return in_one_place(spec->responders, first_place(capacity));
	if (spec->responders <= capacity[spec->place])
		return verdict_ok();
	suggest(t, capacity, spec, remedy, sizeof remedy);
	if (spec->one_kind)
		snprintf(kind, sizeof kind, ", respkind=%u", spec->kind);
	return verdict_skipped("no-place", remedy, "resp=%u at place=%s%s: %s (it takes %u)",
			       spec->responders, places[spec->place].name, kind,
			       places[spec->place].lack, capacity[spec->place]);
}

/* The table's order is the one wanted: every core's first PU before any second one. */
static void take(const struct topology *t, const struct pu *initiator, const struct gang_spec *spec,
		 enum place place, bool of_kind, struct gang_cpus *out)
{
	unsigned kind = spec->one_kind ? spec->kind : initiator->kind;

	for (unsigned i = 0; i < t->npus && out->n < spec->responders; i++) {
		const struct pu *pu = &t->pu[i];

		if ((pu->kind == kind) == of_kind && place_of(initiator, pu) == place)
			out->responder[out->n++] = pu->pu->os_index;
	}
}

static void fill(const struct topology *t, const struct pu *initiator, const struct gang_spec *spec,
		 enum place place, struct gang_cpus *out)
{
	take(t, initiator, spec, place, true, out);
	if (!spec->one_kind)
		take(t, initiator, spec, place, false, out);
}

struct verdict topology_gang(const struct topology *t, unsigned cpukind,
			     const struct gang_spec *spec, struct gang_cpus *out)
{
	struct verdict v = check_room(t, cpukind, spec);

	if (!verdict_is_ok(&v))
		return v;
	const struct pu *initiator = &t->pu[t->kind[cpukind].initiator];
	out->initiator = initiator->pu->os_index;
	out->n = 0;
	if (spec->place != PLACE_NEAREST)
		fill(t, initiator, spec, spec->place, out);
	else
		for (enum place place = PLACE_SMT; place < PLACE_NEAREST; place++)
			fill(t, initiator, spec, place, out);
	return v;
}

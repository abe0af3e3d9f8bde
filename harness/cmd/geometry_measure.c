#include "cmd/geometry_measure.h"

#include "analyse/analysis.h"
#include "analyse/set_probe.h"
#include "build_info.h"
#include "cmd/earlier.h"
#include "measure/session.h"
#include "output/progress.h"
#include "stats/stats.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SET_VICTIMS   "victims=2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,20,22,24,28"
#define SELECTORS_MAX 140 /* 16 bits have 120 pairs */
#define TEXT_MAX      200
#define TARGET	      0.02
#define CONTROLS      3
#define HUGE_SETS_S   3
#define HUGE_INDEX_S  2.5

/* Seconds, of measuring; planning and the self-test of layouts come on top. */
static const struct {
	double curves, sets, index, paths, retry_until;
	unsigned rounds_curves, rounds_sets, rounds_index, rounds_paths;
} limits[2] = {
    {.curves = 7,
     .sets = 5,
     .index = 2.5,
     .paths = 2.5,
     .retry_until = 13,
     .rounds_curves = 10,
     .rounds_sets = 12,
     .rounds_index = 16,
     .rounds_paths = 10},
    {.curves = 15,
     .sets = 6,
     .index = 3.5,
     .paths = 3,
     .retry_until = 25,
     .rounds_curves = 10,
     .rounds_sets = 12,
     .rounds_index = 16,
     .rounds_paths = 10},
};

static const char *const curve_cells[] = {
    ("chase/page=4k/layout=alias/"
     "footprint=8p,16p,32p,40p,48p,56p,64p,72p,80p,88p,96p,104p,112p,128p,160p,192p,256p,384p,512p,"
     "768p,1024p,1280p,"
     "1536p,1792p,2048p,2560p,3072p,3584p,4096p,5120p,6144p,8192p,12288p,16384p"),
    ("chase/page=4k/layout=distinct/"
     "footprint=8p,16p,32p,40p,48p,56p,64p,72p,80p,88p,96p,104p,112p,128p,160p,192p,256p,384p,512p,"
     "8192p"),
    ("chase/page=4k/layout=distinct/frames=adjacent/"
     "footprint=16p,32p,48p,64p,96p,128p,192p,256p,320p,384p,448p"),
};

static const char *const huge_cells[] = {
    ("chase/page=thp/layout=zero/"
     "footprint=8p,16p,24p,32p,40p,48p,64p,72p,80p,96p,104p,128p,256p,512p,1024p,2048p,4096p"),
    ("chase/page=2m/layout=alias/offsets=spread/"
     "footprint=8p,16p,24p,32p,40p,48p,64p,72p,80p,96p,104p,128p,192p,256p,512p,1024p,2048p,4096p"),
    ("chase/page=1g/layout=alias/offsets=spread/"
     "footprint=4p,8p,16p,24p,32p,48p,64p,72p,80p,96p,104p,128p,192p,256p,512p,1024p,2048p,4096p"),
    "chase/page=2m,1g/layout=alias/offsets=equal,fold7,fold8/footprint=128p,256p",
};

/* What sets are told from, after the kind of page. */
static const char *const set_cells[] = {
    "probe=base,ways/filler=192/" SET_VICTIMS,
    "probe=base/filler=0/" SET_VICTIMS ",32,40,48,56,64,80,96,112,128,160",
    "probe=random/filler=0/victims=14,21,28,35,43,50,58,65,73,86,101,115,144",
    ("probe=whole/"
     "victims=256,512,768,1024,1280,1536,1792,2048,2304,2560,2816,3072,3328,3584,3840,4096,4608,"
     "5120,5632,6144,7168,8192"),
};

struct kind {
	const char *name;
	struct page_kind page;
	double sets_s, index_s;
};

/* Walks: how many overlap, what they cost by the tables they read, for how many pages upper entries
 * are kept. */
static const char *const walk_cells[] = {
    "walkers/layout=distinct/stride=512KiB/pages=1024/chains=1,2,4,6,8,10,12",
    ("walkcache/layout=distinct/pages=128/"
     "stride=4MiB,8MiB,16MiB,32MiB,64MiB,128MiB,512MiB,2GiB,64GiB,128GiB,512GiB"),
    "walkcache/layout=distinct/stride=32MiB/pages=160,192,224,256,320",
    "walkcache/layout=distinct/stride=16MiB/pages=192,256,320,384,448,512",
    "walkcache/layout=distinct/stride=8MiB/pages=256,320,384,512,640,768,1024",
};

/* TLBs of instructions and stores. */
static const char *const side_cells[] = {
    ("itlb/page=4k/layout=distinct/"
     "footprint=16p,32p,40p,48p,56p,60p,64p,68p,72p,80p,96p,128p,160p,192p,256p,384p,512p,768p,"
     "1024p,1536p,"
     "2048p,2560p,3072p"),
    ("stores/page=4k/layout=distinct/"
     "footprint=8p,12p,16p,24p,32p,48p,56p,64p,72p,80p,88p,96p,104p,112p,128p,160p,192p"),
};

struct step {
	const char *selector[SELECTORS_MAX];
	char text[SELECTORS_MAX][TEXT_MAX];
	unsigned n;
};

static void add(struct step *step, const char *const *selectors, size_t n)
{
	for (size_t i = 0; i < n && step->n < SELECTORS_MAX; i++)
		step->selector[step->n++] = selectors[i];
}

__attribute__((format(printf, 2, 3))) static void addf(struct step *step, const char *format, ...)
{
	va_list args;

	if (step->n == SELECTORS_MAX)
		return;
	va_start(args, format);
	vsnprintf(step->text[step->n], TEXT_MAX, format, args);
	va_end(args);
	step->selector[step->n] = step->text[step->n];
	step->n++;
}

/* Cells change owner; an empty shell stays behind. */
static bool take_cells(struct result *into, struct result *from)
{
	for (unsigned i = 0; i < from->ncells; i++) {
		struct cell_result *cell;

		if (result_find_cell(into, from->cells[i].key))
			continue;
		cell = result_add_cell(into);
		if (!cell)
			return false;
		*cell = from->cells[i];
		from->cells[i] = (struct cell_result){0};
	}
	return true;
}

struct measuring {
	struct session session;
	struct result *result;
	int interrupted;
};

static void on_progress(void *context, unsigned wave, unsigned round, unsigned done, unsigned total,
			double eta_s)
{
	(void)wave;
	progress_round(context, round, done, total, eta_s);
}

static struct verdict run_planned(struct measuring *m, unsigned rounds, double seconds, bool refine)
{
	struct progress progress;
	struct supervise how = {.refine = refine ? curve_refine : NULL,
				.progress = on_progress,
				.progress_context = &progress};
	struct result part;
	struct verdict verdict;

	result_init(&part);
	m->session.options.rounds = rounds;
	m->session.options.budget_s = seconds;
	progress_begin(&progress, stderr, rounds, m->session.plan.ncells * rounds);
	verdict = session_run(&m->session, &how, &part, &m->interrupted);
	progress_end(&progress);
	if (verdict_is_ok(&verdict) && m->interrupted)
		verdict = verdict_error("interrupted", NULL, "interrupted; nothing is kept");
	if (verdict_is_ok(&verdict) && !take_cells(m->result, &part))
		verdict = verdict_error("no-memory", "free memory", "no memory for the cells");
	m->result->run.rounds += part.run.rounds;
	m->result->run.elapsed_s += part.run.elapsed_s;
	result_free(&part);
	return verdict;
}

static struct verdict run_step(struct measuring *m, const struct step *step, unsigned rounds,
			       double seconds)
{
	const struct plan_request request = {
	    .profile = "quick", .only = step->selector, .nonly = step->n};
	struct verdict verdict;

	if (step->n == 0)
		return verdict_ok();
	plan_free(&m->session.plan);
	verdict = plan_make(&request, &m->session.context, &m->session.plan);
	return verdict_is_ok(&verdict) ? run_planned(m, rounds, seconds, false) : verdict;
}

static void ask_bits(const struct kind *kind, unsigned victims, struct step *step)
{
	step->n = 0;
	addf(step, "setprobe/page=%s/probe=base/filler=192/victims=%u", kind->name, victims);
	addf(step, "setprobe/page=%s/probe=bit/filler=192/bit=0..%u+1/victims=%u", kind->name,
	     set_probe_top(kind->page), victims);
}

static void ask_pairs(const struct kind *kind, const struct set_probe *probe, struct step *step)
{
	step->n = 0;
	for (unsigned i = 0; probe->index_known && i < probe->nbits; i++)
		for (unsigned k = i + 1; k < probe->nbits; k++)
			addf(step,
			     "setprobe/page=%s/probe=pair/filler=192/bit=%u/bit2=%u/victims=%u",
			     kind->name, probe->bit[i], probe->bit[k], probe->index_victims);
}

/* Two bits that choose no set are the control: together they must not, either. */
static void ask_control(const struct kind *kind, const struct set_probe *probe, struct step *step)
{
	for (unsigned i = probe->nothers > CONTROLS ? probe->nothers - CONTROLS - 1 : 0;
	     probe->index_known && i + 1 < probe->nothers; i++)
		addf(step, "setprobe/page=%s/probe=pair/filler=192/bit=%u/bit2=%u/victims=%u",
		     kind->name, probe->other[i], probe->other[i + 1], probe->index_victims);
}

/* First the bits, with one number of victims after the other until one tells them; then their
 * pairs. */
static struct verdict measure_index(struct measuring *m, struct step *step, bool all,
				    const struct kind *kind)
{
	struct set_probe first = set_probe_read(m->result, kind->page, 2), probe = first;
	struct verdict verdict = verdict_ok();

	for (unsigned i = 0;
	     i < SET_PROBE_ATTEMPTS && verdict_is_ok(&verdict) && !probe.index_known; i++) {
		if (i && m->result->run.elapsed_s > limits[all].retry_until)
			break;
		ask_bits(kind, set_probe_victims(&first, i), step);
		verdict = run_step(m, step, limits[all].rounds_index, kind->index_s);
		probe = set_probe_read(m->result, kind->page, 2);
	}
	ask_pairs(kind, &probe, step);
	ask_control(kind, &probe, step);
	return verdict_is_ok(&verdict) ? run_step(m, step, limits[all].rounds_index, kind->index_s)
				       : verdict;
}

/* Beside the data TLBs. What this machine cannot do is left out, and said. */
static struct verdict measure_paths(struct measuring *m, struct step *step, bool all)
{
	step->n = 0;
	add(step, walk_cells, sizeof walk_cells / sizeof *walk_cells);
	add(step, side_cells, sizeof side_cells / sizeof *side_cells);
	return run_step(m, step, limits[all].rounds_paths, limits[all].paths);
}

static struct verdict measure_sets(struct measuring *m, struct step *step, bool all,
				   const struct kind *kind)
{
	struct verdict verdict;

	step->n = 0;
	for (size_t i = 0; i < sizeof set_cells / sizeof *set_cells; i++)
		addf(step, "setprobe/page=%s/%s", kind->name, set_cells[i]);
	verdict = run_step(m, step, limits[all].rounds_sets, kind->sets_s);
	return verdict_is_ok(&verdict) ? measure_index(m, step, all, kind) : verdict;
}

/* Where the host keeps huge pages in pieces, their sets are not theirs. */
static bool huge_worth_probing(struct measuring *m, struct page_kind page)
{
	return findings_compute(m->result) && splinter_tested(m->result, page) &&
	       !host_splinters(m->result, page);
}

static struct verdict measure(struct measuring *m, const struct geometry_options *options)
{
	const bool all = options->all;
	const struct kind base = {"4k",
				  {PAGE_BASE, (uint64_t)sysconf(_SC_PAGESIZE)},
				  limits[all].sets,
				  limits[all].index},
			  huge = {
			      "2m", {PAGE_HUGETLB, (uint64_t)2 << 20}, HUGE_SETS_S, HUGE_INDEX_S};
	struct step *step = calloc(1, sizeof *step);
	struct verdict verdict =
	    verdict_error("no-memory", "free memory", "no memory for the plan");

	if (!step)
		return verdict;
	verdict = session_take(&m->session);
	if (verdict_is_ok(&verdict))
		verdict = earlier_file(options->output, options->replace);
	if (verdict_is_ok(&verdict))
		verdict = run_planned(m, limits[all].rounds_curves, limits[all].curves, true);
	if (verdict_is_ok(&verdict))
		verdict = measure_sets(m, step, all, &base);
	if (verdict_is_ok(&verdict))
		verdict = measure_paths(m, step, all);
	if (verdict_is_ok(&verdict) && all && huge_worth_probing(m, huge.page))
		verdict = measure_sets(m, step, all, &huge);
	free(step);
	return verdict;
}

struct verdict geometry_measure(const struct geometry_options *options, struct result *result)
{
	struct measuring *m = calloc(1, sizeof *m);
	struct step *step = calloc(1, sizeof *step);
	struct verdict verdict =
			   verdict_error("no-memory", "free memory", "no memory for the plan"),
		       closed;

	if (!m || !step)
		goto out;
	m->result = result;
	add(step, curve_cells, sizeof curve_cells / sizeof *curve_cells);
	if (options->all)
		add(step, huge_cells, sizeof huge_cells / sizeof *huge_cells);
	struct session_options session = {.profile = "quick",
					  .only = step->selector,
					  .nonly = step->n,
					  .cpus = options->cpus,
					  .target = TARGET,
					  .seed = timer_monotonic() & 0xffffffff};

	verdict = session_open(&session, &m->session);
	if (!verdict_is_ok(&verdict))
		goto out;
	verdict = session_describe(&m->session, result);
	snprintf(result->tool.version, sizeof result->tool.version, "%s", BUILD_VERSION);
	snprintf(result->tool.git, sizeof result->tool.git, "%s", BUILD_GIT);
	if (verdict_is_ok(&verdict))
		verdict = measure(m, options);
	session_finish(result);
	result->run.complete = verdict_is_ok(&verdict);
	closed = session_close(&m->session);
	if (verdict_is_ok(&verdict))
		verdict = closed;
	if (verdict_is_ok(&verdict) && !findings_compute(result))
		verdict = verdict_error("no-memory", "free memory", "no memory for the findings");
out:
	free(step);
	free(m);
	return verdict;
}

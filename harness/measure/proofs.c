#include "measure/proofs.h"

#include "measure/proofs_scan.h"
#include "measure/region_internal.h"
#include "result/key.h"
#include "result/phrase.h"

#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define SAMPLE 256 /* pages whose frames are looked at: about 0.2 ms */

/* What each witness must say. */
struct demand {
	const char *base;
	uint64_t bytes;	       /* present in all */
	uint64_t span;	       /* of addresses, gaps of aliases included */
	uint64_t kernel_bytes; /* KernelPageSize */
	bool huge;	       /* one translation of PMD size or larger to each page */
	const char *first;     /* smaps lists too many mappings: the first stands for all */
	bool zero;	       /* zero pages are not counted in smaps */
	bool frames;	       /* frames must not be (base pages) or must be (small THP) blocks */
};

static struct demand demand_of(const struct region *region)
{
	const struct region_spec *spec = &region->spec;
	bool packed = spec->layout == LAYOUT_REFERENCE,
	     pmd = region->backing.bytes >= thp_pmd_bytes();
	bool thp = region->backing.how == PAGE_THP;

	return (struct demand){
	    .base = region->base,
	    .bytes = packed		 ? region->frame_bytes
		     : slots_alone(spec) ? slots_alone_bytes(spec)
					 : spec->bytes,
	    .span = packed ? region->frame_bytes : region_span(region),
	    .kernel_bytes = region->backing.how == PAGE_HUGETLB ? region->backing.bytes
								: (uint64_t)sysconf(_SC_PAGESIZE),
	    .huge = region->backing.how == PAGE_HUGETLB || (thp && pmd),
	    .first = spec->layout == LAYOUT_ALIAS ? "smaps of the first alias"
		     : thp && !pmd		  ? "smaps of the first block"
						  : NULL,
	    .zero = spec->layout == LAYOUT_ZERO,
	    .frames = spec->layout == LAYOUT_DISTINCT && !slots_alone(spec) && !(thp && pmd) &&
		      region->backing.how != PAGE_HUGETLB && spec->frames == FRAMES_SHUFFLED,
	};
}

/* Each witness appends its name, and fails the proof in its own words. */
static void witness(struct proof *proof, const char *name)
{
	size_t length = strlen(proof->text);

	snprintf(proof->text + length, sizeof proof->text - length, "%s%s", length ? ", " : "",
		 name);
	if (proof->state == PROOF_UNAVAILABLE)
		proof->state = PROOF_HELD;
}

__attribute__((format(printf, 2, 3))) static void disprove(struct proof *proof, const char *format,
							   ...)
{
	va_list args;

	if (proof->state == PROOF_FAILED)
		return; /* the first contradiction is the clearest */
	proof->state = PROOF_FAILED;
	va_start(args, format);
	vsnprintf(proof->seen, sizeof proof->seen, format, args);
	va_end(args);
}

static void hear_smaps(struct proof *proof, const struct demand *demand)
{
	struct smaps_sum sum = smaps_sum(demand->base, demand->span, demand->first);
	bool anonymous_huge = demand->huge && !demand->zero &&
			      demand->kernel_bytes == (uint64_t)sysconf(_SC_PAGESIZE);

	if (!sum.available)
		return;
	/* Of zero pages it says the same whatever their size. */
	if (!demand->zero || !demand->huge)
		witness(proof, demand->first ? demand->first : "smaps");
	if (sum.page_bytes != demand->kernel_bytes)
		disprove(proof, "KernelPageSize %" PRIu64 " KiB", sum.page_bytes / 1024);
	else if (anonymous_huge ? sum.huge_bytes != demand->bytes : sum.huge_bytes != 0)
		disprove(proof, "%" PRIu64 " of %" PRIu64 " KiB huge", sum.huge_bytes / 1024,
			 demand->bytes / 1024);
}

static void hear_scan(struct proof *proof, const struct demand *demand)
{
	struct page_scan scan = scan_pages(demand->base, demand->span);

	if (!scan.available)
		return;
	witness(proof, "PAGEMAP_SCAN");
	if (scan.present_bytes < demand->bytes)
		disprove(proof, "%" PRIu64 " of %" PRIu64 " KiB present", scan.present_bytes / 1024,
			 demand->bytes / 1024);
	else if (scan.huge_bytes != (demand->huge ? demand->bytes : 0))
		disprove(proof, "%" PRIu64 " of %" PRIu64 " KiB huge", scan.huge_bytes / 1024,
			 demand->bytes / 1024);
}

/* Where PAGEMAP_SCAN is unknown: what one translation covers faults once. */
static void hear_second_reads(struct proof *proof, const struct demand *demand,
			      const struct region *region)
{
	const struct window whole = {.region = region, .base = region->base};
	const struct slotting slotting = slotting_of(&region->spec);
	struct rusage before, after;

	if (!demand->zero || !demand->huge || proof->state != PROOF_UNAVAILABLE)
		return;
	if (getrusage(RUSAGE_THREAD, &before))
		return;
	for (uint64_t i = 0; i < region->spec.bytes >> slotting.shift; i++)
		(void)*(volatile char *)((uintptr_t)window_slot(&whole, i) ^
					 (uintptr_t)sysconf(_SC_PAGESIZE));
	if (getrusage(RUSAGE_THREAD, &after))
		return;
	witness(proof, "second reads");
	if (after.ru_minflt != before.ru_minflt)
		disprove(proof, "%ld faults at second reads", after.ru_minflt - before.ru_minflt);
}

static void hear_frames(struct proof *proof, const struct demand *demand,
			const struct page_kind *kind)
{
	uint64_t block = kind->how == PAGE_THP ? kind->bytes : 0;
	struct flags_sample sample = {0};
	char name[48];

	if (demand->frames)
		sample = flags_sample(demand->base, demand->span, block, SAMPLE);
	if (sample.available) {
		snprintf(name, sizeof name, "kpageflags of %u page%s", sample.sampled,
			 plural(sample.sampled));
		witness(proof, name);
	}
	if (sample.available && sample.of_kind < sample.sampled) {
		disprove(proof, "%u of %u page%s of the kind", sample.of_kind, sample.sampled,
			 plural(sample.sampled));
	} else if (block && demand->frames && !sample.available && proof->state == PROOF_HELD) {
		/* The others only say that no PMD is huge. */
		proof->state = PROOF_UNAVAILABLE;
		snprintf(proof->text, sizeof proof->text,
			 "only kpageflags tells small huge pages, and it needs root");
	}
}

struct proof proof_page_kind(const struct region *region)
{
	const struct demand demand = demand_of(region);
	struct proof proof = {.what = "page-size", .state = PROOF_UNAVAILABLE};

	value_format(&(struct value){.type = P_PAGE, .page = region->backing}, proof.expected,
		     sizeof proof.expected);
	hear_smaps(&proof, &demand);
	hear_scan(&proof, &demand);
	hear_second_reads(&proof, &demand, region);
	hear_frames(&proof, &demand, &region->backing);
	if (proof.state == PROOF_HELD)
		memcpy(proof.seen, proof.expected, sizeof proof.seen);
	if (proof.state == PROOF_UNAVAILABLE && !*proof.text)
		snprintf(proof.text, sizeof proof.text,
			 "neither /proc/self/smaps nor PAGEMAP_SCAN can be read");
	return proof;
}

struct proof proof_page_kind_again(const struct region *region)
{
	const struct region_spec *spec = &region->spec;

	if (spec->layout == LAYOUT_DISTINCT && !slots_alone(spec) &&
	    mprotect(region->base, spec->bytes, PROT_READ | PROT_WRITE) == 0)
		for (uint64_t at = 0; at < spec->bytes; at += spec->page.bytes)
			*(volatile char *)(region->base + at) = 0;
	return proof_page_kind(region);
}

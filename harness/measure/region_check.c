#include "measure/region_slots.h"

#include <tlbscope/bench.h>

#include <inttypes.h>

#define MAPS_OF_THE_PROCESS 256 /* its libraries, stacks and bookkeeping */
#define MIB		    ((uint64_t)1 << 20)

static bool is_power_of_two(uint64_t n)
{
	return n && (n & (n - 1)) == 0;
}

static uint64_t slot_bytes_of(const struct region_spec *spec)
{
	return spec->slot_bytes ? spec->slot_bytes : spec->page.bytes;
}

static struct verdict check_sizes(const struct region_spec *spec, const struct machine *machine)
{
	uint64_t slot = slot_bytes_of(spec);

	if (!is_power_of_two(spec->page.bytes) || !is_power_of_two(slot) || slot < LINE_BYTES)
		return verdict_error(
		    "bad-region", "pages and slots are powers of two, slots at least 64 bytes",
		    "a region with pages of %" PRIu64 " and slots of %" PRIu64 " bytes",
		    spec->page.bytes, slot);
	if (spec->page.how == PAGE_BASE && spec->page.bytes != machine->base_page_bytes)
		return verdict_error("bad-page", "the base page is that of getconf PAGESIZE",
				     "base pages here have %" PRIu64 " bytes, not %" PRIu64,
				     machine->base_page_bytes, spec->page.bytes);
	if (spec->bytes < slot || spec->bytes % slot)
		return verdict_skipped(
		    "not-whole", "choose a footprint of whole slots, such as footprint=64p",
		    "%" PRIu64 " bytes are not a whole number of slots of %" PRIu64, spec->bytes,
		    slot);
	return verdict_ok();
}

static struct verdict check_span(const struct region_spec *spec, const struct machine *machine)
{
	(void)machine;
	if (spec->sparse && spec->offsets == OFFSETS_SPREAD &&
	    slot_bytes_of(spec) < REGION_SPARSE_SLOT)
		return verdict_error("bad-region", "choose a stride of at least 128KiB",
				     "sparse slots of %" PRIu64 " KiB", slot_bytes_of(spec) / 1024);
	if (slots_alone(spec) && spec->bytes > REGION_SPAN_MAX)
		return verdict_skipped(
		    "no-address-space", "choose fewer pages or a shorter stride with --only",
		    "needs %" PRIu64 " TiB of addresses, and %" PRIu64 " may be used",
		    spec->bytes >> 40, REGION_SPAN_MAX >> 40);
	return verdict_ok();
}

static struct verdict check_where(const struct region_spec *spec, const struct machine *machine)
{
	if (spec->where == WHERE_REMOTE && machine->nodes < 2)
		return verdict_skipped("no-remote-node", "a machine with several NUMA nodes",
				       "this machine has no second NUMA node with memory");
	if (spec->where == WHERE_HIGH && !machine->high_addresses)
		return verdict_skipped("no-high-addresses",
				       "a CPU and a kernel with five-level paging (la57)",
				       "this kernel gives no addresses from 2^48 on");
	return verdict_ok();
}

static struct verdict check_layout(const struct region_spec *spec, const struct machine *machine)
{
	enum page_how how = spec->page.how;

	if (how == PAGE_THP && !machine->thp_bytes)
		return verdict_skipped("no-thp", "a kernel with CONFIG_TRANSPARENT_HUGEPAGE",
				       "this kernel has no transparent huge pages");
	if (spec->layout == LAYOUT_ALIAS && how == PAGE_THP)
		return verdict_skipped(
		    "no-thp-alias", "use layout=zero with page=thp, or layout=alias with page=2m",
		    "anonymous huge pages cannot be mapped twice");
	if (spec->layout == LAYOUT_ALIAS && slot_bytes_of(spec) != spec->page.bytes)
		return verdict_skipped("no-alias-slots", "use layout=zero for other strides",
				       "aliases have one slot to a page");
	if (spec->layout == LAYOUT_ZERO &&
	    (how == PAGE_HUGETLB || (how == PAGE_THP && spec->page.bytes != machine->thp_bytes)))
		return verdict_skipped("no-zero-page", "use page=4k or page=thp with layout=zero",
				       "the kernel has no zero page of that kind with %" PRIu64
				       " KiB",
				       spec->page.bytes / 1024);
	if (spec->layout == LAYOUT_ALIAS && how == PAGE_BASE &&
	    spec->bytes > REGION_ALIAS_PAGES * spec->page.bytes)
		return verdict_skipped("alias-span", "use layout=zero for larger footprints",
				       "coloured aliases end at %u pages, and %" PRIu64
				       " were asked for",
				       REGION_ALIAS_PAGES, spec->bytes / spec->page.bytes);
	return verdict_ok();
}

static struct verdict check_mapping(const struct region_spec *spec, const struct machine *machine)
{
	bool base = spec->page.how == PAGE_BASE,
	     pool = spec->page.how == PAGE_HUGETLB && spec->mapping == MAPPING_SHARED;

	(void)machine;
	if (spec->mapping == MAPPING_ANON ||
	    (spec->layout == LAYOUT_DISTINCT && !slots_alone(spec) && (base || pool)))
		return verdict_ok();
	return verdict_skipped("no-mapping-kind",
			       "choose mapping=anon, or the base page (of hugetlb: mapping=shared)",
			       "pages of that kind are not mapped from files");
}

static struct verdict check_maps(const struct region_spec *spec, const struct machine *machine)
{
	uint64_t maps = spec->bytes / spec->page.bytes;
	char remedy[64];

	if (spec->layout != LAYOUT_ALIAS)
		return verdict_ok();
	if (spec->page.how == PAGE_BASE)
		maps = (maps + 3) / 4;
	if (maps + MAPS_OF_THE_PROCESS <= machine->max_maps)
		return verdict_ok();
	snprintf(remedy, sizeof remedy, "sudo sysctl vm.max_map_count=%" PRIu64,
		 maps + MAPS_OF_THE_PROCESS);
	return verdict_skipped("too-many-maps", remedy,
			       "needs %" PRIu64 " mappings, and vm.max_map_count is %" PRIu64, maps,
			       machine->max_maps);
}

static struct verdict check_memory(const struct region_spec *spec, const struct machine *machine)
{
	uint64_t bytes = slots_alone(spec) ? slots_alone_bytes(spec)
			 : spec->layout == LAYOUT_DISTINCT
			     ? spec->bytes
			     : spec->bytes / slot_bytes_of(spec) * LINE_BYTES;
	char remedy[96];

	if (spec->layout == LAYOUT_ALIAS || spec->layout == LAYOUT_ZERO ||
	    bytes <= machine->memory_bytes)
		return verdict_ok();
	snprintf(remedy, sizeof remedy,
		 "free memory, or stay below with --only 'footprint=4KiB..%" PRIu64 "MiB'",
		 machine->memory_bytes / MIB);
	return verdict_skipped("no-memory", remedy,
			       "needs %" PRIu64 " MiB, and %" PRIu64 " MiB may be used",
			       (bytes + MIB - 1) / MIB, machine->memory_bytes / MIB);
}

struct verdict region_check(const struct region_spec *spec, const struct machine *machine)
{
	struct verdict (*const checks[])(const struct region_spec *, const struct machine *) = {
	    check_sizes,   check_span, check_where, check_layout,
	    check_mapping, check_maps, check_memory};
	struct verdict verdict = verdict_ok();

	for (unsigned i = 0; i < sizeof checks / sizeof *checks && verdict_is_ok(&verdict); i++)
		verdict = checks[i](spec, machine);
	return verdict;
}

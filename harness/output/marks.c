#include "output/marks.h"
#include "output/objects.h"
#include "output/text.h"
#include "result/phrase.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MARKS_MAX  64
#define MARKS_NEAR 0.2 /* of x */

/* In the order in which they are drawn where they coincide. */
enum kind { MEASURED, BRACKET, CLAIMED, CACHE };

static const char *const kind_names[] = {"measured", "bracket", "claimed", "cache"};

struct mark {
	double x, lo, hi;
	double least, most; /* of the x that were joined into it */
	enum kind kind;
	bool base;     /* the base page is one of its pages */
	bool slope;    /* a bracket whose ends are those of a rise */
	uint32_t runs; /* a bit for each result that has it */
	unsigned npages;
	char level[16], pages[64];
};

struct marks {
	size_t n;
	struct mark mark[MARKS_MAX];
	const struct result *result;
	const struct dataset *set;
	unsigned run; /* which of the set's results `result` is */
};

/* Is this page size ("4k") among those drawn? A block without a page kind wants every mark. */
static bool is_drawn(const struct marks *marks, const char *page, uint64_t *bytes)
{
	struct value value;
	struct verdict v = value_parse(page, marks->result->run.base_page_bytes, &value);

	*bytes = 0;
	if (!verdict_is_ok(&v) || value.type != P_PAGE)
		return false;
	*bytes = value.page.bytes;
	for (unsigned b = 0; b < marks->set->nblocks; b++) {
		struct page_kind kind =
		    cell_page(&marks->set->blocks[b].rows[0].cell->cell, "page");

		if (kind.how && kind.bytes == *bytes)
			return true;
	}
	return false;
}

/* "2m" is not in "thp, 32m". */
static bool has_page(const char *pages, const char *page)
{
	size_t length = strlen(page);

	for (const char *at = pages; (at = strstr(at, page)); at++)
		if ((at == pages || at[-1] == ' ') && (!at[length] || at[length] == ','))
			return true;
	return false;
}

/* Is the mark one of every page kind that is drawn, or of every huge one? Claims are of sizes: what
 * holds for 2m holds for thp. */
static bool is_of_all(const struct dataset *set, const struct mark *mark, bool huge)
{
	for (unsigned b = 0; b < set->nblocks; b++) {
		struct value page = {.type = P_PAGE};
		char name[24];

		page.page = cell_page(&set->blocks[b].rows[0].cell->cell, "page");
		if (!page.page.how || (huge && page.page.how == PAGE_BASE))
			continue;
		if (mark->kind == CLAIMED && page.page.how == PAGE_THP)
			page.page.how = PAGE_HUGETLB;
		value_format(&page, name, sizeof name);
		if (!has_page(mark->pages, name))
			return false;
	}
	return true;
}

static void add_page(struct mark *mark, const char *page, bool base)
{
	size_t used = strlen(mark->pages);

	if (!*page || has_page(mark->pages, page))
		return;
	mark->npages++;
	mark->base |= base;
	snprintf(mark->pages + used, sizeof mark->pages - used, "%s%s", used ? ", " : "", page);
}

/* Measured marks of one level that nearly touch would be drawn over each other: they share a line
 * and a label. Brackets share a band where both of their ends nearly touch. */
static bool same_place(const struct mark *a, const struct mark *b)
{
	double near = a->kind <= BRACKET ? MARKS_NEAR : 0;

	return a->kind == b->kind && a->slope == b->slope && strcmp(a->level, b->level) == 0 &&
	       fabs(a->x - b->x) <= near * a->x &&
	       (a->kind != BRACKET || fabs(a->hi - b->hi) <= near * a->hi);
}

static void join(struct mark *into, const struct mark *from)
{
	into->least = fmin(into->least, from->x);
	into->most = fmax(into->most, from->x);
	into->lo = fmin(into->lo, from->lo);
	into->hi = fmax(into->hi, from->hi);
	into->x = into->kind == BRACKET ? into->lo : into->x;
	into->runs |= from->runs;
}

static void add(struct marks *marks, struct mark mark, const char *page, bool base)
{
	mark.runs = 1u << marks->run % 32;
	for (size_t i = 0; i < marks->n; i++) {
		struct mark *old = &marks->mark[i];

		if (same_place(old, &mark)) {
			join(old, &mark);
			add_page(old, page, base);
			return;
		}
	}
	if (marks->n == MARKS_MAX)
		return;
	mark.least = mark.most = mark.x;
	add_page(&mark, page, base);
	marks->mark[marks->n++] = mark;
}

/* Entries are pages; on an axis of bytes they are worth a page each. */
static double axis_scale(const struct dataset *set, uint64_t page_bytes)
{
	return strcmp(set->query->x, "footprint") == 0 ? (double)page_bytes / set->query->x_scale
						       : 1;
}

static void add_finding(struct marks *marks, const struct finding *finding, const char *name)
{
	const char *page = facts_get(&finding->subject, "page"),
		   *level = facts_get(&finding->subject, "level"),
		   *edge = facts_get(&finding->subject, "edge");
	uint64_t bytes = 0;

	if (finding->confidence == CANNOT_TELL || (page && !is_drawn(marks, page, &bytes)))
		return;
	for (unsigned i = 0; i < finding->nvalues; i++) {
		const struct finding_value *value = &finding->values[i];
		struct mark mark = {0};

		if (strcmp(value->name, name) != 0)
			continue;
		double scale = axis_scale(marks->set, bytes);
		mark.x = value->e.est * scale;
		mark.lo = value->e.lo * scale;
		mark.hi = value->e.hi * scale;
		mark.slope = edge && strcmp(edge, "sloped") == 0 && mark.hi > mark.lo;
		mark.kind = mark.slope || is_bracket(&value->e) ? BRACKET : MEASURED;
		mark.x = mark.kind == BRACKET ? mark.lo : mark.x;
		if (level)
			snprintf(mark.level, sizeof mark.level, "L%.8s", level);
		add(marks, mark, page ? page : "", bytes == marks->result->run.base_page_bytes);
	}
}

static void add_findings(struct marks *marks, const struct query_mark *wanted)
{
	for (unsigned i = 0; i < marks->result->nfindings; i++)
		if (strcmp(marks->result->findings[i].kind, wanted->finding) == 0)
			add_finding(marks, &marks->result->findings[i], wanted->value);
}

static void add_claim(struct marks *marks, const struct claim *claim)
{
	char pages[sizeof claim->pages], *save = NULL;

	if (strcmp(claim->type, "instruction") == 0 || !claim->entries)
		return;
	strcpy(pages, claim->pages);
	for (char *page = strtok_r(pages, ", ", &save); page; page = strtok_r(NULL, ", ", &save)) {
		uint64_t bytes;

		if (!is_drawn(marks, page, &bytes))
			continue;
		double x = (double)claim->entries * axis_scale(marks->set, bytes);
		struct mark mark = {x, x, x, .kind = CLAIMED};
		snprintf(mark.level, sizeof mark.level, "L%u", claim->level);
		add(marks, mark, page, bytes == marks->result->run.base_page_bytes);
	}
}

/* One load to a page touches one line: data fills a cache at so many pages, whatever their size. */
static void add_caches(struct marks *marks)
{
	struct machine_object objects[256];
	size_t n = machine_objects(marks->result->machine.topology_xml, objects, 256);
	unsigned seen = 0;

	for (size_t i = 0; i < n; i++) {
		const struct machine_object *o = &objects[i];

		if (!o->cache_level || o->cache_level > 3 || !o->line_bytes ||
		    o->instruction_cache || (seen & 1u << o->cache_level))
			continue;
		seen |= 1u << o->cache_level; /* that of the first core speaks */
		double x = (double)(o->cache_bytes / o->line_bytes);
		struct mark mark = {x, x, x, .kind = CACHE};
		snprintf(mark.level, sizeof mark.level, "%s",
			 o->cache_level == 1   ? "L1D"
			 : o->cache_level == 2 ? "L2"
					       : "L3");
		add(marks, mark, "", false);
	}
}

static int by_x(const void *left, const void *right)
{
	const struct mark *a = left, *b = right;

	if (a->x != b->x)
		return a->x < b->x ? -1 : 1;
	return (int)a->kind - (int)b->kind;
}

/* " (2)" where only the second of several runs has the mark. */
static void whose(const struct dataset *set, const struct mark *mark, char *out, size_t size)
{
	*out = '\0';
	for (unsigned run = 0; set->nruns > 1 && run < set->nruns && run < 32; run++)
		if (mark->runs == 1u << run)
			snprintf(out, size, " (%u)", run + 1);
}

/* None where it holds for all that are drawn, and one word for three or more huge ones. */
static const char *pages_of(const struct dataset *set, const struct mark *mark)
{
	if (is_of_all(set, mark, false))
		return "";
	return mark->npages > 2 && !mark->base && is_of_all(set, mark, true) ? "huge" : mark->pages;
}

static void write_mark(FILE *to, const struct dataset *set, const struct mark *mark)
{
	const char *pages = pages_of(set, mark), *to_most = "";
	char number[40], most[40], of[16], label[260], clean[200];

	whose(set, mark, of, sizeof of);
	format_count(number, sizeof number, mark->least);
	format_count(most, sizeof most, mark->kind == BRACKET ? mark->hi : mark->most);
	if (mark->kind == BRACKET)
		to_most = mark->slope ? "-" : " to ";
	else if (mark->most > mark->least)
		to_most = "-";
	if (mark->kind == CACHE)
		snprintf(label, sizeof label, "%s%s", mark->level,
			 strcmp(mark->level, "L1D") == 0 ? "" : " cache");
	else
		snprintf(label, sizeof label, "%s%s%s%s%s%s%s%s",
			 mark->kind == CLAIMED ? "CPUID " : "", mark->level,
			 *mark->level && *pages ? " " : "", pages,
			 mark->slope		  ? " slope "
			 : *mark->level || *pages ? ": "
						  : "",
			 number, to_most, *to_most ? most : "");
	data_word(clean, sizeof clean, label); /* it would take the parentheses of `of` */
	fprintf(to, "%.9g %.9g %.9g %s \"%s%s\"\n", mark->x, mark->lo, mark->hi,
		kind_names[mark->kind], clean, of);
}

static void add_all(struct marks *marks)
{
	const struct query *query = marks->set->query;

	for (unsigned i = 0; i < query->nmarks; i++)
		add_findings(marks, &query->mark[i]);
	for (unsigned i = 0; query->claims && i < marks->result->machine.nclaims; i++)
		add_claim(marks, &marks->result->machine.claims[i]);
	if (query->caches && marks->result->machine.topology_xml)
		add_caches(marks);
}

size_t marks_write(FILE *to, const struct result *result, const struct dataset *set)
{
	struct marks marks = {.result = result, .set = set};

	if (!set->runs)
		add_all(&marks);
	for (unsigned run = 0; set->runs && run < set->nruns; run++) {
		marks.run = run;
		marks.result = set->runs[run].result;
		add_all(&marks);
	}
	qsort(marks.mark, marks.n, sizeof *marks.mark, by_x);
	fprintf(to, "# x lo hi source label\n");
	for (size_t i = 0; i < marks.n; i++)
		write_mark(to, set, &marks.mark[i]);
	return marks.n;
}

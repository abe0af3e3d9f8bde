/* The full table. Without a script it is a table; with one it can be sorted and filtered. */
#include "output/sections.h"

#include "output/html.h"
#include "output/text.h"
#include "output/words.h"

static void print_notes(FILE *to, const struct cell_result *cell)
{
	const struct verdict *v = &cell->outcome;

	fputs("<td>", to);
	if (!verdict_is_ok(v)) {
		html_print(to, v->text);
		fputs(*v->remedy ? "; " : "", to);
		html_print(to, v->remedy);
	}
	for (unsigned i = 0; i < cell->nnotes; i++) {
		fputs(i || !verdict_is_ok(v) ? "<br>" : "", to);
		html_print(to, cell->notes[i]);
	}
	fputs("</td>", to);
}

static void print_proofs(FILE *to, const struct cell_result *cell)
{
	fputs("<td>", to);
	for (unsigned i = 0; i < cell->nproofs; i++) {
		const struct proof *proof = &cell->proofs[i];

		fputs(i ? "<br>" : "", to);
		html_print(to, proof->what);
		fprintf(to, " %s", proof_state_name(proof->state));
	}
	fputs("</td>", to);
}

static void print_metrics(FILE *to, const struct result *result, const struct cell_result *cell,
			  const struct metric_result *but)
{
	const char *between = "";

	for (unsigned i = 0; i < cell->nmetrics; i++) {
		const struct metric_result *m = &cell->metrics[i];
		char text[96];

		if (m == but || counter_is_idle(result, m))
			continue;
		format_estimate(text, sizeof text, &m->e, m->unit);
		fputs(between, to);
		html_print(to, m->name);
		fputc(' ', to);
		html_print(to, text);
		fputs(m->noisy ? " noisy" : "", to);
		between = "<br>";
	}
}

/* The primary metric by itself, so that the column can be sorted; all others together. */
static const struct metric_result *primary_of(const struct cell_result *cell)
{
	for (unsigned i = 0; i < cell->nmetrics; i++)
		if (cell->metrics[i].primary)
			return &cell->metrics[i];
	return cell->nmetrics ? &cell->metrics[0] : NULL;
}

static void print_primary(FILE *to, const struct metric_result *m)
{
	char text[96];

	if (!m) {
		fputs("<td></td>", to);
		return;
	}
	format_estimate(text, sizeof text, &m->e, m->unit);
	fprintf(to, "<td class=\"number\" data-value=\"%.9g\">", m->e.est);
	html_print(to, m->name);
	fputc(' ', to);
	html_print(to, text);
	fputs(m->noisy ? " noisy</td>" : "</td>", to);
}

static void print_cell(FILE *to, const struct result *result, const struct cell_result *cell)
{
	bool ok = verdict_is_ok(&cell->outcome);
	const char *outcome = outcome_name(cell->outcome.outcome);
	const struct metric_result *primary = ok ? primary_of(cell) : NULL;

	fputs("<tr><th scope=\"row\"><code>", to);
	html_print(to, cell->key);
	fputs("</code></th>", to);
	html_format(to, "td", ok ? NULL : outcome, "%s%s%s", outcome,
		    *cell->outcome.code ? ": " : "", cell->outcome.code);
	print_primary(to, primary);
	fputs("<td class=\"number\">", to);
	if (ok)
		print_metrics(to, result, cell, primary);
	fputs("</td>", to);
	html_format(to, "td", "number", "%u", cell->rounds);
	print_proofs(to, cell);
	print_notes(to, cell);
	fputs("</tr>\n", to);
}

void section_cells(FILE *to, const struct page *page)
{
	static const char *const headings[] = {"cell",	 "outcome", "estimate [95% interval]",
					       "others", "rounds",  "proofs",
					       "notes",	 NULL};

	if (!page->result->ncells) {
		fputs("<p>This run has no cells.</p>\n", to);
		return;
	}
	html_table(to, "All cells", headings);
	for (unsigned i = 0; i < page->result->ncells; i++)
		print_cell(to, page->result, &page->result->cells[i]);
	html_table_end(to);
}

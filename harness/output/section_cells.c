/* The full table. Without a script it is a table; with one it can be sorted and filtered. */
#include "output/sections.h"

#include "output/html.h"
#include "output/text.h"
#include "output/words.h"
#include "result/phrase.h"

#include <string.h>

/* Keys break between their parts. */
static void print_key(FILE *to, const char *key)
{
	char part[CELL_KEY_MAX];

	for (size_t length; *key; key += length) {
		length = strcspn(key, "/");
		length += key[length] == '/';
		snprintf(part, sizeof part, "%.*s", (int)length, key);
		html_print(to, part);
		fputs(key[length] ? "<wbr>" : "", to);
	}
}

static void print_reason_and_notes(FILE *to, const struct cell_result *cell)
{
	const struct verdict *v = &cell->outcome;

	if (!verdict_is_ok(v)) {
		html_print(to, v->text);
		fputs(*v->remedy ? "; " : "", to);
		html_print(to, v->remedy);
	}
	for (unsigned i = 0; i < cell->nnotes; i++) {
		fputs(i || !verdict_is_ok(v) ? "<br>" : "", to);
		html_print(to, cell->notes[i]);
	}
}

/* How many metrics there are besides `but`; they are printed where `to` is. */
static unsigned print_metrics(FILE *to, const struct result *result, const struct cell_result *cell,
			      const struct metric_result *but)
{
	unsigned n = 0;

	for (unsigned i = 0; i < cell->nmetrics; i++) {
		const struct metric_result *m = &cell->metrics[i];
		char text[96];

		if (m == but || counter_is_idle(result, m))
			continue;
		n++;
		if (!to)
			continue;
		format_estimate(text, sizeof text, &m->e, m->unit);
		fputs("<br>", to);
		html_print(to, m->name);
		fputc(' ', to);
		html_print(to, text);
		fputs(m->noisy ? " noisy" : "", to);
	}
	return n;
}

#define PROOF_STATES (PROOF_UNAVAILABLE + 1)

/* "6 proofs held, 1 failed". */
static void print_proof_counts(FILE *to, const struct cell_result *cell, const char *between)
{
	unsigned counts[PROOF_STATES] = {0};
	unsigned told = 0;

	for (unsigned i = 0; i < cell->nproofs; i++)
		counts[cell->proofs[i].state]++;
	for (int state = 0; state < PROOF_STATES; state++) {
		if (!counts[state])
			continue;
		fprintf(to, "%s%u", told ? ", " : between, counts[state]);
		if (!told++)
			fprintf(to, " proof%s", plural(counts[state]));
		fprintf(to, " %s", proof_state_name(state));
	}
}

/* All else that is known: a line that says how much there is opens it. */
static void print_more(FILE *to, const struct result *result, const struct cell_result *cell,
		       const struct metric_result *primary)
{
	unsigned others = primary ? print_metrics(NULL, result, cell, primary) : 0;

	if (!others && !cell->nproofs)
		return;
	fputs("<details><summary>", to);
	if (others)
		fprintf(to, "%u more metric%s", others, plural(others));
	print_proof_counts(to, cell, others ? ", " : "");
	fputs("</summary>", to);
	for (unsigned i = 0; i < cell->nproofs; i++) {
		fputs(i ? ", " : "", to);
		html_print(to, cell->proofs[i].what);
		fprintf(to, " %s", proof_state_name(cell->proofs[i].state));
	}
	if (others)
		print_metrics(to, result, cell, primary);
	fputs("</details>", to);
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
	print_key(to, cell->key);
	fputs("</code></th>", to);
	html_format(to, "td", ok ? NULL : outcome, "%s%s%s", outcome,
		    *cell->outcome.code ? ": " : "", cell->outcome.code);
	print_primary(to, primary);
	html_format(to, "td", "number", "%u", cell->rounds);
	fputs("<td>", to);
	print_reason_and_notes(to, cell);
	print_more(to, result, cell, primary);
	fputs("</td>", to);
	fputs("</tr>\n", to);
}

void section_cells(FILE *to, const struct page *page)
{
	static const char *const headings[] = {
	    "cell", "outcome", "estimate [95% interval]", "rounds", "notes and more", NULL};

	if (!page->result->ncells) {
		fputs("<p>This run has no cells.</p>\n", to);
		return;
	}
	html_table(to, "All cells", headings);
	for (unsigned i = 0; i < page->result->ncells; i++)
		print_cell(to, page->result, &page->result->cells[i]);
	html_table_end(to);
}

#include "unit/output/support.h"

#include "output/dataset.h"
#include "output/marks.h"

static void extract(const struct result *result, const char *question, char **data, char **marks)
{
	struct query query;
	struct dataset set;
	struct verdict v = query_parse(question, "test", 4096, &query);

	assert_int_equal(v.outcome, OUTCOME_OK);
	v = dataset_make(result, &query, &set);
	assert_int_equal(v.outcome, OUTCOME_OK);
	*data = PRINTED(dataset_write(to, result, &set));
	if (marks)
		*marks = PRINTED(marks_write(to, result, &set));
	dataset_free(&set);
	query_free(&query);
}

static const char cliff[] = "#@ title Cliff\n#@ select chase\n#@ x pages\n#@ y ns\n#@ series page\n"
			    "#@ marks knees\n#@ marks claims\n";

/* Cells come in any order; blocks and rows have their own. */
static void data_is_as_written(void **state)
{
	struct result r;
	char *data;

	(void)state;
	result_init(&r);
	strcpy(r.run.id, "run-1");
	strcpy(r.machine.id, "machine-1");
	r.run.base_page_bytes = 4096;
	plain_cell(&r, "chase/page=2m/footprint=128MiB", "ns", "ns", 3);
	plain_cell(&r, "chase/page=4k/footprint=1MiB", "ns", "ns", 5.5)->metrics[0].noisy = true;
	plain_cell(&r, "chase/page=4k/footprint=64KiB", "ns", "ns", 1);
	plain_cell(&r, "stride/page=4k/footprint=64KiB", "ns", "ns", 9);
	plain_cell(&r, "chase/page=4k/footprint=256KiB", "ns", "ns", 2)->outcome =
	    verdict_invalid("moved", "pin it", "moved");
	plain_cell(&r, "chase/page=1g/footprint=4GiB", "ns", "ns", 2)->outcome =
	    verdict_skipped("no-pool", "get one", "no pool");
	extract(&r, cliff, &data, NULL);
	assert_string_equal(data, "# Cliff\n"
				  "# run: run-1\n"
				  "# machine: machine-1\n"
				  "# select chase\n"
				  "# cells: 5 matched, 3 with values, 1 invalid, 1 skipped\n"
				  "\n\n"
				  "\"4k\" ns ns_lo ns_hi state rounds key\n"
				  "16 1 0.75 1.25 ok 10 chase/page=4k/footprint=64KiB\n"
				  "64 ? ? ? invalid 10 chase/page=4k/footprint=256KiB\n"
				  "256 5.5 5.25 5.75 noisy 10 chase/page=4k/footprint=1MiB\n"
				  "\n\n"
				  "\"2m\" ns ns_lo ns_hi state rounds key\n"
				  "64 3 2.75 3.25 ok 10 chase/page=2m/footprint=128MiB\n");
	free(data);
	result_free(&r);
}

/* In a matrix each block is one field: it must not vanish with its cell. */
static void an_invalid_field_of_a_matrix_is_kept(void **state)
{
	static const char curves[] =
	    "#@ title T\n#@ select *\n#@ x resp\n#@ y ns\n#@ series bench place\n";
	char matrix[sizeof curves + 32], *data;
	struct result r;

	(void)state;
	result_init(&r);
	plain_cell(&r, "madvise/npages=1/resp=1/place=core/state=spin", "ns", "ns", 7);
	plain_cell(&r, "munmap/npages=1/resp=1/place=core/state=spin", "ns", "ns", 7)->outcome =
	    verdict_invalid("moved", "pin it", "moved");
	snprintf(matrix, sizeof matrix, "%s#@ kind matrix\n", curves);
	extract(&r, curves, &data, NULL);
	assert_null(strstr(data, "munmap"));
	free(data);
	extract(&r, matrix, &data, NULL);
	assert_has(data, "\n1 ? ? ? invalid");
	free(data);
	result_free(&r);
}

/* A curve whose cells with a responder are all invalid keeps their crosses. */
static void invalid_cells_of_a_fuller_block_are_kept(void **state)
{
	struct result r;
	char *data;

	(void)state;
	result_init(&r);
	plain_cell(&r, "madvise/npages=1/resp=0", "ns", "ns", 1);
	plain_cell(&r, "madvise/npages=1/resp=1/place=core/state=spin", "ns", "ns", 7)->outcome =
	    verdict_invalid("moved", "pin it", "moved");
	extract(&r, "#@ title T\n#@ select *\n#@ x resp\n#@ y ns\n#@ series bench place\n", &data,
		NULL);
	assert_has(data, "\n0 1 ");
	assert_has(data, "\n1 ? ? ? invalid");
	free(data);
	result_free(&r);
}

/* At resp=0 there is no place: that cell is where every place's curve begins. */
static void a_cell_without_the_parameter_is_in_every_block(void **state)
{
	struct result r;
	char *data;

	(void)state;
	result_init(&r);
	plain_cell(&r, "madvise/npages=1/resp=0", "ns", "ns", 1);
	plain_cell(&r, "madvise/npages=1/resp=1/place=smt/state=spin", "ns", "ns", 7);
	plain_cell(&r, "madvise/npages=1/resp=1/place=core/state=spin", "ns", "ns", 9);
	extract(&r, "#@ title T\n#@ select *\n#@ x resp\n#@ y ns\n#@ series bench place\n", &data,
		NULL);
	assert_has(data, "# everywhere: bench=madvise\n");
	assert_has(data, "\"core\" ns ns_lo ns_hi state rounds key\n0 1 ");
	assert_has(data, "\"smt\" ns ns_lo ns_hi state rounds key\n0 1 ");
	free(data);
	result_free(&r);
}

/* A cell that leaves the kind of CPU open is the first kind's, and no point of another's curve. */
static void each_kind_of_cpu_has_a_block_of_its_own(void **state)
{
	struct result r;
	char *data;

	(void)state;
	result_init(&r);
	plain_cell(&r, "madvise/npages=1/resp=0", "ns", "ns", 1);
	plain_cell(&r, "madvise/npages=1/resp=1/place=core/state=spin", "ns", "ns", 7);
	plain_cell(&r, "madvise/npages=1/resp=1/place=core/state=spin/respkind=1", "ns", "ns", 8);
	plain_cell(&r, "madvise/npages=1/resp=1/place=core/state=spin/cpukind=1", "ns", "ns", 9);
	plain_cell(&r, "madvise/npages=1/resp=1/place=core/state=spin/cpukind=1/respkind=0", "ns",
		   "ns", 11);
	extract(&r,
		"#@ title T\n#@ select * cpukind=* respkind=*\n#@ x resp\n#@ y ns\n"
		"#@ series cpukind place respkind\n",
		&data, NULL);
	assert_has(data, "\"other\" ns ns_lo ns_hi state rounds key\n0 1 ");
	assert_has(data, "state=spin\n\n\n\"respkind=1\" ns ns_lo ns_hi state rounds key\n0 1 ");
	assert_has(data, "\"cpukind=1\" ns ns_lo ns_hi state rounds key\n1 9 ");
	assert_has(data, "\"cpukind=1 respkind=0\" ns ns_lo ns_hi state rounds key\n1 11 ");
	free(data);
	/* Neither kind is looked at unless the query names it. */
	extract(&r, "#@ title T\n#@ select * cpukind=*\n#@ x resp\n#@ y ns\n#@ series cpukind\n",
		&data, NULL);
	assert_has(data, "# cells: 3 matched");
	assert_null(strstr(data, "respkind"));
	free(data);
	result_free(&r);
}

/* Sizes are on the axis, so a curve goes through all of a kind. */
static void kinds_of_page_are_series(void **state)
{
	struct result r;
	char *data;

	(void)state;
	result_init(&r);
	r.run.base_page_bytes = 4096;
	plain_cell(&r, "fault/page=4k/op=write", "ns", "ns", 1);
	plain_cell(&r, "fault/page=thp-64k/op=write", "ns", "ns", 3);
	plain_cell(&r, "fault/page=thp/op=write", "ns", "ns", 4);
	plain_cell(&r, "fault/page=2m/op=write", "ns", "ns", 5);
	extract(&r, "#@ title T\n#@ select *\n#@ x page KiB\n#@ y ns\n#@ series op kind\n", &data,
		NULL);
	assert_has(data, "\"base\" ns ns_lo ns_hi state rounds key\n4 1 ");
	assert_has(data, "\"hugetlb\" ns ns_lo ns_hi state rounds key\n2048 5 ");
	assert_has(data, "\"thp\" ns ns_lo ns_hi state rounds key\n64 3 ");
	assert_has(data, "\n2048 4 ");
	free(data);
	result_free(&r);
}

static void histograms_become_shares(void **state)
{
	struct result r;
	char *data;

	(void)state;
	result_init(&r);
	struct hist_result *h = cell_add_hist(fake_cell(&r, "madvise/npages=1/resp=0"), 4);
	strcpy(h->name, "ns");
	h->lo_ns = 1;
	h->ratio = 2;
	memcpy(h->counts, (uint64_t[]){0, 1, 0, 3}, 4 * sizeof(uint64_t));
	extract(&r, "#@ title T\n#@ kind hist\n#@ select *\n#@ y ns\n#@ series bench\n", &data,
		NULL);
	assert_has(data, "\"all\" share count\n2 0 0\n4 0.25 1\n16 1 3\n");
	free(data);
	result_free(&r);
}

static void marks_are_those_of_the_pages_drawn(void **state)
{
	struct result r;
	char *data, *marks;

	(void)state;
	result_init(&r);
	r.run.base_page_bytes = 4096;
	plain_cell(&r, "chase/page=4k/footprint=64KiB", "ns", "ns", 1);
	fake_level(&r, "4k", "1", (struct estimate){72, 72, 76}, (struct estimate){7, 7, 7});
	fake_level(&r, "2m", "1", (struct estimate){32, 32, 32}, (struct estimate){7, 7, 7});
	fake_level(&r, "4k", "2", (struct estimate){2048, 2048, 2048}, (struct estimate){7, 7, 7});
	r.findings[2].confidence = CANNOT_TELL;
	r.machine.claims = calloc(2, sizeof *r.machine.claims);
	r.machine.nclaims = 2;
	fake_claim(&r.machine.claims[0], 2, "4k,2m", 1536, 12, "cpuid");
	fake_claim(&r.machine.claims[1], 1, "1g", 16, 16, "cpuid");
	extract(&r, cliff, &data, &marks);
	assert_string_equal(marks, "# x lo hi source label\n"
				   "72 72 76 measured \"L1: 72\"\n"
				   "1536 1536 1536 claimed \"CPUID L2: 1,536\"\n");
	free(data);
	free(marks);
	result_free(&r);
}

static void hostile_names_stay_in_their_quotes(void **state)
{
	char word[64];

	(void)state;
	data_word(word, sizeof word, "a\"`rm`'\n$(x)\\");
	assert_string_equal(word, "a__rm_____x__");
}

static void the_same_result_gives_the_same_bytes(void **state)
{
	char *data[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct result r;

		fake_result(&r, 4);
		extract(&r, cliff, &data[i], NULL);
		result_free(&r);
	}
	assert_string_equal(data[0], data[1]);
	free(data[0]);
	free(data[1]);
}

static void describe(const struct result *result, const char *question, char *out, size_t size)
{
	struct query query;
	struct dataset set;

	assert_int_equal(query_parse(question, "test", 4096, &query).outcome, OUTCOME_OK);
	assert_int_equal(dataset_make(result, &query, &set).outcome, OUTCOME_OK);
	dataset_describe(&set, result, out, size);
	dataset_free(&set);
	query_free(&query);
}

/* Heard, not seen: sentences, and none of them half. */
static void descriptions_are_sentences(void **state)
{
	static const char storms[] = "#@ title Cost\n#@ select madvise\n#@ x npages\n#@ y ns\n"
				     "#@ states flush-ceiling\n",
			  matrix[] = "#@ title Who\n#@ kind matrix\n#@ select madvise resp=1\n"
				     "#@ x resp\n#@ y added_ns\n#@ series bench\n",
			  strides[] =
			      "#@ title Sets\n#@ select assoc\n#@ x stride KiB\n#@ y cycles\n";
	struct result r;
	char text[300];

	(void)state;
	result_init(&r);
	r.run.base_page_bytes = 4096;
	plain_cell(&r, "chase/page=4k/footprint=4KiB", "ns", "ns", 1);
	plain_cell(&r, "chase/page=4k/footprint=8MiB", "ns", "ns", 5.5);
	plain_cell(&r, "chase/page=2m/footprint=128MiB", "ns", "ns", 3);
	plain_cell(&r, "madvise/page=4k/npages=1/resp=0", "ns", "ns", 900);
	plain_cell(&r, "madvise/page=4k/npages=32/resp=0", "ns", "ns", 1900);
	plain_cell(&r, "madvise/page=4k/npages=1/resp=1/place=core/state=spin", "added_ns", "ns",
		   8000);
	plain_cell(&r, "assoc/page=4k/layout=distinct/stride=4KiB/pages=64", "cycles", "cycles", 4);
	plain_cell(&r, "assoc/page=4k/layout=distinct/stride=2MiB/pages=64", "cycles", "cycles", 9);
	describe(&r, cliff, text, sizeof text);
	assert_string_equal(text, "Cliff. 4k goes from 1.00 ns at 1 page to 5.50 ns at 2,048. "
				  "2m is 3.00 ns at 64 pages.");
	describe(&r, cliff, text, 60);
	assert_string_equal(text, "Cliff. 4k goes from 1.00 ns at 1 page to 5.50 ns at 2,048.");
	fake_finding(&r, "flush-ceiling", "fall/1", CONFIRMED, "past 33 pages it falls");
	fake_finding(&r, "flush-ceiling", "fall/1", SEEN, "madvise: at 34");
	describe(&r, storms, text, sizeof text);
	assert_has(text, "Cost. Past 33 pages it falls. madvise: at 34. The curve");
	assert_has(text, " The curve goes from 900 ns with 1 page a call to 1.90 µs with 32.");
	describe(&r, matrix, text, sizeof text);
	assert_has(text, " The curve adds 8.00 µs with 1 responder.");
	describe(&r, strides, text, sizeof text);
	assert_has(text, "goes from 4.00 cycles where stride is 4KiB to 9.00 cycles where stride "
			 "is 2MiB.");
	result_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(data_is_as_written),
	    cmocka_unit_test(a_cell_without_the_parameter_is_in_every_block),
	    cmocka_unit_test(invalid_cells_of_a_fuller_block_are_kept),
	    cmocka_unit_test(an_invalid_field_of_a_matrix_is_kept),
	    cmocka_unit_test(each_kind_of_cpu_has_a_block_of_its_own),
	    cmocka_unit_test(kinds_of_page_are_series),
	    cmocka_unit_test(histograms_become_shares),
	    cmocka_unit_test(marks_are_those_of_the_pages_drawn),
	    cmocka_unit_test(descriptions_are_sentences),
	    cmocka_unit_test(hostile_names_stay_in_their_quotes),
	    cmocka_unit_test(the_same_result_gives_the_same_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

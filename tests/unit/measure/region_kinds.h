/* Sizes and page kinds that the tests of regions share. */
#ifndef TESTS_REGION_KINDS_H
#define TESTS_REGION_KINDS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "machine/pools.h"
#include "measure/proofs.h"

#include <tlbscope/bench.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define KIB ((uint64_t)1 << 10)
#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)

static const struct page_kind k4 = {PAGE_BASE, 4096}, thp = {PAGE_THP, 2 << 20},
			      m2 = {PAGE_HUGETLB, 2 << 20}, g1 = {PAGE_HUGETLB, 1 << 30};

#endif

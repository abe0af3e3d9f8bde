#include "output/progress.h"
#include "output/text.h"
#include "result/phrase.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BAR_WIDTH	30
#define REDRAW_AFTER_MS 100
#define SAY_AFTER_MS	10000 /* where lines are written: a long round is not silent */

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void format_eta(char *out, size_t size, double eta_s)
{
	if (eta_s < 0)
		*out = '\0';
	else if (eta_s < 100)
		snprintf(out, size, ", %.0f s left", eta_s);
	else
		snprintf(out, size, ", %.0f min left", eta_s / 60);
}

static void format_round(const struct progress *p, char *out, size_t size)
{
	if (p->rounds_hint >= p->round)
		snprintf(out, size, "round %u of %u", p->round, p->rounds_hint);
	else
		snprintf(out, size, "round %u", p->round);
}

static void draw_bar(struct progress *p, unsigned done, unsigned total, double eta_s)
{
	unsigned filled = total ? (unsigned)((double)done / total * BAR_WIDTH) : 0;
	char eta[40], round[40], bar[BAR_WIDTH + 1];

	if (filled > BAR_WIDTH)
		filled = BAR_WIDTH;
	memset(bar, '#', filled);
	memset(bar + filled, '.', BAR_WIDTH - filled);
	bar[BAR_WIDTH] = '\0';
	format_eta(eta, sizeof eta, eta_s);
	format_round(p, round, sizeof round);
	fprintf(p->to, "\r\033[K%s[%s]%s %s%s", p->colour ? "\033[36m" : "", bar,
		p->colour ? "\033[0m" : "", round, eta);
	fflush(p->to);
	p->drawn = true;
}

void progress_begin(struct progress *p, FILE *to, unsigned rounds_hint, unsigned total_visits)
{
	const char *term = getenv("TERM");

	*p = (struct progress){.to = to, .rounds_hint = rounds_hint};
	p->bar = isatty(fileno(to)) == 1 && term && strcmp(term, "dumb") != 0;
	p->colour = terminal_has_colour(to);
	if (!p->bar)
		fprintf(to, "measuring: %u visit%s\n", total_visits, plural(total_visits));
	p->drawn_ms = now_ms();
}

void progress_round(struct progress *p, unsigned round, unsigned done_visits, unsigned total_visits,
		    double eta_s)
{
	bool new_round = round != p->round;
	char eta[40], text[40];
	long now = now_ms();

	p->round = round;
	if (p->bar) {
		if (!p->drawn || now - p->drawn_ms >= REDRAW_AFTER_MS) {
			draw_bar(p, done_visits, total_visits, eta_s);
			p->drawn_ms = now;
		}
		return;
	}
	if (!new_round && now - p->drawn_ms < SAY_AFTER_MS)
		return;
	format_eta(eta, sizeof eta, eta_s);
	if (new_round)
		format_round(p, text, sizeof text);
	else
		snprintf(text, sizeof text, "measuring");
	p->drawn_ms = now;
	fprintf(p->to, "%s: %u of %u visit%s done%s\n", text, done_visits, total_visits,
		plural(total_visits), eta);
	fflush(p->to);
}

void progress_end(struct progress *p)
{
	if (p->bar && p->drawn)
		fputs("\r\033[K", p->to);
	fflush(p->to);
	p->drawn = false;
}

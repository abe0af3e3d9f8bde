#include "output/text.h"

#include "result/phrase.h"

#include <math.h>
#include <stdlib.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define TEXT_WIDEST    96
#define TEXT_NARROWEST 60

struct scale {
	double factor;
	const char *unit;
};

static struct scale scale_of(double value, const char *unit)
{
	double size = fabs(value);

	if (strcmp(unit, "1/op") == 0)
		return (struct scale){1, "per op"};
	if (strcmp(unit, "ns") != 0 || size < 1e3)
		return (struct scale){1, unit};
	if (size < 1e6)
		return (struct scale){1e3, "µs"};
	if (size < 1e9)
		return (struct scale){1e6, "ms"};
	return (struct scale){1e9, "s"};
}

static int decimals_of(double value)
{
	double size = fabs(value);

	if (size != 0 && size < 0.0995)
		return 4;
	if (size < 9.995)
		return 2;
	return size < 99.95 ? 1 : 0;
}

void format_quantity(char *out, size_t size, double value, const char *unit)
{
	struct scale scale = scale_of(value, unit);
	double scaled = value / scale.factor;

	snprintf(out, size, "%.*f%s%s", decimals_of(scaled), scaled, *scale.unit ? " " : "",
		 scale.unit);
}

void format_estimate(char *out, size_t size, const struct estimate *e, const char *unit)
{
	struct scale scale = scale_of(e->est, unit);
	double est = e->est / scale.factor;
	int decimals = decimals_of(est);
	int length =
	    snprintf(out, size, "%.*f%s%s", decimals, est, *scale.unit ? " " : "", scale.unit);

	if (e->lo == e->hi || length < 0 || (size_t)length >= size)
		return;
	snprintf(out + length, size - (size_t)length, " [%.*f, %.*f]", decimals,
		 e->lo / scale.factor, decimals, e->hi / scale.factor);
}

void format_part(char *out, size_t size, const struct estimate *e, const char *unit)
{
	char number[64], most[64];

	format_quantity(number, sizeof number, e->est, unit);
	format_quantity(most, sizeof most, e->hi, unit);
	phrase_part(out, size, e, number, most);
}

void format_count(char *out, size_t size, double value)
{
	char digits[40];
	size_t length =
		   (size_t)snprintf(digits, sizeof digits, "%.0f", fabs(value) < 1e18 ? value : 0),
	       n = 0;

	for (size_t i = 0; i < length && n + 2 < size; i++) {
		if (i && (length - i) % 3 == 0 && digits[i - 1] != '-')
			out[n++] = ',';
		out[n++] = digits[i];
	}
	out[n] = '\0';
}

void text_print(FILE *to, const char *text)
{
	for (const unsigned char *c = (const unsigned char *)text; *c; c++)
		fputc(*c < 0x20 || *c == 0x7f ? '?' : *c, to);
}

void html_print(FILE *to, const char *text)
{
	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		switch (*c) {
		case '<':
			fputs("&lt;", to);
			break;
		case '>':
			fputs("&gt;", to);
			break;
		case '&':
			fputs("&amp;", to);
			break;
		case '"':
			fputs("&quot;", to);
			break;
		case '\'':
			fputs("&#39;", to);
			break;
		case '\n':
			fputc('\n', to);
			break;
		default:
			fputc(*c < 0x20 || *c == 0x7f ? '?' : *c, to);
		}
	}
}

size_t text_columns(const char *utf8)
{
	size_t n = 0;

	for (; *utf8; utf8++)
		n += ((unsigned char)*utf8 & 0xc0) != 0x80;
	return n;
}

void text_wrap(FILE *to, const char *text, unsigned indent, unsigned width)
{
	text_wrap_at(to, text, indent, indent, width);
}

void text_wrap_at(FILE *to, const char *text, unsigned indent, unsigned taken, unsigned width)
{
	char word[256];
	size_t column = taken;
	bool first = true; /* of its line */

	while (*text) {
		size_t length = strcspn(text, " ");

		snprintf(word, sizeof word, "%.*s", (int)length, text);
		size_t columns = text_columns(word);
		if ((!first || taken > indent) && column + !first + columns > width) {
			fprintf(to, "\n%*s", (int)indent, "");
			column = taken = indent;
		} else if (!first) {
			fputc(' ', to);
			column++;
		}
		first = false;
		text_print(to, word);
		column += columns;
		text += length;
		text += strspn(text, " ");
	}
	fputc('\n', to);
}

unsigned text_width(FILE *to)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size = {0};
	unsigned width = columns ? (unsigned)strtoul(columns, NULL, 10) : 0;

	if (isatty(fileno(to)) == 1 && ioctl(fileno(to), TIOCGWINSZ, &size) == 0 && size.ws_col)
		width = size.ws_col;
	if (!width || width > TEXT_WIDEST)
		return TEXT_WIDEST;
	return width < TEXT_NARROWEST ? TEXT_NARROWEST : width;
}

bool terminal_has_colour(FILE *to)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if ((no && *no) || !term || strcmp(term, "dumb") == 0)
		return false;
	return isatty(fileno(to)) == 1;
}

void text_line(FILE *to, const char *name, const char *format, ...)
{
	va_list args;

	fprintf(to, "%-14s ", name);
	va_start(args, format);
	vfprintf(to, format, args);
	va_end(args);
	fputc('\n', to);
}

const char *outcome_name(enum outcome outcome)
{
	static const char *const names[] = {
	    [OUTCOME_OK] = "ok",
	    [OUTCOME_SKIPPED] = "skipped",
	    [OUTCOME_INVALID] = "invalid",
	    [OUTCOME_ERROR] = "error",
	};

	return names[outcome];
}

const char *proof_state_name(enum proof_state state)
{
	static const char *const names[] = {
	    [PROOF_HELD] = "held",
	    [PROOF_FAILED] = "failed",
	    [PROOF_UNAVAILABLE] = "unavailable",
	};

	return state ? names[state] : "unknown";
}

const char *confidence_name(enum confidence confidence)
{
	static const char *const names[] = {
	    [CANNOT_TELL] = "cannot tell",
	    [SEEN] = "seen",
	    [CONFIRMED] = "confirmed",
	};

	return names[confidence];
}

/* Finds a result's file, checks what it claims to be, and hands it to the reader of its major. */
#include "result/fields.h"
#include "result/json_arena.h"
#include "result/one_line.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_BYTES_MAX (INT64_C(512) << 20)

/* Every major that was ever released keeps its reader here and its fixture in
 * tests/fixtures/result. */
static const struct {
	json_int_t major;
	struct verdict (*read)(const json_t *document, struct result *result);
} majors[] = {
    {1, document_read},
};

#define MAJORS (sizeof majors / sizeof majors[0])

__attribute__((format(printf, 3, 4))) static struct verdict
refuse(const char *path, const char *remedy, const char *format, ...)
{
	char what[140];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof what, format, args);
	va_end(args);
	return one_line(verdict_error("bad-result", remedy, "%s: %s", path_tail(path, 90), what));
}

static const char name_one[] = "name a result.json, or the run directory that holds one";

/* The file itself for a run directory. Opened without waiting, so that a pipe cannot hang us. */
static struct verdict open_file(const char *path, char file[PATH_MAX], FILE **out)
{
	struct stat st;
	int fd = -1;

	snprintf(file, PATH_MAX, "%s", path);
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode) &&
	    snprintf(file, PATH_MAX, "%s/result.json", path) >= PATH_MAX)
		return refuse(path, name_one, "the path is too long");
	fd = open(file, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0) {
		struct verdict v = refuse(file, name_one, "cannot be read: %s", strerror(errno));

		if (fd >= 0)
			close(fd);
		return v;
	}
	struct verdict v = verdict_ok();
	if (!S_ISREG(st.st_mode))
		v = refuse(file, name_one, "not a file");
	else if (st.st_size > FILE_BYTES_MAX)
		v = refuse(file, name_one, "%lld MiB, and a result has at most %lld",
			   (long long)(st.st_size >> 20), (long long)(FILE_BYTES_MAX >> 20));
	else if (!(*out = fdopen(fd, "r")))
		v = refuse(file, name_one, "cannot be read: %s", strerror(errno));
	if (!verdict_is_ok(&v))
		close(fd);
	return v;
}

static struct verdict read_document(const char *file, const json_t *document, struct result *result)
{
	const json_t *schema = json_object_get(document, "schema");
	const char *name = json_string_value(json_object_get(schema, "name"));
	const json_t *major = json_object_get(schema, "major");
	const json_int_t newest = majors[MAJORS - 1].major;

	if (!name || strcmp(name, SCHEMA_NAME) != 0)
		return refuse(file, name_one, "not a result of tlbscope: schema.name is not %s",
			      SCHEMA_NAME);
	if (!json_is_integer(major))
		return refuse(file, name_one, "schema.major: expected a whole number");
	for (size_t i = 0; i < MAJORS; i++) {
		if (majors[i].major != json_integer_value(major))
			continue;
		struct verdict v = majors[i].read(document, result);
		return verdict_is_ok(&v) ? v : refuse(file, v.remedy, "%s", v.text);
	}
	return refuse(file, "use a newer tlbscope",
		      "made by tlbscope result major %lld; this one reads up to %lld",
		      (long long)json_integer_value(major), (long long)newest);
}

/* json_loadf would take a lock for every byte. */
static size_t more(void *buffer, size_t size, void *stream)
{
	return fread(buffer, 1, size, stream);
}

static struct verdict parse(const char *file, FILE *stream, struct result *result)
{
	json_error_t error;
	const json_t *document = json_load_callback(more, stream, JSON_REJECT_DUPLICATES, &error);

	if (document)
		return read_document(file, document, result);
	return refuse(file, "copy the file again from where it was made",
		      "line %d, column %d: %.90s", error.line, error.column, error.text);
}

struct verdict result_load(const char *path, struct result *result)
{
	char file[PATH_MAX];
	FILE *stream = NULL;

	result_init(result);
	struct verdict v = open_file(path, file, &stream);
	if (!verdict_is_ok(&v))
		return v;
	json_arena_begin();
	v = parse(file, stream, result);
	json_arena_end();
	fclose(stream);
	if (!verdict_is_ok(&v))
		result_free(result);
	return v;
}

#include "cmd/earlier.h"

#include "cmd/place.h"
#include "result/result.h"

#include <sys/stat.h>
#include <unistd.h>

#define ELSE "choose another --output, or lose what is there with --replace"

static bool anything_measured(const struct result *result)
{
	for (unsigned i = 0; i < result->ncells; i++)
		if (result->cells[i].rounds || result->cells[i].failed_visits)
			return true;
	return result->run.complete;
}

static struct verdict refuse(const char *path, const struct result *result, const char *resume)
{
	char remedy[sizeof((struct verdict *)0)->remedy];

	snprintf(remedy, sizeof remedy, "complete it with --resume %.110s, %s", resume, ELSE);
	return verdict_error("already-there", result->run.complete || !resume ? ELSE : remedy,
			     "%.150s is there already: a %s result", path,
			     result->run.complete ? "complete" : "partial");
}

struct verdict earlier_refuse(const char *path, const char *resume)
{
	struct verdict verdict = verdict_ok();
	struct result result;

	if (access(path, F_OK) != 0)
		return verdict;
	struct verdict loaded = result_load(path, &result);

	if (!verdict_is_ok(&loaded))
		return verdict_error("already-there", ELSE,
				     "%.150s is there already, and cannot be read as a result",
				     path);
	if (anything_measured(&result))
		verdict = refuse(path, &result, resume);
	result_free(&result);
	return verdict;
}

struct verdict earlier_file(const char *path, bool replace)
{
	struct stat there;

	if (!path)
		return verdict_ok();
	if (stat(path, &there) != 0)
		return place_for_file(path);
	if (S_ISDIR(there.st_mode))
		return verdict_error("bad-output", "name a file in it, like --output FILE.json",
				     "%.150s is a directory", path);
	return replace ? verdict_ok() : earlier_refuse(path, NULL);
}

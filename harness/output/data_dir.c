#include "output/output.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool beside_binary(char *out, size_t size)
{
	char exe[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", exe, sizeof exe - 1);

	if (length <= 0)
		return false;
	exe[length] = '\0';
	*strrchr(exe, '/') = '\0';
	return snprintf(out, size, "%s/../%s", exe, TLBSCOPE_INSTALL_DATA) < (int)size &&
	       is_dir(out);
}

struct verdict data_dir(char *out, size_t size)
{
	const char *named = getenv("TLBSCOPE_DATA");

	if (named && *named) {
		if (snprintf(out, size, "%s", named) < (int)size && is_dir(named))
			return verdict_ok();
		return verdict_error(
		    "no-data", "unset TLBSCOPE_DATA, or name the directory that holds style.gp",
		    "TLBSCOPE_DATA=%s is not a directory", named);
	}
	if (beside_binary(out, size))
		return verdict_ok();
	if (snprintf(out, size, "%s", TLBSCOPE_SOURCE_DATA) < (int)size && is_dir(out))
		return verdict_ok();
	return verdict_error(
	    "no-data", "install tlbscope again, or set TLBSCOPE_DATA to the directory of style.gp",
	    "the figures' directory is neither beside the binary nor at %s", TLBSCOPE_SOURCE_DATA);
}

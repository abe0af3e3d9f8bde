/* Feeds a fuzz target with the files of its corpus, for compilers without libFuzzer. */
#include "fuzz/fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

static int feed(const char *path)
{
	FILE *from = fopen(path, "rb");
	size_t size = 0, room = 1 << 20;
	uint8_t *data = malloc(room);

	if (!from || !data || (size = fread(data, 1, room, from)) == room) {
		fprintf(stderr, "replay: cannot read %s whole\n", path);
		return 1;
	}
	fclose(from);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	return 0;
}

int main(int argc, char **argv)
{
	unsigned fed = 0;
	int failed = 0;

	for (int i = 1; i < argc; i++) {
		DIR *dir = opendir(argv[i]);
		struct dirent *entry;
		char path[4096];

		while (dir && (entry = readdir(dir))) {
			if (entry->d_name[0] == '.')
				continue;
			snprintf(path, sizeof path, "%s/%s", argv[i], entry->d_name);
			failed |= feed(path);
			fed++;
		}
		if (dir)
			closedir(dir);
	}
	printf("%u files\n", fed);
	return failed || fed == 0;
}

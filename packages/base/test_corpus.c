/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the fuzz target once over each file of a folder, so that what was found once stays fixed without a fuzzer. */
#include <dirent.h>

#include "base/check.h"
#include "base/test_fuzz.h"

static void replay(const char *folder, const char *name)
{
	/* Of its exact size, so that a sanitizer sees a read past the end. */
	char path[4096];
	uint8_t *bytes;
	FILE *file;
	long size;

	CHECK((size_t)snprintf(path, sizeof(path), "%s/%s", folder, name) < sizeof(path));
	file = fopen(path, "rb");
	CHECK(file && fseek(file, 0, SEEK_END) == 0);
	size = ftell(file);
	CHECK(size >= 0 && fseek(file, 0, SEEK_SET) == 0);
	bytes = malloc(size ? (size_t)size : 1);
	CHECK(bytes && fread(bytes, 1, (size_t)size, file) == (size_t)size);
	fclose(file);
	printf("%s\n", name);
	LLVMFuzzerTestOneInput(bytes, (size_t)size);
	free(bytes);
}

int main(int argc, char **argv)
{
	struct dirent *entry;
	int count = 0;
	DIR *folder;

	CHECK(argc == 2);
	folder = opendir(argv[1]);
	CHECK(folder);
	while ((entry = readdir(folder))) {
		if (entry->d_name[0] == '.')
			continue;
		replay(argv[1], entry->d_name);
		count++;
	}
	closedir(folder);
	CHECK(count > 0);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The main of a fuzz target where no fuzzer is: runs it over the files of the folders given (seeds
 * and findings), so that every `make test` proves old findings fixed, with gcc and any sanitizer.
 *
 * Prints TAP: one case per folder. Each file is named before it is tried, so that after a crash
 * the last line tells which it was; one that takes longer than 20 s ends the program.
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECONDS_PER_INPUT 20

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));

/* The whole file as a heap block of exactly its size, so that ASan sees a read past its end;
 * the caller frees. NULL on any failure. */
static uint8_t *
read_file(const char *path, size_t *size)
{
    struct stat st;
    FILE *file = fopen(path, "rb");

    if (file == NULL)
        return NULL;
    if (fstat(fileno(file), &st) != 0 || !S_ISREG(st.st_mode)) {
        fclose(file);
        return NULL;
    }
    *size = (size_t)st.st_size;
    uint8_t *data = malloc(*size);
    if (data != NULL && fread(data, 1, *size, file) != *size) {
        free(data);
        data = NULL;
    }
    fclose(file);
    return data;
}

static bool
replay_file(const char *path)
{
    size_t size = 0;

    printf("# %s\n", path);
    fflush(stdout);
    uint8_t *data = read_file(path, &size);
    if (data == NULL)
        return false;
    alarm(SECONDS_PER_INPUT);
    LLVMFuzzerTestOneInput(data, size);
    alarm(0);
    free(data);
    return true;
}

/* Returns how many files were tried; *unreadable counts the others. */
static unsigned
replay_folder(const char *folder, unsigned *unreadable)
{
    struct dirent **entries = NULL;
    int n = scandir(folder, &entries, NULL, alphasort);
    unsigned tried = 0;

    for (int i = 0; i < n; i++) {
        char path[4096];

        snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.') {
            if (replay_file(path))
                tried++;
            else
                ++*unreadable;
        }
        free(entries[i]);
    }
    free(entries);
    return tried;
}

int
main(int argc, char **argv)
{
    unsigned failed = 0;

    if (LLVMFuzzerInitialize != NULL)
        LLVMFuzzerInitialize(&argc, &argv);
    printf("1..%d\n", argc - 1);
    LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    for (int i = 1; i < argc; i++) {
        unsigned unreadable = 0;
        unsigned tried = replay_folder(argv[i], &unreadable);

        printf("%sok %d - %s: %u inputs, %u unreadable\n", unreadable ? "not " : "", i, argv[i],
               tried, unreadable);
        failed += unreadable != 0;
    }
    return failed != 0;
}

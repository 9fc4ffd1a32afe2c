/* A disk that fails on command, and a clock that is wrong: loaded into the server before the C
 * library.
 *
 * While $FAULTS/full exists, writes to the log fail as on a full disk; while $FAULTS/fsync exists, an
 * fsync of the log fails. Each fault appends a byte to its file, so that a test can count them. The
 * calendar clock is ahead by $CLOCK_AHEAD_S seconds, which may be negative. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static ssize_t real_write(int fd, const void *bytes, size_t count) {
    static ssize_t (*real)(int, const void *, size_t);
    if (!real) real = dlsym(RTLD_NEXT, "write");
    return real(fd, bytes, count);
}

static int is_of_the_log(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return strstr(path, "parlor.db") != NULL;
}

static int is_faulty(const char *fault, int fd) {
    char path[4096];
    const char *faults = getenv("FAULTS");
    if (!faults || !is_of_the_log(fd)) return 0;
    snprintf(path, sizeof path, "%s/%s", faults, fault);
    int count = open(path, O_WRONLY | O_APPEND);
    if (count < 0) return 0;
    real_write(count, "!", 1);
    close(count);
    return 1;
}

ssize_t write(int fd, const void *bytes, size_t count) {
    if (is_faulty("full", fd)) {
        errno = ENOSPC;
        return -1;
    }
    return real_write(fd, bytes, count);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
    static ssize_t (*real)(int, const void *, size_t, off64_t);
    if (!real) real = dlsym(RTLD_NEXT, "pwrite64");
    if (is_faulty("full", fd)) {
        errno = ENOSPC;
        return -1;
    }
    return real(fd, bytes, count, at);
}

int fsync(int fd) {
    static int (*real)(int);
    if (!real) real = dlsym(RTLD_NEXT, "fsync");
    if (is_faulty("fsync", fd)) {
        errno = EIO;
        return -1;
    }
    return real(fd);
}

int fdatasync(int fd) { return fsync(fd); }

int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, now);
    const char *ahead = getenv("CLOCK_AHEAD_S");
    if (ahead && clock == CLOCK_REALTIME) now->tv_sec += atol(ahead);
    return result;
}

/* A disk that fails on command, and a clock that is wrong: loaded into the server before the C
 * library.
 *
 * While $FAULTS/full exists, writes to the log fail as on a full disk; while $FAULTS/fsync exists, an
 * fsync of the log fails. Each fault appends a byte to its file, so that a test can count them. The
 * calendar clock is ahead by $CLOCK_AHEAD_S seconds, which may be negative.
 *
 * With $KILL_AT=n the process is killed at its n-th step on a file of the folder: a write, of which
 * the first half is done, an fsync, a rename, or the cut of a file. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
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

static int path_has(int fd, const char *name) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return strstr(path, name) != NULL;
}

static int is_of_the_log(int fd) { return path_has(fd, "parlor.db"); }

/* Whether this step, on a file with ".db" in its name, is the last one. */
static int is_last(void) {
    static int steps;
    const char *kill_at = getenv("KILL_AT");
    return kill_at && __atomic_add_fetch(&steps, 1, __ATOMIC_SEQ_CST) == atoi(kill_at);
}

static int is_last_of(int fd) { return getenv("KILL_AT") && path_has(fd, ".db") && is_last(); }

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
    if (is_last_of(fd)) {
        real_write(fd, bytes, count / 2);
        raise(SIGKILL);
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
    if (is_last_of(fd)) {
        real(fd, bytes, count / 2, at);
        raise(SIGKILL);
    }
    return real(fd, bytes, count, at);
}

int ftruncate64(int fd, off64_t length) {
    static int (*real)(int, off64_t);
    if (!real) real = dlsym(RTLD_NEXT, "ftruncate64");
    if (is_last_of(fd)) raise(SIGKILL);
    return real(fd, length);
}

int rename(const char *from, const char *to) {
    static int (*real)(const char *, const char *);
    if (!real) real = dlsym(RTLD_NEXT, "rename");
    if (strstr(to, ".db") && is_last()) raise(SIGKILL);
    return real(from, to);
}

int fsync(int fd) {
    static int (*real)(int);
    if (!real) real = dlsym(RTLD_NEXT, "fsync");
    if (is_faulty("fsync", fd)) {
        errno = EIO;
        return -1;
    }
    if (is_last_of(fd)) raise(SIGKILL);
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

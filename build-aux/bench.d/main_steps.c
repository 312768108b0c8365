/* Tells how long each step of a program's main loop takes: loaded before the
 * other libraries, it stands between the main thread and poll. Each line of the
 * file that POSADA_STEPS names is a step: when it began and how much processor
 * time of the thread it took, both in microseconds. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static long long now(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec * 1000000LL + time.tv_nsec / 1000;
}

static FILE *out;
static long long began, used;

/* What the program starts is not measured. */
__attribute__((constructor)) static void begin(void)
{
    const char *name = getenv("POSADA_STEPS");
    out = name ? fopen(name, "a") : NULL;
    unsetenv("POSADA_STEPS");
}

static int on_main(void)
{
    return out && getpid() == gettid();
}

static void end_step(void)
{
    if (began) {
        fprintf(out, "%lld %lld\n", began, now(CLOCK_THREAD_CPUTIME_ID) - used);
        fflush(out);
    }
}

static void begin_step(void)
{
    began = now(CLOCK_MONOTONIC);
    used = now(CLOCK_THREAD_CPUTIME_ID);
}

int poll(struct pollfd *fds, nfds_t count, int timeout)
{
    static int (*real)(struct pollfd *, nfds_t, int);
    if (!real)
        real = dlsym(RTLD_NEXT, "poll");
    int main_thread = on_main();
    if (main_thread)
        end_step();
    int done = real(fds, count, timeout);
    if (main_thread)
        begin_step();
    return done;
}

int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
    static int (*real)(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *);
    if (!real)
        real = dlsym(RTLD_NEXT, "ppoll");
    int main_thread = on_main();
    if (main_thread)
        end_step();
    int done = real(fds, count, timeout, mask);
    if (main_thread)
        begin_step();
    return done;
}

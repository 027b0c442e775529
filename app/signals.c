/* signals.c: a clean end on SIGINT and SIGTERM.
 *
 * The handler writes one byte into a pipe, which any number of threads may poll without eating it: the byte stays, so
 * "stop" stays true. A second signal ends the program at once, for whoever does not want to wait.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "command.h"

static volatile sig_atomic_t stop_signal_number;
static int stop_pipe[2] = {-1, -1};

static void on_signal(int number)
{
    int saved = errno;

    if (stop_signal_number)
        _exit(EXIT_INTERRUPTED);
    stop_signal_number = number;
    if (write(stop_pipe[1], "", 1) < 0) {
        /* nothing to do: the flag is set, waiters wake within their poll */
    }
    errno = saved;
}

void stop_on_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};

    if (stop_pipe[0] < 0 && pipe2(stop_pipe, O_CLOEXEC | O_NONBLOCK) != 0)
        return;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN); /* a peer that went away is an error of the write */
    signal(SIGXFSZ, SIG_IGN); /* so is a file that may not grow: nothing is learned, nothing ends */
}

bool stop_requested(void)
{
    return stop_signal_number != 0;
}

int stop_signal(void)
{
    return stop_signal_number;
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool stop_wait(int64_t ms)
{
    struct pollfd end = {.fd = stop_pipe[0], .events = POLLIN};
    int64_t until = now_ms() + ms;

    while (!stop_requested()) {
        int64_t left = ms < 0 ? 1000 : until - now_ms();

        if (left <= 0)
            break;
        poll(&end, 1, (int)(left < 1000 ? left : 1000));
    }
    return stop_requested();
}

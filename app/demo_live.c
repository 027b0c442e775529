/* demo_live.c: the demo for a person: rows at a steady rate, for as long as one likes to watch.
 *
 * The place of the simulator is not stored: rows leave in the order of the file, and every one of them is learned, so
 * what the project has counted says which row comes next. A real broker may hold rows that are not learned yet; there
 * the end of the topic says it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "demo.h"
#include "weir/log.h"
#include "weir/remote_rest.h"

#define TICK_MS 25
#define LOOK_EVERY_MS 250
#define DRAIN_MS 1500 /* of the five seconds that the end may take */
#define BUILD_MS 30000

int64_t demo_clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The model follows the rows: it is rebuilt as they come. */
static weir_code build_model(demo_rig *rig, weir_error *err)
{
    const weir_setting settings[] = {{"refresh_rows", "1000"}};

    return weir_remote_rest.build(demo_rig_remote(rig), settings, 1, DEMO_PROJECT, "hba",
                                  DEMO_MODEL, BUILD_MS, err);
}

static weir_code find_place(demo_rig *rig, uint64_t *sent, weir_error *err)
{
    weir_simulator *simulator = demo_rig_simulator(rig);
    weir_code code = demo_rig_embedded(rig) ? demo_rig_learned(rig, sent, err)
                                            : weir_simulator_topic_rows(simulator, sent, err);

    return code ? code
                : weir_simulator_seek(simulator, *sent % weir_simulator_rows(simulator), err);
}

static void say_where(demo_rig *rig, uint64_t sent)
{
    printf("%s\nuser %s\nsecret %s\n", demo_rig_url(rig), demo_rig_user(rig), demo_rig_secret(rig));
    if (sent)
        printf("going on at row %" PRIu64 " of %" PRIu64 "\n",
               sent % weir_simulator_rows(demo_rig_simulator(rig)) + 1,
               weir_simulator_rows(demo_rig_simulator(rig)));
    printf("Ctrl-C ends it; the next start goes on from there.\n");
    fflush(stdout);
}

static void show_progress(demo_rig *rig, uint64_t sent, uint64_t learned)
{
    weir_error err;
    uint64_t scored = 0;

    if (!isatty(STDERR_FILENO))
        return;
    demo_rig_scored(rig, 0, &scored, &err);
    fprintf(stderr, "\r%" PRIu64 " sent, %" PRIu64 " learned, %" PRIu64 " scored ", sent, learned,
            scored);
}

/* The state of a running demo. */
typedef struct {
    demo_rig *rig;
    double rate;
    bool loop, ended, built;
    uint64_t first, sent; /* rows sent before this start and in all */
    int64_t began_ms, looked_ms;
} live_player;

static weir_code send_due(live_player *player, weir_error *err)
{
    weir_simulator *simulator = demo_rig_simulator(player->rig);
    double wanted = (double)(demo_clock_ms() - player->began_ms) * player->rate / 1e3;
    uint64_t sent = 0, done = player->sent - player->first;
    uint64_t due = wanted > (double)done ? (uint64_t)(wanted - (double)done) : 0;
    weir_code code = WEIR_OK;

    if (player->ended || !due)
        return WEIR_OK;
    code = weir_simulator_send(simulator, due, &sent, err);
    player->sent += sent;
    if (code || sent == due)
        return code;
    if (player->loop)
        return weir_simulator_seek(simulator, 0, err);
    player->ended = true;
    weir_log(WEIR_LOG_INFO, "demo", "all rows are sent; the pages stay");
    return WEIR_OK;
}

static weir_code look(live_player *player, weir_error *err)
{
    uint64_t learned = 0, scored = 0;
    weir_code code = WEIR_OK;

    if (demo_clock_ms() - player->looked_ms < LOOK_EVERY_MS)
        return WEIR_OK;
    player->looked_ms = demo_clock_ms();
    if ((code = demo_rig_learned(player->rig, &learned, err)) ||
        (code = demo_rig_check(player->rig, err)) ||
        (code = demo_rig_scored(player->rig, 0, &scored, err)))
        return code;
    if (!player->built && learned >= DEMO_ROWS_FIRST) {
        if ((code = build_model(player->rig, err)))
            return code;
        player->built = true;
    }
    show_progress(player->rig, player->sent, learned);
    return WEIR_OK;
}

/* Lets what was sent be learned, so that the next start finds its place. */
static weir_code drain(live_player *player, weir_error *err)
{
    int64_t until = demo_clock_ms() + DRAIN_MS;
    uint64_t learned = 0;
    weir_code code = weir_simulator_flush(demo_rig_simulator(player->rig), DRAIN_MS, err);

    while (!code && demo_clock_ms() < until) {
        struct timespec pause = {0, 20000000};

        if ((code = demo_rig_learned(player->rig, &learned, err)) || learned >= player->sent)
            break;
        nanosleep(&pause, NULL);
    }
    return code;
}

/* At a later start the model is there already, with its refresh settings. */
static bool has_model(demo_rig *rig)
{
    weir_bytes bytes = {0};
    uint64_t version = 0;
    bool found = !weir_remote_rest.model_bytes(demo_rig_remote(rig), DEMO_PROJECT, DEMO_MODEL,
                                               &version, &bytes, NULL);

    weir_bytes_free(&bytes);
    return found;
}

weir_code demo_live(demo_rig *rig, double rate, bool loop, weir_error *err)
{
    live_player player = {.rig = rig, .rate = rate, .loop = loop};
    weir_code code = find_place(rig, &player.first, err);

    if (code || (code = demo_rig_connect(rig, err)) ||
        (code = demo_rig_score(rig, DEMO_MODEL, DEMO_SINK, true, false, err)))
        return code;
    player.sent = player.first;
    player.ended = player.first >= weir_simulator_rows(demo_rig_simulator(rig)) && !loop;
    player.built = player.first && has_model(rig);
    say_where(rig, player.first);
    player.began_ms = demo_clock_ms();
    while (!code && !stop_wait(TICK_MS))
        if (!(code = send_due(&player, err)))
            code = look(&player, err);
    if (isatty(STDERR_FILENO))
        fputc('\n', stderr);
    return code ? code : drain(&player, err);
}

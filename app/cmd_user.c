/* cmd_user.c: weir user add, rekey, list, remove: who may call the API. They act at once on a running server.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "command.h"
#include "server.h"
#include "weir/signing.h"

enum { NEW_SECRET = 16, SECRET_TEXT = 4 * ((WEIR_SECRET_MAX + 2) / 3) + 1 };

/* The secret of --key, or a random one. */
static weir_code take_secret(const char *key, uint8_t secret[WEIR_SECRET_MAX + 3], size_t *size,
                             weir_error *err)
{
    size_t length = key ? strlen(key) : 0;

    if (!key) {
        *size = NEW_SECRET;
        if (getrandom(secret, NEW_SECRET, 0) != NEW_SECRET)
            return weir_fail(err, WEIR_INTERNAL, "no random bytes: %s", strerror(errno));
        return WEIR_OK;
    }
    if (length >= SECRET_TEXT || !weir_base64_decode(key, length, secret, size) ||
        *size < WEIR_SECRET_MIN || *size > WEIR_SECRET_MAX)
        return weir_fail(err, WEIR_INVALID, "--key is not base64 of %d to %d bytes",
                         WEIR_SECRET_MIN, WEIR_SECRET_MAX);
    return WEIR_OK;
}

typedef weir_code (*secret_setter)(weir_engine *engine, const char *cid, const uint8_t *secret,
                                   size_t size, weir_error *err);

/* make: the first user of a directory makes it; a mistyped one is not to be made for what is not there. */
static int set_secret(const command_args *args, const char *name, bool make, secret_setter set)
{
    uint8_t secret[WEIR_SECRET_MAX + 3];
    char text[SECRET_TEXT + 4];
    const char *cid = args_operand(args, 0);
    size_t size = 0;
    server *users = NULL;
    int status = EXIT_DONE;
    weir_error err = {0};

    if (take_secret(args_text(args, "key"), secret, &size, &err)) {
        fprintf(stderr, "weir %s: %s\n", name, err.message);
        return EXIT_USAGE;
    }
    if (users_open(args_text(args, "data"), make, &users, &err) ||
        set(server_engine(users), cid, secret, size, &err)) {
        status = report_failure(name, &err);
    } else {
        weir_base64_encode(secret, size, text);
        printf("%s %s\n", cid, text);
    }
    explicit_bzero(secret, sizeof secret);
    explicit_bzero(text, sizeof text);
    server_close(users);
    return status;
}

static int add(const command_args *args)
{
    return set_secret(args, "user add", true, weir_customer_add);
}

static int rekey(const command_args *args)
{
    return set_secret(args, "user rekey", false, weir_customer_rekey);
}

static int list(const command_args *args)
{
    char **ids = NULL;
    size_t count = 0;
    server *users = NULL;
    int status = EXIT_DONE;
    weir_error err = {0};

    if (users_open(args_text(args, "data"), false, &users, &err) ||
        weir_customer_list(server_engine(users), &ids, &count, &err))
        status = report_failure("user list", &err);
    for (size_t i = 0; i < count; i++)
        printf("%s\n", ids[i]);
    weir_list_free(ids, count);
    server_close(users);
    return status;
}

static int take_away(const command_args *args)
{
    server *users = NULL;
    int status = EXIT_DONE;
    weir_error err = {0};

    if (users_open(args_text(args, "data"), false, &users, &err) ||
        weir_customer_remove(server_engine(users), args_operand(args, 0), &err))
        status = report_failure("user remove", &err);
    server_close(users);
    return status;
}

#define DATA_FLAG                                                                                  \
    {                                                                                              \
        "data", FLAG_TEXT, "DIR", NULL, true, 0, 0, "The data directory of the server."            \
    }

static const command_flag key_flags[] = {
    DATA_FLAG,
    {"key", FLAG_TEXT, "BASE64", NULL, false, 0, 0,
     "The secret, base64 of 16 to 64 bytes; random where it is left out."},
    {0},
};
static const command_flag data_flags[] = {DATA_FLAG, {0}};

const command cmd_user_add = {
    .name = "user add",
    .summary = "add a user and print id and secret",
    .operands = "ID",
    .least_operands = 1,
    .most_operands = 1,
    .flags = key_flags,
    .help =
        "Prints the id and the secret, which is needed to sign calls and to sign in. It acts at "
        "once, also on a running server.",
    .run = add,
};
const command cmd_user_rekey = {
    .name = "user rekey",
    .summary = "give a user a new secret",
    .operands = "ID",
    .least_operands = 1,
    .most_operands = 1,
    .flags = key_flags,
    .help =
        "Prints the id and the new secret. The old one, and sessions opened with it, end at once.",
    .run = rekey,
};
const command cmd_user_list = {
    .name = "user list",
    .summary = "list the users",
    .operands = "",
    .flags = data_flags,
    .help = "Prints one id a line.",
    .run = list,
};
const command cmd_user_remove = {
    .name = "user remove",
    .summary = "take a user's access away",
    .operands = "ID",
    .least_operands = 1,
    .most_operands = 1,
    .flags = data_flags,
    .help = "The user can no longer call the API. The projects stay in the store under that id.",
    .run = take_away,
};

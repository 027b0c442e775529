/* options.c: the arguments of a command from four places: command line, environment, config file, defaults.
 *
 * Each flag of the command (and each common one) has one slot with a text and the place it came from; places are read
 * from the weakest to the strongest, so a later one simply overwrites. Texts are checked once, at the end, and an
 * error names the place.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "options.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nearest.h"
#include "weir/memory.h"

typedef enum { PLACE_NOWHERE, PLACE_DEFAULT, PLACE_FILE, PLACE_ENVIRONMENT, PLACE_LINE } place;

typedef struct {
    const command_flag *flag;
    char *text; /* owned */
    place from;
} slot;

struct command_args {
    const command *of;
    slot *slots;
    size_t slot_count;
    char **operands; /* owned, each owned */
    size_t operand_count;
};

const command_flag common_flags[] = {
    {"config", FLAG_TEXT, "FILE", NULL, false, 0, 0,
     "Read options from FILE, lines of the form \"listen = 127.0.0.1:8080\"."},
    {"log", FLAG_TEXT, "LEVEL", "info", false, 0, 0,
     "Log lines from this level on: debug, info, warn or error."},
    {"help", FLAG_SWITCH, NULL, NULL, false, 0, 0, "Show this help."},
    {0},
};

static slot *slot_of(const command_args *args, const char *name)
{
    for (size_t i = 0; i < args->slot_count; i++)
        if (strcmp(args->slots[i].flag->name, name) == 0)
            return &args->slots[i];
    return NULL;
}

/* -o FILE: the flag named "o", or else the first whose name begins with that letter. */
static slot *slot_of_letter(const command_args *args, char letter)
{
    const char name[] = {letter, '\0'};
    slot *found = slot_of(args, name);

    for (size_t i = 0; !found && i < args->slot_count; i++)
        if (args->slots[i].flag->name[0] == letter)
            found = &args->slots[i];
    return found;
}

static weir_code set_slot(slot *into, const char *text, size_t length, place from, weir_error *err)
{
    char *copy = weir_strndup(text, length);

    if (!copy)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for --%s", into->flag->name);
    weir_free(into->text);
    into->text = copy;
    into->from = from;
    return WEIR_OK;
}

void args_environment_name(const char *flag, char name[64])
{
    int length = snprintf(name, 64, "WEIR_%s", flag);

    for (int i = 0; i < length && i < 63; i++)
        name[i] = (char)(name[i] == '-' ? '_' : toupper((unsigned char)name[i]));
}

static void describe_place(const slot *of, char text[128])
{
    char name[64];

    switch (of->from) {
    case PLACE_ENVIRONMENT:
        args_environment_name(of->flag->name, name);
        snprintf(text, 128, "%s from the environment", name);
        break;
    case PLACE_FILE:
        snprintf(text, 128, "%s in the config file", of->flag->name);
        break;
    default:
        snprintf(text, 128, "--%s", of->flag->name);
    }
}

/* --- the command line */

static weir_code unknown_flag(const command_args *args, const char *name, weir_error *err)
{
    const char *best = NULL;

    for (size_t i = 0; i < args->slot_count; i++)
        nearest_take(name, args->slots[i].flag->name, &best);
    return weir_fail(err, WEIR_INVALID, "unknown flag --%s; the nearest is --%s", name, best);
}

static weir_code take_operand(command_args *args, const char *text, weir_error *err)
{
    char **more = weir_realloc_array(args->operands, args->operand_count + 1, sizeof *more);

    if (!more)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for %s", text);
    args->operands = more;
    if (!(args->operands[args->operand_count] = weir_strdup(text)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for %s", text);
    args->operand_count++;
    return WEIR_OK;
}

static weir_code take_flag(command_args *args, const char *word, const char *following,
                           bool *took_following, weir_error *err)
{
    bool is_long = word[1] == '-';
    const char *name = word + (is_long ? 2 : 1);
    const char *equals = strchr(name, '=');
    char *plain = weir_strndup(name, equals ? (size_t)(equals - name) : strlen(name));
    slot *into = NULL;
    weir_code code = WEIR_OK;

    *took_following = false;
    if (!plain)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for %s", word);
    into = is_long || plain[0] == '\0' || plain[1] != '\0' ? slot_of(args, plain)
                                                           : slot_of_letter(args, plain[0]);
    if (!into) {
        code = unknown_flag(args, plain, err);
    } else if (equals) {
        code = set_slot(into, equals + 1, strlen(equals + 1), PLACE_LINE, err);
    } else if (into->flag->kind == FLAG_SWITCH) {
        code = set_slot(into, "true", 4, PLACE_LINE, err);
    } else if (!following) {
        code = weir_fail(err, WEIR_INVALID, "--%s needs a value: --%s %s", plain, plain,
                         into->flag->argument ? into->flag->argument : "VALUE");
    } else {
        *took_following = true;
        code = set_slot(into, following, strlen(following), PLACE_LINE, err);
    }
    weir_free(plain);
    return code;
}

static weir_code take_line(command_args *args, int argc, const char *const *argv, weir_error *err)
{
    bool flags = true, took = false;
    weir_code code = WEIR_OK;

    for (int i = 0; i < argc && !code; i++) {
        if (flags && strcmp(argv[i], "--") == 0) {
            flags = false;
        } else if (flags && argv[i][0] == '-' && argv[i][1] != '\0') { /* "-" alone is an operand */
            code = take_flag(args, argv[i], i + 1 < argc ? argv[i + 1] : NULL, &took, err);
            i += took;
        } else {
            code = take_operand(args, argv[i], err);
        }
    }
    return code;
}

/* --- environment and config file */

static weir_code take_environment(command_args *args, weir_error *err)
{
    weir_code code = WEIR_OK;

    for (size_t i = 0; i < args->slot_count && !code; i++) {
        char name[64];
        const char *text = NULL;

        args_environment_name(args->slots[i].flag->name, name);
        if ((text = getenv(name)))
            code = set_slot(&args->slots[i], text, strlen(text), PLACE_ENVIRONMENT, err);
    }
    return code;
}

/* One file serves all commands, so the name of any command's flag is fine. */
static bool known_to_any_command(const char *name, const char **best)
{
    for (size_t c = 0; commands[c]; c++)
        for (const command_flag *flag = commands[c]->flags; flag && flag->name; flag++) {
            nearest_take(name, flag->name, best);
            if (strcmp(flag->name, name) == 0)
                return true;
        }
    for (const command_flag *flag = common_flags; flag->name; flag++)
        if (strcmp(flag->name, name) == 0)
            return true;
    return false;
}

static char *trimmed(char *text)
{
    size_t length = 0;

    while (isspace((unsigned char)*text))
        text++;
    length = strlen(text);
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        text[--length] = '\0';
    return text;
}

static weir_code take_file_line(command_args *args, const char *path, size_t number, char *line,
                                weir_error *err)
{
    const char *best = NULL;
    char *name = trimmed(line), *value = NULL;
    slot *into = NULL;

    if (*name == '\0' || *name == '#')
        return WEIR_OK;
    if (!(value = strchr(name, '=')))
        return weir_fail(err, WEIR_INVALID, "%s line %zu: \"%s\" is not NAME = VALUE", path, number,
                         name);
    *value++ = '\0';
    name = trimmed(name);
    value = trimmed(value);
    if ((into = slot_of(args, name)))
        return set_slot(into, value, strlen(value), PLACE_FILE, err);
    if (!known_to_any_command(name, &best))
        return weir_fail(err, WEIR_INVALID, "%s line %zu: unknown option %s; the nearest is %s",
                         path, number, name, best ? best : "config");
    return WEIR_OK;
}

static weir_code take_file(command_args *args, const char *path, weir_error *err)
{
    FILE *file = fopen(path, "re");
    char *line = NULL;
    size_t room = 0, number = 0;
    weir_code code = WEIR_OK;

    if (!file)
        return weir_fail(err, WEIR_INVALID, "config file %s: %s", path, strerror(errno));
    while (!code && getline(&line, &room, file) >= 0)
        code = take_file_line(args, path, ++number, line, err);
    if (!code && ferror(file))
        code = weir_fail(err, WEIR_INVALID, "config file %s: %s", path, strerror(errno));
    free(line);
    fclose(file);
    return code;
}

/* --- checks */

static bool read_number(const char *text, double *value)
{
    char *end = NULL;

    errno = 0;
    *value = strtod(text, &end);
    return end != text && *end == '\0' && isfinite(*value);
}

static bool read_integer(const char *text, int64_t *value)
{
    char *end = NULL;

    errno = 0;
    *value = strtoll(text, &end, 10);
    return end != text && *end == '\0' && errno == 0;
}

static bool read_switch(const char *text, bool *value)
{
    *value = strcasecmp(text, "true") == 0 || strcmp(text, "1") == 0;
    return *value || strcasecmp(text, "false") == 0 || strcmp(text, "0") == 0;
}

static weir_code check_number(const slot *of, const char *where, weir_error *err)
{
    const command_flag *flag = of->flag;
    bool whole = flag->kind == FLAG_INTEGER;
    int64_t integer = 0;
    double value = 0;

    if (whole ? !read_integer(of->text, &integer) : !read_number(of->text, &value))
        return weir_fail(err, WEIR_INVALID, "%s is \"%s\"; it is a %s", where, of->text,
                         whole ? "whole number" : "number");
    if (whole)
        value = (double)integer;
    if ((flag->least != 0 || flag->greatest != 0) &&
        (value < flag->least || value > flag->greatest))
        return weir_fail(err, WEIR_INVALID, "%s is %s; it lies between %g and %g", where, of->text,
                         flag->least, flag->greatest);
    return WEIR_OK;
}

static weir_code check_slot(const slot *of, weir_error *err)
{
    char where[128];
    bool on = false;

    describe_place(of, where);
    if (!of->text)
        return of->flag->required
                   ? weir_fail(err, WEIR_INVALID, "--%s %s is needed", of->flag->name,
                               of->flag->argument ? of->flag->argument : "")
                   : WEIR_OK;
    switch (of->flag->kind) {
    case FLAG_INTEGER:
    case FLAG_NUMBER:
        return check_number(of, where, err);
    case FLAG_SWITCH:
        if (!read_switch(of->text, &on))
            return weir_fail(err, WEIR_INVALID, "%s is \"%s\"; it is true or false", where,
                             of->text);
        return WEIR_OK;
    case FLAG_TEXT:
        break;
    }
    return WEIR_OK;
}

static weir_code check_operands(const command_args *args, weir_error *err)
{
    if (args->operand_count > args->of->most_operands)
        return weir_fail(err, WEIR_INVALID, "\"%s\" is one argument too many; usage: weir %s %s",
                         args->operands[args->of->most_operands], args->of->name,
                         args->of->operands);
    if (args->operand_count < args->of->least_operands)
        return weir_fail(err, WEIR_INVALID, "an argument is missing; usage: weir %s %s",
                         args->of->name, args->of->operands);
    return WEIR_OK;
}

/* --- opening */

static weir_code args_new(const command *of, command_args **out, weir_error *err)
{
    command_args *args = weir_calloc(1, sizeof *args);
    slot *slots = NULL;
    size_t count = 0;
    weir_code code = WEIR_OK;

    for (const command_flag *flag = of->flags; flag && flag->name; flag++)
        count++;
    for (const command_flag *flag = common_flags; flag->name; flag++)
        count++;
    slots = weir_calloc(count, sizeof *slots);
    if (!args || !slots) {
        weir_free(slots);
        weir_free(args);
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the arguments");
    }
    args->slots = slots;
    args->of = of;
    for (const command_flag *flag = of->flags; flag && flag->name; flag++)
        args->slots[args->slot_count++].flag = flag;
    for (const command_flag *flag = common_flags; flag->name; flag++)
        if (!slot_of(args, flag->name)) /* a command may have its own meaning for one */
            args->slots[args->slot_count++].flag = flag;
    for (size_t i = 0; i < args->slot_count && !code; i++)
        if (args->slots[i].flag->fallback)
            code = set_slot(&args->slots[i], args->slots[i].flag->fallback,
                            strlen(args->slots[i].flag->fallback), PLACE_DEFAULT, err);
    if (code)
        args_free(args);
    else
        *out = args;
    return code;
}

static bool asks_for_help(int argc, const char *const *argv)
{
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

weir_code args_parse(const command *of, int argc, const char *const *argv, command_args **out,
                     bool *help, weir_error *err)
{
    command_args *args = NULL;
    const char *file = NULL;
    weir_code code = WEIR_OK;

    *help = asks_for_help(argc, argv);
    if (*help)
        return WEIR_OK;
    if ((code = args_new(of, &args, err)))
        goto done;
    /* Twice: the first reading only finds the config file, whose values the stronger places then overwrite. */
    if ((code = take_environment(args, err)) || (code = take_line(args, argc, argv, err)))
        goto done;
    file = args_text(args, "config");
    if (file) {
        char *path = weir_strdup(file);

        args_free(args);
        args = NULL;
        if (!path)
            code = weir_fail(err, WEIR_NO_MEMORY, "no room for the arguments");
        else if (!(code = args_new(of, &args, err)) && !(code = take_file(args, path, err)) &&
                 !(code = take_environment(args, err)))
            code = take_line(args, argc, argv, err);
        weir_free(path);
        if (code)
            goto done;
    }
    for (size_t i = 0; i < args->slot_count; i++)
        if ((code = check_slot(&args->slots[i], err)))
            goto done;
    if ((code = check_operands(args, err)))
        goto done;
    *out = args;
    args = NULL; /* the caller owns it now */
done:
    args_free(args);
    return code;
}

void args_free(command_args *args)
{
    if (!args)
        return;
    for (size_t i = 0; i < args->slot_count; i++)
        weir_free(args->slots[i].text);
    for (size_t i = 0; i < args->operand_count; i++)
        weir_free(args->operands[i]);
    weir_free(args->slots);
    weir_free(args->operands);
    weir_free(args);
}

/* --- reading */

const char *args_text(const command_args *args, const char *flag)
{
    const slot *of = slot_of(args, flag);

    return of ? of->text : NULL;
}

int64_t args_integer(const command_args *args, const char *flag)
{
    const char *text = args_text(args, flag);
    int64_t value = 0;

    return text && read_integer(text, &value) ? value : 0;
}

double args_number(const command_args *args, const char *flag)
{
    const char *text = args_text(args, flag);
    double value = 0;

    return text && read_number(text, &value) ? value : 0;
}

bool args_switch(const command_args *args, const char *flag)
{
    const char *text = args_text(args, flag);
    bool on = false;

    return text && read_switch(text, &on) && on;
}

bool args_given(const command_args *args, const char *flag)
{
    const slot *of = slot_of(args, flag);

    return of && of->from > PLACE_DEFAULT;
}

size_t args_operands(const command_args *args)
{
    return args->operand_count;
}

const char *args_operand(const command_args *args, size_t i)
{
    return i < args->operand_count ? args->operands[i] : NULL;
}

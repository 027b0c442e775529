/* help.c: the overview and the help of one command, wrapped to 80 columns.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "help.h"

#include <string.h>

#include "options.h"

enum { WIDTH = 80, FLAG_COLUMN = 30 };

/* Prints words from column `column` on, continuing lines at `indent`; a newline in the text begins a new line. */
static void print_wrapped(FILE *to, const char *text, int indent, int column)
{
    while (*text) {
        size_t length = strcspn(text, " \n");

        if (length > 0) {
            if (column > indent && column + 1 + (int)length > WIDTH) {
                fprintf(to, "\n%*s", indent, "");
                column = indent;
            }
            if (column > indent)
                column += fprintf(to, " ");
            fwrite(text, 1, length, to);
            column += (int)length;
            text += length;
        }
        if (*text == '\n') {
            fprintf(to, "\n%*s", text[1] ? indent : 0, "");
            column = indent;
        }
        text += *text != '\0';
    }
    fprintf(to, "\n");
}

static void print_flag(const command_flag *flag, FILE *to)
{
    char name[64];
    int column = fprintf(to, "  --%s%s%s", flag->name, flag->argument ? " " : "",
                         flag->argument ? flag->argument : "");

    if (column >= FLAG_COLUMN) {
        fprintf(to, "\n");
        column = 0;
    }
    fprintf(to, "%*s", FLAG_COLUMN - column, "");
    print_wrapped(to, flag->help, FLAG_COLUMN, FLAG_COLUMN);
    args_environment_name(flag->name, name);
    if (flag->required)
        fprintf(to, "%*sneeded; or %s\n", FLAG_COLUMN, "", name);
    else if (flag->fallback)
        fprintf(to, "%*sdefault %s; or %s\n", FLAG_COLUMN, "", flag->fallback, name);
    else if (strcmp(flag->name, "help") != 0)
        fprintf(to, "%*sor %s\n", FLAG_COLUMN, "", name);
}

void help_overview(FILE *to)
{
    fprintf(to,
            "weir %s: statistics and models from streams, without keeping the rows\n\n"
            "usage: weir COMMAND [options]\n\n",
            WEIR_VERSION);
    for (size_t i = 0; commands[i]; i++)
        fprintf(to, "  %-14s %s\n", commands[i]->name, commands[i]->summary);
    fprintf(to, "\nweir help COMMAND tells more about one; weir --version prints the version.\n"
                "Exit codes: 0 done, 1 failed, 2 usage, 3 cannot reach, 130 interrupted.\n");
}

void help_command(const command *of, FILE *to)
{
    fprintf(to, "weir %s: %s\n\nusage: weir %s [options]%s%s\n\n", of->name, of->summary, of->name,
            *of->operands ? " " : "", of->operands);
    if (of->help)
        print_wrapped(to, of->help, 0, 0);
    fprintf(to, "\noptions:\n");
    for (const command_flag *flag = of->flags; flag && flag->name; flag++)
        print_flag(flag, to);
    for (const command_flag *flag = common_flags; flag->name; flag++)
        print_flag(flag, to);
    fprintf(to, "\nThe command line wins over the environment (WEIR_...), that over the config "
                "file.\n");
}

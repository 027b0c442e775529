/* option_test.c: defaults, ranges and words of option tables.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/option.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

typedef struct {
    int64_t bins;
    double width;
    bool on;
    int form;
} example;

static const char *const forms[] = {"density", "hbos", NULL};
static const weir_option table[] = {
    {"n_bins", WEIR_OPTION_INTEGER, offsetof(example, bins), 2, 4096, "10", NULL, "Bins.", false},
    {"width", WEIR_OPTION_NUMBER, offsetof(example, width), 0, 8, "", NULL, "Width.", false},
    {"on", WEIR_OPTION_BOOLEAN, offsetof(example, on), 0, 0, "true", NULL, "Whether.", false},
    {"form", WEIR_OPTION_CHOICE, offsetof(example, form), 0, 0, "hbos", forms, "Which.", false},
    {0},
};

static void options_are_read_and_checked(void **state)
{
    example e;
    weir_error err;
    bool known = false;

    (void)state;
    assert_int_equal(weir_options_default(table, &e, &err), WEIR_OK);
    assert_true(e.bins == 10 && isnan(e.width) && e.on && e.form == 1);
    assert_int_equal(weir_options_set(table, &e, "n_bins", "4096", &known, &err), WEIR_OK);
    assert_true(known && e.bins == 4096);
    assert_int_equal(weir_options_set(table, &e, "width", "0.5", NULL, &err), WEIR_OK);
    assert_int_equal(weir_options_set(table, &e, "on", "FALSE", NULL, &err), WEIR_OK);
    assert_int_equal(weir_options_set(table, &e, "form", "Density", NULL, &err), WEIR_OK);
    assert_true(e.width == 0.5 && !e.on && e.form == 0);
    assert_int_equal(weir_options_set(table, &e, "colour", "red", &known, &err), WEIR_OK);
    assert_false(known);
}

static void bad_values_say_what_is_allowed(void **state)
{
    static const struct {
        const char *name, *text, *message;
    } bad[] = {
        {"n_bins", "1", "n_bins is 1; it is a whole number from 2 to 4096"},
        {"n_bins", "9e9", "n_bins is 9e9; it is a whole number from 2 to 4096"},
        {"n_bins", "99999999999999999999", "whole number from 2 to 4096"},
        {"width", "8.5", "width is 8.5; it is a number from 0 to 8"},
        {"width", "nan", "it is a number from 0 to 8"},
        {"on", "yes", "on is yes; it is true or false"},
        {"form", "x", "form is x; it is one of density, hbos"},
    };
    example e;
    weir_error err;

    (void)state;
    assert_int_equal(weir_options_default(table, &e, &err), WEIR_OK);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(weir_options_set(table, &e, bad[i].name, bad[i].text, NULL, &err),
                         WEIR_INVALID);
        if (!strstr(err.message, bad[i].message))
            fail_msg("%s = %s: %s", bad[i].name, bad[i].text, err.message);
    }
    assert_true(e.bins == 10 && e.on && e.form == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_are_read_and_checked),
        cmocka_unit_test(bad_values_say_what_is_allowed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

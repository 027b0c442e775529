/* router_test.c: paths and methods against a table, and queries taken apart.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "router.h"

static void nothing(const weir_http_request *request, weir_http_reply *reply)
{
    (void)request;
    (void)reply;
}

static const weir_http_argument_row arguments[] = {
    {"n", "integer", true, NULL, ""},
    {"on", "boolean", false, NULL, ""},
    {"f", "number", false, NULL, ""},
    {0},
};
static const weir_route table[] = {
    {"GET", "/", nothing, "root", "", NULL, NULL, NULL, 0},
    {"GET", "/a/list", nothing, "list", "", NULL, NULL, NULL, 0},
    {"GET|POST", "/a/{x}", nothing, "one", "", arguments, NULL, NULL, 0},
    {"DELETE", "/a/{x}", nothing, "gone", "", NULL, NULL, NULL, 0},
    {"PUT", "/a/{x}/b/{y}", nothing, "two", "", NULL, NULL, NULL, 0},
    {0},
};

static void test_finding_routes(void **state)
{
    static const struct {
        const char *method, *target;
        route_outcome outcome;
        const char *title, *first, *second, *allow;
    } rows[] = {
        {"GET", "/", ROUTE_FOUND, "root", NULL, NULL, ""},
        {"GET", "", ROUTE_FOUND, "root", NULL, NULL, ""},
        {"GET", "/a/list", ROUTE_FOUND, "list", NULL, NULL, ""},
        {"POST", "/a/list", ROUTE_FOUND, "one", "list", NULL, ""},
        {"HEAD", "/a/x?q=/b/", ROUTE_FOUND, "one", "x", NULL, ""},
        {"POST", "/a/x/", ROUTE_FOUND, "one", "x", NULL, ""},
        {"PUT", "/a/x%2Fy/b/%E6%9D%B1", ROUTE_FOUND, "two", "x/y", "\xe6\x9d\xb1", ""},
        {"PUT", "/a/%zz/b/100%", ROUTE_FOUND, "two", "%zz", "100%", ""},
        {"PATCH", "/a/x", ROUTE_NO_METHOD, NULL, NULL, NULL, "GET, POST, DELETE"},
        {"GE", "/a/x", ROUTE_NO_METHOD, NULL, NULL, NULL, "GET, POST, DELETE"},
        {"GET", "/a", ROUTE_NO_PATH, NULL, NULL, NULL, ""},
        {"GET", "/a//", ROUTE_NO_PATH, NULL, NULL, NULL, ""},
        {"PUT", "/a//b/y", ROUTE_NO_PATH, NULL, NULL, NULL, ""},
        {"GET", "/A/x", ROUTE_NO_PATH, NULL, NULL, NULL, ""},
        {"GET", "/a/x/b", ROUTE_NO_PATH, NULL, NULL, NULL, ""},
        {"GET", "*", ROUTE_NO_PATH, NULL, NULL, NULL, ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        weir_http_request request = {0};
        weir_error why = {0};
        char allow[64];

        print_message("%s %s\n", rows[i].method, rows[i].target);
        snprintf(request.method, sizeof request.method, "%s", rows[i].method);
        assert_int_equal(request_target(&request, rows[i].target, NULL), WEIR_OK);
        assert_int_equal(route_find(table, &request, allow, &why), rows[i].outcome);
        assert_int_equal(why.code, WEIR_OK);
        if (rows[i].outcome == ROUTE_NO_METHOD)
            assert_string_equal(allow, rows[i].allow);
        if (rows[i].title)
            assert_string_equal(request.route->title, rows[i].title);
        if (rows[i].first)
            assert_string_equal(weir_http_param(&request, 0), rows[i].first);
        if (rows[i].second)
            assert_string_equal(weir_http_param(&request, 1), rows[i].second);
        request_clear(&request);
    }
}

static void test_paths_that_are_no_text(void **state)
{
    static const char *const targets[] = {"/a/%00", "/a/x%00y", "/a/%ff", "/a/%c3", "/a/\xff"};

    (void)state;
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        weir_http_request request = {.method = "GET"};
        weir_error why = {0};
        char allow[64];

        assert_int_equal(request_target(&request, targets[i], NULL), WEIR_OK);
        assert_int_equal(route_find(table, &request, allow, &why), ROUTE_FOUND);
        assert_int_equal(why.code, WEIR_INVALID);
        request_clear(&request);
    }
}

static void test_queries(void **state)
{
    static const struct {
        const char *query;
        weir_code code; /* of the checks */
        const char *n;
    } rows[] = {
        {"n=1", WEIR_OK, "1"},
        {"N=-7&on=TRUE&f=1e3", WEIR_OK, "-7"},
        {"&&n=1&&", WEIR_OK, "1"},
        {"n=1&n=2", WEIR_OK, "1"},
        {"x&n=3&=5", WEIR_OK, "3"},
        {"n=%31", WEIR_OK, "1"},
        {"m=1", WEIR_INVALID, NULL},
        {"n", WEIR_INVALID, ""},
        {"n=", WEIR_INVALID, ""},
        {"n=+1", WEIR_OK, " 1"},
        {"n=1.5", WEIR_INVALID, "1.5"},
        {"n=99999999999999999999", WEIR_INVALID, "99999999999999999999"},
        {"n=1&on=maybe", WEIR_INVALID, "1"},
        {"n=1&on=", WEIR_OK, "1"},
        {"n=1&f=nan", WEIR_INVALID, "1"},
        {"n=1&f=1,5", WEIR_INVALID, "1"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        weir_http_request request = {.route = &table[2]};
        char target[128];

        print_message("%s\n", rows[i].query);
        snprintf(target, sizeof target, "/a/x?%s", rows[i].query);
        assert_int_equal(request_target(&request, target, NULL), WEIR_OK);
        assert_int_equal(request_arguments(&request, NULL), WEIR_OK);
        if (rows[i].n)
            assert_string_equal(weir_http_argument(&request, "n"), rows[i].n);
        else
            assert_null(weir_http_argument(&request, "n"));
        assert_int_equal(request_check_arguments(&request, NULL), rows[i].code);
        assert_string_equal(weir_http_query(&request), rows[i].query);
        request_clear(&request);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finding_routes),
        cmocka_unit_test(test_paths_that_are_no_text),
        cmocka_unit_test(test_queries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* json_shim.cpp: simdjson's stage 1, std::from_chars and std::to_chars behind a C interface.
 *
 * Nothing here throws: simdjson is used through its error codes and both conversions are noexcept in effect.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "json_shim.h"

#include <charconv>
#include <memory>
#include <new>

#define SIMDJSON_EXCEPTIONS 0
#include <simdjson.h>

using simdjson::internal::dom_parser_implementation;

/* The index holds 4 bytes per byte of text, so after a huge text the memory is given back at the next small one. */
static const size_t capacity_least = 4096;
static const size_t capacity_kept = size_t{16} << 20;
static const size_t size_most = UINT32_MAX - 128;

struct json_index {
    std::unique_ptr<dom_parser_implementation> parser;
    size_t capacity = 0;
};

json_index *json_index_new(void)
{
    return new (std::nothrow) json_index;
}

void json_index_free(json_index *index)
{
    delete index;
}

static json_index_result result_of(simdjson::error_code error)
{
    switch (error) {
    case simdjson::SUCCESS:
        return JSON_INDEX_OK;
    case simdjson::MEMALLOC:
        return JSON_INDEX_NO_MEMORY;
    case simdjson::CAPACITY:
        return JSON_INDEX_TOO_LARGE;
    case simdjson::EMPTY:
        return JSON_INDEX_EMPTY;
    case simdjson::UTF8_ERROR:
        return JSON_INDEX_UTF8;
    case simdjson::UNCLOSED_STRING:
        return JSON_INDEX_STRING;
    case simdjson::UNESCAPED_CHARS:
        return JSON_INDEX_CONTROL;
    default:
        return JSON_INDEX_OTHER;
    }
}

static simdjson::error_code make_room(json_index *index, size_t size)
{
    size_t capacity = index->capacity;

    if (capacity >= size && (capacity <= capacity_kept || size > capacity_kept / 4))
        return simdjson::SUCCESS;
    capacity = size < capacity_least ? capacity_least : size + size / 4;
    if (capacity > size_most)
        capacity = size_most;
    index->parser.reset();
    index->capacity = 0;
    /* Depth is what stage 2 needs memory for; stage 1 has none. */
    simdjson::error_code error =
        simdjson::get_active_implementation()->create_dom_parser_implementation(capacity, 1,
                                                                                index->parser);
    if (!error)
        index->capacity = capacity;
    return error;
}

json_index_result json_index_run(json_index *index, const char *text, size_t size,
                                 const uint32_t **tokens, size_t *count)
{
    if (size == 0)
        return JSON_INDEX_EMPTY;
    if (size > size_most)
        return JSON_INDEX_TOO_LARGE;
    simdjson::error_code error = make_room(index, size);
    if (!error)
        error = index->parser->stage1(reinterpret_cast<const uint8_t *>(text), size,
                                      simdjson::stage1_mode::regular);
    if (error)
        return result_of(error);
    *tokens = index->parser->structural_indexes.get();
    *count = index->parser->n_structural_indexes;
    return JSON_INDEX_OK;
}

number_result number_from_chars(const char *text, size_t size, double *value)
{
    std::from_chars_result result = std::from_chars(text, text + size, *value);

    if (result.ec == std::errc::invalid_argument || result.ptr != text + size)
        return NUMBER_NOT;
    return result.ec == std::errc() ? NUMBER_READ : NUMBER_OUT_OF_RANGE;
}

size_t number_to_chars(double value, char text[NUMBER_TEXT_MAX])
{
    return static_cast<size_t>(std::to_chars(text, text + NUMBER_TEXT_MAX, value).ptr - text);
}

/* openapi_schemas.h: the entities of the API as JSON Schema, for the OpenAPI document.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HTTP_OPENAPI_SCHEMAS_H
#define HTTP_OPENAPI_SCHEMAS_H

typedef struct {
    const char *name;
    /* The schema of a request body, or of "values" in an answer. */
    const char *schema;
} openapi_schema;

extern const openapi_schema openapi_schemas[]; /* ended by a row without a name */

#endif

/* openapi_schemas.c: the entities of the API (see openapi_schemas.h). Request bodies first, then what answers hold.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "openapi_schemas.h"

#include <stddef.h>

#define TEXT "{\"type\":\"string\"}"
#define NUMBER "{\"type\":\"number\"}"
#define WHOLE "{\"type\":\"integer\"}"
#define TRUTH "{\"type\":\"boolean\"}"
#define TEXTS "{\"type\":\"array\",\"items\":" TEXT "}"
#define NUMBERS "{\"type\":\"array\",\"items\":" NUMBER "}"
#define WHOLES "{\"type\":\"array\",\"items\":" WHOLE "}"
#define TEXT_MAP "{\"type\":\"object\",\"additionalProperties\":" TEXT "}"
#define NUMBER_MAP "{\"type\":\"object\",\"additionalProperties\":" NUMBER "}"
#define OBJECT(members) "{\"type\":\"object\",\"properties\":{" members "}}"
#define LIST(item) "{\"type\":\"array\",\"items\":" item "}"
#define REFERENCE(name) "{\"$ref\":\"#/components/schemas/" name "\"}"
#define VALUES(item) OBJECT("\"values\":" LIST(item))
#define ATTRIBUTE_ID "{\"type\":[\"string\",\"integer\"]}"

const openapi_schema openapi_schemas[] = {
    {"Parameters", "{\"type\":\"object\",\"additionalProperties\":"
                   "{\"type\":[\"string\",\"number\",\"boolean\"]}}"},
    {"Source",
     "{\"type\":\"object\",\"required\":[\"id\",\"topic\",\"partition\",\"from\",\"next\","
     "\"offsets\"],\"properties\":{\"id\":" TEXT ",\"topic\":" TEXT ",\"partition\":" WHOLE
     ",\"from\":" WHOLE ",\"next\":" WHOLE ",\"offsets\":" WHOLES ",\"epoch\":" WHOLE
     ",\"reset\":" TRUTH "}}"},
    {"DataFrame",
     "{\"type\":\"object\",\"required\":[\"attributeNames\",\"attributeTypes\",\"data\"],"
     "\"properties\":{\"attributeNames\":" TEXTS ",\"attributeTypes\":{\"type\":\"array\","
     "\"items\":{\"type\":\"string\",\"pattern\":\"^[CBTSLXcbtslx-]$\"}},\"data\":"
     "{\"type\":\"array\",\"items\":{\"type\":\"array\",\"items\":{\"type\":[\"string\",\"number\","
     "\"boolean\",\"null\"]}}},\"errorHandling\":{\"type\":\"integer\",\"enum\":[0,1,2]},"
     "\"source\":" REFERENCE("Source") "}}"},
    {"MLContext",
     OBJECT("\"inputAttributes\":" LIST(
         ATTRIBUTE_ID) ",\"inputAttributeNames\":" TEXTS
                       ",\"targets\":" LIST(ATTRIBUTE_ID) ",\"targetAttributeNames\":" TEXTS
                                                          ",\"extraParameters\":" REFERENCE(
                                                              "Parameters"))},
    {"ExploreContext", VALUES(REFERENCE("MLContext"))},
    {"Base64", "{\"type\":\"string\",\"contentEncoding\":\"base64\"}"},
    {"FusionCells",
     VALUES(OBJECT("\"host\":" TEXT ",\"cid\":" TEXT ",\"sk\":" TEXT ",\"pid\":" TEXT))},
    {"DSInfo",
     "{\"oneOf\":[{\"type\":\"object\",\"required\":[\"type\"],\"properties\":{\"type\":" TEXT
     ",\"name\":" TEXT ",\"path\":" TEXT ",\"info\":" REFERENCE(
         "Parameters") ",\"extra\":{\"type\":\"object\"}}}," REFERENCE("Base64") "]}"},
    {"TaskInfo",
     "{\"oneOf\":[{\"type\":\"object\",\"required\":[\"name\"],\"properties\":{\"type\":" TEXT
     ",\"name\":" TEXT ",\"params\":" REFERENCE("Parameters") "}}," REFERENCE("Base64") "]}"},
    {"Credentials",
     "{\"type\":\"object\",\"required\":[\"id\",\"secret\"],\"properties\":{\"id\":" TEXT
     ",\"secret\":" TEXT "}}"},
    {"Project",
     OBJECT("\"pid\":" TEXT ",\"encoderName\":" TEXT ",\"modelsList\":" TEXTS
            ",\"modelTypeList\":" TEXTS ",\"dsList\":" TEXTS ",\"streams\":" TEXTS
            ",\"attributeNames\":" TEXTS ",\"attributeIndexes\":" WHOLES
            ",\"attributeTypes\":" TEXTS ",\"attributeStates\":" TEXTS ",\"params\":" TEXT_MAP
            ",\"hash\":" WHOLE ",\"isDirty\":" TRUTH ",\"categorySeparator\":" TEXT
            ",\"type\":" TEXT ",\"creationDate\":" WHOLE ",\"lastModificationDate\":" WHOLE
            ",\"loaded\":" TRUTH ",\"persisted\":" TRUTH ",\"histogramEnabled\":" TRUTH
            ",\"autoSave\":" TRUTH ",\"rows\":" NUMBER ",\"sequence\":" WHOLE ",\"memory\":" WHOLE
            ",\"extremesAreBounds\":" TRUTH ",\"partitionColumn\":" TEXT ",\"partitions\":" WHOLE
            ",\"windowRows\":" NUMBER ",\"rejectedCells\":" WHOLE ",\"rejectedRows\":" WHOLE
            ",\"warnings\":" TEXTS)},
    {"JobState",
     OBJECT("\"jobId\":" WHOLE ",\"jobType\":" TEXT ",\"owner\":" TEXT ",\"startingDate\":" WHOLE
            ",\"current\":" WHOLE ",\"maximum\":" WHOLE ",\"isOnBoundedExecutor\":" TRUTH
            ",\"isStarted\":" TRUTH ",\"isDone\":" TRUTH ",\"details\":" TEXT_MAP)},
    {"Empty", "{\"type\":\"object\"}"},
    {"FusionStatus", OBJECT("\"cellsStatusEncrypted\":" TEXT ",\"cellsStatus\":" VALUES(OBJECT(
                         "\"host\":" TEXT ",\"cid\":" TEXT ",\"status\":" TEXT ",\"pid\":" TEXT)))},
    {"FusionCellList",
     OBJECT("\"fusionCells\":" VALUES(OBJECT("\"host\":" TEXT ",\"cid\":" TEXT ",\"pid\":" TEXT)))},
    {"Exported", OBJECT("\"string\":" REFERENCE("Base64"))},
    {"StringList", OBJECT("\"stringList\":" VALUES(TEXT))},
    {"ProjectInfo", OBJECT("\"smlInfo\":" REFERENCE("Project"))},
    {"ProjectInfoList", OBJECT("\"smlInfoList\":" VALUES(REFERENCE("Project")))},
    {"Learned",
     OBJECT("\"repeat\":" TRUTH ",\"rows\":" WHOLE ",\"position\":" WHOLE ",\"filteredRows\":" WHOLE
            ",\"rejectedCells\":" WHOLE ",\"rejectedRows\":" WHOLE ",\"firstRejected\":" TEXT)},
    {"DSDescription", OBJECT("\"dsinfo\":" REFERENCE("DSInfo"))},
    {"Listing", OBJECT("\"dsdirectoryListing\":" OBJECT("\"ok\":" TRUTH ",\"dirs\":" TEXTS
                                                        ",\"files\":" TEXTS ",\"path\":" TEXT))},
    {"Frame", OBJECT("\"dataframe\":" REFERENCE("DataFrame"))},
    {"Explored", OBJECT("\"KSVDMap\":" VALUES(NUMBER_MAP) ",\"smlInfo\":" REFERENCE("Project"))},
    {"DensityList", OBJECT("\"densityList\":" VALUES(OBJECT(
                        "\"attrName\":" TEXT ",\"min\":" NUMBER ",\"max\":" NUMBER
                        ",\"width\":" NUMBER ",\"histogram\":" NUMBERS ",\"error\":" TEXT)))},
    {"Live",
     OBJECT("\"live\":" OBJECT(
         "\"pid\":" TEXT ",\"sequence\":" WHOLE ",\"rows\":" NUMBER ",\"frozen\":" TRUTH
         ",\"histograms\":" TRUTH ",\"modifiedMs\":" WHOLE ",\"models\":" LIST(OBJECT(
             "\"modelId\":" TEXT ",\"modelType\":" TEXT ",\"version\":" WHOLE ",\"rows\":" NUMBER
             ",\"createdMs\":" WHOLE)) ",\"warnings\":" TEXTS
                                       ",\"attributes\":" LIST(OBJECT(
                                           "\"id\":" WHOLE ",\"name\":" TEXT ",\"type\":" TEXT
                                           ",\"parent\":" TEXT ",\"value\":" TEXT
                                           ",\"uni\":" NUMBER_MAP ",\"density\":" OBJECT(
                                               "\"min\":" NUMBER ",\"max\":" NUMBER
                                               ",\"width\":" NUMBER ",\"histogram\":" NUMBERS)))))},
    {"Job", OBJECT("\"jobinfo\":" REFERENCE("JobState"))},
    {"JobInfoList", OBJECT("\"jobinfoList\":" LIST(REFERENCE("JobState")))},
    {"ModelInfo",
     OBJECT("\"modelInfo\":" OBJECT(
         "\"modelId\":" TEXT ",\"modelType\":" TEXT ",\"modelBuilt\":" WHOLE
         ",\"buildTime\":" NUMBER ",\"attributeNames\":" TEXTS ",\"attributeIndexes\":" WHOLES
         ",\"attributeTypes\":" TEXTS ",\"predictInfo\":" TEXTS ",\"scoreInfo\":" TEXTS
         ",\"targetNames\":" TEXTS ",\"targetindexes\":" WHOLES ",\"info\":" TEXT_MAP
         ",\"creationDate\":" WHOLE ",\"useShortDesc\":" TRUTH ",\"version\":" WHOLE
         ",\"extra\":{\"type\":\"object\",\"additionalProperties\":" REFERENCE("DataFrame") "}"))},
    {"TextMaps", OBJECT("\"KSVSMap\":" VALUES(TEXT_MAP))},
    {"Components", OBJECT("\"pcaVectors\":" REFERENCE("DataFrame") ",\"pcaValues\":" REFERENCE(
                       "DataFrame") ",\"pcaSumValues\":" NUMBER)},
    {"Explorations",
     OBJECT("\"explorations\":" LIST(OBJECT(
         "\"id\":" TEXT ",\"kind\":" TEXT ",\"title\":" TEXT ",\"help\":" TEXT ",\"path\":" TEXT
         ",\"shapes\":" LIST(
             OBJECT("\"title\":" TEXT
                    ",\"inputs\":" LIST(REFERENCE("Place")) ",\"targets\":" LIST(REFERENCE(
                        "Place")))) ",\"keys\":" LIST(OBJECT("\"key\":" TEXT
                                                             ",\"help\":" TEXT)) ",\"options\""
                                                                                 ":" LIST(REFERENCE(
                                                                                     "Option")))))},
    {"Place", OBJECT("\"label\":" TEXT ",\"types\":" TEXTS ",\"least\":" WHOLE ",\"most\":" WHOLE)},
    {"Option",
     OBJECT("\"name\":" TEXT ",\"type\":" TEXT ",\"required\":" TRUTH ",\"default\":" TEXT
            ",\"minimum\":" NUMBER ",\"maximum\":" NUMBER ",\"choices\":" TEXTS ",\"help\":" TEXT)},
    {"Options", OBJECT("\"options\":" LIST(REFERENCE("Option")))},
    {"Predicted", OBJECT("\"KSVSMap\":" VALUES(TEXT_MAP))},
    {"Algorithms",
     OBJECT("\"algorithms\":" LIST(OBJECT(
         "\"id\":" TEXT ",\"title\":" TEXT ",\"help\":" TEXT ",\"paper\":" TEXT ",\"kind\":" TEXT
         ",\"targets\":" TEXTS ",\"needs\":" TEXTS ",\"predictInfo\":" TEXTS ",\"scoreInfo\":" TEXTS
         ",\"options\":" LIST(REFERENCE("Option")))))},
    {"Tail", OBJECT("\"tail\":" OBJECT("\"next\":" WHOLE ",\"points\":" LIST(OBJECT(
                 "\"index\":" WHOLE ",\"partition\":" WHOLE ",\"offset\":" WHOLE
                 ",\"score\":" NUMBER ",\"q95\":" NUMBER ",\"q98\":" NUMBER ",\"q99\":" NUMBER
                 ",\"truth\":" NUMBER ",\"res\":" WHOLE ",\"modelVersion\":" WHOLE))))},
    {"Streams",
     OBJECT("\"streams\":" LIST(OBJECT(
         "\"name\":" TEXT ",\"type\":" TEXT ",\"topic\":" TEXT ",\"state\":" TEXT
         ",\"reason\":" TEXT ",\"wanted\":" TRUTH ",\"startedMs\":" WHOLE ",\"rows\":" WHOLE
         ",\"rowsPerMs\":" NUMBER ",\"lag\":" NUMBER ",\"errors\":" WHOLE ",\"skipped\":" WHOLE
         ",\"filteredRows\":" WHOLE ",\"rejectedCells\":" WHOLE ",\"partitions\":" LIST(
             OBJECT("\"partition\":" WHOLE ",\"position\":" WHOLE ",\"end\":" WHOLE)))))},
    {"Session", OBJECT("\"id\":" TEXT)},
    {NULL, NULL},
};

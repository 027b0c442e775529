/* rest_routes.c: every call of the API, one row each. Routing, the checks of query arguments, the refusals of wrong
 * methods and the OpenAPI document all follow from here.
 *
 * Calls that change something are documented as GET in several places; each of those takes POST as well.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "rest_inside.h"

#define CUSTOMER "/symetry/rest/{cid}"
#define PROJECT CUSTOMER "/projects/{pid}"
#define SOURCE CUSTOMER "/dss/{ds}"
#define STREAM PROJECT "/streams/{sid}"
#define ENCODER CUSTOMER "/encoders/{encoder}"

static const weir_http_argument_row create_arguments[] = {
    {"pid", "string", true, NULL, "Name of the project: letters, digits, . _ -"},
    {"type", "string", false, "cpu", "Kind of project."},
    {"persist", "boolean", false, "true", "Whether it survives a restart."},
    {"enableHistogram", "boolean", false, "false", "Whether distributions are kept."},
    {0},
};
static const weir_http_argument_row task_arguments[] = {
    {"force", "boolean", false, "false", "Replace a task of that name, which is stopped first."},
    {0},
};
static const weir_http_argument_row infos_arguments[] = {
    {"async", "boolean", false, "true", "As a job; false answers at once."},
    {0},
};
static const weir_http_argument_row rename_arguments[] = {
    {"newName", "string", false, NULL, "The new name; needed."},
    {0},
};
static const weir_http_argument_row unload_arguments[] = {
    {"force", "boolean", false, "false",
     "Also when the project is not persisted and is then lost."},
    {0},
};
static const weir_http_argument_row histogram_arguments[] = {
    {"enable", "boolean", true, NULL, "true or false."},
    {0},
};
static const weir_http_argument_row merge_arguments[] = {
    {"otherProjectName", "string", true, NULL, "The project that is added; it stays as it is."},
    {0},
};
static const weir_http_argument_row export_arguments[] = {
    {"partition", "string", false, NULL,
     "Of a partition project: only what it knows of this value; otherwise the whole."},
    {0},
};
static const weir_http_argument_row import_arguments[] = {
    {"persist", "boolean", false, "true", "Whether it survives a restart."},
    {0},
};
static const weir_http_argument_row fusion_arguments[] = {
    {"pid", "string", true, NULL, "Name of the project: letters, digits, . _ -"},
    {"persist", "boolean", false, "true", "Whether it survives a restart."},
    {0},
};
static const weir_http_argument_row learn_arguments[] = {
    {"async", "boolean", false, "false", "As a job."},
    {0},
};
static const weir_http_argument_row explore_arguments[] = {
    {"metric", "string", true, NULL, "What is asked: uni, bi ..."},
    {"async", "boolean", false, "false", "As a job."},
    {"returnProjectInfo", "boolean", false, "true", "Whether smlInfo comes along."},
    {0},
};
static const weir_http_argument_row density_arguments[] = {
    {"useLocal", "boolean", false, "false", "For federations; without effect here."},
    {"async", "boolean", false, "false", "As a job."},
    {0},
};
static const weir_http_argument_row conditional_arguments[] = {
    {"tps", "integer", false, NULL, "Without effect here."},
    {"useLocal", "boolean", false, "false", "For federations; without effect here."},
    {"async", "boolean", false, "false", "As a job."},
    {0},
};
static const weir_http_argument_row pca_arguments[] = {
    {"explainedCovariance", "number", false, "1",
     "Keeps the first components that together explain this share of the variance, 0 to 1."},
    {0},
};
static const weir_http_argument_row drift_arguments[] = {
    {"async", "boolean", false, "false", "As a job."},
    {0},
};
static const weir_http_argument_row build_arguments[] = {
    {"modelid", "string", true, NULL, "Name of the model; one of that name is replaced."},
    {"algo", "string", true, NULL, "Id of the algorithm."},
    {"svdreduce", "boolean", false, "false",
     "true: first leave out inputs that others before them determine, as exploresvdfs does."},
    {0},
};
static const weir_http_argument_row predict_arguments[] = {
    {"impute", "boolean", false, "false", "Not offered yet."},
    {0},
};
static const weir_http_argument_row bytes_arguments[] = {
    {"version", "integer", false, NULL, "The version already known: it is not sent again."},
    {0},
};
static const weir_http_argument_row live_arguments[] = {
    {"bins", "integer", false, "0", "Bins of the histograms, at most 512; 0: none."},
    {"since", "integer", false, NULL,
     "The sequence seen last: attributes come only when it moved."},
    {0},
};
static const weir_http_argument_row tail_arguments[] = {
    {"topic", "string", true, NULL, "The topic with the scores."},
    {"score", "string", false, "anomaly_score", "The field that is the score."},
    {"truth", "string", false, NULL, "The field that holds the truth, where there is one."},
    {"from", "integer", false, "0", "The first point wanted: next of the answer before."},
    {"max", "integer", false, "2000", "At most so many points; at most 20000."},
    {0},
};

static const weir_http_argument_row stream_create_arguments[] = {
    {"fromBeginning", "boolean", false, "false",
     "Begins at the first record, whatever the project has learned through a stream of this name."},
    {0},
};
static const weir_http_argument_row stream_start_arguments[] = {
    {"fromBeginning", "boolean", false, "false",
     "Learns the topic once more from its first record: rows learned before count again."},
    {"reset", "boolean", false, "false",
     "Accepts that records are gone from the topic before they were learned."},
    {0},
};
static const weir_http_argument_row encoder_arguments[] = {
    {"encoderName", "string", true, NULL, "Name of the encoder: letters, digits, . _ -"},
    {"encoderTarget", "string", false, NULL, "The column whose mean stands for a value; needed."},
    {"targetType", "string", false, NULL, "C or B; else what the first rows say."},
    {0},
};
static const weir_http_argument_row assign_arguments[] = {
    {"encoderName", "string", false, NULL, "Name of the encoder; empty for none."},
    {0},
};

const weir_route rest_routes[] = {
    /* method, path, handler, title, help, arguments, body, answer, flags */
    {"POST", CUSTOMER "/projects", rest_project_create, "Create a project",
     "The body is a flat map of parameters; it may be empty.", create_arguments, "Parameters",
     "Empty", REST_CHANGES | REST_CREATES},
    {"GET", CUSTOMER "/projects/list", rest_project_list, "List the projects", "", NULL, NULL,
     "StringList", 0},
    {"GET", CUSTOMER "/projects/info", rest_project_infos, "Describe all projects", "",
     infos_arguments, NULL, "ProjectInfoList", 0},
    {"GET", PROJECT "/info", rest_project_info, "Describe a project", "", NULL, NULL, "ProjectInfo",
     0},
    {"DELETE", PROJECT, rest_project_delete, "Delete a project", "Its models go with it.", NULL,
     NULL, "Empty", REST_CHANGES},
    {"GET|POST", PROJECT "/rename", rest_project_rename, "Rename a project", "", rename_arguments,
     NULL, "Empty", REST_CHANGES | REST_CREATES},
    {"GET|POST", PROJECT "/save", rest_project_save, "Take a snapshot now", "", NULL, NULL, "Empty",
     REST_CHANGES},
    {"GET|POST", PROJECT "/freeze", rest_project_freeze, "Refuse rows from now on", "", NULL, NULL,
     "Empty", REST_CHANGES},
    {"GET|POST", PROJECT "/unfreeze", rest_project_unfreeze, "Take rows again", "", NULL, NULL,
     "Empty", REST_CHANGES},
    {"GET|POST", PROJECT "/unload", rest_project_unload, "Free the memory of a project",
     "The next use loads it again.", unload_arguments, NULL, "Empty", REST_CHANGES},
    {"POST", PROJECT "/histogramEnable", rest_project_histograms, "Turn distributions on or off",
     "Turned on late they cover later rows only.", histogram_arguments, NULL, "Empty",
     REST_CHANGES},
    {"GET|POST", PROJECT "/merge", rest_project_merge, "Add another project to this one",
     "Attributes are united by name.", merge_arguments, NULL, "Empty", REST_CHANGES},
    {"GET", PROJECT "/export", rest_project_export, "Take out what a project knows",
     "The bytes of weir summarize, in Base64, with an ETag for If-None-Match.", export_arguments,
     NULL, "Exported", 0},
    {"POST", PROJECT "/import", rest_project_import, "Make a project of an export",
     "The body is the Base64 text, in JSON quotes or without.", import_arguments, "Base64", "Empty",
     REST_CHANGES},
    {"POST", CUSTOMER "/projects/fusion/create", rest_fusion_create, "Make a project of others",
     "It is the merge of its cells, projects of this or other servers, which are asked for what "
     "they know before it is read. The body may be encrypted.",
     fusion_arguments, "FusionCells", "Empty", REST_CHANGES | REST_CREATES},
    {"POST", CUSTOMER "/projects/fusion/{pid}/updateCellsInfo", rest_fusion_update,
     "Give a fusion project other cells",
     "A cell that it has and that comes with an empty sk keeps the one it has.", NULL,
     "FusionCells", "Empty", REST_CHANGES},
    {"POST", CUSTOMER "/projects/fusion/{pid}/cellsStatus", rest_fusion_status,
     "Ask cells how they are",
     "A status for each cell, OK or a sentence; encrypted but to the session of a browser.", NULL,
     "FusionCells", "FusionStatus", 0},
    {"GET", CUSTOMER "/projects/fusion/{pid}/cells", rest_fusion_cells,
     "List the cells of a fusion project", "Without their secrets. Other projects have none.", NULL,
     NULL, "FusionCellList", 0},
    {"POST", PROJECT "/learn", rest_learn, "Learn rows",
     "Answered when they are on disk. A source member makes it exactly once.", learn_arguments,
     "DataFrame", "Learned", REST_CHANGES},
    {"POST", PROJECT "/forget", rest_forget, "Forget rows", "The inverse of learning them.",
     learn_arguments, "DataFrame", "Learned", REST_CHANGES},
    {"POST", PROJECT "/explore", rest_explore, "Ask for statistics", "One answer a MLContext.",
     explore_arguments, "ExploreContext", "Explored", 0},
    {"POST", PROJECT "/densityEstimate", rest_density, "Ask for histograms",
     "extraParameters: hist_bins, and hist_min and hist_max where wanted.", density_arguments,
     "ExploreContext", "DensityList", 0},
    {"POST", PROJECT "/conditionalDensityEstimate", rest_density_conditional,
     "Ask for histograms given a binary attribute",
     "The first attribute of a MLContext is the condition, the next the target. Needs a project "
     "made with sml_project_conditional_histogram=true.",
     conditional_arguments, "ExploreContext", "DensityList", 0},
    {"POST", PROJECT "/vif", rest_vif, "Ask for variance inflation factors",
     "As a job; it ends with one map from attribute to factor, as texts.", NULL, "ExploreContext",
     "TextMaps", REST_BY_JOB},
    {"POST", PROJECT "/explorepca", rest_pca, "Ask for principal components",
     "As a job; it ends with pcaVectors, pcaValues and pcaSumValues.", pca_arguments,
     "ExploreContext", "Components", REST_BY_JOB},
    {"POST", PROJECT "/exploresvd", rest_svd, "Ask for singular values",
     "As a job; it ends with a map from value to attribute for each attribute.", NULL,
     "ExploreContext", "TextMaps", REST_BY_JOB},
    {"POST", PROJECT "/exploresvdfs", rest_svdfs, "Choose attributes by singular values",
     "As exploresvd, of the attributes that no others before them determine.", NULL,
     "ExploreContext", "TextMaps", REST_BY_JOB},
    {"POST", CUSTOMER "/projects/dataDrift", rest_drift, "Compare two projects",
     "extraParameters: driftPreferenceProjectName (the baseline), driftAnalysisProjectName (or "
     "rolling_window_embedded_project), driftMetric.",
     drift_arguments, "MLContext", "Explored", 0},
    {"GET", CUSTOMER "/parameters", rest_parameters, "List the parameters of projects",
     "With everything a form to create one needs.", NULL, NULL, "Options", 0},
    {"GET", CUSTOMER "/explorations", rest_explorations, "List what can be asked of statistics",
     "With everything a form needs.", NULL, NULL, "Explorations", 0},
    {"GET", PROJECT "/live", rest_live, "A project at a glance",
     "For pages that are watched: statistics, histograms and models in one answer.", live_arguments,
     NULL, "Live", 0},
    {"POST", PROJECT "/build", rest_build, "Build a model", "As a job.", build_arguments,
     "MLContext", "Job", REST_CHANGES | REST_BY_JOB},
    {"GET", PROJECT "/models/{mid}", rest_model_info, "Describe a model", "", NULL, NULL,
     "ModelInfo", 0},
    {"DELETE", PROJECT "/models/{mid}", rest_model_delete, "Delete a model", "", NULL, NULL,
     "Empty", REST_CHANGES},
    {"GET", PROJECT "/models/{mid}/bytes", rest_model_bytes, "Fetch a model",
     "The stored bytes, for scorers that work in their own process. 409 where an input is made "
     "from texts.",
     bytes_arguments, NULL, "Bytes", 0},
    {"POST", PROJECT "/predict/{mid}", rest_predict, "Score rows",
     "All values are texts; the version of the model is in the header weir-model-version.",
     predict_arguments, "DataFrame", "Predicted", 0},
    {"GET|POST", PROJECT "/encoderAssign", rest_encoder_assign, "Assign an encoder",
     "Rows learned, forgotten and scored from now on are encoded.", assign_arguments, NULL, "Empty",
     REST_CHANGES},
    {"GET", CUSTOMER "/encoders", rest_encoder_list, "List the encoders", "", NULL, NULL,
     "StringList", 0},
    {"POST", CUSTOMER "/encoders/create", rest_encoder_create, "Create an encoder",
     "minTrimSize in the body: values with fewer positives count as never seen.", encoder_arguments,
     "Parameters", "Empty", REST_CHANGES},
    {"DELETE", ENCODER, rest_encoder_delete, "Delete an encoder",
     "Refused while a project uses it.", NULL, NULL, "Empty", REST_CHANGES},
    {"POST", ENCODER "/learn", rest_encoder_learn, "Teach an encoder",
     "Rows with the target; columns of type S and L become keys.", NULL, "DataFrame", "Learned",
     REST_CHANGES},
    {"GET|POST", ENCODER "/learnds", rest_encoder_learn_source, "Teach an encoder a data source",
     "As a job: all rows or, when it fails, none. Types are guessed.", NULL, "DSInfo", "Learned",
     REST_CHANGES | REST_BY_JOB},
    {"GET", ENCODER "/dss", rest_encoder_sources, "List the data sources an encoder was taught", "",
     NULL, NULL, "StringList", 0},
    {"GET", ENCODER "/stats", rest_encoder_stats, "Describe the keys of an encoder",
     "Number of values, and mean, deviation and variance of the rows of a value.", NULL, NULL,
     "Frame", 0},
    {"GET", ENCODER "/keyvals/{key}", rest_encoder_values, "List the values of a key", "", NULL,
     NULL, "Frame", 0},
    {"POST", ENCODER "/keyvals/{key}/setValue", rest_encoder_set, "Set values of a key",
     "Columns Value, Type, Count, Sum.", NULL, "DataFrame", "Empty", REST_CHANGES},
    {"POST", ENCODER "/keyvals/{key}/setValues", rest_encoder_set, "Set values of a key",
     "The other name of setValue.", NULL, "DataFrame", "Empty", REST_CHANGES},
    {"POST", ENCODER "/createKeyValues", rest_encoder_create_values, "Set values of any key",
     "Columns Key, Value, Type, Count, Sum. A new key is made.", NULL, "DataFrame", "Empty",
     REST_CHANGES},
    {"GET", CUSTOMER "/dss", rest_source_list, "List the data sources", "Entries are name:type.",
     NULL, NULL, "StringList", 0},
    {"POST", CUSTOMER "/dss/create", rest_source_create, "Describe a data source",
     "The body is encrypted under the user's secret, or a plain object.", NULL, "DSInfo", "Empty",
     REST_CHANGES | REST_CREATES},
    {"POST", CUSTOMER "/dss/sample/preview", rest_source_preview,
     "Look into a data source that is not kept yet",
     "At most 128 rows, with types as they are guessed.", NULL, "DSInfo", "Frame", 0},
    {"GET", SOURCE, rest_source_get, "Fetch the description of a data source",
     "dsinfo is encrypted under the user's secret; to a session it is the object itself.", NULL,
     NULL, "DSDescription", 0},
    {"PUT", SOURCE, rest_source_update, "Describe a data source anew", "", NULL, "DSInfo", "Empty",
     REST_CHANGES},
    {"DELETE", SOURCE, rest_source_delete, "Remove a data source",
     "Refused while a project has it attached.", NULL, NULL, "Empty", REST_CHANGES},
    {"GET", SOURCE "/sample", rest_source_sample, "Look into a data source",
     "At most 128 rows, with types as they are guessed.", NULL, NULL, "Frame", 0},
    {"POST", CUSTOMER "/projects/dsbrowse", rest_source_browse, "Look into a folder",
     "Of the kind of source that type names; path is the folder.", NULL, "DSInfo", "Listing", 0},
    {"GET|POST", PROJECT "/addds/{ds}", rest_source_attach, "Attach a data source",
     "It is not learned by that.", NULL, NULL, "Empty", REST_CHANGES},
    {"GET|POST", PROJECT "/detachds/{ds}", rest_source_detach, "Detach a data source",
     "What was learned stays.", NULL, NULL, "Empty", REST_CHANGES},
    {"GET|POST", PROJECT "/dss/{ds}/learn", rest_source_learn, "Learn a data source",
     "As a job; it ends with smlInfo. The body, a DataFrame without rows, names columns and types; "
     "without one they are the project's, or guessed.",
     NULL, "DataFrame", "ProjectInfo", REST_CHANGES | REST_BY_JOB},
    {"GET|POST", PROJECT "/dss/{ds}/forget", rest_source_forget, "Forget a data source",
     "The inverse of learning it, as a job.", NULL, "DataFrame", "ProjectInfo",
     REST_CHANGES | REST_BY_JOB},
    {"GET", PROJECT "/getDsLog", rest_source_log, "Which data sources were learned and forgotten",
     "The last 500 calls, each as a JSON text.", NULL, NULL, "StringList", 0},
    {"GET", PROJECT "/getLFStats", rest_update_log, "Who learned and forgot how much",
     "Calls that agree in client, columns and answer are counted together, each as a JSON text.",
     NULL, NULL, "StringList", 0},
    {"POST", CUSTOMER "/tasks/create", rest_task_create, "Describe a stream application",
     "The server runs it as a program of its own once it is started. Settings are those of weir "
     "stream; user, secret and address of this server need not be given.",
     task_arguments, "TaskInfo", "Empty", REST_CHANGES | REST_CREATES},
    {"GET", CUSTOMER "/tasks", rest_task_list, "List the tasks", "", NULL, NULL, "StringList", 0},
    {"GET", CUSTOMER "/tasks/{task}", rest_task_get, "How a task does",
     "status, startDateTime, processIsAlive, lastError, and what the program tells of itself.",
     NULL, NULL, "TextMaps", 0},
    {"GET|POST", CUSTOMER "/tasks/{task}/start", rest_task_start, "Start a task",
     "It runs until it is stopped, also across restarts of the server. 409 when as many as may run "
     "do.",
     NULL, NULL, "Empty", REST_CHANGES},
    {"GET|POST", CUSTOMER "/tasks/{task}/stop", rest_task_stop, "Stop a task",
     "Answered when its program has ended.", NULL, NULL, "Empty", REST_CHANGES},
    {"DELETE", CUSTOMER "/tasks/{task}", rest_task_delete, "Remove a task", "Stops it first.", NULL,
     NULL, "Empty", REST_CHANGES},
    {"POST", PROJECT "/streams/create", rest_stream_create, "Make a stream",
     "It starts at once and goes on until it is stopped, also across restarts. The body is that of "
     "a data source; extra may hold attributeNames and attributeTypes.",
     stream_create_arguments, "DSInfo", "Empty", REST_CHANGES | REST_CREATES},
    {"GET", PROJECT "/streams/list", rest_stream_list, "List the streams", "", NULL, NULL,
     "StringList", 0},
    {"GET", PROJECT "/streams/info", rest_stream_infos, "Describe the streams",
     "State, reason, rows, and where each partition stands.", NULL, NULL, "Streams", 0},
    {"GET|POST", STREAM "/start", rest_stream_start, "Start a stream",
     "It goes on after the last record that the project has learned.", stream_start_arguments, NULL,
     "Empty", REST_CHANGES},
    {"GET|POST", STREAM "/stop", rest_stream_stop, "Stop a stream",
     "What it learned is in a snapshot when this is answered.", NULL, NULL, "Empty", REST_CHANGES},
    {"DELETE", STREAM, rest_stream_delete, "Remove a stream", "It is stopped first.", NULL, NULL,
     "Empty", REST_CHANGES},
    {"GET", STREAM "/metrics", rest_stream_metrics, "Watch a stream",
     "One map a figure: name, value, group, description, tags.", NULL, NULL, "TextMaps", 0},
    {"GET", STREAM "/errorLog", rest_stream_errors, "What went wrong with a stream",
     "The last 64 lines, each with its time.", NULL, NULL, "StringList", 0},
    {"POST", CUSTOMER "/streams/browse", rest_stream_browse, "List the topics of a cluster",
     "Files are topic:partitions.", NULL, "DSInfo", "Listing", 0},
    {"POST", CUSTOMER "/streams/preview", rest_stream_preview, "Look into a topic",
     "At most 128 rows, with types as they are guessed.", NULL, "DSInfo", "Frame", 0},
    {"GET", CUSTOMER "/jobs", rest_job_list, "List the jobs", "", NULL, NULL, "JobInfoList", 0},
    {"GET", CUSTOMER "/jobs/{id}", rest_job_get, "Ask after a job",
     "202 while it runs, 200 with its result, 500 when it failed.", NULL, NULL, "Job", 0},
    {"DELETE", CUSTOMER "/jobs/{id}", rest_job_delete, "End a job", "", NULL, NULL, "Empty",
     REST_CHANGES},
    {"GET", CUSTOMER "/algorithms", rest_algorithms, "List the algorithms",
     "With everything a form to build a model needs.", NULL, NULL, "Algorithms", 0},
    {"GET", CUSTOMER "/topics", rest_topics, "List the topics", "Needs --bootstrap.", NULL, NULL,
     "StringList", 0},
    {"GET", CUSTOMER "/tail", rest_tail, "Watch scores arrive in a topic", "Needs --bootstrap.",
     tail_arguments, NULL, "Tail", 0},
    {"POST", "/session", rest_session_open, "Sign in with a browser",
     "Sets a cookie that stands for the signature.", NULL, "Credentials", "Session", REST_OPEN},
    {"GET", "/session", rest_session_get, "Who is signed in", "", NULL, NULL, "Session", REST_OPEN},
    {"DELETE", "/session", rest_session_close, "Sign out", "", NULL, NULL, "Empty", REST_OPEN},
    {"GET", "/healthz", rest_health, "Is it alive", "", NULL, NULL, "Health", REST_OPEN},
    {"GET", "/metrics", rest_metrics, "Figures for Prometheus", "", NULL, NULL, "Text", REST_OPEN},
    {0},
};

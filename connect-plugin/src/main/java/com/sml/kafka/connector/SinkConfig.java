// SPDX-License-Identifier: Apache-2.0
package com.sml.kafka.connector;

import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigValue;

/**
 * The configuration of a connector: the published keys, in both their ages (older examples use other names for the retry
 * keys), and what a task needs of them.
 *
 * <p>A server is named by four keys, sml.url and so on; or by numbered ones, sml.url.1 and so on, which give each task a
 * project of its own. Fewer numbers than tasks are used in turn.
 */
final class SinkConfig extends AbstractConfig {
    static final String TASK_NUMBER = "task.number";

    private static final String URL = "sml.url";
    private static final String PROJECT = "sml.project";
    private static final String CUSTOMER = "sml.customer.id";
    private static final String SECRET = "sml.customer.secret.key";
    private static final List<String> SERVER_KEYS = List.of(URL, PROJECT, CUSTOMER, SECRET);
    private static final Pattern NUMBERED = Pattern.compile(
            "(sml\\.url|sml\\.project|sml\\.customer\\.id|sml\\.customer\\.secret\\.key)\\.([0-9]+)");
    private static final String TYPES = "sml.attribute.types";
    private static final String BACKOFF = "sml.reconnect.backoff.ms";
    private static final String BACKOFF_MAX = "sml.reconnect.backoff.max.ms";
    private static final String RETRIES = "sml.backoff.max.retries";
    private static final Map<String, String> OLDER_NAMES =
            Map.of(BACKOFF, "sml.request.retry.delay.ms", RETRIES, "sml.request.max.retries");
    private static final String MALFORMED = "behavior.on.malformed.documents";
    private static final String PARAMS = "sml.create.project.params";
    private static final String TOLERANCE = "errors.tolerance"; // Connect's own key
    private static final int SECRET_LEAST = 16;
    private static final int SECRET_MOST = 64;

    private static final ConfigDef.Validator WHOLE = ConfigDef.Range.atLeast(0);
    private static final ConfigDef.Validator POSITIVE = ConfigDef.Range.atLeast(1);

    static final ConfigDef KEYS = new ConfigDef()
            .define(URL, Type.STRING, null, valid(SinkConfig::checkUrl), Importance.HIGH,
                    "Base of the server, /symetry/rest included. Or sml.url.1, sml.url.2 ...: a server a task.")
            .define(PROJECT, Type.STRING, null, valid(SinkConfig::checkText), Importance.HIGH,
                    "Project that learns. Or sml.project.1 ...")
            .define(CUSTOMER, Type.STRING, null, valid(SinkConfig::checkText), Importance.HIGH,
                    "Customer id. Or sml.customer.id.1 ...")
            .define(SECRET, Type.PASSWORD, null, valid(SinkConfig::checkSecret), Importance.HIGH,
                    "Secret key in base64. Or sml.customer.secret.key.1 ...")
            .define(TYPES, Type.LIST, "", valid(SinkConfig::checkTypes), Importance.HIGH,
                    "One letter a field, in the schema's order (C B S L T X); types are guessed when their number is not "
                    + "that of the fields.")
            .define("sml.dataframe.max.chunk.size", Type.INT, 500, ConfigDef.Range.between(1, 1000000),
                    Importance.MEDIUM, "Most rows in one learn request.")
            .define("http.client.idle.timeout.ms", Type.INT, 55000, WHOLE, Importance.LOW,
                    "How long one request may take; 0: the default.")
            .define("http.client.response.buffer.size", Type.INT, 2048000, POSITIVE, Importance.LOW,
                    "Longest answer taken, in bytes.")
            .define("logging.is.verbose", Type.BOOLEAN, false, Importance.LOW, "Log each request.")
            .define("logging.is.signature.included", Type.BOOLEAN, false, Importance.LOW,
                    "Log signatures with the requests.")
            .define("logging.is.url.body.truncated", Type.BOOLEAN, true, Importance.LOW,
                    "Log only the first 200 bytes of a body.")
            .define(BACKOFF, Type.INT, 5000, POSITIVE, Importance.MEDIUM, "Base of the delay before a retry.")
            .define("sml.request.retry.delay.ms", Type.INT, null, orNone(POSITIVE), Importance.LOW,
                    "Older name of sml.reconnect.backoff.ms.")
            .define(BACKOFF_MAX, Type.INT, 10000, POSITIVE, Importance.MEDIUM, "Longest delay before a retry.")
            .define(RETRIES, Type.INT, 5, WHOLE, Importance.MEDIUM,
                    "Tries after the first one before the task fails.")
            .define("sml.request.max.retries", Type.INT, null, orNone(WHOLE), Importance.LOW,
                    "Older name of sml.backoff.max.retries.")
            .define("sml.project.must.preexist", Type.BOOLEAN, false, Importance.MEDIUM,
                    "Fail when the project is missing instead of making it.")
            .define("sml.create.project.type", Type.STRING, "cpu", ConfigDef.ValidString.in(
                    "cpu", "gpu", "mgpuf", "mgpud", "fusion", "sequence", "partition"), Importance.LOW,
                    "Type of a project that is made.")
            .define(PARAMS, Type.STRING, "", valid((name, value) -> ProjectParams.read((String) value)),
                    Importance.LOW, "Parameters of a project that is made: k=v,k=v or a JSON object.")
            .define("sml.create.project.persist", Type.BOOLEAN, true, Importance.LOW,
                    "Keep a project that is made on disk.")
            .define("sml.source.epoch", Type.LONG, 0, WHOLE, Importance.LOW,
                    "Raised to let the server take a topic anew: positions of older epochs are forgotten.")
            .define("drop.invalid.message", Type.BOOLEAN, false, Importance.MEDIUM,
                    "Skip records that cannot be read, whatever behavior.on.malformed.documents says.")
            .define(MALFORMED, Type.STRING, null, orNone(ConfigDef.ValidString.in("ignore", "warn", "fail")),
                    Importance.MEDIUM, "Records that cannot be read: ignore (skip), warn (skip and log), fail (the task); "
                    + "when not given, errors.tolerance decides.")
            .define("key.ignore", Type.BOOLEAN, true, Importance.LOW, "Keys are no data.")
            .define("schema.ignore", Type.BOOLEAN, true, Importance.LOW, "Schemas may change while running.")
            .define("consumer.max.poll.records", Type.INT, 500, POSITIVE, Importance.LOW,
                    "Accepted; a worker takes consumer.override.max.poll.records.")
            .define("group.id", Type.STRING, "", Importance.LOW, "Accepted; the group of a sink is connect-NAME.");

    /** Where the rows of a task go. */
    record Target(String url, String project, String customer, String secret) {
    }

    /** What is done about a record that cannot be read. */
    enum Malformed { IGNORE, WARN, FAIL }

    private SinkConfig(Map<String, String> given) {
        super(KEYS, given, false);
    }

    /**
     * The configuration of a connector or of one of its tasks.
     *
     * @throws ConfigException with the first fault
     */
    static SinkConfig of(Map<String, String> given) {
        for (ConfigValue value : validate(given)) {
            if (!value.errorMessages().isEmpty()) {
                throw new ConfigException(value.errorMessages().get(0));
            }
        }
        return new SinkConfig(given);
    }

    /** Every key with its faults, and those of the whole. */
    static List<ConfigValue> validate(Map<String, String> given) {
        Map<String, ConfigValue> values = new LinkedHashMap<>(KEYS.validateAll(given));
        given.forEach((name, value) -> {
            Matcher numbered = NUMBERED.matcher(name);
            if (numbered.matches()) {
                values.put(name, numberedValue(name, numbered.group(1), value));
            } else if (name.startsWith("sml.") && !KEYS.names().contains(name)) {
                values.put(name, fault(name, "there is no key " + name + "; " + nearest(name) + " is the nearest"));
            }
        });
        checkServers(given, values);
        return new ArrayList<>(values.values());
    }

    private static ConfigValue fault(String name, String message) {
        return new ConfigValue(name, null, List.of(), new ArrayList<>(List.of(message)));
    }

    /** The values of secrets are not repeated. */
    private static ConfigValue numberedValue(String name, String plain, String value) {
        ConfigDef.ConfigKey key = KEYS.configKeys().get(plain);
        Object parsed = ConfigDef.parseType(name, value, key.type);
        ConfigValue found = new ConfigValue(name, parsed == null ? null : parsed.toString(), List.of(), new ArrayList<>());
        try {
            key.validator.ensureValid(name, parsed);
        } catch (ConfigException wrong) {
            found.addErrorMessage(wrong.getMessage());
        }
        return found;
    }

    /** One form or the other; no gaps; all four keys of each server; not more servers than tasks. */
    private static void checkServers(Map<String, String> given, Map<String, ConfigValue> values) {
        TreeSet<Long> numbers = numbers(given.keySet());
        boolean single = SERVER_KEYS.stream().anyMatch(given::containsKey);
        ConfigValue url = values.get(URL);
        if (single && !numbers.isEmpty()) {
            url.addErrorMessage("sml.url and sml.url.1 exclude each other; so do the other three keys of a server");
            return;
        }
        if (numbers.isEmpty()) {
            SERVER_KEYS.forEach(key -> need(given, key, values));
            return;
        }
        for (long number = 1; number <= numbers.last() && number <= numbers.size() + 1L; number++) {
            for (String key : SERVER_KEYS) {
                need(given, key + "." + number, values);
            }
        }
        long tasks = tasks(given);
        if (numbers.size() > tasks) {
            url.addErrorMessage(numbers.size() + " numbered projects and only " + tasks + " tasks (tasks.max)");
        }
    }

    private static void need(Map<String, String> given, String name, Map<String, ConfigValue> values) {
        String value = given.get(name);
        if (value == null || value.isBlank()) {
            values.computeIfAbsent(name, missing -> new ConfigValue(missing))
                    .addErrorMessage(name + " is missing or empty");
        }
    }

    private static TreeSet<Long> numbers(Set<String> names) {
        TreeSet<Long> numbers = new TreeSet<>();
        for (String name : names) {
            Matcher numbered = NUMBERED.matcher(name);
            if (numbered.matches()) {
                numbers.add(numbered.group(2).length() > 9 ? Long.MAX_VALUE : Long.parseLong(numbered.group(2)));
            }
        }
        return numbers;
    }

    /** Connect checks tasks.max itself; what is no number is none here. */
    private static long tasks(Map<String, String> given) {
        String tasks = given.getOrDefault("tasks.max", "1").trim();
        return tasks.matches("[0-9]{1,9}") ? Long.parseLong(tasks) : 0;
    }

    // --- what values must be like

    private interface Check {
        void run(String name, Object value);
    }

    private static ConfigDef.Validator valid(Check check) {
        return (name, value) -> {
            if (value != null) {
                check.run(name, value);
            }
        };
    }

    private static ConfigDef.Validator orNone(ConfigDef.Validator validator) {
        return valid(validator::ensureValid);
    }

    private static void checkText(String name, Object value) {
        if (((String) value).isBlank()) {
            throw new ConfigException(name + " is empty");
        }
    }

    private static void checkUrl(String name, Object value) {
        if (!((String) value).matches("https?://[^/\\s?#]+(/[^\\s?#]*)?")) {
            throw new ConfigException(name + " is \"" + value + "\"; http://host:port/symetry/rest is wanted");
        }
    }

    private static void checkSecret(String name, Object value) {
        String text = ((org.apache.kafka.common.config.types.Password) value).value();
        int size = -1;
        try {
            size = text.length() % 4 == 0 ? Base64.getDecoder().decode(text).length : -1;
        } catch (IllegalArgumentException fault) {
            size = -1;
        }
        if (size < SECRET_LEAST || size > SECRET_MOST) {
            throw new ConfigException(name + " is not a key of " + SECRET_LEAST + " to " + SECRET_MOST
                    + " bytes in base64");
        }
    }

    private static void checkTypes(String name, Object value) {
        for (Object letter : (List<?>) value) {
            if (!((String) letter).matches("[CBSLTXcbsltx]")) {
                throw new ConfigException(name + " holds \"" + letter + "\"; the letters are C B S L T X");
            }
        }
    }

    /** The known key that is the fewest edits away. */
    private static String nearest(String name) {
        String best = "";
        int least = Integer.MAX_VALUE;
        for (String key : new TreeSet<>(KEYS.names())) {
            int distance = distance(name, key);
            if (distance < least) {
                least = distance;
                best = key;
            }
        }
        return best;
    }

    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int changed = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(changed, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }

    // --- what a task asks

    String name() {
        return originalsStrings().getOrDefault("name", "");
    }

    int taskNumber() {
        return Integer.parseInt(originalsStrings().getOrDefault(TASK_NUMBER, "0"));
    }

    /** Where the rows of the task go. */
    Target target() {
        Map<String, String> given = originalsStrings();
        int servers = numbers(given.keySet()).size();
        String end = servers == 0 ? "" : "." + (taskNumber() % servers + 1);
        return new Target(given.get(URL + end).replaceAll("/+$", ""), given.get(PROJECT + end).trim(),
                given.get(CUSTOMER + end).trim(), given.get(SECRET + end).trim());
    }

    /** The letters of sml.attribute.types; "" where types are guessed. */
    String types() {
        return String.join("", getList(TYPES)).toUpperCase(java.util.Locale.ROOT);
    }

    int chunk() {
        return getInt("sml.dataframe.max.chunk.size");
    }

    Server.Manner manner() {
        int timeout = getInt("http.client.idle.timeout.ms");
        return new Server.Manner(timeout > 0 ? timeout : 55000, getInt("http.client.response.buffer.size"),
                getBoolean("logging.is.verbose"), getBoolean("logging.is.signature.included"),
                !getBoolean("logging.is.url.body.truncated"));
    }

    /** random gives numbers from 0 to below 1. */
    Backoff backoff(java.util.function.DoubleSupplier random) {
        return new Backoff(aliased(BACKOFF), getInt(BACKOFF_MAX), aliased(RETRIES), random);
    }

    /** The value under the newer name, else under the older one, else the default. */
    private int aliased(String name) {
        Integer older = getInt(OLDER_NAMES.get(name));
        return older == null || originals().containsKey(name) ? getInt(name) : older;
    }

    boolean mustPreexist() {
        return getBoolean("sml.project.must.preexist");
    }

    String projectType() {
        return getString("sml.create.project.type");
    }

    boolean persist() {
        return getBoolean("sml.create.project.persist");
    }

    Map<String, String> projectParams() {
        return ProjectParams.read(getString(PARAMS));
    }

    long epoch() {
        return getLong("sml.source.epoch");
    }

    Malformed malformed() {
        String word = getString(MALFORMED);
        Map<String, String> given = originalsStrings();
        if (getBoolean("drop.invalid.message")) {
            return Malformed.IGNORE;
        }
        if (word != null) {
            return Malformed.valueOf(word.toUpperCase(java.util.Locale.ROOT));
        }
        if (!tolerant()) {
            return Malformed.FAIL;
        }
        return Boolean.parseBoolean(given.get("errors.log.enable")) ? Malformed.WARN : Malformed.IGNORE;
    }

    /** Whether Connect was told to go on after a bad record: only then it takes one for its dead-letter topic. */
    boolean tolerant() {
        return "all".equals(originalsStrings().get(TOLERANCE));
    }

    /** The configurations of so many tasks. */
    static List<Map<String, String>> tasks(Map<String, String> given, int count) {
        List<Map<String, String>> tasks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Map<String, String> task = new HashMap<>(given);
            task.put(TASK_NUMBER, String.valueOf(i));
            tasks.add(new TreeMap<>(task));
        }
        return tasks;
    }
}

// SPDX-License-Identifier: Apache-2.0
package com.sml.kafka.connector;

import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.common.config.types.Password;

/**
 * The keys of a connector as a table, and what is wrong with given ones.
 *
 * <p>The documented connector comes in two ages: older examples use other names for the retry keys,
 * and keys whose meaning nobody wrote down. A name that begins with "sml." and is in no row is a
 * fault that tells the nearest one: a typing mistake must not be passed over.
 *
 * <p>A server is named by four keys, sml.url and so on; or by numbered ones, sml.url.1 and so on,
 * which give each task a project of its own. Fewer numbers than tasks are used in turn.
 */
final class SinkKeys {
    static final String URL = "sml.url";
    static final String PROJECT = "sml.project";
    static final String CUSTOMER = "sml.customer.id";
    static final String SECRET = "sml.customer.secret.key";
    static final String TYPES = "sml.attribute.types";
    static final String CHUNK = "sml.dataframe.max.chunk.size";
    static final String TIMEOUT = "http.client.idle.timeout.ms";
    static final String MAX_ANSWER = "http.client.response.buffer.size";
    static final String VERBOSE = "logging.is.verbose";
    static final String LOG_SIGNATURE = "logging.is.signature.included";
    static final String CUT_BODY = "logging.is.url.body.truncated";
    static final String BACKOFF = "sml.reconnect.backoff.ms";
    static final String OLDER_BACKOFF = "sml.request.retry.delay.ms";
    static final String BACKOFF_MAX = "sml.reconnect.backoff.max.ms";
    static final String RETRIES = "sml.backoff.max.retries";
    static final String OLDER_RETRIES = "sml.request.max.retries";
    static final String MUST_PREEXIST = "sml.project.must.preexist";
    static final String PROJECT_TYPE = "sml.create.project.type";
    static final String PARAMS = "sml.create.project.params";
    static final String PERSIST = "sml.create.project.persist";
    static final String EPOCH = "sml.source.epoch";
    static final String DROP = "drop.invalid.message";
    static final String MALFORMED = "behavior.on.malformed.documents";

    private static final List<String> SERVER = List.of(URL, PROJECT, CUSTOMER, SECRET);
    private static final Pattern NUMBERED = Pattern.compile(
            "(sml\\.(?:url|project|customer\\.id|customer\\.secret\\.key))\\.([0-9]+)");
    private static final int SECRET_LEAST = 16; // bytes
    private static final int SECRET_MOST = 64;

    private static final ConfigDef.Validator WHOLE = ConfigDef.Range.atLeast(0);
    private static final ConfigDef.Validator POSITIVE = ConfigDef.Range.atLeast(1);

    static final ConfigDef TABLE = new ConfigDef()
            .define(URL, Type.STRING, null, valid(SinkKeys::checkUrl), Importance.HIGH,
                    "Base of the server, /symetry/rest included. "
                    + "Or sml.url.1, sml.url.2 ...: a server a task.")
            .define(PROJECT, Type.STRING, null, valid(SinkKeys::checkText), Importance.HIGH,
                    "Project that learns. Or sml.project.1 ...")
            .define(CUSTOMER, Type.STRING, null, valid(SinkKeys::checkText), Importance.HIGH,
                    "Customer id. Or sml.customer.id.1 ...")
            .define(SECRET, Type.PASSWORD, null, valid(SinkKeys::checkSecret), Importance.HIGH,
                    "Secret key in base64. Or sml.customer.secret.key.1 ...")
            .define(TYPES, Type.LIST, "", valid(SinkKeys::checkTypes), Importance.HIGH,
                    "One letter a field, in the schema's order (C B S L T X); types are guessed "
                    + "when their number is not that of the fields.")
            .define(CHUNK, Type.INT, 500, ConfigDef.Range.between(1, 1000000), Importance.MEDIUM,
                    "Most rows in one learn request.")
            .define(TIMEOUT, Type.INT, 55000, WHOLE, Importance.LOW,
                    "How long one request may take; 0: the default.")
            .define(MAX_ANSWER, Type.INT, 2048000, POSITIVE, Importance.LOW,
                    "Longest answer taken, in bytes.")
            .define(VERBOSE, Type.BOOLEAN, false, Importance.LOW, "Log each request.")
            .define(LOG_SIGNATURE, Type.BOOLEAN, false, Importance.LOW,
                    "Log signatures with the requests.")
            .define(CUT_BODY, Type.BOOLEAN, true, Importance.LOW,
                    "Log only the first 200 bytes of a body.")
            .define(BACKOFF, Type.INT, 5000, POSITIVE, Importance.MEDIUM,
                    "Base of the delay before a retry.")
            .define(OLDER_BACKOFF, Type.INT, null, valid(POSITIVE::ensureValid), Importance.LOW,
                    "Older name of sml.reconnect.backoff.ms.")
            .define(BACKOFF_MAX, Type.INT, 10000, POSITIVE, Importance.MEDIUM,
                    "Longest delay before a retry.")
            .define(RETRIES, Type.INT, 5, WHOLE, Importance.MEDIUM,
                    "Tries after the first one, of a request that the server did not answer, "
                    + "before the task fails; a server that is full and a frozen project are "
                    + "waited for without end.")
            .define(OLDER_RETRIES, Type.INT, null, valid(WHOLE::ensureValid), Importance.LOW,
                    "Older name of sml.backoff.max.retries.")
            .define(MUST_PREEXIST, Type.BOOLEAN, false, Importance.MEDIUM,
                    "Fail when the project is missing instead of making it.")
            .define(PROJECT_TYPE, Type.STRING, "cpu", ConfigDef.ValidString.in("cpu", "gpu",
                    "mgpuf", "mgpud", "fusion", "sequence", "partition"), Importance.LOW,
                    "Type of a project that is made.")
            .define(PARAMS, Type.STRING, "", valid(SinkKeys::checkParams), Importance.LOW,
                    "Parameters of a project that is made: k=v,k=v or a JSON object.")
            .define(PERSIST, Type.BOOLEAN, true, Importance.LOW,
                    "Keep a project that is made on disk.")
            .define(EPOCH, Type.LONG, 0, WHOLE, Importance.LOW,
                    "Raised to let the server take a topic anew: positions of older epochs are "
                    + "forgotten.")
            .define(DROP, Type.BOOLEAN, false, Importance.MEDIUM,
                    "Skip records that cannot be read, whatever behavior.on.malformed.documents "
                    + "says.")
            .define(MALFORMED, Type.STRING, null,
                    valid(ConfigDef.ValidString.in("ignore", "warn", "fail")::ensureValid),
                    Importance.MEDIUM, "Records that cannot be read: ignore (skip), warn (skip "
                    + "and log), fail (the task); when not given, errors.tolerance decides.")
            .define("key.ignore", Type.BOOLEAN, true, Importance.LOW, "Keys are no data.")
            .define("schema.ignore", Type.BOOLEAN, true, Importance.LOW,
                    "Schemas may change while running.")
            .define("consumer.max.poll.records", Type.INT, 500, POSITIVE, Importance.LOW,
                    "Accepted; a worker takes consumer.override.max.poll.records.")
            .define("group.id", Type.STRING, "", Importance.LOW,
                    "Accepted; the group of a sink is connect-NAME.");

    private SinkKeys() {
    }

    /** Every key with its faults; those of the whole are with the key that they begin at. */
    static List<ConfigValue> validate(Map<String, String> given) {
        Map<String, ConfigValue> values = new LinkedHashMap<>(TABLE.validateAll(given));
        given.forEach((name, value) -> {
            Matcher numbered = NUMBERED.matcher(name);
            if (numbered.matches()) {
                values.put(name, numberedValue(name, numbered.group(1), value));
            } else if (name.startsWith("sml.") && !TABLE.names().contains(name)) {
                values.put(name, new ConfigValue(name));
                values.get(name).addErrorMessage(
                        "there is no key " + name + "; " + nearest(name) + " is the nearest");
            }
        });
        checkServers(given, values);
        return new ArrayList<>(values.values());
    }

    /** The values of secrets are not repeated. */
    private static ConfigValue numberedValue(String name, String plain, String value) {
        ConfigDef.ConfigKey key = TABLE.configKeys().get(plain);
        Object parsed = ConfigDef.parseType(name, value, key.type);
        ConfigValue found = new ConfigValue(name);
        found.value(parsed == null ? null : parsed.toString());
        try {
            key.validator.ensureValid(name, parsed);
        } catch (ConfigException wrong) {
            found.addErrorMessage(wrong.getMessage());
        }
        return found;
    }

    /** One form or the other; no gaps; all keys of each server; not more servers than tasks. */
    private static void checkServers(Map<String, String> given, Map<String, ConfigValue> values) {
        TreeSet<Long> numbers = numbers(given.keySet());
        ConfigValue url = values.get(URL);
        if (!numbers.isEmpty() && SERVER.stream().anyMatch(given::containsKey)) {
            url.addErrorMessage("sml.url and sml.url.1 exclude each other; so do the other three "
                    + "keys of a server");
            return;
        }
        if (numbers.isEmpty()) {
            SERVER.forEach(key -> need(key, given, values));
            return;
        }
        for (long number = 1; number <= Math.min(numbers.last(), numbers.size() + 1L); number++) {
            for (String key : SERVER) {
                need(key + "." + number, given, values);
            }
        }
        long tasks = tasks(given);
        if (numbers.size() > tasks) {
            url.addErrorMessage(numbers.size() + " numbered projects and only " + tasks
                    + " tasks (tasks.max)");
        }
    }

    private static void need(String name, Map<String, String> given,
            Map<String, ConfigValue> values) {
        ConfigValue value = values.computeIfAbsent(name, ConfigValue::new);
        if (given.getOrDefault(name, "").isBlank() && value.errorMessages().isEmpty()) {
            value.addErrorMessage(name + " is missing or empty");
        }
    }

    /** The numbers of numbered keys among the names. */
    static TreeSet<Long> numbers(Set<String> names) {
        TreeSet<Long> numbers = new TreeSet<>();
        for (String name : names) {
            Matcher numbered = NUMBERED.matcher(name);
            if (numbered.matches()) {
                String digits = numbered.group(2);
                numbers.add(digits.length() > 9 ? Long.MAX_VALUE : Long.parseLong(digits));
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

    /** A key that is not given is fine. */
    private static ConfigDef.Validator valid(Check check) {
        return (name, value) -> {
            if (value != null) {
                check.run(name, value);
            }
        };
    }

    private static void checkText(String name, Object value) {
        if (((String) value).isBlank()) {
            throw new ConfigException(name + " is empty");
        }
    }

    private static void checkUrl(String name, Object value) {
        if (!((String) value).matches("https?://[^/\\s?#]+(/[^\\s?#]*)?")) {
            throw new ConfigException(name + " is \"" + value
                    + "\"; http://host:port/symetry/rest is wanted");
        }
    }

    private static void checkSecret(String name, Object value) {
        String text = ((Password) value).value();
        int size = -1;
        try {
            size = text.length() % 4 == 0 ? Base64.getDecoder().decode(text).length : -1;
        } catch (IllegalArgumentException fault) {
            size = -1;
        }
        if (size < SECRET_LEAST || size > SECRET_MOST) {
            throw new ConfigException(name + " is not a key of " + SECRET_LEAST + " to "
                    + SECRET_MOST + " bytes in base64");
        }
    }

    private static void checkTypes(String name, Object value) {
        for (Object letter : (List<?>) value) {
            if (!((String) letter).matches("[CBSLTXcbsltx]")) {
                throw new ConfigException(name + " holds \"" + letter
                        + "\"; the letters are C B S L T X");
            }
        }
    }

    private static void checkParams(String name, Object value) {
        ProjectParams.read((String) value);
    }

    /** The known key that is the fewest edits away. */
    private static String nearest(String name) {
        String best = "";
        int least = Integer.MAX_VALUE;
        for (String key : new TreeSet<>(TABLE.names())) {
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
}

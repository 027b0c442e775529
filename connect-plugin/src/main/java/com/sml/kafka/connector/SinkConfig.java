// SPDX-License-Identifier: Apache-2.0
package com.sml.kafka.connector;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.DoubleSupplier;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigValue;

/** What a task needs of the configuration of its connector. */
final class SinkConfig extends AbstractConfig {
    private static final String TASK_NUMBER = "task.number"; // given by tasks()
    private static final int DEFAULT_TIMEOUT = 55000;

    /** Where the rows of a task go. */
    record Target(String url, String project, String customer, String secret) {
    }

    /** What is done about a record that cannot be read. */
    enum Malformed { IGNORE, WARN, FAIL }

    private SinkConfig(Map<String, String> given) {
        super(SinkKeys.TABLE, given, false);
    }

    /**
     * The configuration of a connector or of one of its tasks.
     *
     * @throws ConfigException with the first fault
     */
    static SinkConfig of(Map<String, String> given) {
        for (ConfigValue value : SinkKeys.validate(given)) {
            if (!value.errorMessages().isEmpty()) {
                throw new ConfigException(value.errorMessages().get(0));
            }
        }
        return new SinkConfig(given);
    }

    /** The configurations of so many tasks of a connector. */
    static List<Map<String, String>> tasks(Map<String, String> given, int count) {
        List<Map<String, String>> tasks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Map<String, String> task = new TreeMap<>(given);
            task.put(TASK_NUMBER, String.valueOf(i));
            tasks.add(task);
        }
        return tasks;
    }

    private String connects(String name) {
        return originalsStrings().getOrDefault(name, "");
    }

    /** The connector's. */
    String name() {
        return connects("name");
    }

    int taskNumber() {
        String number = connects(TASK_NUMBER);
        return number.isEmpty() ? 0 : Integer.parseInt(number);
    }

    /** Where the rows of the task go. */
    Target target() {
        Map<String, String> given = originalsStrings();
        int servers = SinkKeys.numbers(given.keySet()).size();
        String end = servers == 0 ? "" : "." + (taskNumber() % servers + 1);
        return new Target(given.get(SinkKeys.URL + end).trim().replaceAll("/+$", ""),
                given.get(SinkKeys.PROJECT + end).trim(),
                given.get(SinkKeys.CUSTOMER + end).trim(),
                given.get(SinkKeys.SECRET + end).trim());
    }

    /** The letters of sml.attribute.types; "" where types are guessed. */
    String types() {
        return String.join("", getList(SinkKeys.TYPES)).toUpperCase(Locale.ROOT);
    }

    int chunk() {
        return getInt(SinkKeys.CHUNK);
    }

    Server.Manner manner() {
        int timeout = getInt(SinkKeys.TIMEOUT);
        return new Server.Manner(timeout > 0 ? timeout : DEFAULT_TIMEOUT,
                getInt(SinkKeys.MAX_ANSWER), getBoolean(SinkKeys.VERBOSE),
                getBoolean(SinkKeys.LOG_SIGNATURE), !getBoolean(SinkKeys.CUT_BODY));
    }

    /** random gives numbers from 0 to below 1. */
    Backoff backoff(DoubleSupplier random) {
        return new Backoff(either(SinkKeys.BACKOFF, SinkKeys.OLDER_BACKOFF),
                getInt(SinkKeys.BACKOFF_MAX), either(SinkKeys.RETRIES, SinkKeys.OLDER_RETRIES),
                random);
    }

    /** The value under the newer name, else under the older one, else the default. */
    private int either(String newer, String older) {
        Integer value = getInt(older);
        return value == null || originals().containsKey(newer) ? getInt(newer) : value;
    }

    boolean mustPreexist() {
        return getBoolean(SinkKeys.MUST_PREEXIST);
    }

    String projectType() {
        return getString(SinkKeys.PROJECT_TYPE);
    }

    boolean persist() {
        return getBoolean(SinkKeys.PERSIST);
    }

    Map<String, String> projectParams() {
        return ProjectParams.read(getString(SinkKeys.PARAMS));
    }

    long epoch() {
        return getLong(SinkKeys.EPOCH);
    }

    Malformed malformed() {
        String word = getString(SinkKeys.MALFORMED);
        if (getBoolean(SinkKeys.DROP)) {
            return Malformed.IGNORE;
        }
        if (word != null) {
            return Malformed.valueOf(word.toUpperCase(Locale.ROOT));
        }
        if (!tolerant()) {
            return Malformed.FAIL;
        }
        return connects("errors.log.enable").equals("true") ? Malformed.WARN : Malformed.IGNORE;
    }

    /**
     * Whether Connect was told to go on after a bad record: only then it takes one for its
     * dead-letter topic.
     */
    boolean tolerant() {
        return connects("errors.tolerance").equals("all");
    }
}

// SPDX-License-Identifier: Apache-2.0
package com.sml.kafka.connector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigValue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SinkConfigTest {
    private static final String SECRET = "AQIDBAUGBwgJCgsMDQ4PEA==";

    private static Map<String, String> given(String... more) {
        Map<String, String> given = new HashMap<>(Map.of("name", "sink", "topics", "t",
                "sml.url", "http://host:8080/symetry/rest/", "sml.project", "shuttle",
                "sml.customer.id", "c1", "sml.customer.secret.key", SECRET));
        for (int i = 0; i < more.length; i += 2) {
            given.put(more[i], more[i + 1]);
        }
        return given;
    }

    private static Map<String, String> numbered(int... numbers) {
        Map<String, String> given = new HashMap<>(Map.of("name", "sink", "tasks.max", "4"));
        for (int n : numbers) {
            given.put("sml.url." + n, "http://host/symetry/rest");
            given.put("sml.project." + n, "p" + n);
            given.put("sml.customer.id." + n, "c" + n);
            given.put("sml.customer.secret.key." + n, SECRET);
        }
        return given;
    }

    /** The faults by key. */
    private static Map<String, List<String>> faults(Map<String, String> given) {
        Map<String, List<String>> faults = new TreeMap<>();
        for (ConfigValue value : SinkKeys.validate(given)) {
            if (!value.errorMessages().isEmpty()) {
                faults.put(value.name(), value.errorMessages());
            }
        }
        return faults;
    }

    @Test
    void defaults() {
        SinkConfig config = SinkConfig.of(given());
        assertEquals(
                new SinkConfig.Target("http://host:8080/symetry/rest", "shuttle", "c1", SECRET),
                config.target());
        assertEquals(500, config.chunk());
        assertEquals("", config.types());
        assertEquals(new Server.Manner(55000, 2048000, false, false, false), config.manner());
        assertTrue(config.persist());
        assertFalse(config.mustPreexist());
        assertEquals(0, config.epoch());
        assertEquals(SinkConfig.Malformed.FAIL, config.malformed());
    }

    @Test
    void olderNamesOfTheRetryKeys() {
        assertEquals(4, triesOf(given("sml.request.max.retries", "3")));
        assertEquals(2, triesOf(given("sml.request.max.retries", "3",
                "sml.backoff.max.retries", "1")));
        assertEquals(6, triesOf(given()));
    }

    private static int triesOf(Map<String, String> given) {
        Backoff backoff = SinkConfig.of(given).backoff(() -> 0);
        while (!backoff.failed(false)) {
            assertTrue(backoff.tries() < 100);
        }
        return backoff.tries();
    }

    @Test
    void tasksTakeServersInTurn() {
        List<Map<String, String>> tasks = SinkConfig.tasks(numbered(1, 2), 3);
        assertEquals("p1", SinkConfig.of(tasks.get(0)).target().project());
        assertEquals("p2", SinkConfig.of(tasks.get(1)).target().project());
        assertEquals("p1", SinkConfig.of(tasks.get(2)).target().project());
        assertEquals(2, SinkConfig.of(tasks.get(2)).taskNumber());
    }

    @Test
    void numbersHaveNoGapsAndAreNoMoreThanTasks() {
        assertTrue(faults(numbered(1, 3)).containsKey("sml.url.2"));
        assertTrue(faults(numbered(2)).containsKey("sml.url.1"));
        assertTrue(faults(numbered(1, 999999999)).containsKey("sml.url.2"));
        assertTrue(faults(numbered(1, 2, 3, 4, 5)).get("sml.url").get(0).contains("4 tasks"));
        assertEquals(Map.of(), faults(numbered(1, 2, 3, 4)));
        Map<String, String> both = given();
        both.putAll(numbered(1));
        assertTrue(faults(both).get("sml.url").get(0).contains("exclude each other"));
        Map<String, String> lacking = numbered(1, 2);
        lacking.remove("sml.project.2");
        assertEquals(List.of("sml.project.2 is missing or empty"),
                faults(lacking).get("sml.project.2"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "sml.url|host:8080", "sml.url|ftp://host/", "sml.project|' '",
            "sml.customer.secret.key|AQIDBA==", "sml.customer.secret.key|no base64!!",
            "sml.attribute.types|C,Q", "sml.dataframe.max.chunk.size|0",
            "sml.dataframe.max.chunk.size|many", "sml.backoff.max.retries|-1",
            "sml.reconnect.backoff.ms|0", "sml.project.must.preexist|perhaps",
            "sml.create.project.type|tpu", "sml.create.project.params|a", "sml.source.epoch|-1",
            "sml.create.project.params|enableHistogram=yes", "sml.create.project.params|{\"a\":[]}",
            "behavior.on.malformed.documents|shout", "sml.projekt|x"})
    void faultsBelongToTheirKeys(String name, String value) {
        assertEquals(List.of(name), List.copyOf(faults(given(name, value)).keySet()));
        assertThrows(ConfigException.class, () -> SinkConfig.of(given(name, value)));
    }

    @Test
    void aKeyThatIsNotKnownIsToldWithTheNearest() {
        String fault = faults(given("sml.projekt", "x")).get("sml.projekt").get(0);
        assertTrue(fault.contains("sml.project "), fault);
    }

    @Test
    void secretsAreNotRepeated() {
        String secret = "c2VjcmV0IHNlY3JldA==x";
        for (Map<String, String> given : List.of(given(), numbered(1))) {
            given.replaceAll((name, value) -> name.contains("secret.key") ? secret : value);
            for (ConfigValue value : SinkKeys.validate(given)) {
                assertFalse(String.valueOf(value.value()).contains(secret), value.name());
                assertFalse(value.errorMessages().toString().contains(secret), value.name());
            }
            assertEquals(1, faults(given).size());
        }
    }

    @Test
    void whatIsDoneAboutBadRecords() {
        record Row(SinkConfig.Malformed wanted, String... more) {
        }
        String behavior = "behavior.on.malformed.documents";
        for (Row row : List.of(
                new Row(SinkConfig.Malformed.WARN, behavior, "warn"),
                new Row(SinkConfig.Malformed.FAIL, behavior, "fail", "errors.tolerance", "all"),
                new Row(SinkConfig.Malformed.IGNORE, behavior, "fail",
                        "drop.invalid.message", "true"),
                new Row(SinkConfig.Malformed.IGNORE, "errors.tolerance", "all"),
                new Row(SinkConfig.Malformed.WARN, "errors.tolerance", "all",
                        "errors.log.enable", "true"),
                new Row(SinkConfig.Malformed.FAIL, "errors.tolerance", "none"))) {
            assertEquals(row.wanted(), SinkConfig.of(given(row.more())).malformed());
        }
    }

    @Test
    void parametersOfAProject() {
        assertEquals(Map.of(), ProjectParams.read(" "));
        assertEquals(Map.of("a", "1", "b", "x=y"), ProjectParams.read("a=1, b=x=y"));
        assertEquals(Map.of("filter", "x>=1,y==2,z!=\"a,b\"", "n", "5"),
                ProjectParams.read("filter=x>=1,y==2,z!=\"a,b\",n=5"));
        assertEquals(Map.of("a", "1", "b", "true"),
                ProjectParams.read("{\"a\":1,\"b\":true,\"c\":null}"));
    }
}

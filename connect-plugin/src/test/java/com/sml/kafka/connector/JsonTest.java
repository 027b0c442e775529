// SPDX-License-Identifier: Apache-2.0
package com.sml.kafka.connector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
    private static String written(String text) {
        StringBuilder out = new StringBuilder();
        Json.write(out, text);
        return out.toString();
    }

    @Test
    void textsAreReadAsTheyWereWritten() {
        for (String text : List.of("", "plain", "q\"b\\", "a\nb\t\u0000\u001f", "é 😀 \u2028")) {
            assertEquals(text, Json.read(written(text)));
        }
        assertEquals("\"\\u0000\\u000a\"", written("\0\n"));
    }

    @Test
    void answersAreRead() {
        Object answer = Json.read(" {\"values\" : {\"position\": 41,\"repeat\":true, \"x\": -1.5e3,"
                + "\"list\":[1, \"\\u00e9\\/\", null, []]}, \"statusString\":\"a\\\"b\"}\n");
        assertEquals(41L, Json.member(answer, "values", "position"));
        assertEquals(true, Json.member(answer, "values", "repeat"));
        assertEquals(-1500.0, Json.member(answer, "values", "x"));
        assertEquals(Arrays.asList(1L, "é/", null, List.of()),
                Json.member(answer, "values", "list"));
        assertEquals("a\"b", Json.member(answer, "statusString"));
        assertNull(Json.member(answer, "values", "position", "deeper"));
        assertNull(Json.member(Json.read("[]"), "values"));
        assertEquals(Map.of(), Json.read("{}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[1,]", "{\"a\"}", "{\"a\":1,}", "\"open", "\"\\x\"",
            "\"\\u12", "tru", "1 2", "-", "{1:2}", "<html>"})
    void whatIsNoJsonIsRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> Json.read(text));
    }

    @Test
    void deepNestingIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> Json.read("[".repeat(100000)));
    }
}

// SPDX-License-Identifier: Apache-2.0
package com.sml.kafka.connector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class SignatureTest {
    private static String text(Object vector, String name) {
        return (String) Json.member(vector, name);
    }

    /** The vectors that all callers of the API are held to. */
    @Test
    void vectors() throws IOException {
        Path file = Path.of(System.getProperty("weir.source"), "tests/data/signing-vectors.json");
        List<?> vectors = (List<?>) Json.member(Json.read(Files.readString(file)), "vectors");
        int checked = 0;
        for (Object vector : vectors) {
            if (!"rest".equals(text(vector, "kind"))) {
                continue;
            }
            byte[] body = text(vector, "body").getBytes(StandardCharsets.UTF_8);
            Signature signature = new Signature(text(vector, "cid"), text(vector, "secret_base64"));
            assertEquals(text(vector, "authorization"),
                    signature.of(text(vector, "verb"), text(vector, "date"), body,
                            text(vector, "signed_resource"), text(vector, "signed_query")),
                    text(vector, "name"));
            assertEquals(text(vector, "content_md5_base64"), Signature.md5(body));
            checked++;
        }
        assertTrue(checked > 10);
    }

    @Test
    void nanosecondsOfADateHaveNoZerosInFront() {
        assertEquals("2026-03-04 05:06:07;72718532",
                Signature.date(Instant.parse("2026-03-04T05:06:07.072718532Z")));
        assertEquals("2026-03-04 05:06:07;0",
                Signature.date(Instant.parse("2026-03-04T05:06:07Z")));
    }
}

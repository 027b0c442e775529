// SPDX-License-Identifier: Apache-2.0
package com.sml.kafka.connector;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The signature of a call: base64(HMAC-SHA256(secret, text)), where the text is these lines, each
 * ended by one LF: verb, MD5 of the body in base64 (an empty line without a body), the secret in
 * base64, the date, the customer's id, the body (no line without one), the decoded path, the query
 * as sent (no line without one).
 */
final class Signature {
    private static final DateTimeFormatter SECONDS =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss").withZone(ZoneOffset.UTC);

    private final String customer;
    private final String secretText;
    private final SecretKeySpec secret;

    Signature(String customer, String secretText) {
        this.customer = customer;
        this.secretText = secretText;
        this.secret = new SecretKeySpec(Base64.getDecoder().decode(secretText), "HmacSHA256");
    }

    /** The date header: the part behind ";" is nanoseconds, without zeros in front. */
    static String date(Instant now) {
        return SECONDS.format(now) + ";" + now.getNano();
    }

    /** The MD5 of a body in base64, "" where there is none. */
    static String md5(byte[] body) {
        if (body.length == 0) {
            return "";
        }
        try {
            byte[] digest = MessageDigest.getInstance("MD5").digest(body);
            return Base64.getEncoder().encodeToString(digest);
        } catch (GeneralSecurityException fault) {
            throw new IllegalStateException("this Java has no MD5, which the API asks for", fault);
        }
    }

    /** query is "" where there is none; so is a body of no bytes. */
    String of(String verb, String date, byte[] body, String resource, String query) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(secret);
            line(mac, verb);
            line(mac, md5(body));
            line(mac, secretText);
            line(mac, date);
            line(mac, customer);
            if (body.length > 0) {
                mac.update(body);
                mac.update((byte) '\n');
            }
            line(mac, resource);
            if (!query.isEmpty()) {
                line(mac, query);
            }
            return Base64.getEncoder().encodeToString(mac.doFinal());
        } catch (GeneralSecurityException fault) {
            throw new IllegalStateException("this Java has no HMAC-SHA256, which the API asks for",
                    fault);
        }
    }

    private static void line(Mac mac, String text) {
        mac.update(text.getBytes(StandardCharsets.UTF_8));
        mac.update((byte) '\n');
    }
}

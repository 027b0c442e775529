// SPDX-License-Identifier: Apache-2.0
package com.sml.kafka.connector;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigException;

/**
 * The parameters of a project that is made: "k=v,k=v" or a flat JSON object. A row filter among
 * them may hold commas: a value goes on over pieces that are predicates (x>=1) and no pairs (x=1),
 * and a comma inside double quotes cuts nothing.
 */
final class ProjectParams {
    private static final Pattern PAIR = Pattern.compile("[A-Za-z0-9_.-]+=(?!=).*", Pattern.DOTALL);
    private static final Pattern PREDICATE =
            Pattern.compile("[^<>=!]*(<|>|==|!=|>=|<=).*", Pattern.DOTALL);

    private ProjectParams() {
    }

    static Map<String, String> read(String text) {
        Map<String, String> params = new LinkedHashMap<>();
        if (text.isBlank()) {
            return params;
        }
        if (text.stripLeading().startsWith("{")) {
            readObject(text, params);
        } else {
            readPairs(text, params);
        }
        String histograms = params.get("enableHistogram");
        if (histograms != null && !histograms.equals("true") && !histograms.equals("false")) {
            throw new ConfigException("sml.create.project.params: enableHistogram is \""
                    + histograms + "\"; true or false is wanted");
        }
        return params;
    }

    private static void readObject(String text, Map<String, String> params) {
        Object object;
        try {
            object = Json.read(text);
        } catch (IllegalArgumentException fault) {
            throw new ConfigException("sml.create.project.params: " + fault.getMessage());
        }
        ((Map<?, ?>) object).forEach((name, value) -> {
            if (value instanceof Map || value instanceof List) {
                throw new ConfigException("sml.create.project.params: " + name
                        + " is neither text nor number");
            }
            if (value != null) {
                params.put((String) name, value.toString());
            }
        });
    }

    private static void readPairs(String text, Map<String, String> params) {
        String name = null;
        for (String piece : pieces(text)) {
            String trimmed = piece.strip();
            if (PAIR.matcher(trimmed).matches()) {
                int equals = trimmed.indexOf('=');
                name = trimmed.substring(0, equals);
                params.put(name, trimmed.substring(equals + 1));
            } else if (name != null && PREDICATE.matcher(trimmed).matches()) {
                params.merge(name, trimmed, (before, more) -> before + "," + more);
            } else {
                throw new ConfigException("sml.create.project.params holds \"" + trimmed
                        + "\"; k=v,k=v is wanted");
            }
        }
    }

    private static List<String> pieces(String text) {
        List<String> pieces = new ArrayList<>();
        boolean quoted = false;
        int from = 0;
        for (int at = 0; at < text.length(); at++) {
            quoted ^= text.charAt(at) == '"';
            if (text.charAt(at) == ',' && !quoted) {
                pieces.add(text.substring(from, at));
                from = at + 1;
            }
        }
        pieces.add(text.substring(from));
        return pieces;
    }
}

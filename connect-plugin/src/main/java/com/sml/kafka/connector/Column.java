// SPDX-License-Identifier: Apache-2.0
package com.sml.kafka.connector;

import java.util.List;

/**
 * An attribute of a frame, and how its cells are written: every cell is a JSON string, "" where it is absent, as the
 * documented frame has it. The server judges whether a cell fits its column.
 *
 * @param path the fields that lead to the value: one, or more where records are nested
 * @param shown whether the cells are sent; those of an ignored attribute (X) are when the project's row filter asks for
 *     them
 */
record Column(String name, char type, List<String> path, boolean shown) {

    private boolean isText() {
        return type != 'C' && type != 'B';
    }

    void write(StringBuilder out, Object value) {
        if (value == null || !shown) {
            out.append("\"\"");
        } else if (value instanceof Boolean truth) {
            out.append(isText() ? truth ? "\"true\"" : "\"false\"" : truth ? "\"1\"" : "\"0\"");
        } else if (value instanceof List<?> items) {
            Json.write(out, listed(items));
        } else if (value instanceof Number number && !isWhole(number)) {
            writeFraction(out, number.doubleValue());
        } else {
            Json.write(out, value.toString());
        }
    }

    /** As the text of a category, the server says how a fraction looks, so that 1.0 is the same one for every sender. */
    private void writeFraction(StringBuilder out, double number) {
        if (isText() && Double.isFinite(number)) {
            out.append(number);
        } else {
            out.append('"').append(number).append('"');
        }
    }

    private static boolean isWhole(Number number) {
        return number instanceof Long || number instanceof Integer || number instanceof Short || number instanceof Byte
                || number instanceof java.math.BigInteger;
    }

    /** |a|b|c| */
    private static String listed(List<?> items) {
        StringBuilder text = new StringBuilder("|");
        for (Object item : items) {
            if (item != null) {
                text.append(item).append('|');
            }
        }
        return text.toString();
    }
}

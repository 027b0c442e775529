// SPDX-License-Identifier: Apache-2.0
package com.sml.kafka.connector;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Date;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Struct;

/**
 * An attribute of a frame, and how its cells are written: every cell is a JSON string, "" where it
 * is absent, as the documented frame has it. Whether a cell fits its column is for the server to
 * judge, which leaves out one that does not.
 *
 * @param path the fields that lead to the value: one, or more where records are nested
 * @param sent whether the cells are sent; those of an ignored attribute (X) are when the project's
 *     row filter asks for them
 */
record Column(String name, char type, List<String> path, boolean sent) {

    /** The value in a record or a map; null where it is absent. */
    Object of(Object value) {
        for (String field : path) {
            if (value instanceof Struct struct) {
                value = struct.getWithoutDefault(field);
            } else {
                value = value instanceof Map<?, ?> map ? map.get(field) : null;
            }
        }
        return value instanceof Struct union ? branch(union) : value;
    }

    /** Of a union, which is a record with a field a type, the one that is there. */
    private static Object branch(Struct union) {
        for (Field field : union.schema().fields()) {
            Object value = union.getWithoutDefault(field.name());
            if (value != null) {
                return value;
            }
        }
        return null;
    }

    private boolean isText() {
        return type != 'C' && type != 'B';
    }

    /** Writes a cell. Returns why it is left out, null when it is not. */
    String write(StringBuilder out, Object value) {
        if (value == null || !sent) {
            out.append("\"\"");
        } else if (value instanceof Boolean truth) {
            String number = truth ? "1" : "0";
            Json.write(out, isText() ? truth.toString() : number);
        } else if (value instanceof Double || value instanceof Float) {
            writeFraction(out, ((Number) value).doubleValue());
        } else if (value instanceof List<?> items) {
            return writeList(out, items);
        } else {
            Json.write(out, text(value));
        }
        return null;
    }

    /**
     * As the text of a category, the server says how a fraction looks, so that 1.0 is the same one
     * for every sender. What is no number is missing.
     */
    private void writeFraction(StringBuilder out, double number) {
        if (!Double.isFinite(number)) {
            out.append("\"\"");
        } else if (isText()) {
            out.append(number);
        } else {
            out.append('"').append(number).append('"');
        }
    }

    /** |a|b|c| */
    private String writeList(StringBuilder out, List<?> items) {
        StringBuilder list = new StringBuilder("|");
        for (Object item : items) {
            String text = item == null ? "" : text(item);
            if (text.indexOf('|') >= 0) {
                out.append("\"\"");
                return "column " + name + ": an item of the list holds a '|'";
            }
            if (!text.isEmpty()) {
                list.append(text).append('|');
            }
        }
        Json.write(out, list.toString());
        return null;
    }

    /** Times are milliseconds. */
    private static String text(Object value) {
        if (value instanceof Date time) {
            return String.valueOf(time.getTime());
        }
        if (value instanceof BigDecimal number) {
            BigInteger digits = number.unscaledValue();
            return number.scale() >= 0 ? number.toPlainString() : digits + "e" + -number.scale();
        }
        if (value instanceof Double || value instanceof Float) {
            double number = ((Number) value).doubleValue();
            boolean whole = number == Math.rint(number) && Math.abs(number) < 1e15;
            return whole ? String.valueOf((long) number) : String.valueOf(number);
        }
        return value.toString();
    }
}

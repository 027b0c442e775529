// SPDX-License-Identifier: Apache-2.0
package com.sml.kafka.connector;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.errors.ConnectException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which attributes the fields of values become.
 *
 * <p>Fields of records in records are attributes called record.field, arrays of plain values are
 * lists, an enum is a category, decimals and times are numbers, all branches of a union of plain
 * types are one attribute.
 *
 * <p>The letters of sml.attribute.types count when there are as many as fields; else types are
 * guessed from the schema. A field keeps the type it once had: by its letter when a later schema
 * has a field more or less, by its first value in maps, which have no schema. What no attribute can
 * hold stops the task, which names it, unless its letter is an X; in a map it is left out.
 *
 * <p>Used by the task's thread alone.
 */
final class Attributes {
    private static final Logger LOG = LoggerFactory.getLogger(Attributes.class);
    private static final int DEEPEST = 24; // records in one another
    private static final int SCALE_MOST = 400; // of a decimal: beyond the range of a double

    private final String letters;
    private final Map<Schema, List<Column>> known = new HashMap<>();
    private final Map<String, Character> given = new HashMap<>(); // fields that had a letter
    private String filter = "";
    private Schema last; // schemas change rarely
    private List<Column> lastColumns;
    private List<Column> mapColumns = List.of(); // another list whenever it grows
    private final Map<String, Column> mapNames = new HashMap<>();

    /** letters: "" where types are guessed. */
    Attributes(String letters) {
        this.letters = letters;
    }

    /**
     * The project's row filter: the cells of attributes that it names are sent even when they are
     * ignored.
     */
    void filter(String text) {
        filter = text;
    }

    // --- records with a schema

    /**
     * The columns of records of a schema.
     *
     * @throws UnheldException a field is of a kind that no attribute can hold
     */
    List<Column> of(Schema schema) {
        if (schema != last) {
            List<Column> columns = known.get(schema);
            if (columns == null) {
                columns = columns(schema);
                known.put(schema, columns);
            }
            lastColumns = columns;
            last = schema;
        }
        return lastColumns;
    }

    /** A field that no attribute can hold: the task's affair, and not that of one record. */
    static final class UnheldException extends ConnectException {
        private static final long serialVersionUID = 1;

        UnheldException(String message) {
            super(message);
        }
    }

    private record Leaf(String name, Schema schema, List<String> path) {
    }

    private List<Column> columns(Schema schema) {
        List<Leaf> leaves = new ArrayList<>();
        List<Column> columns = new ArrayList<>();
        collect(schema, "", List.of(), new ArrayList<>(), leaves);
        boolean lettered = letters.length() == leaves.size();
        if (!lettered && !letters.isEmpty()) {
            LOG.warn("sml.attribute.types has {} letters and the schema {} fields: types are "
                    + "guessed for fields not met before", letters.length(), leaves.size());
        }
        for (int i = 0; i < leaves.size(); i++) {
            Leaf leaf = leaves.get(i);
            if (lettered) {
                given.put(leaf.name(), letters.charAt(i));
            }
            columns.add(column(leaf));
        }
        return columns;
    }

    private static void collect(Schema schema, String prefix, List<String> path,
            List<Schema> around, List<Leaf> leaves) {
        around.add(schema);
        for (Field field : schema.fields()) {
            List<String> deeper = append(path, field.name());
            String name = prefix + field.name();
            boolean itself = around.stream().anyMatch(outer -> outer == field.schema());
            boolean record = field.schema().type() == Schema.Type.STRUCT
                    && !isUnion(field.schema()) && !field.schema().fields().isEmpty();
            if (record && !itself && around.size() < DEEPEST) {
                collect(field.schema(), name + ".", deeper, around, leaves);
            } else {
                leaves.add(new Leaf(name, field.schema(), deeper));
            }
        }
        around.remove(around.size() - 1);
    }

    private static List<String> append(List<String> path, String name) {
        List<String> longer = new ArrayList<>(path);
        longer.add(name);
        return List.copyOf(longer);
    }

    private Column column(Leaf leaf) {
        char guess = guess(leaf.schema());
        char type = given.getOrDefault(leaf.name(), guess);
        if (guess == 0 && type != 'X') {
            throw new UnheldException("field " + leaf.name() + " has the type "
                    + leaf.schema().type().getName() + ", which no attribute can hold; give "
                    + "sml.attribute.types with an X for it");
        }
        boolean sent = type != 'X' || guess != 0 && isFiltered(leaf.name());
        return new Column(leaf.name(), type, leaf.path(), sent);
    }

    private boolean isFiltered(String name) {
        return filter.contains(name.replace("\"", "\"\""));
    }

    /** The attribute type of a field; 0 where no attribute can hold it. */
    private static char guess(Schema schema) {
        if (schema.type() == Schema.Type.ARRAY) {
            return plain(schema.valueSchema()) == 0 ? 0 : 'L';
        }
        return isUnion(schema) ? ofUnion(schema) : plain(schema);
    }

    private static char plain(Schema schema) {
        return switch (schema.type()) {
            case BOOLEAN -> 'B';
            case INT8, INT16, INT32, INT64, FLOAT32, FLOAT64 -> 'C';
            case STRING -> isEnum(schema) ? 'T' : 'S';
            case BYTES -> isDecimal(schema) ? 'C' : 0;
            default -> 0;
        };
    }

    /** Avro's converters have no type for an enum: they tell its symbols by parameters. */
    private static boolean isEnum(Schema schema) {
        return schema.parameters() != null
                && schema.parameters().keySet().stream().anyMatch(key -> key.endsWith(".Enum"));
    }

    private static boolean isDecimal(Schema schema) {
        if (!Decimal.LOGICAL_NAME.equals(schema.name()) || schema.parameters() == null) {
            return false;
        }
        String scale = schema.parameters().getOrDefault(Decimal.SCALE_FIELD, "");
        return scale.matches("-?[0-9]{1,4}") && Math.abs(Integer.parseInt(scale)) <= SCALE_MOST;
    }

    /** Nor have they one for a union of several types: it is a record with a field a type. */
    private static boolean isUnion(Schema schema) {
        return schema.type() == Schema.Type.STRUCT && schema.name() != null
                && schema.name().endsWith(".avro.Union");
    }

    /** One attribute, when all branches are plain: a number, or else a text. */
    private static char ofUnion(Schema union) {
        char all = 0;
        for (Field branch : union.fields()) {
            char one = plain(branch.schema());
            if (one == 0) {
                return 0;
            }
            boolean numbers = "BC".indexOf(one) >= 0 && "BC".indexOf(all) >= 0;
            if (all != 0 && all != one) {
                one = numbers ? 'C' : 'S';
            }
            all = one;
        }
        return all;
    }

    // --- maps

    /**
     * The columns of a map and of all before it: fields only come, and the first value of each
     * tells its type.
     */
    List<Column> of(Map<?, ?> value) {
        Map<String, Column> fresh = new TreeMap<>(); // a map tells no order
        look(value, "", List.of(), fresh);
        if (!fresh.isEmpty()) {
            List<Column> grown = new ArrayList<>();
            for (Column column : mapColumns) {
                Column wider = fresh.remove(column.name());
                grown.add(wider != null ? wider : column);
            }
            grown.addAll(fresh.values());
            grown.forEach(column -> mapNames.put(column.name(), column));
            mapColumns = grown;
        }
        return mapColumns;
    }

    private void look(Map<?, ?> value, String prefix, List<String> path,
            Map<String, Column> fresh) {
        for (Map.Entry<?, ?> entry : value.entrySet()) {
            if (!(entry.getKey() instanceof String field)) {
                continue;
            }
            String name = prefix + field;
            if (entry.getValue() instanceof Map<?, ?> inner) {
                if (path.size() + 1 < DEEPEST) {
                    look(inner, name + ".", append(path, field), fresh);
                }
                continue;
            }
            char guess = guess(entry.getValue());
            Column before = mapNames.get(name);
            // what was true or false and becomes a number is a number
            boolean widens = before != null && before.type() == 'B' && guess == 'C';
            if (guess != 0 && (before == null || widens && letters.isEmpty())) {
                fresh.put(name, new Column(name, letter(guess), append(path, field), true));
            }
        }
    }

    /** Fields without an order can be given letters only when all are the same. */
    private char letter(char guess) {
        if (letters.chars().distinct().count() > 1) {
            throw new UnheldException("sml.attribute.types tells types by the order of fields, and "
                    + "values without a schema have none: leave it out, or send schemas "
                    + "(value.converter.schemas.enable=true)");
        }
        return letters.isEmpty() ? guess : letters.charAt(0);
    }

    /** 0: it tells nothing, or no attribute can hold it. */
    private static char guess(Object value) {
        if (value instanceof List<?> items) {
            boolean plain = items.stream()
                    .noneMatch(item -> item instanceof List || item instanceof Map);
            return plain ? 'L' : (char) 0;
        }
        if (value instanceof Number) {
            return 'C';
        }
        char text = value instanceof String ? 'S' : (char) 0;
        return value instanceof Boolean ? 'B' : text;
    }
}

// SPDX-License-Identifier: Apache-2.0
package com.sml.kafka.connector;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.errors.DataException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which attributes the fields of values become.
 *
 * <p>The letters of sml.attribute.types count when there are as many as fields; else types are guessed from the schema.
 * A field keeps the type it once had: by its letter when a later schema has a field more or less, by its first value in
 * maps, which have no schema. What no attribute can hold stops the task, which names it, unless its letter is an X.
 *
 * <p>Used by the task's thread alone.
 */
final class Attributes {
    private static final Logger LOG = LoggerFactory.getLogger(Attributes.class);
    private static final int DEEPEST = 32;

    private final String letters;
    private final Map<Schema, List<Column>> known = new HashMap<>();
    private final Map<String, Character> given = new HashMap<>(); // fields that had a letter
    private String filter = "";
    private Schema last; // schemas change rarely
    private List<Column> lastColumns;
    private List<Column> mapColumns = List.of();
    private final Map<String, Column> mapNames = new HashMap<>();

    /** letters: "" where types are guessed. */
    Attributes(String letters) {
        this.letters = letters;
    }

    /** The project's row filter: the cells of attributes that it names are sent even when they are ignored. */
    void filter(String text) {
        filter = text;
    }

    // --- records with a schema

    /**
     * The columns of records of a schema.
     *
     * @throws DataException a field is of a kind that no attribute can hold
     */
    List<Column> of(Schema schema) {
        if (schema != last) {
            lastColumns = known.computeIfAbsent(schema, this::columns);
            last = schema;
        }
        return lastColumns;
    }

    private record Leaf(String name, Schema schema, List<String> path) {
    }

    private List<Column> columns(Schema schema) {
        List<Leaf> leaves = new ArrayList<>();
        List<Column> columns = new ArrayList<>();
        collect(schema, "", List.of(), leaves);
        boolean lettered = letters.length() == leaves.size();
        if (!lettered && !letters.isEmpty()) {
            LOG.warn("sml.attribute.types has {} letters and the schema {} fields: types are guessed for fields not met "
                    + "before", letters.length(), leaves.size());
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

    private void collect(Schema schema, String prefix, List<String> path, List<Leaf> leaves) {
        for (Field field : schema.fields()) {
            List<String> deeper = new ArrayList<>(path);
            deeper.add(field.name());
            String name = prefix + field.name();
            if (field.schema().type() == Schema.Type.STRUCT && deeper.size() < DEEPEST) {
                collect(field.schema(), name + ".", deeper, leaves);
            } else {
                leaves.add(new Leaf(name, field.schema(), List.copyOf(deeper)));
            }
        }
    }

    private Column column(Leaf leaf) {
        char guess = guess(leaf.schema());
        char type = given.getOrDefault(leaf.name(), guess);
        if (guess == 0 && type != 'X') {
            String kind = leaf.schema().name() == null ? leaf.schema().type().getName() : leaf.schema().name();
            throw new DataException("field " + leaf.name() + " has the type " + kind
                    + ", which no attribute can hold; give sml.attribute.types with an X for it");
        }
        return new Column(leaf.name(), type, leaf.path(), type != 'X' || guess != 0 && isFiltered(leaf.name()));
    }

    /** The attribute type of a field; 0 where no attribute can hold it. */
    private static char guess(Schema schema) {
        if (schema.name() != null && schema.type() != Schema.Type.STRING) {
            return 0; // a logical type
        }
        return switch (schema.type()) {
            case BOOLEAN -> 'B';
            case INT16, INT32, INT64, FLOAT32, FLOAT64 -> 'C';
            case STRING -> 'S';
            default -> 0;
        };
    }

    private boolean isFiltered(String name) {
        return filter.contains(name.replace("\"", "\"\""));
    }

    // --- maps

    /** The columns of a map and of all before it: fields only come, and the first value of each tells its type. */
    List<Column> of(Map<?, ?> value) {
        TreeSet<String> fresh = new TreeSet<>();
        value.forEach((name, cell) -> {
            if (name instanceof String text && !mapNames.containsKey(text) && guess(cell) != 0) {
                fresh.add(text);
            }
        });
        if (!fresh.isEmpty()) {
            grow(fresh, value);
        }
        return mapColumns;
    }

    private void grow(Collection<String> fresh, Map<?, ?> value) {
        List<Column> grown = new ArrayList<>(mapColumns);
        for (String name : fresh) {
            Column column = new Column(name, letter(guess(value.get(name))), List.of(name), true);
            mapNames.put(name, column);
            grown.add(column);
        }
        mapColumns = grown;
    }

    /** A map tells no order of its fields, so letters can be given to them only when all are the same. */
    private char letter(char guess) {
        if (letters.chars().distinct().count() > 1) {
            throw new DataException("sml.attribute.types tells types by the order of fields, and values without a schema "
                    + "have none: leave it out, or send schemas (value.converter.schemas.enable=true)");
        }
        return letters.isEmpty() ? guess : letters.charAt(0);
    }

    /** 0: it tells nothing, or no attribute can hold it. */
    private static char guess(Object value) {
        return value instanceof Boolean ? 'B' : value instanceof Number ? 'C' : value instanceof String ? 'S' : 0;
    }
}

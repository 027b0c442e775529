// SPDX-License-Identifier: Apache-2.0
package com.sml.kafka.connector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.data.Timestamp;
import org.junit.jupiter.api.Test;

class AttributesTest {
    private static final Schema POINT = SchemaBuilder.struct().field("lat", Schema.FLOAT64_SCHEMA)
            .field("lon", Schema.OPTIONAL_FLOAT32_SCHEMA).optional().build();
    private static final Schema ALL = SchemaBuilder.struct()
            .field("on", Schema.BOOLEAN_SCHEMA).field("tiny", Schema.INT8_SCHEMA)
            .field("long", Schema.INT64_SCHEMA).field("half", Schema.FLOAT64_SCHEMA)
            .field("word", Schema.STRING_SCHEMA).field("maybe", Schema.OPTIONAL_INT32_SCHEMA)
            .field("at", POINT)
            .field("tags", SchemaBuilder.array(Schema.OPTIONAL_STRING_SCHEMA).build())
            .field("cost", Decimal.schema(2)).field("when", Timestamp.SCHEMA)
            .field("color", SchemaBuilder.string().parameter("some.avro.Enum", "Color").build())
            .field("either", SchemaBuilder.struct().name("some.avro.Union")
                    .field("int", Schema.OPTIONAL_INT32_SCHEMA)
                    .field("double", Schema.OPTIONAL_FLOAT64_SCHEMA).optional().build())
            .build();

    private static String types(List<Column> columns) {
        return columns.stream().map(column -> column.name() + ":" + column.type())
                .collect(Collectors.joining(" "));
    }

    /** The cells of a value, as they are written. */
    private static String cells(List<Column> columns, Object value) {
        List<String> cells = new ArrayList<>();
        for (Column column : columns) {
            StringBuilder out = new StringBuilder();
            column.write(out, column.of(value));
            cells.add(out.toString());
        }
        return String.join(" ", cells);
    }

    private static Struct full() {
        return new Struct(ALL).put("on", true).put("tiny", (byte) -5).put("long", Long.MAX_VALUE)
                .put("half", 0.5).put("word", "a \"b\"")
                .put("at", new Struct(POINT).put("lat", 1.0).put("lon", 0.1f))
                .put("tags", Arrays.asList("x", null, "y")).put("cost", new BigDecimal("-0.05"))
                .put("when", new Date(86400001L)).put("color", "RED")
                .put("either", new Struct(ALL.field("either").schema()).put("double", 2.5));
    }

    @Test
    void typesAreGuessedFromTheSchema() {
        List<Column> columns = new Attributes("").of(ALL);
        assertEquals("on:B tiny:C long:C half:C word:S maybe:C at.lat:C at.lon:C tags:L cost:C "
                + "when:C color:T either:C", types(columns));
        assertEquals("\"1\" \"-5\" \"9223372036854775807\" \"0.5\" \"a \\\"b\\\"\" \"\" \"1.0\" "
                + "\"0.10000000149011612\" \"|x|y|\" \"-0.05\" \"86400001\" \"RED\" \"2.5\"",
                cells(columns, full()));
        assertEquals("\"\" \"\"", cells(columns.subList(6, 8), full().put("at", null)));
    }

    @Test
    void lettersCountWhenThereIsOneAField() {
        List<Column> columns = new Attributes("TTTTTTTTTTTTX").of(ALL);
        assertEquals('T', columns.get(0).type());
        assertEquals("\"true\" \"-5\" \"9223372036854775807\" 0.5 \"a \\\"b\\\"\" \"\" 1.0 "
                + "0.10000000149011612 \"|x|y|\" \"-0.05\" \"86400001\" \"RED\" \"\"",
                cells(columns, full()));
        assertEquals('B', new Attributes("TT").of(ALL).get(0).type());
    }

    @Test
    void aFieldKeepsTheLetterItHad() {
        Attributes attributes = new Attributes("TX");
        Schema two = SchemaBuilder.struct().field("a", Schema.STRING_SCHEMA)
                .field("raw", Schema.BYTES_SCHEMA).build();
        Schema three = SchemaBuilder.struct().field("raw", Schema.BYTES_SCHEMA)
                .field("b", Schema.INT32_SCHEMA).field("a", Schema.STRING_SCHEMA).build();
        assertEquals("a:T raw:X", types(attributes.of(two)));
        assertEquals("raw:X b:C a:T", types(attributes.of(three)));
        assertSame(attributes.of(two), attributes.of(two));
    }

    @Test
    void whatNoAttributeHoldsIsNamed() {
        for (Schema schema : List.of(Schema.BYTES_SCHEMA, Decimal.schema(99999),
                SchemaBuilder.map(Schema.STRING_SCHEMA, Schema.INT32_SCHEMA).build(),
                SchemaBuilder.array(POINT).build(), SchemaBuilder.struct().build())) {
            Schema record = SchemaBuilder.struct().field("odd", schema).build();
            Attributes.UnheldException fault = assertThrows(Attributes.UnheldException.class,
                    () -> new Attributes("").of(record));
            assertTrue(fault.getMessage().contains("field odd"), fault.getMessage());
            assertEquals("odd:X", types(new Attributes("X").of(record)));
        }
    }

    @Test
    void cellsThatTheProjectsFilterAsksForAreSent() {
        Attributes attributes = new Attributes("XX");
        attributes.filter("label != 1");
        Schema schema = SchemaBuilder.struct().field("label", Schema.INT32_SCHEMA)
                .field("other", Schema.INT32_SCHEMA).build();
        List<Column> columns = attributes.of(schema);
        assertEquals("\"7\" \"\"",
                cells(columns, new Struct(schema).put("label", 7).put("other", 8)));
    }

    @Test
    void mapsGainFieldsThatKeepTheirTypes() {
        Attributes attributes = new Attributes("");
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("z", 1L);
        value.put("in", Map.of("a", true, "list", List.of(1L, 2.0)));
        value.put("nothing", null);
        value.put("records", List.of(Map.of()));
        List<Column> first = attributes.of(value);
        assertEquals("in.a:B in.list:L z:C", types(first));
        assertEquals("\"1\" \"|1|2|\" \"1\"", cells(first, value));
        assertSame(first, attributes.of(new HashMap<>(Map.of("z", "text"))));
        List<Column> second = attributes.of(Map.of("nothing", "now", "z", "text"));
        assertEquals("in.a:B in.list:L z:C nothing:S", types(second));
        assertEquals("\"\" \"\" \"text\" \"now\"",
                cells(second, Map.of("nothing", "now", "z", "text")));
    }

    @Test
    void whatWasTrueOrFalseBecomesANumber() {
        Attributes attributes = new Attributes("");
        assertEquals("a:C b:B", types(attributes.of(Map.of("a", 1L, "b", true))));
        List<Column> wider = attributes.of(Map.of("a", true, "b", 2.5));
        assertEquals("a:C b:C", types(wider));
        assertEquals("\"1\" \"2.5\"", cells(wider, Map.of("a", true, "b", 2.5)));
        assertSame(wider, attributes.of(Map.of("b", false)));
    }

    @Test
    void whatIsNoNumberIsMissing() {
        Attributes attributes = new Attributes("");
        Map<String, Object> value = Map.of("x", Double.NaN, "y", Float.NEGATIVE_INFINITY);
        assertEquals("\"\" \"\"", cells(attributes.of(value), value));
    }

    @Test
    void lettersOfMapsMustAllBeTheSame() {
        assertEquals("a:T", types(new Attributes("TT").of(Map.of("a", 1L))));
        assertThrows(Attributes.UnheldException.class,
                () -> new Attributes("CT").of(Map.of("a", 1L)));
    }

    @Test
    void aListItemWithABarIsLeftOut() {
        StringBuilder out = new StringBuilder();
        String why = new Column("tags", 'L', List.of("tags"), true).write(out, List.of("a|b"));
        assertEquals("\"\"", out.toString());
        assertTrue(why.contains("tags"), why);
    }
}

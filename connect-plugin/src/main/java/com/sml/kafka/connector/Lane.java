// SPDX-License-Identifier: Apache-2.0
package com.sml.kafka.connector;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.apache.kafka.common.TopicPartition;

/**
 * The rows of a partition that wait to be sent, and where the partition stands.
 *
 * <pre>
 *     lane:   from              rows at offsets            next
 *      ........|----o--o-x-o---------------------------o-|........      x: skipped
 * </pre>
 *
 * <p>Each frame tells the server from, next and the offsets beside the rows, in its member "source". With them the server
 * knows a repeat from a new frame, and rows that are missing in between.
 */
final class Lane {
    private final TopicPartition partition;
    private final StringBuilder rows = new StringBuilder();
    private final long[] offsets;
    private int count;
    private List<Column> columns = List.of();
    private long from = -1; // -1: not known before the first record
    private long next = -1;
    private long kept = -1; // everything before it is with the server, or was skipped; -1: nothing yet
    private long asked = -1; // where the consumer was told to go on and no record has come from there yet; else -1
    private boolean left; // what else this delivery holds of the partition is to be passed over

    Lane(TopicPartition partition, int most) {
        this.partition = partition;
        this.offsets = new long[most];
    }

    TopicPartition partition() {
        return partition;
    }

    int count() {
        return count;
    }

    boolean isFull() {
        return count == offsets.length;
    }

    long from() {
        return from;
    }

    long next() {
        return next;
    }

    long kept() {
        return kept;
    }

    long asked() {
        return asked;
    }

    boolean isLeft() {
        return left;
    }

    /** A record came from where the consumer was told to go. */
    void arrived() {
        asked = -1;
    }

    /** The delivery is over. */
    void delivered() {
        left = false;
    }

    List<Column> columns() {
        return columns;
    }

    /** Rows from now on have these columns; there are none yet. */
    void bind(List<Column> given) {
        columns = given;
    }

    /** Takes a row in; value finds the cell of a column. The lane is as it was when that fails. */
    void add(long offset, Function<Column, Object> value) {
        int length = rows.length();
        try {
            rows.append(count == 0 ? "[" : ",[");
            for (int i = 0; i < columns.size(); i++) {
                Column column = columns.get(i);
                if (i > 0) {
                    rows.append(',');
                }
                column.write(rows, value.apply(column));
            }
            rows.append(']');
        } catch (RuntimeException fault) {
            rows.setLength(length);
            throw fault;
        }
        offsets[count++] = offset;
    }

    /** A record was taken or skipped. */
    void passed(long offset) {
        next = offset + 1;
    }

    private void clear() {
        rows.setLength(0);
        count = 0;
    }

    /** Nothing is waiting that the server does not have. */
    void settled() {
        clear();
        from = next;
        kept = next;
    }

    /** Everything up to next was skipped, and nothing waits. */
    void skipped() {
        kept = next;
    }

    /** Begins at an offset where the consumer happens to be. */
    void begin(long offset) {
        clear();
        from = offset;
        next = offset;
        kept = -1;
    }

    /** The server stands at a position and the consumer was told to go there. */
    void follow(long position) {
        clear();
        from = position;
        next = position;
        kept = position;
        asked = position;
        left = true;
    }

    /** The waiting rows as a frame. */
    byte[] frame(String source, long epoch) {
        StringBuilder out = new StringBuilder(rows.length() + 24 * count + 64 * columns.size() + 256);
        out.append("{\"attributeNames\":[");
        for (int i = 0; i < columns.size(); i++) {
            Json.write(out.append(i > 0 ? "," : ""), columns.get(i).name());
        }
        out.append("],\"attributeTypes\":[");
        for (int i = 0; i < columns.size(); i++) {
            out.append(i > 0 ? ",\"" : "\"").append(columns.get(i).type()).append('"');
        }
        Json.write(out.append("],\"errorHandling\":1,\"source\":{\"id\":"), source);
        Json.write(out.append(",\"topic\":"), partition.topic());
        out.append(",\"partition\":").append(partition.partition()).append(",\"from\":").append(from)
                .append(",\"next\":").append(next).append(",\"offsets\":");
        out.append(Arrays.toString(Arrays.copyOf(offsets, count)).replace(" ", ""));
        if (epoch > 0) {
            out.append(",\"epoch\":").append(epoch);
        }
        return out.append("},\"data\":[").append(rows).append("]}").toString().getBytes(StandardCharsets.UTF_8);
    }
}

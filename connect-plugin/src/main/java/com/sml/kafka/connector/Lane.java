// SPDX-License-Identifier: Apache-2.0
package com.sml.kafka.connector;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.TopicPartition;

/**
 * The rows of a partition that wait to be sent, and where the partition stands.
 *
 * <pre>
 *     lane:   from              rows at offsets            next
 *      ........|----o--o-x-o---------------------------o-|........      x: skipped
 * </pre>
 *
 * <p>Each frame tells the server from, next and the offsets beside the rows, in its member
 * "source". With them the server knows a repeat from a new frame, and rows that are missing in
 * between.
 */
final class Lane {
    private final TopicPartition partition;
    private final StringBuilder rows = new StringBuilder();
    private final long[] offsets;
    private int count;
    private List<Column> columns = List.of();
    private long from = -1; // -1: not known before the first record
    private long next = -1;
    private long kept = -1; // all before it is with the server, or was skipped; -1: not known
    private long asked = -1; // where the consumer was sent and nothing has come from yet; else -1
    private boolean left; // what else this delivery holds of the partition is to be passed over
    private int badCells; // of the waiting rows: left out here
    private String badWhy = ""; // the first of them

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

    /** Takes in the row that is a record's value. The lane is as it was when that fails. */
    void add(long offset, Object value) {
        int length = rows.length();
        try {
            rows.append(count == 0 ? "[" : ",[");
            for (int i = 0; i < columns.size(); i++) {
                Column column = columns.get(i);
                if (i > 0) {
                    rows.append(',');
                }
                bad(column.write(rows, column.of(value)));
            }
            rows.append(']');
        } catch (RuntimeException fault) {
            rows.setLength(length);
            throw fault;
        }
        offsets[count++] = offset;
    }

    private void bad(String why) {
        if (why != null && badCells++ == 0) {
            badWhy = why;
        }
    }

    /** Cells of the waiting rows that were left out. */
    int badCells() {
        return badCells;
    }

    String badWhy() {
        return badWhy;
    }

    /** A record was taken or skipped. */
    void passed(long offset) {
        next = offset + 1;
    }

    private void clear() {
        rows.setLength(0);
        count = 0;
        badCells = 0;
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
        kept = -1; // the topic may end before it
        asked = position;
        left = true;
    }

    /** The waiting rows as a frame. */
    byte[] frame(String source, long epoch) {
        int size = rows.length() + 24 * count + 64 * columns.size() + 256; // about
        StringBuilder out = new StringBuilder(size);
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
        out.append(",\"partition\":").append(partition.partition());
        out.append(",\"from\":").append(from).append(",\"next\":").append(next);
        out.append(",\"offsets\":");
        out.append(Arrays.toString(Arrays.copyOf(offsets, count)).replace(" ", ""));
        if (epoch > 0) {
            out.append(",\"epoch\":").append(epoch);
        }
        out.append("},\"data\":[").append(rows).append("]}");
        return out.toString().getBytes(StandardCharsets.UTF_8);
    }
}

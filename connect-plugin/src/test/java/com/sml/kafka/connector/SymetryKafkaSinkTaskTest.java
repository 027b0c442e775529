// SPDX-License-Identifier: Apache-2.0
package com.sml.kafka.connector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTaskContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The task between a worker and a server that are both played: what it answers to the one when the
 * other is slow, full, away or elsewhere. The tests of both workers use real ones.
 */
class SymetryKafkaSinkTaskTest {
    private static final TopicPartition ZERO = new TopicPartition("t", 0);
    private static final TopicPartition ONE = new TopicPartition("t", 1);
    private static final String FINE = "{\"statusCode\":\"OK\",\"values\":{}}";

    private record Reply(int status, String body) {
    }

    /** Answers learn requests by what was laid ready, then by 200. */
    private static final class Played {
        private final HttpServer http;
        private final Deque<Reply> ready = new ConcurrentLinkedDeque<>();
        private final List<Object> frames = new CopyOnWriteArrayList<>();
        private final List<String> calls = new CopyOnWriteArrayList<>();
        private volatile Reply info = new Reply(200, FINE);

        Played() throws IOException {
            http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            http.createContext("/", this::answer);
            http.start();
        }

        private void answer(HttpExchange exchange) throws IOException {
            String body = new String(exchange.getRequestBody().readAllBytes(),
                    StandardCharsets.UTF_8);
            calls.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
            Reply reply = new Reply(200, FINE);
            if (exchange.getRequestURI().getPath().endsWith("/learn")) {
                frames.add(Json.read(body));
                reply = ready.isEmpty() ? reply : ready.poll();
            } else if (exchange.getRequestURI().getPath().endsWith("/info")) {
                reply = info;
            } else {
                info = new Reply(200, FINE); // made
            }
            byte[] bytes = reply.body().getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(reply.status(), bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        }

        /** One frame as "partition from next [offsets]". */
        String frame(int i) {
            Object source = Json.member(frames.get(i), "source");
            return Json.member(source, "partition") + " " + Json.member(source, "from") + " "
                    + Json.member(source, "next") + " " + Json.member(source, "offsets");
        }
    }

    private static final class Context implements SinkTaskContext {
        private final Map<TopicPartition, Long> sought = new HashMap<>();
        private long timeout = -1;

        @Override
        public Map<String, String> configs() {
            return Map.of();
        }

        @Override
        public void offset(Map<TopicPartition, Long> offsets) {
            sought.putAll(offsets);
        }

        @Override
        public void offset(TopicPartition partition, long offset) {
            sought.put(partition, offset);
        }

        @Override
        public void timeout(long ms) {
            timeout = ms;
        }

        @Override
        public Set<TopicPartition> assignment() {
            return Set.of(ZERO, ONE);
        }

        @Override
        public void pause(TopicPartition... partitions) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void resume(TopicPartition... partitions) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void requestCommit() {
            throw new UnsupportedOperationException();
        }
    }

    private static final class Hands extends Clock {
        private Instant now = Instant.EPOCH;

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }
    }

    private final Context context = new Context();
    private final Hands clock = new Hands();
    private Played server;
    private SymetryKafkaSinkTask task;

    @BeforeEach
    void begin() throws IOException {
        server = new Played();
    }

    @AfterEach
    void end() {
        task.stop();
        server.http.stop(0);
    }

    private void start(String... more) {
        int port = server.http.getAddress().getPort();
        Map<String, String> given = new HashMap<>(Map.of("name", "sink", "topics", "t",
                "sml.url", "http://127.0.0.1:" + port + "/symetry/rest",
                "sml.project", "p", "sml.customer.id", "c1",
                "sml.customer.secret.key", "AQIDBAUGBwgJCgsMDQ4PEA==",
                "sml.dataframe.max.chunk.size", "3", "sml.reconnect.backoff.ms", "1000",
                "sml.reconnect.backoff.max.ms", "1000", "sml.backoff.max.retries", "2"));
        for (int i = 0; i < more.length; i += 2) {
            given.put(more[i], more[i + 1]);
        }
        task = new SymetryKafkaSinkTask(clock);
        task.initialize(context);
        task.start(given);
        task.open(List.of(ZERO, ONE));
    }

    private static List<SinkRecord> records(int partition, long from, long to) {
        List<SinkRecord> records = new ArrayList<>();
        for (long offset = from; offset < to; offset++) {
            records.add(new SinkRecord("t", partition, null, null, null, Map.of("x", offset),
                    offset));
        }
        return records;
    }

    private long committed(TopicPartition partition, long delivered) {
        Map<TopicPartition, OffsetAndMetadata> kept =
                task.preCommit(Map.of(partition, new OffsetAndMetadata(delivered)));
        return kept.containsKey(partition) ? kept.get(partition).offset() : -1;
    }

    private static Reply at(int status, boolean repeat, long position) {
        return new Reply(status, "{\"statusString\":\"?\",\"values\":{\"repeat\":" + repeat
                + ",\"position\":" + position + "}}");
    }

    @Test
    void deliveriesAreSentInChunksWithTheirOffsets() {
        start();
        List<SinkRecord> both = new ArrayList<>(records(0, 10, 15));
        both.add(new SinkRecord("t", 0, null, null, null, null, 15)); // no value: no row
        both.addAll(records(1, 7, 8));
        task.put(both);
        assertEquals("0 10 13 [10, 11, 12]", server.frame(0));
        assertEquals("0 13 16 [13, 14]", server.frame(1));
        assertEquals("1 7 8 [7]", server.frame(2));
        assertEquals(16, committed(ZERO, 16));
        assertEquals(8, committed(ONE, 8));
        assertEquals("sink", Json.member(server.frames.get(0), "source", "id"));
        assertEquals(List.of(List.of("13"), List.of("14")),
                Json.member(server.frames.get(1), "data"));
    }

    @Test
    void aDeliveryThatFailedIsSentAgainAndNotTakenTwice() {
        start();
        server.ready.add(new Reply(200, FINE));
        server.ready.add(new Reply(500, "down"));
        List<SinkRecord> delivery = records(0, 0, 8);
        assertThrows(RetriableException.class, () -> task.put(delivery));
        assertTrue(context.timeout > 0 && context.timeout <= 1000);
        assertEquals(3, committed(ZERO, 0));
        // Connect delivers the same records when it has waited, or earlier
        RetriableException early = assertThrows(RetriableException.class, () -> task.put(delivery));
        assertTrue(early.getMessage().contains("500"), early.getMessage());
        clock.now = clock.now.plusMillis(1000);
        task.put(delivery);
        assertEquals("0 3 6 [3, 4, 5]", server.frame(1));
        assertEquals("0 3 6 [3, 4, 5]", server.frame(2));
        assertEquals("0 6 8 [6, 7]", server.frame(3));
        assertEquals(4, server.frames.size());
        assertEquals(8, committed(ZERO, 8));
        // the delivery after it is a new one
        task.put(records(0, 8, 9));
        assertEquals("0 8 9 [8]", server.frame(4));
    }

    @Test
    void retriesEnd() {
        start();
        for (int i = 0; i < 3; i++) {
            server.ready.add(new Reply(500, "{\"statusString\":\"disk\"}"));
        }
        for (int i = 0; i < 2; i++) {
            assertThrows(RetriableException.class, () -> task.put(records(0, 0, 1)));
            clock.now = clock.now.plusMillis(1000);
        }
        ConnectException end =
                assertThrows(ConnectException.class, () -> task.put(records(0, 0, 1)));
        assertTrue(end.getMessage().contains("given up after 3 tries"), end.getMessage());
        assertTrue(end.getMessage().contains("disk"), end.getMessage());
    }

    @Test
    void aFullServerAFrozenProjectAndOneThatIsGoneAreWaitedFor() {
        start();
        for (int i = 0; i < 20; i++) {
            server.ready.add(new Reply(new int[] {503, 429, 409, 400}[i % 4],
                    "{\"statusString\":\"" + (i % 4 == 3 ? "Cannot Find SYMETRYML id[p]"
                            : "project p is frozen") + "\"}"));
            assertThrows(RetriableException.class, () -> task.put(records(0, 0, 1)));
            clock.now = clock.now.plusMillis(1000);
        }
        task.put(records(0, 0, 1));
        assertEquals(1, committed(ZERO, 1));
    }

    @Test
    void whatAnotherTryCannotMendFailsTheTask() {
        start();
        for (int status : new int[] {400, 401, 403, 409, 413}) {
            server.ready.add(new Reply(status, "{\"statusString\":\"never\"}"));
            ConnectException fault =
                    assertThrows(ConnectException.class, () -> task.put(records(0, 0, 1)));
            assertTrue(fault.getMessage().contains(status + ", never"), fault.getMessage());
            assertEquals(ConnectException.class, fault.getClass());
        }
    }

    @Test
    void theConsumerIsSentBackToWhereTheServerStands() {
        start();
        server.ready.add(at(409, false, 4));
        task.put(records(0, 10, 17));
        assertEquals(1, server.frames.size());
        assertEquals(Map.of(ZERO, 4L), context.sought);
        assertEquals(-1, committed(ZERO, 17));
        // records between 4 and 6 are gone (compacted): from says that nothing is missing
        task.put(records(0, 6, 8));
        assertEquals("0 4 8 [6, 7]", server.frame(1));
        assertEquals(8, committed(ZERO, 8));
    }

    @Test
    void theConsumerIsSentOnWhenTheServerIsAhead() {
        start();
        server.ready.add(at(200, true, 500));
        task.put(records(0, 10, 12));
        assertEquals(Map.of(ZERO, 500L), context.sought);
        task.put(records(0, 500, 501));
        assertEquals("0 500 501 [500]", server.frame(1));
    }

    @Test
    void aTopicThatEndsBeforeThatWasMadeAnew() {
        start();
        server.ready.add(at(200, true, 500));
        task.put(records(0, 0, 2));
        ConnectException fault =
                assertThrows(ConnectException.class, () -> task.put(records(0, 0, 2)));
        assertTrue(fault.getMessage().contains("t-0 ends before offset 500"), fault.getMessage());
        assertTrue(fault.getMessage().contains("made anew"), fault.getMessage());
        assertEquals(-1, committed(ZERO, 2));
    }

    @Test
    void anOlderEpochIsNoGap() {
        start("sml.source.epoch", "3");
        server.ready.add(at(409, false, 10));
        assertThrows(ConnectException.class, () -> task.put(records(0, 10, 12)));
        assertEquals(3L, Json.member(server.frames.get(0), "source", "epoch"));
        assertEquals(Map.of(), context.sought);
    }

    @Test
    void offsetsOfRecordsThatNeverCameAreCommittedWhenNothingIsOpen() {
        start();
        assertEquals(7, committed(ZERO, 7)); // a transformation left out all of them
        task.put(records(0, 7, 9));
        assertEquals(20, committed(ZERO, 20));
        server.ready.add(new Reply(503, ""));
        assertThrows(RetriableException.class, () -> task.put(records(0, 20, 21)));
        assertEquals(9, committed(ZERO, 21));
    }

    @Test
    void partitionsGivenAwayAreForgotten() {
        start();
        task.put(records(0, 0, 2));
        task.close(List.of(ZERO));
        task.put(records(0, 2, 3));
        assertEquals(1, server.frames.size());
        task.open(List.of(ZERO));
        task.put(records(0, 5, 6));
        assertEquals("0 5 6 [5]", server.frame(1));
    }

    @Test
    void rowsBeforeABadRecordAreLearned() {
        start("behavior.on.malformed.documents", "fail");
        List<SinkRecord> delivery = records(0, 0, 2);
        delivery.add(new SinkRecord("t", 0, null, null, null, List.of(1), 2));
        DataException fault = assertThrows(DataException.class, () -> task.put(delivery));
        assertTrue(fault.getMessage().contains("t-0 offset 2"), fault.getMessage());
        assertEquals("0 0 2 [0, 1]", server.frame(0));
        assertEquals(2, committed(ZERO, 0));
    }

    @Test
    void badRecordsAreSkipped() {
        start("behavior.on.malformed.documents", "warn");
        List<SinkRecord> delivery = records(0, 0, 2);
        delivery.add(1, new SinkRecord("t", 0, null, null, null, "text", 0));
        delivery.remove(0);
        task.put(delivery);
        assertEquals("0 0 2 [1]", server.frame(0));
        assertEquals(2, committed(ZERO, 2));
    }

    @Test
    void aProjectIsMadeUnlessItMustExist() {
        Reply missing = new Reply(400, "{\"statusString\":\"Cannot Find SYMETRYML id[p]\"}");
        server.info = missing;
        start("sml.create.project.params", "enableHistogram=true,a=b c");
        assertTrue(server.calls.contains("POST /symetry/rest/c1/projects?pid=p&type=cpu"
                + "&persist=true&enableHistogram=true"), server.calls.toString());
        server.info = missing;
        ConnectException fault = assertThrows(ConnectException.class,
                () -> start("sml.project.must.preexist", "true"));
        assertTrue(fault.getMessage().contains("no project p"), fault.getMessage());
    }

    @Test
    void aServerThatIsAwayAtTheStartIsTriedAgain() {
        server.info = new Reply(503, "");
        start();
        assertThrows(RetriableException.class, () -> task.put(List.of()));
        server.info = new Reply(200, FINE);
        clock.now = clock.now.plusMillis(1000);
        task.put(records(0, 0, 1));
        assertEquals("0 0 1 [0]", server.frame(0));
    }

    @Test
    void answersHaveALimit() {
        start("http.client.response.buffer.size", "100");
        server.ready.add(new Reply(200, "x".repeat(1000)));
        RetriableException fault =
                assertThrows(RetriableException.class, () -> task.put(records(0, 0, 1)));
        assertTrue(fault.getMessage().contains("longer than 100 bytes"), fault.getMessage());
    }
}

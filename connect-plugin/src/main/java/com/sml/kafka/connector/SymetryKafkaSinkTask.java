// SPDX-License-Identifier: Apache-2.0
package com.sml.kafka.connector;

import java.time.Clock;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.sink.ErrantRecordReporter;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One task: the records of its partitions become frames that a server learns.
 *
 * <p>Every delivery of records is sent before put() returns, so that nothing waits between two of
 * them. When a call fails and may succeed later, put() throws a RetriableException after asking for
 * the delay: Connect keeps the task in its group meanwhile and delivers the same records again.
 * Rows that were taken already wait in their lanes and are sent as they are; their records are
 * passed over.
 *
 * <p>The server says where it stands. When that is not where a lane does, the consumer is sent
 * there, and what is committed is never beyond what the server has. A consumer that then comes up
 * with an offset below the one asked for reads a topic that ends before it, so one that was made
 * anew.
 *
 * <p>Connect calls all methods on the task's one thread.
 */
public final class SymetryKafkaSinkTask extends SinkTask {
    private static final Logger LOG = LoggerFactory.getLogger(SymetryKafkaSinkTask.class);
    private static final int TOLD_AT_FIRST = 20; // skipped records; then each thousandth is logged

    private final Clock clock;
    private final Map<TopicPartition, Lane> lanes = new LinkedHashMap<>();
    private SinkConfig config;
    private String name; // of the connector and the task, for the log
    private String project;
    private Server server;
    private Backoff backoff;
    private Attributes attributes;
    private boolean ready; // the project is there
    private boolean again; // the delivery is one that was not finished
    private long retryAt;
    private String waitsFor;
    private long skipped;
    private long leftOut; // cells
    private String leftOutWhy = "";

    /** For Connect. */
    public SymetryKafkaSinkTask() {
        this(Clock.systemUTC());
    }

    SymetryKafkaSinkTask(Clock clock) {
        this.clock = clock;
    }

    @Override
    public String version() {
        return SymetryKafkaSinkConnector.Version.TEXT;
    }

    /**
     * A server that is not reached now is tried again in put(); what it refuses fails the task at
     * once.
     */
    @Override
    public void start(Map<String, String> properties) {
        config = SinkConfig.of(properties);
        name = config.name() + "-" + config.taskNumber();
        project = config.target().project();
        server = new Server(config.target(), config.manner());
        backoff = config.backoff(() -> ThreadLocalRandom.current().nextDouble());
        attributes = new Attributes(config.types());
        try {
            ensureProject();
        } catch (ServerException fault) {
            postpone(fault);
        }
    }

    @Override
    public void open(Collection<TopicPartition> partitions) {
        for (TopicPartition partition : partitions) {
            lanes.put(partition, new Lane(partition, config.chunk()));
        }
    }

    @Override
    public void close(Collection<TopicPartition> partitions) {
        partitions.forEach(lanes::remove);
    }

    @Override
    public void stop() {
        lanes.clear();
    }

    @Override
    public void put(Collection<SinkRecord> records) {
        if (clock.millis() < retryAt) {
            throw retry();
        }
        try {
            ensureProject();
            for (SinkRecord record : records) {
                take(record);
            }
            flushAll();
        } catch (ServerException fault) {
            again = true;
            postpone(fault);
            throw retry();
        }
        again = false;
        lanes.values().forEach(Lane::delivered);
    }

    /**
     * What the server has, or has been skipped. Connect's own offsets also count records that never
     * came here (a transformation or a converter left them out): they are taken where nothing else
     * is open.
     */
    @Override
    public Map<TopicPartition, OffsetAndMetadata> preCommit(
            Map<TopicPartition, OffsetAndMetadata> delivered) {
        Map<TopicPartition, OffsetAndMetadata> kept = new HashMap<>();
        for (Lane lane : lanes.values()) {
            OffsetAndMetadata seen = delivered.get(lane.partition());
            boolean open = again || lane.count() > 0 || lane.asked() >= 0;
            if (seen != null && !open && seen.offset() > lane.kept()) {
                kept.put(lane.partition(), seen);
            } else if (lane.kept() >= 0) {
                kept.put(lane.partition(), new OffsetAndMetadata(lane.kept()));
            }
        }
        return kept;
    }

    // --- trying again

    /** Says when the next try is to be; there is none where it would not help. */
    private void postpone(ServerException fault) {
        boolean answered = switch (fault.kind()) {
            case UNAVAILABLE -> false;
            case BUSY, NO_PROJECT -> true;
            case GAP, CONFLICT, REFUSED -> throw new ConnectException(fault.getMessage(), fault);
        };
        if (backoff.failed(answered)) {
            throw new ConnectException(
                    "given up after " + backoff.tries() + " tries: " + fault.getMessage(), fault);
        }
        long wait = backoff.delay();
        retryAt = clock.millis() + wait;
        waitsFor = fault.getMessage();
        LOG.warn("{}: {}; next try in {} ms", name, waitsFor, wait);
    }

    private RetriableException retry() {
        context.timeout(Math.max(1, retryAt - clock.millis()));
        return new RetriableException(waitsFor);
    }

    /** Makes the project unless it is there or has to be, and asks for its row filter. */
    private void ensureProject() throws ServerException {
        if (ready) {
            return;
        }
        try {
            attributes.filter(server.filter());
        } catch (ServerException fault) {
            if (fault.kind() != ServerException.Kind.NO_PROJECT) {
                throw fault;
            }
            if (config.mustPreexist()) {
                throw new ConnectException("there is no project " + project
                        + " and sml.project.must.preexist is true", fault);
            }
            server.create(config.projectType(), config.persist(), config.projectParams());
            // made a moment ago, maybe by another task with other parameters
            attributes.filter(server.filter());
        }
        ready = true;
        backoff.succeeded();
    }

    // --- taking records

    private void take(SinkRecord record) throws ServerException {
        Lane lane = lanes.get(new TopicPartition(record.originalTopic(),
                record.originalKafkaPartition()));
        long offset = record.originalKafkaOffset();
        if (lane == null || lane.isLeft() || again && offset < lane.next()) {
            return;
        }
        if (lane.asked() >= 0 && offset < lane.asked()) {
            throw new ConnectException(lane.partition() + " ends before offset " + lane.asked()
                    + ", up to which the server has learned it: the topic was made anew; a higher "
                    + "sml.source.epoch takes it from its beginning");
        }
        lane.arrived();
        if (offset < lane.next() || lane.from() < 0) { // the first record, or an earlier one again
            flush(lane);
            lane.begin(offset);
        }
        if (record.value() != null) {
            takeValue(lane, record, offset);
        }
        if (!lane.isLeft()) {
            lane.passed(offset);
        }
    }

    private void takeValue(Lane lane, SinkRecord record, long offset) throws ServerException {
        try {
            List<Column> columns = columns(record);
            if (lane.columns() != columns || lane.isFull()) {
                flush(lane);
                if (lane.isLeft()) {
                    return;
                }
                lane.bind(columns);
            }
            lane.add(offset, record.value());
        } catch (DataException fault) {
            malformed(lane, record, offset, fault);
        }
    }

    private List<Column> columns(SinkRecord record) {
        Object value = record.value();
        Schema schema = record.valueSchema();
        if (value instanceof Struct struct) {
            return attributes.of(struct.schema());
        }
        if (value instanceof Map<?, ?> map && schema == null) {
            return attributes.of(map);
        }
        throw new DataException("the value is no record with fields, but "
                + (schema == null ? value.getClass().getSimpleName() : schema.type().getName()));
    }

    /** What behavior.on.malformed.documents says about a record that cannot be read. */
    private void malformed(Lane lane, SinkRecord record, long offset, DataException why)
            throws ServerException {
        String where = lane.partition() + " offset " + offset;
        SinkConfig.Malformed manner = config.malformed();
        if (manner == SinkConfig.Malformed.FAIL) {
            flushAll(); // the rows before it are learned
            throw new DataException(where + ": " + why.getMessage(), why);
        }
        boolean tell = skipped < TOLD_AT_FIRST || skipped % 1000 == 0;
        if (manner == SinkConfig.Malformed.WARN && tell) {
            LOG.warn("{}: {} is skipped: {} ({} so far)", name, where, why.getMessage(),
                    skipped + 1);
        }
        skipped++;
        ErrantRecordReporter reporter = context.errantRecordReporter();
        if (reporter != null && config.tolerant()) {
            reporter.report(record, why); // Connect waits for it before it commits
        }
    }

    // --- sending

    private void flushAll() throws ServerException {
        for (Lane lane : lanes.values()) {
            flush(lane);
        }
    }

    private void flush(Lane lane) throws ServerException {
        if (lane.count() == 0) {
            if (lane.next() > lane.from()) {
                lane.skipped();
            }
            return;
        }
        Server.Learned learned;
        try {
            learned = server.learn(lane.frame(config.name(), config.epoch()));
        } catch (ServerException refusal) {
            if (refusal.kind() != ServerException.Kind.GAP) {
                throw refusal;
            }
            if (refusal.position() >= lane.from()) { // not of a gap: of an older epoch, say
                throw new ConnectException(refusal.getMessage(), refusal);
            }
            follow(lane, refusal.position());
            return;
        }
        backoff.succeeded();
        if (learned.repeat() && learned.position() > lane.next()) {
            follow(lane, learned.position());
            return;
        }
        leftOut(lane, lane.badCells(), lane.badWhy());
        leftOut(lane, learned.rejectedCells(), learned.firstRejected());
        lane.settled();
    }

    private void follow(Lane lane, long position) {
        LOG.info("{}: {} goes on at offset {}, where the server stands", name, lane.partition(),
                position);
        context.offset(lane.partition(), position);
        lane.follow(position);
    }

    /** Cells that do not fit their columns: the rows count without them. */
    private void leftOut(Lane lane, long cells, String why) {
        long before = leftOut;
        if (cells == 0) {
            return;
        }
        leftOut += cells;
        if (!leftOutWhy.equals(why) || before / 1000 != leftOut / 1000) {
            LOG.warn("{}: {}: {} cells are left out: {} ({} so far)", name, lane.partition(),
                    cells, why, leftOut);
        }
        leftOutWhy = why;
    }
}

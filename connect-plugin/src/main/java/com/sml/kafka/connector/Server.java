// SPDX-License-Identifier: Apache-2.0
package com.sml.kafka.connector;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The API of a server as one customer: each call is signed afresh, since the date is part of the
 * signature, over a connection that is kept alive. Nothing is tried again here: that is for the
 * task, which knows who else waits.
 */
final class Server {
    private static final Logger LOG = LoggerFactory.getLogger(Server.class);
    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final int LOGGED_BODY = 200;
    private static final byte[] NOTHING = new byte[0];

    /** What a server says about rows that it was given. */
    record Learned(boolean repeat, long position, long rejectedCells, String firstRejected) {
    }

    /** How calls are made and logged. */
    record Manner(long timeoutMs, int maxAnswer, boolean logCalls, boolean logSignature,
            boolean logBody) {
    }

    private record Answer(int status, byte[] body) {
    }

    private final HttpClient client;
    private final SinkConfig.Target target;
    private final Manner manner;
    private final Signature signature;
    private final String root; // http://host:port
    private final String base; // /symetry/rest/CUSTOMER

    Server(SinkConfig.Target target, Manner manner) {
        this.target = target;
        this.manner = manner;
        this.signature = new Signature(target.customer(), target.secret());
        int path = target.url().indexOf('/', target.url().indexOf("://") + 3);
        this.root = path < 0 ? target.url() : target.url().substring(0, path);
        this.base = (path < 0 ? "" : target.url().substring(path)) + "/" + target.customer();
        this.client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECT).followRedirects(HttpClient.Redirect.NEVER).build();
    }

    /**
     * The row filter of the project, "" where it has none.
     *
     * @throws ServerException NO_PROJECT among others
     */
    String filter() throws ServerException {
        Object info = call("GET", "/projects/" + target.project() + "/info", "", NOTHING);
        Object filter = Json.member(info, "values", "smlInfo", "params",
                "sml_project_predicate_row_filter");
        return filter instanceof String text ? text : "";
    }

    /** Makes the project. That it is there already is fine: another task was faster. */
    void create(String type, boolean persist, Map<String, String> params) throws ServerException {
        StringBuilder query = new StringBuilder("pid=").append(escaped(target.project()));
        StringBuilder body = new StringBuilder("{");
        query.append("&type=").append(escaped(type)).append("&persist=").append(persist);
        for (Map.Entry<String, String> param : params.entrySet()) {
            if (param.getKey().equals("enableHistogram")) {
                query.append("&enableHistogram=").append(escaped(param.getValue()));
                continue;
            }
            body.append(body.length() > 1 ? "," : "");
            Json.write(body, param.getKey());
            Json.write(body.append(':'), param.getValue());
        }
        try {
            call("POST", "/projects", query.toString(),
                    body.append('}').toString().getBytes(StandardCharsets.UTF_8));
        } catch (ServerException refusal) {
            if (refusal.kind() != ServerException.Kind.CONFLICT) {
                throw refusal;
            }
        }
    }

    /** Has a frame learned. */
    Learned learn(byte[] frame) throws ServerException {
        Object answer = call("POST", "/projects/" + target.project() + "/learn", "", frame);
        Object why = Json.member(answer, "values", "firstRejected");
        return new Learned(Boolean.TRUE.equals(Json.member(answer, "values", "repeat")),
                whole(answer, "position", -1), whole(answer, "rejectedCells", 0),
                why instanceof String text ? text : "");
    }

    private static long whole(Object answer, String name, long otherwise) {
        return Json.member(answer, "values", name) instanceof Long number ? number : otherwise;
    }

    /** Path is below the customer's, not escaped; the answer is read JSON. */
    private Object call(String verb, String path, String query, byte[] body)
            throws ServerException {
        String what = verb + " " + path;
        String date = Signature.date(Instant.now());
        String signed = signature.of(verb, date, body, base + path, query);
        Answer answer = send(request(verb, base + path, query, body, date, signed), what);
        if (manner.logCalls()) {
            log(what, query, signed, body, answer.status());
        }
        String text = new String(answer.body(), StandardCharsets.UTF_8);
        if (answer.status() < 200 || answer.status() > 299) {
            throw refusal(what, answer.status(), text);
        }
        try {
            return Json.read(text);
        } catch (IllegalArgumentException fault) {
            throw new ServerException(ServerException.Kind.UNAVAILABLE,
                    what + ": the server's answer is " + fault.getMessage(), fault);
        }
    }

    private HttpRequest request(String verb, String path, String query, byte[] body, String date,
            String signed) {
        String uri = root + escapedPath(path) + (query.isEmpty() ? "" : "?" + query);
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(uri))
                .method(verb, body.length == 0 ? HttpRequest.BodyPublishers.noBody()
                        : HttpRequest.BodyPublishers.ofByteArray(body))
                .header("Accept", "application/json").header("Authorization", signed)
                .header("sym-date", date).header("sym-version", "6.3")
                .header("sym-client", "weir-connect");
        if (target.customer().chars().allMatch(c -> c > ' ' && c < 127)) {
            request.header("Customer-ID", target.customer()); // the one in the path is what counts
        }
        if (body.length > 0) {
            request.header("Content-Type", "application/json");
            request.header("Content-MD5", Signature.md5(body));
        }
        return request.build();
    }

    /**
     * The time limit is for the whole call: the client's own ends with the first byte of the
     * answer.
     */
    private Answer send(HttpRequest request, String what) throws ServerException {
        CompletableFuture<HttpResponse<byte[]>> reply =
                client.sendAsync(request, info -> new Collector(manner.maxAnswer()));
        String why;
        Throwable cause;
        try {
            HttpResponse<byte[]> response = reply.get(manner.timeoutMs(), TimeUnit.MILLISECONDS);
            return new Answer(response.statusCode(), response.body());
        } catch (ExecutionException fault) {
            cause = fault.getCause();
            why = cause.getMessage() != null ? cause.getMessage()
                    : cause.getClass().getSimpleName();
        } catch (TimeoutException fault) {
            cause = fault;
            why = "no answer within " + manner.timeoutMs() + " ms";
        } catch (InterruptedException fault) {
            Thread.currentThread().interrupt();
            cause = fault;
            why = "interrupted";
        }
        reply.cancel(true);
        throw new ServerException(ServerException.Kind.UNAVAILABLE,
                what + " at " + root + ": " + why, cause);
    }

    private static ServerException refusal(String what, int status, String body) {
        Object answer = null;
        try {
            answer = Json.read(body);
        } catch (IllegalArgumentException fault) {
            LOG.debug("{}: an answer {} that is {}", what, status, fault.getMessage());
        }
        String reason = Json.member(answer, "statusString") instanceof String text ? text
                : "no reason given";
        long position = whole(answer, "position", -1);
        return new ServerException(kind(status, reason, position),
                what + ": the server answers " + status + ", " + reason, position);
    }

    private static ServerException.Kind kind(int status, String reason, long position) {
        if (status == 404 || reason.contains("Cannot Find SYMETRYML")) {
            return ServerException.Kind.NO_PROJECT;
        }
        if (status == 409 && position >= 0) {
            return ServerException.Kind.GAP;
        }
        if (status == 429 || status == 503 || status == 409 && reason.contains(" is frozen")) {
            return ServerException.Kind.BUSY;
        }
        if (status == 408 || status >= 500) {
            return ServerException.Kind.UNAVAILABLE;
        }
        return status == 409 ? ServerException.Kind.CONFLICT : ServerException.Kind.REFUSED;
    }

    private void log(String what, String query, String signed, byte[] body, int status) {
        int shown = manner.logBody() ? body.length : Math.min(body.length, LOGGED_BODY);
        LOG.info("{}{}: {}{}{}", what, query.isEmpty() ? "" : "?" + query, status,
                manner.logSignature() ? ", signature " + signed : "",
                shown == 0 ? "" : ", body " + new String(body, 0, shown, StandardCharsets.UTF_8));
    }

    private static String escaped(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static String escapedPath(String path) {
        StringBuilder out = new StringBuilder();
        for (byte b : path.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xff);
            boolean plain = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
                    || "-._~/:@!$&'()*+,;=".indexOf(c) >= 0;
            out.append(plain ? String.valueOf(c) : String.format("%%%02X", (int) c));
        }
        return out.toString();
    }

    /** Gathers an answer of at most so many bytes. */
    private static final class Collector implements HttpResponse.BodySubscriber<byte[]> {
        private final CompletableFuture<byte[]> all = new CompletableFuture<>();
        private final List<ByteBuffer> pieces = new ArrayList<>();
        private final int most;
        private int size;
        private Flow.Subscription subscription;

        Collector(int most) {
            this.most = most;
        }

        @Override
        public CompletionStage<byte[]> getBody() {
            return all;
        }

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription = given;
            given.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(List<ByteBuffer> more) {
            for (ByteBuffer piece : more) {
                if (piece.remaining() > most - size) {
                    subscription.cancel();
                    all.completeExceptionally(
                            new IOException("the answer is longer than " + most + " bytes"));
                    return;
                }
                size += piece.remaining();
                pieces.add(piece);
            }
        }

        @Override
        public void onError(Throwable fault) {
            all.completeExceptionally(fault);
        }

        @Override
        public void onComplete() {
            ByteBuffer whole = ByteBuffer.allocate(size);
            pieces.forEach(whole::put);
            all.complete(whole.array());
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package com.sml.kafka.connector;

import java.util.function.DoubleSupplier;

/**
 * How long to wait before the next try, and when to give up.
 *
 * <p>Delays have full jitter: min(floor(base * 2^tries * u), max) milliseconds, tries from 0 and u
 * uniform in [0, 1). A server that gives no answer is tried again as often as is configured. One
 * that answers, but is full, or whose project is frozen or gone, is waited for as long as that
 * lasts: its owner knows of it, and starting the task again would not help.
 */
final class Backoff {
    private final long base;
    private final long max;
    private final long retries;
    private final DoubleSupplier random;
    private int tries;
    private int unanswered; // in a row

    Backoff(long base, long max, long retries, DoubleSupplier random) {
        this.base = base;
        this.max = max;
        this.retries = retries;
        this.random = random;
    }

    /** Tries that have failed since the last success. */
    int tries() {
        return tries;
    }

    void succeeded() {
        tries = 0;
        unanswered = 0;
    }

    /** Counts a failed try; true when there is to be no other. */
    boolean failed(boolean answered) {
        unanswered = answered ? 0 : unanswered + 1;
        tries++;
        return unanswered > retries;
    }

    /** The milliseconds to wait after the last failed try. */
    long delay() {
        double wait = Math.floor(base * Math.pow(2, tries - 1) * random.getAsDouble());
        return (long) Math.min(wait, max);
    }
}

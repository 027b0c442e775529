// SPDX-License-Identifier: Apache-2.0
package com.sml.kafka.connector;

/** A call to the server that did not succeed, and whether the same call may succeed later. */
final class ServerException extends Exception {
    private static final long serialVersionUID = 1;

    /** What is to be done about it. */
    enum Kind {
        /** No answer, or one of a server in trouble: try again a few times. */
        UNAVAILABLE,
        /** The server is full, or the project is frozen: wait for as long as that lasts. */
        BUSY,
        /** Rows before these are missing: go back to position(). */
        GAP,
        /** There is no such project. */
        NO_PROJECT,
        /** It exists already. */
        CONFLICT,
        /** Trying again would not help. */
        REFUSED
    }

    private final Kind kind;
    private final long position;

    ServerException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
        this.position = -1;
    }

    ServerException(Kind kind, String message, long position) {
        super(message);
        this.kind = kind;
        this.position = position;
    }

    Kind kind() {
        return kind;
    }

    /** Where the server stands in the partition; -1 where it did not say. */
    long position() {
        return position;
    }
}

// SPDX-License-Identifier: Apache-2.0
package com.sml.kafka.connector;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.SinkConnector;

/**
 * Learns the records of topics in projects of a server that speaks the SymetryML API, each record
 * once: the offsets go with the rows, and the server keeps them in the transaction that keeps the
 * rows.
 */
public final class SymetryKafkaSinkConnector extends SinkConnector {
    private Map<String, String> given;

    /** For Connect. */
    public SymetryKafkaSinkConnector() {
    }

    @Override
    public String version() {
        return Version.TEXT;
    }

    @Override
    public void start(Map<String, String> properties) {
        SinkConfig.of(properties);
        given = Map.copyOf(properties);
    }

    @Override
    public Class<? extends Task> taskClass() {
        return SymetryKafkaSinkTask.class;
    }

    @Override
    public List<Map<String, String>> taskConfigs(int count) {
        return SinkConfig.tasks(given, count);
    }

    @Override
    public void stop() {
        given = null;
    }

    @Override
    public ConfigDef config() {
        return SinkKeys.TABLE;
    }

    @Override
    public Config validate(Map<String, String> properties) {
        return new Config(SinkKeys.validate(properties));
    }

    /** The version of the build, from a file beside the classes. */
    static final class Version {
        static final String TEXT = read();

        private Version() {
        }

        private static String read() {
            Properties properties = new Properties();
            Class<?> self = SymetryKafkaSinkConnector.class;
            try (InputStream in = self.getResourceAsStream("plugin.properties")) {
                properties.load(in);
            } catch (IOException fault) {
                throw new ConnectException("the plug-in's own plugin.properties is not readable",
                        fault);
            }
            return properties.getProperty("version");
        }
    }
}

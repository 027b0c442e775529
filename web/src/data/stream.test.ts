/* SPDX-License-Identifier: Apache-2.0 */
import { describe, expect, it } from "vitest";
import { NEW_STREAM, streamInfo, streamProblem, topicOf } from "./stream";

const filled = {
  ...NEW_STREAM,
  name: " s1 ",
  bootstrap: "h:9092",
  registry: "http://h:8081",
  topic: "rows",
};

describe("a stream", () => {
  it("is sent without what was left alone", () => {
    expect(streamInfo(filled)).toEqual({
      name: "s1",
      type: "kafka",
      info: {
        "bootstrap.servers": "h:9092",
        "schema.registry.url": "http://h:8081",
        "kafka.topic": "rows",
      },
    });
  });
  it("is sent with what was chosen", () => {
    const { info } = streamInfo({
      ...filled,
      registry: "",
      format: "json",
      persistSeconds: "-1",
      options: "kafka.partitions=0,2\nsml.kafka.security.protocol=SASL_SSL",
    });
    expect(info).toEqual({
      "bootstrap.servers": "h:9092",
      "kafka.topic": "rows",
      "data.format": "json",
      kafka_stream_time_between_persist: "-1",
      "kafka.partitions": "0,2",
      "sml.kafka.security.protocol": "SASL_SSL",
    });
  });
  it.each([
    [filled, "create", undefined],
    [{ ...filled, name: "" }, "create", "A stream needs a name."],
    [{ ...filled, name: "" }, "preview", undefined],
    [{ ...filled, bootstrap: " " }, "browse", "Say where the brokers are: host:port."],
    [{ ...filled, topic: "", registry: "" }, "browse", undefined],
    [{ ...filled, topic: "" }, "preview", "Choose a topic."],
    [{ ...filled, registry: "" }, "preview", "Avro needs the address of a schema registry."],
    [{ ...filled, registry: "", format: "json" }, "create", undefined],
    [
      { ...filled, persistSeconds: "soon" },
      "create",
      "Seconds between snapshots are a whole number, or -1 for never.",
    ],
    [{ ...filled, options: "x" }, "create", "Write name=value, not x."],
  ] as const)("%j for %s: %s", (form, step, problem) => {
    expect(streamProblem(form, step)).toBe(problem);
  });
  it("names topics with their partitions", () => {
    expect(topicOf("a:b:3")).toEqual({ name: "a:b", partitions: 3 });
    expect(topicOf("plain")).toEqual({ name: "plain", partitions: 0 });
  });
});

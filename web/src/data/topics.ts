/* topics.ts: which topic to show first.
 *
 * SPDX-License-Identifier: Apache-2.0
 */

/* A topic of scores, going by the names such topics usually have. */
export function likelyTopic(topics: readonly string[], pid: string): string | undefined {
  const scores = topics.filter((topic) => /pred|score|anomal/i.test(topic));
  return scores.find((topic) => topic.startsWith(pid)) ?? scores[0] ?? topics[0];
}

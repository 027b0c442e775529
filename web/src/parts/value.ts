/* value.ts: a value that screens can watch.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import { useEffect, useState } from "preact/hooks";

export class Value<T> {
  private readonly watchers = new Set<(value: T) => void>();
  constructor(private current: T) {}
  get(): T {
    return this.current;
  }
  set(next: T): void {
    if (Object.is(next, this.current)) return;
    this.current = next;
    for (const watcher of [...this.watchers]) watcher(next);
  }
  watch(watcher: (value: T) => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }
}

export function useValue<T>(value: Value<T>): T {
  const [seen, see] = useState(value.get());
  useEffect(() => {
    see(value.get());
    return value.watch((next) => see(next));
  }, [value]);
  return seen;
}

/* lazy.tsx: screens that are fetched when they are first opened, so that the first page stays small.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Failure } from "./parts";

export function lazy<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  let known: ComponentType<P> | undefined;
  return function Lazy(props: P) {
    const [Loaded, setLoaded] = useState<ComponentType<P> | undefined>(() => known);
    const [failed, setFailed] = useState(false);
    useEffect(() => {
      let wanted = true;
      if (known) return;
      load()
        .then((component) => {
          known = component;
          if (wanted) setLoaded(() => component);
        })
        .catch(() => wanted && setFailed(true));
      return () => {
        wanted = false;
      };
    }, []);
    if (failed)
      return <Failure text="This part of the page could not be fetched. Reload the page." />;
    return Loaded ? <Loaded {...props} /> : null;
  };
}

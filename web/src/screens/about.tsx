/* about.tsx: what this is, and whose data and work it uses.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import { useEffect, useState } from "preact/hooks";

export function About() {
  const [version, setVersion] = useState("");
  useEffect(() => {
    fetch("/healthz", { cache: "no-store" })
      .then((response) => response.json())
      .then((health: { version?: string }) => setVersion(health.version ?? ""))
      .catch(() => setVersion(""));
  }, []);
  return (
    <div class="page prose">
      <h1>About weir {version}</h1>
      <p>
        weir watches Kafka topics and keeps, for each project, a small summary of everything that
        has flowed past. Any statistic, any model and any anomaly detector is made from that summary
        at any moment, without reading a row again.
      </p>
      <h2>The demo’s data</h2>
      <p>
        Statlog (Shuttle), UCI Machine Learning Repository, licensed under the Creative Commons
        Attribution 4.0 International licence (CC BY 4.0), <code>doi:10.24432/C5WS31</code>. The
        demo uses the form common for anomaly detection: 49 097 rows of nine sensors, in which class
        1 is normal, classes 2, 3, 5, 6 and 7 are the 3 511 outliers, and class 4 is left out.
      </p>
      <h2>Licences</h2>
      <p>
        weir is licensed under Apache-2.0. These pages use Preact (MIT), uPlot (MIT) and the
        typeface Inter (SIL Open Font License 1.1).
      </p>
    </div>
  );
}

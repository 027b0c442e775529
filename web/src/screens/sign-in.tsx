/* sign-in.tsx: the door. The secret goes to the server once and is not kept by the page.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { messageOf, session } from "../api/client";
import { Failure } from "../parts/parts";
import { Mark } from "./frame";

export function SignIn({ onSignedIn }: { onSignedIn: (id: string) => void }) {
  const [id, setId] = useState("");
  const [secret, setSecret] = useState("");
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | undefined>();
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setFailure(undefined);
    try {
      onSignedIn(await session.open(id.trim(), secret.trim()));
    } catch (error) {
      setFailure(messageOf(error));
      setBusy(false);
    }
  };
  return (
    <main class="sign-in">
      <form onSubmit={(event) => void submit(event)} aria-labelledby="sign-in-title">
        <h1 id="sign-in-title">
          <Mark /> weir
        </h1>
        <p class="muted">Live statistics and anomaly scores of your streams.</p>
        <label>
          User id
          <input
            ref={first}
            name="id"
            autocomplete="username"
            autocapitalize="off"
            spellcheck={false}
            required
            value={id}
            onInput={(event) => setId(event.currentTarget.value)}
          />
        </label>
        <label>
          Secret
          <input
            name="secret"
            type="password"
            autocomplete="current-password"
            required
            value={secret}
            onInput={(event) => setSecret(event.currentTarget.value)}
          />
        </label>
        <Failure text={failure} />
        <button class="primary" type="submit" disabled={busy}>
          {busy ? "Signing in…" : "Sign in"}
        </button>
        <p class="hint muted">
          <code>weir user add ID --data DIR</code> makes a user and prints the secret.
        </p>
      </form>
    </main>
  );
}

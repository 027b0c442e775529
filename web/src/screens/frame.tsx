/* frame.tsx: what stays around every screen: name, places, connection, user, theme.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import type { ComponentChildren } from "preact";
import { connection } from "../parts/poll";
import { link, route, type Place } from "../parts/route";
import { theme, toggleTheme } from "../parts/theme";
import { useValue } from "../parts/value";

/* Water running over an edge. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <path d="M3 8c4 0 5 3 9 3s5-3 9-3 5 3 8 3M3 23c4 0 5 3 9 3s5-3 9-3 5 3 8 3" opacity=".5" />
      <path d="M3 16h26" />
    </svg>
  );
}

interface FrameProps {
  id: string;
  onSignOut: () => void;
  children: ComponentChildren;
}

export function Frame({ id, onSignOut, children }: FrameProps) {
  const here = useValue(route).screen;
  const state = useValue(connection);
  const look = useValue(theme);
  const place = (screen: Place, title: string) => {
    const current = here === screen || (screen === "projects" && here === "project");
    return (
      <a href={link({ screen })} aria-current={current ? "page" : undefined}>
        {title}
      </a>
    );
  };
  return (
    <>
      <a class="skip" href="#main" onClick={skipToMain}>
        Skip to content
      </a>
      <header class="bar">
        <a class="brand" href={link({ screen: "projects" })}>
          <Mark /> weir
        </a>
        <nav aria-label="Places">
          {place("projects", "Projects")}
          {place("sources", "Data sources")}
          {place("encoders", "Encoders")}
          {place("tasks", "Tasks")}
          {place("jobs", "Jobs")}
          {place("about", "About")}
        </nav>
        <span class="grow" />
        <span class={`connection ${state}`} role="status">
          {state === "live" ? "Connected" : "Reconnecting…"}
        </span>
        <span class="user" title="Signed in as">
          {id}
        </span>
        <button
          type="button"
          class="quiet icon"
          aria-label={look === "dark" ? "Use the light theme" : "Use the dark theme"}
          onClick={toggleTheme}
        >
          {look === "dark" ? "☀" : "☾"}
        </button>
        <button type="button" class="quiet" onClick={onSignOut}>
          Sign out
        </button>
      </header>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
    </>
  );
}

/* The address belongs to the route, so the skip link moves the focus itself. */
function skipToMain(event: Event): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

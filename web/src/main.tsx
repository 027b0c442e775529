/* main.tsx: where the page begins: who is signed in, and which screen the address names.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
import { render } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { Client, onExpired, session } from "./api/client";
import { lazy } from "./parts/lazy";
import { route } from "./parts/route";
import { useValue } from "./parts/value";
import { Frame } from "./screens/frame";
import { Project } from "./screens/project";
import { Projects } from "./screens/projects";
import { SignIn } from "./screens/sign-in";
import "./parts/theme";
import "./style.css";

const Sources = lazy(() => import("./screens/sources").then(({ Sources }) => Sources));
const Encoders = lazy(() => import("./screens/encoders").then(({ Encoders }) => Encoders));
const Tasks = lazy(() => import("./screens/tasks").then(({ Tasks }) => Tasks));
const Jobs = lazy(() => import("./screens/jobs").then(({ Jobs }) => Jobs));
const About = lazy(() => import("./screens/about").then(({ About }) => About));

function Screen({ client }: { client: Client }) {
  const here = useValue(route);
  useEffect(() => {
    const name = here.screen === "project" ? here.pid : here.screen;
    document.title = `${name} · weir`;
  }, [here]);
  switch (here.screen) {
    case "projects":
      return <Projects client={client} />;
    case "project":
      return <Project key={here.pid} client={client} pid={here.pid} tab={here.tab} />;
    case "sources":
      return <Sources client={client} />;
    case "encoders":
      return <Encoders client={client} />;
    case "tasks":
      return <Tasks client={client} />;
    case "jobs":
      return <Jobs client={client} />;
    case "about":
      return <About />;
  }
}

type Who = { state: "asking" } | { state: "out" } | { state: "in"; id: string };

function App() {
  const [who, setWho] = useState<Who>({ state: "asking" });
  useEffect(() => {
    onExpired(() => setWho({ state: "out" }));
    session
      .current()
      .then((id) => setWho(id === undefined ? { state: "out" } : { state: "in", id }))
      .catch(() => setWho({ state: "out" }));
  }, []);
  const id = who.state === "in" ? who.id : undefined;
  const client = useMemo(() => (id === undefined ? undefined : new Client(id)), [id]);
  if (who.state === "asking") return null;
  if (!client || id === undefined) {
    return <SignIn onSignedIn={(signedIn) => setWho({ state: "in", id: signedIn })} />;
  }
  const signOut = () => {
    const out = () => setWho({ state: "out" });
    session.close().then(out, out);
  };
  return (
    <Frame id={id} onSignOut={signOut}>
      <Screen client={client} />
    </Frame>
  );
}

const root = document.getElementById("app");
if (root) render(<App />, root);

import { render } from "preact";
render(<p>weir</p>, document.getElementById("app") as HTMLElement);

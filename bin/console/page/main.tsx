import { render } from "preact";
import { App } from "./app.tsx";
import { connect } from "./store.ts";
import { applyTheme, storedTheme } from "./theme.ts";

applyTheme(storedTheme());

// The script runs in the head, before there is a body.
document.addEventListener("DOMContentLoaded", () => {
  connect();
  render(<App />, document.body);
});

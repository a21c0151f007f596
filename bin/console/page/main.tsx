import { render } from "preact";

render(<p>Starting …</p>, document.body);

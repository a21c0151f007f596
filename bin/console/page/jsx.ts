// Imported into each file: the functions that JSX is compiled to.
export { Fragment, h } from "preact";

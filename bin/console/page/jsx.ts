// The functions that JSX is compiled to; esbuild imports them into each file that uses them.
// biome-ignore lint/performance/noBarrelFile: esbuild injects the exports of a file
export { Fragment, h } from "preact";

import { App } from "aws-cdk-lib";
import { buildFunctions } from "../build/build-functions.ts";
import { createIntegStack } from "./stack.ts";
import { CONTEXT_KEY, type IntegStackProps } from "./stack-props.ts";

const app = new App();
// Bundles always match the sources.
await buildFunctions();
createIntegStack(app, JSON.parse(String(app.node.tryGetContext(CONTEXT_KEY))) as IntegStackProps);

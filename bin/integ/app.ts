import { App } from "aws-cdk-lib";
import { buildFunctions } from "../build/build-functions.ts";
import { CONTEXT_KEY, createIntegStack, type IntegStackProps } from "./stack.ts";

const app = new App();
// Bundles always match the sources.
await buildFunctions();
createIntegStack(app, JSON.parse(String(app.node.tryGetContext(CONTEXT_KEY))) as IntegStackProps);

import { chooseEvents } from "../../bin/replay/choose-events.ts";
import { putBack } from "../../bin/replay/put-back.ts";
import type { ChatEvent } from "../../events/chat-event.ts";
import { parseForwarding } from "../../events/forwarding.ts";
import { FORWARD, SDK_APP_ID } from "../app.ts";
import type { SimulatedAws } from "../aws.ts";
import type { VirtualClock } from "../clock.ts";
import type { History } from "../history.ts";
import type { Deployment } from "../lambda/deployment.ts";
import { formatLog } from "../lambda/format-log.ts";
import type { OperatorAction } from "../plan.ts";
import type { Random } from "../random.ts";
import type { Tencent } from "./tencent.ts";

/** What the operator works with. */
export interface OperatorDependencies {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly history: History;
  readonly aws: SimulatedAws;
  readonly tencent: Tencent;
  readonly deployment: Deployment;
}

/** Does what the runbook says. */
export class Operator {
  readonly #dependencies: OperatorDependencies;
  /** What was read from the log already, so that nothing is put back twice. */
  #replayedUntil = 0;

  constructor(dependencies: OperatorDependencies) {
    this.#dependencies = dependencies;
  }

  /** Does one thing, at its time. */
  async act({ kind, at, pause }: OperatorAction): Promise<void> {
    const { clock, history, aws, tencent, deployment } = this.#dependencies;
    const { secret } = aws;
    await clock.sleep(at);
    history.trace?.(`the operator ${kind}`);
    switch (kind) {
      case "rotates the token": {
        const token = this.#storeToken();
        await clock.sleep(pause);
        return tencent.saveToken(token);
      }
      case "revokes the token": {
        const token = this.#storeToken();
        await clock.sleep(pause);
        tencent.saveToken(token);
        // Once no callback with the old token is on its way, it is stored again, so that the old one is no longer the previous.
        await clock.sleep(3 * 60_000);
        secret.put(token);
        return this.#remember(token);
      }
      case "makes the previous token current again": {
        secret.moveBack();
        const { SecretString: token } = secret.get("AWSCURRENT");
        this.#remember(token);
        await clock.sleep(pause);
        return tencent.saveToken(token);
      }
      case "deploys":
        return deployment.deploy();
      case "starts relaying":
        return deployment.deploy("all");
      case "stops relaying":
        return deployment.deploy("none");
      case "deploys a broken configuration":
        return deployment.deployBroken(pause);
      case "deploys a broken configuration without a canary":
        return deployment.deployBroken(pause, 1);
      case "replays the log":
        return this.replay();
      case "moves dead letters back":
        return aws.moveDeadLettersBack();
    }
  }

  /** Puts back what only the log has, as `npm run replay -- --apply` does. */
  async replay(): Promise<void> {
    const { clock, random, history, aws } = this.#dependencies;
    const from = this.#replayedUntil;
    this.#replayedUntil = clock.now();
    const log = formatLog(history.environments, from, clock.now());
    const { events, skipped } = chooseEvents(log, {
      includesUnverified: true,
      sdkAppId: SDK_APP_ID,
      forwarding: parseForwarding(FORWARD),
    });
    for (const { reason } of skipped) history.operatorOutput.push(reason);
    // The events of requests have neither an account nor a reproducible id.
    const publish = async (event: ChatEvent) => aws.publish(event.account ? event : { ...event, id: random.uuid() });
    for await (const { problem } of putBack(events, publish)) {
      if (problem !== undefined) history.operatorOutput.push(problem);
    }
  }

  #storeToken(): string {
    const { random, aws } = this.#dependencies;
    const token = `token-${random.uuid()}`;
    aws.secret.put(token);
    this.#remember(token);
    return token;
  }

  #remember(value: string): void {
    const { clock, history } = this.#dependencies;
    history.tokens.push({ value, storedAt: clock.now() });
  }
}

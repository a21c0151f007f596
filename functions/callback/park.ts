import { toJson } from "../../events/json.ts";
import type { SqsPublisher } from "../destination/sqs.ts";
import type { Invocation, ParkedRequest } from "../invocation.ts";
import type { Unjudged } from "../judge-callback.ts";
import { explain, log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { hasDoubled, MinuteSum } from "../minute-sum.ts";
import type { Receipt } from "../receipt.ts";
import type { RecoveryLog } from "../recovery-log.ts";
import { STANDBY_UNTIL_MS } from "./deadlines.ts";
import { retryLate } from "./retry-late.ts";

/** Parked requests may be forged, and keeping them costs money: an environment parks no more than this a minute. */
const MAX_PARKED_PER_MINUTE = 300;

/** The dependencies of {@link Parking}. */
export interface ParkingDependencies {
  readonly standby: Pick<SqsPublisher, "send">;
  readonly recoveryLog: RecoveryLog;
  readonly metrics: Metrics;
}

/** Parks requests on the standby queue while the token is unreadable. */
export class Parking {
  readonly #standby: ParkingDependencies["standby"];
  readonly #recoveryLog: RecoveryLog;
  readonly #metrics: Metrics;
  readonly #requests = new MinuteSum();

  constructor({ standby, recoveryLog, metrics }: ParkingDependencies) {
    this.#standby = standby;
    this.#recoveryLog = recoveryLog;
    this.#metrics = metrics;
  }

  /**
   * Parks a request, as received. If the standby queue fails, the request is logged and retried for a while; not if a user is
   * waiting for the reply.
   */
  async park(
    invocation: Invocation,
    { request, problem, cause, isUserWaiting }: Unjudged,
    receipt: Receipt,
  ): Promise<void> {
    const { unixTime, monotonicTime } = receipt;
    const count = this.#requests.add(1, unixTime);
    if (hasDoubled(count)) this.#metrics.hurry();
    if (count > MAX_PARKED_PER_MINUTE) {
      this.#metrics.count("NotParked");
      return;
    }
    this.#metrics.count("Parked");
    log("ERROR", problem, { error: explain(cause) });
    const parked: ParkedRequest = { parkedRequest: invocation, receivedAt: unixTime };
    const message = toJson(parked);
    try {
      await this.#standby.send(message, monotonicTime + STANDBY_UNTIL_MS);
      return;
    } catch (error) {
      this.#recoveryLog.request(request, unixTime, error);
    }
    if (isUserWaiting) return;
    const attempt = (deadline: number) => this.#standby.send(message, deadline);
    if (await retryLate(receipt, [["standby", attempt]])) {
      log("WARN", "a request was parked on a late retry", { requestId: invocation.requestContext.requestId });
    }
  }
}

import type { HttpRequest } from "../tencent/request.ts";

/** The parts of API Gateway's payload 2.0 event that the callback function reads. */
export interface Invocation extends HttpRequest {
  readonly requestContext: {
    readonly accountId: string;
    /** API Gateway's own, which its access log has as well. */
    readonly requestId: string;
    /** The address to check: headers that claim another one can be written by anybody. */
    readonly http: { readonly sourceIp: string };
  };
}

/** A request that waits on the standby queue to be judged later, as of the time it was received. */
export interface ParkedRequest {
  /** The request as it came, its signature included: whoever can read the queue can read the events as well. */
  readonly parkedRequest: Invocation;
  /** Unix milliseconds. */
  readonly receivedAt: number;
}

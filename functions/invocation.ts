import type { RawRequest } from "../tencent/request.ts";

/** The parts of API Gateway's payload 2.0 event that the callback function reads. */
export interface Invocation extends RawRequest {
  readonly rawPath?: string;
  /** By names in lower case. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly requestContext: {
    readonly accountId: string;
    /** API Gateway's id of the request, which the access log also contains. */
    readonly requestId: string;
    /** The address to check. Anyone can write a header that claims another address. */
    readonly http: { readonly sourceIp: string; readonly method?: string };
  };
}

/** A request that waits on the standby queue, to be judged as of the time it was received. */
export interface ParkedRequest {
  /** The request as received, including its signature: principals that can read this queue can read events as well. */
  readonly parkedRequest: Invocation;
  /** Unix milliseconds. */
  readonly receivedAt: number;
}

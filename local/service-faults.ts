import { awsFault, type Fault } from "./faulty-endpoint.ts";

/** The faults of AWS's services, and of the network on the way to them, by what a caller sees. */
export const SERVICE_FAULTS = {
  "answers after 300 ms": { delay: 300 },
  "never answers": "hang",
  "stops within the answer": "hang-after-headers",
  "resets before the call was carried out": "reset",
  "resets after the call was carried out": "reset-after",
  "answers 400, invalid": awsFault(400, "InvalidParameterValue"),
  "answers 400, throttled": awsFault(400, "ThrottlingException"),
  "answers 403, access denied": awsFault(403, "AccessDeniedException"),
  "answers 403, credentials expired": awsFault(403, "ExpiredTokenException"),
  "answers 429": awsFault(429, "TooManyRequestsException"),
  "answers 500": awsFault(500, "InternalFailure"),
  "answers 503": awsFault(503, "ServiceUnavailable"),
  "answers malformed JSON": { status: 200, body: '{"MessageId' },
  "confirms another message, or no event": {
    status: 200,
    body: '{"MessageId":"1","MD5OfMessageBody":"0","FailedEntryCount":0,"Entries":[]}',
  },
  "fails a part of the call": {
    status: 200,
    body: '{"FailedEntryCount":1,"Entries":[{"ErrorCode":"InternalFailure","ErrorMessage":"no"}]}',
  },
} as const satisfies Record<string, Fault>;

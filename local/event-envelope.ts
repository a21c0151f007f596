import { LOCAL_ACCOUNT, LOCAL_REGION } from "./template.ts";

/** One entry of PutEvents (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html). */
export interface Entry {
  readonly EventBusName?: string;
  readonly Source: string;
  readonly DetailType: string;
  readonly Detail: string;
  readonly Resources?: readonly string[];
  /** Unix seconds. */
  readonly Time?: number;
}

/**
 * Puts EventBridge's envelope around an entry's detail, which stays as it was written
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html).
 *
 * @param now the event's time if the entry has none, in Unix milliseconds
 * @returns the event's JSON; `undefined` when the detail is not a JSON object
 */
export function toEnvelope(
  id: string,
  { Source, DetailType, Detail, Resources = [], Time }: Entry,
  now: number,
): string | undefined {
  try {
    const detail: unknown = JSON.parse(Detail);
    if (typeof detail !== "object" || detail === null || Array.isArray(detail)) return undefined;
  } catch {
    return undefined;
  }
  const time = new Date(Time === undefined ? now : Time * 1000).toISOString().replace(/\.\d+Z$/, "Z");
  const envelope = JSON.stringify({
    version: "0",
    id,
    "detail-type": DetailType,
    source: Source,
    account: LOCAL_ACCOUNT,
    time,
    region: LOCAL_REGION,
    resources: Resources,
  });
  return `${envelope.slice(0, -1)},"detail":${Detail}}`;
}

import fc from "fast-check";
import { READ_REPORT } from "./callbacks.ts";

/** Values in place of a whole number: valid ones, digit strings, and any other JSON. */
const numberOrNot = fc.oneof(fc.nat(), fc.maxSafeNat(), fc.nat().map(String), fc.jsonValue());
/** Values in place of a UserID. */
const accountOrNot = fc.oneof(fc.string({ unit: "binary", minLength: 1 }), fc.jsonValue());

/** Read reports, many of them with a field missing or wrong. */
export const almostReport: fc.Arbitrary<object> = fc.record(
  {
    CallbackCommand: fc.oneof(
      { weight: 9, arbitrary: fc.constant(READ_REPORT.CallbackCommand) },
      { weight: 1, arbitrary: fc.jsonValue() },
    ),
    Report_Account: accountOrNot,
    Peer_Account: accountOrNot,
    LastReadTime: numberOrNot,
    UnreadMsgNum: numberOrNot,
    EventTime: numberOrNot,
    Unknown: fc.jsonValue(),
  },
  { requiredKeys: [] },
);

/** Read reports as Tencent may send them. */
export const report: fc.Arbitrary<object> = fc.record(
  {
    CallbackCommand: fc.constant(READ_REPORT.CallbackCommand),
    Report_Account: fc.string({ unit: "binary", minLength: 1 }),
    Peer_Account: fc.string({ unit: "binary", minLength: 1 }),
    LastReadTime: fc.oneof(fc.maxSafeNat(), fc.maxSafeNat().map(String)),
    UnreadMsgNum: fc.nat(),
    EventTime: fc.oneof(fc.maxSafeNat(), fc.maxSafeNat().map(String)),
    Unknown: fc.jsonValue(),
  },
  { requiredKeys: ["Report_Account", "Peer_Account", "LastReadTime"] },
);

/** The same text with a few characters lost, doubled or replaced. */
export function mutated(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const mutation = fc.record({
    at: fc.nat(400),
    length: fc.nat(5),
    insert: fc.oneof(
      fc.string({ unit: "binary", maxLength: 3 }),
      fc.constantFrom('"', "{", "]", "\\u", "1e9", "-0", "%", "&"),
    ),
  });
  return fc.tuple(text, fc.array(mutation, { maxLength: 3 })).map(([start, mutations]) =>
    mutations.reduce((now, { at, length, insert }) => {
      const place = now.length === 0 ? 0 : at % now.length;
      return now.slice(0, place) + insert + now.slice(place + length);
    }, start),
  );
}

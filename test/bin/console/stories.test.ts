import { describe, expect, test, vi } from "vitest";
import type { StoryState } from "../../../bin/console/protocol.ts";
import { runStory } from "../../../bin/console/stories/run-story.ts";
import { STORIES } from "../../../bin/console/stories.ts";
import { modelledStoryHost, type Promises } from "../../support/modelled-story-host.ts";

const findStory = (id: string) => STORIES.find((story) => story.id === id) ?? expect.fail(`no story ${id}`);

/** As fast as a model allows. */
const QUICKLY = { deadlineMs: 100, speed: 100 };

describe.concurrent("A story passes in a system that keeps its promises:", () => {
  test.for(STORIES)("$title", async (story, { expect }) => {
    const states: StoryState[] = [];
    const end = await runStory(story, modelledStoryHost(), (state) => states.push(state), QUICKLY);
    expect(end).toMatchObject({ id: story.id, status: "passed", verdict: expect.stringMatching(/^\d.*\.$/) });
    expect(states[0]).toMatchObject({ status: "running", steps: [] });
    expect(states.at(-1)).toEqual(end);
  });
});

describe.concurrent("A story fails if", () => {
  test.for<[string, string, Partial<Promises>, RegExp]>([
    ["the destination does not break", "destination-down", { breaks: false }, /^Not true: 0 wait on standby/],
    ["standby takes nothing", "destination-down", { parks: false }, /^Not true: 0 wait on standby/],
    [
      "an event stays on standby",
      "destination-down",
      { republishes: false },
      /^After 0.1 s, still missing: Standby is/,
    ],
    [
      "an endpoint allows messages in the handler's place",
      "handler-down",
      { passesFailures: false },
      /^Not true: 10 more/,
    ],
    [
      "read reports are not stored while the handler fails",
      "handler-down",
      { keeps: () => false },
      /Every read report/,
    ],
    ["answers are not lost", "lost-answer", { breaks: false }, /^Not true: The function sent 0 repeats/],
    ["the queue keeps repeats", "lost-answer", { dropsRepeats: false }, /^Not true: The FIFO queue dropped them/],
    ["replay puts nothing back", "everything-down", { replays: false }, /^Not true: Replay puts back 0 events/],
    ["standby does not break", "everything-down", { breaks: false }, /^Not true: Tencent gets 503/],
    [
      "a token that was replaced is refused",
      "token-rotated",
      { validTokens: 1 },
      /^After .*, still missing: 70 .* refused\. .* refused/,
    ],
    [
      "a revoked token is accepted",
      "token-rotated",
      { validTokens: 9 },
      /^Not true: After .* the old token is refused/,
    ],
    ["a forgery is accepted", "forged-callbacks", { reply: () => 200 }, /^Not true: Not signed: refused with 401/],
    ["a genuine callback is refused", "forged-callbacks", { reply: () => 401 }, /^Not true: Signed for another app/],
    ["an event is lost", "burst", { keeps: (nth) => nth !== 500 }, /^After 0.1 s, still missing: Every .* 999\.$/],
    ["a callback is refused", "burst", { reply: () => 401 }, /^Not true: Tencent gets OK for 0 of 1,000/],
  ])("%s: %s", async ([_fault, id, broken, verdict], { expect }) => {
    const host = modelledStoryHost(broken);
    expect(await runStory(findStory(id), host, () => {}, QUICKLY)).toMatchObject({
      status: "failed",
      verdict: expect.stringMatching(verdict),
    });
    expect(host.faults.active).toEqual({});
  });
});

describe("A story", () => {
  test("counts its own callbacks only", async () => {
    const host = modelledStoryHost();
    const body = JSON.stringify({ Report_Account: "alice", Peer_Account: "bob" });
    const sendAnother = () => void host.send({ command: "", body, signing: "wrong", token: host.token });
    const { verdict } = await runStory(findStory("destination-down"), host, sendAnother, QUICKLY);
    expect(verdict).toMatch(/^60 callbacks, 60 events, none lost; 60 of them waited on standby/);
  });

  test.each(["burst", "token-rotated"])("signs with the token that is current when it begins: %s", async (id) => {
    const host = modelledStoryHost();
    for (const token of ["second token", "third token"]) host.storeToken(token);
    expect(await runStory(findStory(id), host, () => {}, QUICKLY)).toMatchObject({ status: "passed" });
    expect(host.token).toBe("third token");
  });

  test("heals what was broken before it began, and says so", async () => {
    const host = modelledStoryHost();
    host.faults.break("standby", "hang");
    const { status, steps } = await runStory(findStory("burst"), host, () => {}, QUICKLY);
    expect(status).toBe("passed");
    expect(steps[0]).toBe("Heals what was broken before.");
  });

  test("fails with the error if the console can't go on", async () => {
    const host = { ...modelledStoryHost(), replay: async () => expect.fail("no log") };
    const { verdict } = await runStory(findStory("everything-down"), host, () => {}, QUICKLY);
    expect(verdict).toBe("The story broke off: AssertionError: no log");
    expect(host.faults.active).toEqual({});
  });

  test.each<[string, Partial<Promises>]>([
    ["sends", {}],
    ["waits for what does not happen", { republishes: false }],
  ])("does not keep the process alive while it %s", async (_what, broken) => {
    const { results } = vi.spyOn(globalThis, "setTimeout").mock;
    const counts: number[] = [];
    const countTimers = () => counts.push(results.filter(({ value }) => value.hasRef()).length);
    // What the story does next begins after it has told its state.
    const onChange = () => void setImmediate(countTimers);
    await runStory(findStory("destination-down"), modelledStoryHost(broken), onChange, QUICKLY);
    vi.restoreAllMocks();
    expect(results.length).toBeGreaterThan(0);
    expect(Math.max(...counts)).toBe(0);
  });
});

import { randomBytes } from "node:crypto";
import { count } from "../../shared/count.ts";
import { duration, expect, expectAllAccepted, MINUTE, type Run } from "../run.ts";

/** Every environment has read the secret again by then (docs/runbook.md#change-the-token). */
const TOKEN_TAKES_EFFECT = 6 * MINUTE;
/** How many callbacks have to agree, as they may reach environments that read the secret at different times. */
const IN_A_ROW = 10;

/** Creates a token of 32 letters and digits, as the Chat console demands. */
function createToken(): string {
  return randomBytes(16).toString("hex");
}

/** Changes the token, and the console half-way. */
export async function bothTokensAreAcceptedAfterAChange(run: Run): Promise<string> {
  const [oldToken, newToken] = [await run.account.token(), createToken()];
  const start = run.account.now();
  await run.account.putToken(newToken);
  let old = 0;
  const waited = await run.until(TOKEN_TAKES_EFFECT, async () => {
    old += 1;
    const { answer } = await run.send();
    expect(answer.isOk, `a callback with the old token was ${answer.summary}`);
    return (await probes(run, newToken)).every(({ isOk }) => isOk);
  });
  expect(waited !== undefined, `the new token was not accepted within ${duration(TOKEN_TAKES_EFFECT)}`);
  for (let sent = 0; sent < IN_A_ROW; sent += 1) {
    for (const token of [oldToken, newToken]) {
      run.token = token;
      const { answer } = await run.send();
      expect(answer.isOk, `a callback with the ${token === oldToken ? "old" : "new"} token was ${answer.summary}`);
    }
  }
  await run.expectEvents();
  return `new token accepted after ${duration(run.account.now() - start)}, the old one all the time (${count(old + IN_A_ROW, "callback")})`;
}

/** Puts the new token twice, as the runbook says, but without its waits: no callback is on its way, and standby is empty. */
export async function aRevokedTokenIsRefusedAndTheNewOneAccepted(run: Run): Promise<string> {
  const [revoked, newToken] = [await run.account.token(), createToken()];
  await run.account.putToken(newToken);
  await run.account.putToken(newToken);
  run.token = newToken;
  const waited = await run.until(TOKEN_TAKES_EFFECT, async () => {
    await run.send();
    const [revokedAnswers, answers] = [await probes(run, revoked), await probes(run, newToken)];
    return revokedAnswers.every(({ status }) => status === 401) && answers.every(({ isOk }) => isOk);
  });
  const limit = duration(TOKEN_TAKES_EFFECT);
  expect(waited !== undefined, `${limit} after a revocation, the old token was accepted or the new one refused`);
  await run.expectEvents();
  return `the revoked token was refused after ${duration(waited)}`;
}

/** Sends Verifies, which become no events. */
async function probes(run: Run, token: string) {
  const answers = [];
  for (let sent = 0; sent < IN_A_ROW; sent += 1) answers.push(await run.post({ token }));
  return answers;
}

/** Signs every callback while authentication is switched off, and on again. */
export async function authenticationIsSwitchedOffAndOnWithoutRefusingAnybody(run: Run): Promise<string> {
  const token = await run.account.token();
  const off = await run.whileCallbacksFlow(() => run.deploy({ authentication: "none", acceptUnauthenticated: "true" }));
  expect(off.result.outcome === "deployed", `authentication=none was ${off.result.outcome}: ${off.result.reason}`);
  expectAllAccepted(off.answers);
  const unsigned = await run.post({ token: undefined });
  expect(unsigned.isOk, `with authentication=none, an unsigned callback was ${unsigned.summary}`);

  const on = await run.whileCallbacksFlow(() =>
    run.deploy({ authentication: "token", acceptUnauthenticated: "false" }),
  );
  expect(on.result.outcome === "deployed", `authentication=token was ${on.result.outcome}: ${on.result.reason}`);
  expectAllAccepted(on.answers);
  expect((await run.account.token()) === token, "the token changed, so that the console's is no longer valid");
  const forged = await run.post({ token: undefined });
  expect(forged.status === 401, `with authentication=token, an unsigned callback was ${forged.summary}`);
  await run.expectEvents();
  return `${count(off.answers.length + on.answers.length, "signed callback")} accepted during both deployments; the token is the same`;
}

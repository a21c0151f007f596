import { randomUUID } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { build, stop } from "esbuild";
import { buildFunctions } from "../bin/build/build-functions.ts";
import { bundleFile } from "../lib/bundles.ts";
import { READ_REPORT_COMMAND } from "../tencent/commands.ts";
import { signedQuery } from "../tencent/signed-query.ts";
import type { AwsEndpoint } from "./runtime/aws-endpoint.ts";

/** The app and the token that the benchmarks agree on. */
export const SDK_APP_ID = "1400000001";
export const TOKEN = "bench";

/** What is compared, and what it is called in tables. */
export const SUBJECTS = {
  ours: "this project",
  noOp: "no-op",
  rawPost: "raw POST",
  textbook: "AWS SDK",
  fullStack: "full stack",
} as const;

/** The name of a subject. */
export type SubjectName = keyof typeof SUBJECTS;

/** The names of all subjects. */
export const SUBJECT_NAMES = Object.keys(SUBJECTS) as SubjectName[];

/** A function to measure. */
export interface Subject {
  readonly name: SubjectName;
  /** The file that exports `handler`. */
  readonly bundle: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly bytes: number;
  readonly zippedBytes: number;
}

/** What a zip file has around one file called `index.mjs`. */
const ZIP_OVERHEAD = 118;

const PEERS: readonly (readonly [SubjectName, string])[] = [
  ["noOp", "no-op"],
  ["rawPost", "raw-post"],
  ["textbook", "textbook"],
  ["fullStack", "full-stack"],
];

/** The size of a bundle in bytes, as it is and zipped. */
export async function sizes(bundle: string): Promise<{ bytes: number; zippedBytes: number }> {
  const contents = await readFile(bundle);
  const zippedBytes = deflateRawSync(contents, { level: 9 }).byteLength + ZIP_OVERHEAD;
  return { bytes: contents.byteLength, zippedBytes };
}

/**
 * Builds all subjects.
 *
 * @param endpoint where their calls go
 * @param directory takes the peers' bundles
 */
export async function buildSubjects(endpoint: AwsEndpoint, directory: string): Promise<Subject[]> {
  await buildFunctions();
  const certificate = join(directory, "certificate.pem");
  await mkdir(directory, { recursive: true });
  await writeFile(certificate, endpoint.certificate);
  const environment = {
    // Trusted beside all that Node.js trusts by itself, which is what a connection to AWS has to load.
    NODE_EXTRA_CA_CERTS: certificate,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "ASIAEXAMPLE",
    AWS_SECRET_ACCESS_KEY: "secret",
    // As long as Lambda's are.
    AWS_SESSION_TOKEN: "t".repeat(900),
    AWS_ENDPOINT_URL: endpoint.url,
    QUEUE_URL: `${endpoint.url}/000000000000/events.fifo`,
  };
  const ours = {
    SDK_APP_ID,
    TOKEN_SECRET_ARN: "arn",
    STANDBY_QUEUE_URL: `${endpoint.url}/000000000000/standby`,
  };
  const theirs = { CALLBACK_TOKEN: TOKEN, ...rawPost(endpoint) };
  const peers = PEERS.map(async ([name, file]) => {
    const bundle = join(directory, file, "index.cjs");
    await mkdir(dirname(bundle), { recursive: true });
    await build({
      entryPoints: [join(import.meta.dirname, "peers", `${file}.ts`)],
      outfile: bundle,
      bundle: true,
      minify: true,
      platform: "node",
      target: "node24",
      // The faster of the two for them: as ES modules, their import of `node:https` would load undici as well.
      format: "cjs",
      mainFields: ["module", "main"],
      legalComments: "none",
    });
    return { name, bundle, environment: { ...environment, ...theirs }, ...(await sizes(bundle)) };
  });
  const bundle = bundleFile("callback");
  const subjects = [
    { name: "ours" as const, bundle, environment: { ...environment, ...ours }, ...(await sizes(bundle)) },
    ...(await Promise.all(peers)),
  ];
  await stop();
  return subjects;
}

/** A message as long as ours, signed beforehand. */
function rawPost({ url }: AwsEndpoint): Record<string, string> {
  const hash = "a".repeat(64);
  const signedHeaders = "content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token;x-amz-target";
  const credential = "ASIAEXAMPLE/20260101/us-east-1/sqs/aws4_request";
  const headers = {
    "content-type": "application/x-amz-json-1.0",
    "x-amz-target": "AmazonSQS.SendMessage",
    "x-amz-content-sha256": hash,
    "x-amz-date": "20260101T000000Z",
    "x-amz-security-token": "t".repeat(900),
    authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signedHeaders}, Signature=${hash}`,
  };
  const message = {
    QueueUrl: `${url}/000000000000/events.fifo`,
    MessageBody: JSON.stringify({ event: "e".repeat(720) }),
    MessageGroupId: hash,
    MessageDeduplicationId: hash,
  };
  return {
    RAW_POST_URL: `${url}/`,
    RAW_POST_HEADERS: JSON.stringify(headers),
    RAW_POST_BODY: JSON.stringify(message),
  };
}

let serial = 0;

/** A callback as API Gateway hands it over (payload 2.0), signed now, and different from all before. */
export function callbackEvent(): object {
  serial += 1;
  const now = Date.now();
  const requestTime = Math.floor(now / 1000);
  const rawQueryString = signedQuery({
    sdkAppId: SDK_APP_ID,
    token: TOKEN,
    command: READ_REPORT_COMMAND,
    requestTime,
    requestId: randomUUID(),
  });
  const domainName = "abcdefghij.execute-api.us-east-1.amazonaws.com";
  return {
    version: "2.0",
    routeKey: "POST /callback",
    rawPath: "/callback",
    rawQueryString,
    headers: {
      "content-length": "180",
      "content-type": "application/json",
      host: domainName,
      "x-amzn-trace-id": "Root=1-00000000-000000000000000000000000",
      "x-forwarded-for": "203.0.113.1",
      "x-forwarded-port": "443",
      "x-forwarded-proto": "https",
    },
    queryStringParameters: Object.fromEntries(new URLSearchParams(rawQueryString)),
    requestContext: {
      accountId: "000000000000",
      apiId: "abcdefghij",
      domainName,
      domainPrefix: "abcdefghij",
      http: { method: "POST", path: "/callback", protocol: "HTTP/1.1", sourceIp: "203.0.113.1", userAgent: "" },
      requestId: "AbCdEfGhIjKlMnO=",
      routeKey: "POST /callback",
      stage: "$default",
      time: "01/Jan/2026:00:00:00 +0000",
      timeEpoch: now,
    },
    body: JSON.stringify({
      CallbackCommand: READ_REPORT_COMMAND,
      Report_Account: `reader-${serial % 50}`,
      Peer_Account: "peer",
      LastReadTime: requestTime,
      UnreadMsgNum: serial % 7,
      EventTime: now - (serial % 1000),
    }),
    isBase64Encoded: false,
  };
}

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { build, stop } from "esbuild";
import { buildFunctions } from "../bin/build/build-functions.ts";
import { bundleFile } from "../lib/bundles.ts";
import { SDK_APP_ID, TOKEN } from "./callbacks.ts";
import type { AwsEndpoint } from "./runtime/aws-endpoint.ts";

/** The functions that are compared, and their names in tables. */
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

/** The bytes that a zip file adds to a single file called `index.mjs`. */
const ZIP_OVERHEAD = 118;

/** The source file of each subject in `peers/`. */
const PEERS: readonly (readonly [SubjectName, string])[] = [
  ["noOp", "no-op"],
  ["rawPost", "raw-post"],
  ["textbook", "textbook"],
  ["fullStack", "full-stack"],
];

/** As long as Lambda's session tokens. */
const SESSION_TOKEN = "t".repeat(900);

/**
 * Builds all subjects.
 *
 * @param endpoint the stand-in for AWS that they call
 * @param directory where to write the peers' bundles
 */
export async function buildSubjects(endpoint: AwsEndpoint, directory: string): Promise<Subject[]> {
  await buildFunctions();
  const certificate = join(directory, "certificate.pem");
  await mkdir(directory, { recursive: true });
  await writeFile(certificate, endpoint.identity.certificate);
  const shared = {
    // Adds to Node.js's own root certificates, which every connection to AWS has to load.
    NODE_EXTRA_CA_CERTS: certificate,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "ASIAEXAMPLE",
    AWS_SECRET_ACCESS_KEY: "secret",
    AWS_SESSION_TOKEN: SESSION_TOKEN,
    AWS_ENDPOINT_URL: endpoint.url,
    QUEUE_URL: `${endpoint.url}/000000000000/events.fifo`,
  };
  const ours = {
    ...shared,
    SDK_APP_ID,
    TOKEN_SECRET_ARN: "arn",
    STANDBY_QUEUE_URL: `${endpoint.url}/000000000000/standby`,
  };
  const theirs = { ...shared, CALLBACK_TOKEN: TOKEN, ...rawPostVariables(endpoint) };
  const bundle = bundleFile("callback");
  const subjects = [
    { name: "ours" as const, bundle, environment: ours, ...(await measureSize(bundle)) },
    ...(await Promise.all(PEERS.map(([name, file]) => buildPeer(name, file, directory, theirs)))),
  ];
  await stop();
  return subjects;
}

async function buildPeer(
  name: SubjectName,
  file: string,
  directory: string,
  environment: Subject["environment"],
): Promise<Subject> {
  const bundle = join(directory, file, "index.cjs");
  await mkdir(dirname(bundle), { recursive: true });
  await build({
    entryPoints: [join(import.meta.dirname, "peers", `${file}.ts`)],
    outfile: bundle,
    bundle: true,
    minify: true,
    platform: "node",
    target: "node24",
    // The faster format for them: as ES modules, their import of `node:https` would also load undici.
    format: "cjs",
    mainFields: ["module", "main"],
    legalComments: "none",
  });
  return { name, bundle, environment, ...(await measureSize(bundle)) };
}

async function measureSize(bundle: string): Promise<Pick<Subject, "bytes" | "zippedBytes">> {
  const contents = await readFile(bundle);
  const zippedBytes = deflateRawSync(contents, { level: 9 }).byteLength + ZIP_OVERHEAD;
  return { bytes: contents.byteLength, zippedBytes };
}

/** A signed request with a message as long as ours. */
function rawPostVariables({ url }: AwsEndpoint): Record<string, string> {
  const hash = "a".repeat(64);
  const signedHeaders = "content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token;x-amz-target";
  const credential = "ASIAEXAMPLE/20260101/us-east-1/sqs/aws4_request";
  const headers = {
    "content-type": "application/x-amz-json-1.0",
    "x-amz-target": "AmazonSQS.SendMessage",
    "x-amz-content-sha256": hash,
    "x-amz-date": "20260101T000000Z",
    "x-amz-security-token": SESSION_TOKEN,
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

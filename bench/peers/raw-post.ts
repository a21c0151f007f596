import { Agent, type RequestOptions, request } from "node:https";

/** The benchmark provides the URL of the queue's service, and a signed request. */
const { RAW_POST_URL = "", RAW_POST_HEADERS = "{}", RAW_POST_BODY = "" } = process.env;

const options: RequestOptions = {
  method: "POST",
  agent: new Agent({ keepAlive: true }),
  headers: { ...JSON.parse(RAW_POST_HEADERS), "content-length": Buffer.byteLength(RAW_POST_BODY) },
};

/** Posts the same bytes each time and reads the response: the least that a handler with one call can cost. */
export const handler = async () => {
  await new Promise<void>((resolve, reject) => {
    const post = request(RAW_POST_URL, options, (response) => {
      response.on("data", () => {});
      response.once("end", resolve);
    });
    post.once("error", reject).end(RAW_POST_BODY);
  });
  return {
    statusCode: 200,
    headers: { "content-type": "application/json" },
    body: '{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}',
  };
};

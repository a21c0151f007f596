import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { queueReference, startQueues } from "../../local/queues.ts";
import { startSecrets } from "../../local/secrets.ts";
import { close, listen } from "../../local/server.ts";

/** A resource of the stack: its type, its id in the template, its id in the account, its status. */
export type Resource = readonly [type: string, logicalId: string, physicalId: string, status?: string];

/** AWS's answer to requests whose path or target matches: an object, or the name of an error. */
export type Answer = readonly [request: RegExp, answer: object | string];

/** AWS's answers about an account with one deployed stack, MyStack. */
export interface AccountState {
  readonly resources: readonly Resource[];
  /** The answers of Lambda, API Gateway and EventBridge; the first one that matches counts. */
  readonly answers: readonly Answer[];
}

/** A stand-in for the services that know a deployed stack. */
export interface AwsAccount {
  /** The environment variables with which AWS's clients find it. */
  readonly environment: Readonly<Record<string, string>>;
  /** The state that the services answer from: set it before they are asked. */
  state: AccountState;
  /** All requests to Lambda, API Gateway and EventBridge so far: their paths with queries, or their targets. */
  readonly requests: string[];
  /** The regions they were signed for. */
  readonly regions: (string | undefined)[];
  /** Creates a queue, and returns its URL. */
  createQueue(name: string): Promise<string>;
  /** Sends a message to a queue. */
  send(queueName: string, body: string): Promise<void>;
  createSecret(arn: string, secretString: string): void;
  close(): Promise<void>;
}

/** Starts the stand-in. SQS and Secrets Manager are the local system's. */
export async function startAwsAccount(): Promise<AwsAccount> {
  const requests: string[] = [];
  const regions: (string | undefined)[] = [];
  const server = createServer(async (request, response) => {
    const { url = "", headers } = request;
    const body = await text(request);
    const target = headers["x-amz-target"];
    if (request.method === "POST" && target === undefined) {
      const { status, xml } = answerCloudFormation(account.state, new URLSearchParams(body));
      response.writeHead(status, { "content-type": "text/xml" }).end(xml);
      return;
    }
    const asked = `${target ?? url}`;
    requests.push(asked);
    regions.push(/\/\d{8}\/([\w-]+)\//.exec(headers.authorization ?? "")?.[1]);
    const [, answer = "UnknownOperationException"] =
      account.state.answers.find(([pattern]) => pattern.test(asked)) ?? [];
    if (typeof answer === "string") {
      response.writeHead(400, { "x-amzn-errortype": answer }).end('{"message":"not for you"}');
      return;
    }
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
  });
  const endpoint = await listen(server);
  const [queues, secrets] = await Promise.all([startQueues(), startSecrets()]);
  const account: AwsAccount = {
    environment: {
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "any",
      AWS_SECRET_ACCESS_KEY: "any",
      AWS_ENDPOINT_URL_CLOUDFORMATION: endpoint,
      AWS_ENDPOINT_URL_LAMBDA: endpoint,
      AWS_ENDPOINT_URL_API_GATEWAY: endpoint,
      AWS_ENDPOINT_URL_APIGATEWAYV2: endpoint,
      AWS_ENDPOINT_URL_EVENTBRIDGE: endpoint,
      AWS_MAX_ATTEMPTS: "1",
      AWS_ENDPOINT_URL_SQS: queues.endpoint,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.endpoint,
    },
    state: { resources: [], answers: [] },
    requests,
    regions,
    async createQueue(name) {
      await queues.create(name, {});
      return queueReference(queues.endpoint, name).ref;
    },
    send: queues.send,
    createSecret: secrets.create,
    async close() {
      await Promise.all([queues.close(), secrets.close(), close(server)]);
    },
  };
  return account;
}

/** CloudFormation's query protocol: the resources on two pages. */
function answerCloudFormation(state: AccountState, query: URLSearchParams): { status: number; xml: string } {
  const [action, stackName] = [query.get("Action"), query.get("StackName")];
  if (stackName !== "MyStack") {
    const message = `Stack with id ${stackName} does not exist`;
    const error = `<Error><Type>Sender</Type><Code>ValidationError</Code><Message>${message}</Message></Error>`;
    return { status: 400, xml: `<ErrorResponse>${error}<RequestId>1</RequestId></ErrorResponse>` };
  }
  const result = listStackResources(state, query);
  return { status: 200, xml: `<${action}Response><${action}Result>${result}</${action}Result></${action}Response>` };
}

function listStackResources({ resources }: AccountState, query: URLSearchParams): string {
  const members = resources.map(
    ([type, logicalId, physicalId, status = "CREATE_COMPLETE"]) =>
      `<member><ResourceType>${type}</ResourceType><LogicalResourceId>${logicalId}</LogicalResourceId>` +
      `<PhysicalResourceId>${physicalId}</PhysicalResourceId><ResourceStatus>${status}</ResourceStatus></member>`,
  );
  const isLast = query.get("NextToken") === "more";
  const page = isLast ? members.slice(2) : members.slice(0, 2);
  return `<StackResourceSummaries>${page.join("")}</StackResourceSummaries>${isLast ? "" : "<NextToken>more</NextToken>"}`;
}

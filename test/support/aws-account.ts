import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { queueReference, startQueues } from "../../local/queues.ts";
import { startSecrets } from "../../local/secrets.ts";
import { close, listen } from "../../local/server.ts";

/** A resource of the stack: its type, its id in the template, its id in the account. */
export type Resource = readonly [type: string, logicalId: string, physicalId: string];

/** AWS's answers about an account with one deployed stack. */
export interface AccountState {
  outputs: Readonly<Record<string, string>>;
  resources: readonly Resource[];
  /** The callback function's environment variables. */
  variables: Readonly<Record<string, string>>;
  unreservedConcurrency: number;
  reservedConcurrency: number | undefined;
  throttle: { readonly throttlingRateLimit: number; readonly throttlingBurstLimit: number };
  /** Paths that are answered with AccessDeniedException. */
  denied: RegExp | undefined;
}

const NOTHING: AccountState = {
  outputs: {},
  resources: [],
  variables: {},
  unreservedConcurrency: 0,
  reservedConcurrency: undefined,
  throttle: { throttlingRateLimit: 0, throttlingBurstLimit: 0 },
  denied: undefined,
};

/** A stand-in for the services that tell of a deployed stack. */
export interface AwsAccount {
  /** The environment variables with which AWS's clients find it. */
  readonly environment: Readonly<Record<string, string>>;
  /** What the services answer from now on; to be set before they are asked. */
  state: AccountState;
  /** All requests to Lambda and API Gateway so far, with their queries. */
  readonly requests: string[];
  /** The regions they were signed for. */
  readonly regions: (string | undefined)[];
  /** Makes a queue, and returns its URL. */
  createQueue(name: string): Promise<string>;
  /** Sends a message to a queue. */
  send(queueName: string, body: string): Promise<void>;
  createSecret(arn: string, secretString: string): void;
  close(): Promise<void>;
}

/** Starts the stand-in: CloudFormation, Lambda and API Gateway of its own, SQS and Secrets Manager the local system's. */
export async function startAwsAccount(): Promise<AwsAccount> {
  const requests: string[] = [];
  const regions: (string | undefined)[] = [];
  const server = createServer(async (request, response) => {
    const { pathname, search } = new URL(request.url ?? "", "http://account");
    const body = await text(request);
    if (request.method === "POST") {
      const { status, xml } = answerCloudFormation(account.state, new URLSearchParams(body));
      response.writeHead(status, { "content-type": "text/xml" }).end(xml);
      return;
    }
    requests.push(`${pathname}${search}`);
    regions.push(/\/\d{8}\/([\w-]+)\//.exec(request.headers.authorization ?? "")?.[1]);
    if (account.state.denied?.test(pathname)) {
      response.writeHead(403, { "x-amzn-errortype": "AccessDeniedException" }).end('{"Message":"not for you"}');
      return;
    }
    response
      .writeHead(200, { "content-type": "application/json" })
      .end(JSON.stringify(answer(account.state, pathname)));
  });
  const endpoint = await listen(server);
  const [queues, secrets] = await Promise.all([startQueues(() => {}), startSecrets()]);
  const account: AwsAccount = {
    environment: {
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "any",
      AWS_SECRET_ACCESS_KEY: "any",
      AWS_ENDPOINT_URL_CLOUDFORMATION: endpoint,
      AWS_ENDPOINT_URL_LAMBDA: endpoint,
      AWS_ENDPOINT_URL_APIGATEWAYV2: endpoint,
      AWS_ENDPOINT_URL_SQS: queues.endpoint,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.endpoint,
    },
    state: NOTHING,
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

/** Lambda's and API Gateway's paths (https://docs.aws.amazon.com/lambda/latest/api/, https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/). */
function answer(state: AccountState, pathname: string): object {
  const { variables, unreservedConcurrency, reservedConcurrency, throttle } = state;
  if (pathname.endsWith("/configuration")) return { Environment: { Variables: variables } };
  if (pathname.endsWith("/concurrency")) return { ReservedConcurrentExecutions: reservedConcurrency };
  if (pathname.startsWith("/v2/apis/")) return { defaultRouteSettings: throttle };
  return { AccountLimit: { ConcurrentExecutions: 5_000, UnreservedConcurrentExecutions: unreservedConcurrency } };
}

/** CloudFormation's query protocol: the resources on two pages. */
function answerCloudFormation(state: AccountState, query: URLSearchParams): { status: number; xml: string } {
  const [action, stackName] = [query.get("Action"), query.get("StackName")];
  if (stackName !== "MyStack") {
    const message = `Stack with id ${stackName} does not exist`;
    const error = `<Error><Type>Sender</Type><Code>ValidationError</Code><Message>${message}</Message></Error>`;
    return { status: 400, xml: `<ErrorResponse>${error}<RequestId>1</RequestId></ErrorResponse>` };
  }
  const result = action === "DescribeStacks" ? describeStacks(state) : listStackResources(state, query);
  return { status: 200, xml: `<${action}Response><${action}Result>${result}</${action}Result></${action}Response>` };
}

function describeStacks({ outputs }: AccountState): string {
  const members = Object.entries(outputs).map(
    ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
  );
  return `<Stacks><member><Outputs>${members.join("")}</Outputs></member></Stacks>`;
}

function listStackResources({ resources }: AccountState, query: URLSearchParams): string {
  const members = resources.map(
    ([type, logicalId, physicalId]) =>
      `<member><ResourceType>${type}</ResourceType><LogicalResourceId>${logicalId}</LogicalResourceId>` +
      `<PhysicalResourceId>${physicalId}</PhysicalResourceId></member>`,
  );
  const isLast = query.get("NextToken") === "more";
  const page = isLast ? members.slice(2) : members.slice(0, 2);
  return `<StackResourceSummaries>${page.join("")}</StackResourceSummaries>${isLast ? "" : "<NextToken>more</NextToken>"}`;
}

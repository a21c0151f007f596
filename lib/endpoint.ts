import { AccessLogFormat } from "aws-cdk-lib/aws-apigateway";
import { HttpApi, HttpMethod, HttpStage, LogGroupLogDestination } from "aws-cdk-lib/aws-apigatewayv2";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { FilterPattern, LogGroup, MetricFilter, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";

/** How many callbacks API Gateway lets through; more are answered 429 and lost, as Tencent does not repeat them. */
export interface Throttle {
  /** Callbacks a second, on average. */
  readonly rateLimit: number;
  /** Callbacks at a time, above the average. */
  readonly burstLimit: number;
}

/** Properties of an {@link Endpoint}. */
export interface EndpointProps {
  readonly sdkAppId: string;
  readonly throttle: Throttle;
  /** Handles the callbacks. */
  readonly handler: IFunction;
}

/** The path of the callback URL. */
const CALLBACK_PATH = "/callback";

/** The metrics' namespace. */
const NAMESPACE = "TencentChatEvents";

/** The HTTP API that Tencent posts to: one route, a throttled stage, and a short access log. */
export class Endpoint extends Construct {
  /** The URL to paste into the Chat console. */
  readonly callbackUrl: string;

  constructor(scope: Construct, id: string, { sdkAppId, throttle, handler }: EndpointProps) {
    super(scope, id);
    const api = new HttpApi(this, "Api", {
      description: `Callbacks of Tencent Cloud Chat app ${sdkAppId}`,
      createDefaultStage: false,
    });
    const accessLog = new LogGroup(this, "AccessLog", { retention: RetentionDays.TWO_WEEKS });
    new HttpStage(this, "Stage", {
      httpApi: api,
      stageName: "$default",
      autoDeploy: true,
      throttle,
      accessLogSettings: { destination: new LogGroupLogDestination(accessLog), format: ACCESS_LOG_FORMAT },
    });
    api.addRoutes({
      path: CALLBACK_PATH,
      methods: [HttpMethod.POST],
      integration: new HttpLambdaIntegration("CallbackIntegration", handler),
    });
    this.callbackUrl = `${api.apiEndpoint}${CALLBACK_PATH}`;
    // An HTTP API has no metric for what it answers 429: that hides among the 4xx.
    new MetricFilter(this, "ThrottledCallbacks", {
      logGroup: accessLog,
      filterPattern: FilterPattern.stringValue("$.status", "=", "429"),
      metricNamespace: NAMESPACE,
      metricName: "ThrottledCallbacks",
      dimensions: { Api: "$.api" },
    });
  }
}

/** Never the query string: it carries the signature, with which anybody could send callbacks for a minute. */
const ACCESS_LOG_FORMAT = AccessLogFormat.custom(
  JSON.stringify({
    api: "$context.apiId",
    requestId: "$context.requestId",
    time: "$context.requestTime",
    sourceIp: "$context.identity.sourceIp",
    route: "$context.routeKey",
    status: "$context.status",
    milliseconds: "$context.responseLatency",
    error: "$context.integrationErrorMessage",
  }),
);

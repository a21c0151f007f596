import { Names, RemovalPolicy } from "aws-cdk-lib";
import { AccessLogFormat } from "aws-cdk-lib/aws-apigateway";
import {
  DomainName,
  HttpApi,
  HttpMethod,
  HttpStage,
  LogGroupLogDestination,
  type ThrottleSettings,
} from "aws-cdk-lib/aws-apigatewayv2";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import { Certificate } from "aws-cdk-lib/aws-certificatemanager";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { FilterPattern, LogGroup, MetricFilter, type RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { CALLBACK_PATH } from "./callback-path.ts";
import { throttledMetric } from "./monitoring/metrics.ts";

/** How many callbacks API Gateway accepts. It answers others with 429. They are lost, as Tencent does not resend them. */
export interface Throttle {
  /** Callbacks a second on average. */
  readonly rateLimit: number;
  /** Callbacks at once, in a burst above the average. */
  readonly burstLimit: number;
}

/** A custom domain for the callback URL. */
export interface CallbackDomain {
  /** The name, such as `callbacks.example.com`. Its DNS record must point at `domainTarget`. */
  readonly domainName: string;
  /** The ARN of its certificate in ACM, in the stack's region. */
  readonly certificateArn: string;
}

/** Properties of an {@link Endpoint}. */
export interface EndpointProps {
  readonly sdkAppId: string;
  readonly throttle: Throttle;
  readonly domain: CallbackDomain | undefined;
  /** How long the access log is kept. */
  readonly logRetention: RetentionDays;
  /** Whether throttled callbacks are counted. */
  readonly hasMetrics: boolean;
  /** The function that handles callbacks. */
  readonly handler: IFunction;
}

/**
 * A line of the access log, which costs $0.02 per million callbacks; the time is CloudWatch's own. Without the query string:
 * its signature would let anyone who reads the log send callbacks for a minute. AWS requires the request id
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-access-logging.html).
 */
export const ACCESS_LOG_FORMAT =
  "$context.identity.sourceIp $context.status $context.requestId $context.integrationErrorMessage";

/** The HTTP API that Tencent posts callbacks to, with one route, a throttled stage and a short access log. */
export class Endpoint extends Construct {
  readonly api: HttpApi;
  /** The URL to paste into the Chat console. */
  readonly callbackUrl: string;
  /** API Gateway's own URL for callbacks, which works with any domain. */
  readonly apiUrl: string;
  /** The name that the domain's DNS record must point at; `undefined` without a domain. */
  readonly domainTarget: string | undefined;

  constructor(scope: Construct, id: string, props: EndpointProps) {
    super(scope, id);
    const { sdkAppId, throttle, domain, logRetention, hasMetrics, handler } = props;
    this.api = new HttpApi(this, "Api", {
      // The construct's id would be the same in every stack.
      apiName: Names.uniqueResourceName(this, { maxLength: 128 }),
      description: `Callbacks of Tencent Cloud Chat app ${sdkAppId}`,
      createDefaultStage: false,
    });
    const domainName =
      domain &&
      new DomainName(this, "Domain", {
        domainName: domain.domainName,
        certificate: Certificate.fromCertificateArn(this, "Certificate", domain.certificateArn),
      });
    const accessLog = new LogGroup(this, "AccessLog", {
      // AWS allows all groups with this prefix in one statement. Others add a statement each to the account's only policy,
      // which is limited to 5,120 characters
      // (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html). The API's id is new
      // whenever the API is, so a group that an earlier stack left behind never has the same name.
      logGroupName: `/aws/vendedlogs/apis/${this.api.apiId}`,
      retention: logRetention,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    new HttpStage(this, "Stage", {
      httpApi: this.api,
      stageName: "$default",
      autoDeploy: true,
      throttle: throttle satisfies ThrottleSettings,
      accessLogSettings: {
        destination: new LogGroupLogDestination(accessLog),
        format: AccessLogFormat.custom(ACCESS_LOG_FORMAT),
      },
      ...(domainName && { domainMapping: { domainName } }),
    });
    this.api.addRoutes({
      path: CALLBACK_PATH,
      methods: [HttpMethod.POST],
      integration: new HttpLambdaIntegration("CallbackIntegration", handler),
    });
    this.apiUrl = `${this.api.apiEndpoint}${CALLBACK_PATH}`;
    this.callbackUrl = domain ? `https://${domain.domainName}${CALLBACK_PATH}` : this.apiUrl;
    this.domainTarget = domainName?.regionalDomainName;
    if (hasMetrics) countThrottled(this, accessLog, sdkAppId);
  }
}

/** HTTP APIs have no metric for throttled requests: they are among the 4xx. */
function countThrottled(scope: Construct, accessLog: LogGroup, sdkAppId: string): void {
  const { namespace, metricName } = throttledMetric(sdkAppId);
  new MetricFilter(scope, "ThrottledCallbacks", {
    logGroup: accessLog,
    filterPattern: FilterPattern.spaceDelimited("sourceIp", "status", "...").whereNumber("status", "=", 429),
    metricNamespace: namespace,
    metricName,
  });
}

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
import { type DimensionName, METRICS_NAMESPACE } from "../functions/metrics.ts";
import { THROTTLED_METRIC } from "./monitoring/metrics.ts";

/** How many callbacks API Gateway lets through; more are answered 429 and lost, as Tencent does not repeat them. */
export interface Throttle {
  /** Callbacks a second, on average. */
  readonly rateLimit: number;
  /** Callbacks at a time, above the average. */
  readonly burstLimit: number;
}

/** A domain name for the callback URL. */
export interface CallbackDomain {
  /** The name, such as `callbacks.example.com`; its DNS record is to point at `domainTarget`. */
  readonly domainName: string;
  /** The ARN of a certificate for it in ACM, in the stack's region. */
  readonly certificateArn: string;
}

/** Properties of an {@link Endpoint}. */
export interface EndpointProps {
  readonly sdkAppId: string;
  readonly throttle: Throttle;
  readonly domain: CallbackDomain | undefined;
  /** How long the access log is kept. */
  readonly logRetention: RetentionDays;
  /** Handles the callbacks. */
  readonly handler: IFunction;
}

/** The path of the callback URL. */
const CALLBACK_PATH = "/callback";

/** The HTTP API that Tencent posts to: one route, a throttled stage, and a short access log. */
export class Endpoint extends Construct {
  readonly api: HttpApi;
  /** The URL to paste into the Chat console. */
  readonly callbackUrl: string;
  /** What the domain's DNS record is to point at; `undefined` without a domain. */
  readonly domainTarget: string | undefined;

  constructor(scope: Construct, id: string, props: EndpointProps) {
    super(scope, id);
    const { sdkAppId, throttle, domain, logRetention, handler } = props;
    this.api = new HttpApi(this, "Api", {
      // The construct's own id would be the same in every stack.
      apiName: Names.uniqueResourceName(this, {}),
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
      retention: logRetention,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    new HttpStage(this, "Stage", {
      httpApi: this.api,
      stageName: "$default",
      autoDeploy: true,
      throttle: throttle satisfies ThrottleSettings,
      accessLogSettings: { destination: new LogGroupLogDestination(accessLog), format: accessLogFormat(sdkAppId) },
      ...(domainName && { domainMapping: { domainName } }),
    });
    this.api.addRoutes({
      path: CALLBACK_PATH,
      methods: [HttpMethod.POST],
      integration: new HttpLambdaIntegration("CallbackIntegration", handler),
    });
    this.callbackUrl = `${domain ? `https://${domain.domainName}` : this.api.apiEndpoint}${CALLBACK_PATH}`;
    this.domainTarget = domainName?.regionalDomainName;
    // An HTTP API has no metric for what it answers 429: that hides among the 4xx.
    new MetricFilter(this, "ThrottledCallbacks", {
      logGroup: accessLog,
      filterPattern: FilterPattern.stringValue("$.status", "=", "429"),
      metricNamespace: METRICS_NAMESPACE,
      metricName: THROTTLED_METRIC,
      dimensions: { ["SdkAppId" satisfies DimensionName]: "$.sdkAppId" },
    });
  }
}

/** Never the query string: it carries the signature, with which anybody could send callbacks for a minute. */
function accessLogFormat(sdkAppId: string): AccessLogFormat {
  return AccessLogFormat.custom(
    JSON.stringify({
      sdkAppId,
      requestId: "$context.requestId",
      time: "$context.requestTime",
      sourceIp: "$context.identity.sourceIp",
      route: "$context.routeKey",
      status: "$context.status",
      milliseconds: "$context.responseLatency",
      error: "$context.integrationErrorMessage",
    }),
  );
}

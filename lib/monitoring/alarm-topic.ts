import { ArnFormat, Aws, Stack } from "aws-cdk-lib";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import { Construct } from "constructs";

/** Properties of an {@link AlarmTopic}. */
export interface AlarmTopicProps {
  /** An address to subscribe. AWS asks it for confirmation first. */
  readonly email: string | undefined;
}

/**
 * A topic that requires TLS and to which the alarms of this account can be published.
 *
 * It has no key: alarms hold no personal data, CloudWatch could not publish with the AWS managed key, and one's own costs $1 a
 * month (https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html).
 */
export class AlarmTopic extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, { email }: AlarmTopicProps) {
    super(scope, id);
    this.topic = new Topic(this, "Topic", { displayName: "Tencent Cloud Chat callbacks", enforceSSL: true });
    // Requiring TLS replaces the default topic policy, which would have let CloudWatch publish.
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
        actions: ["sns:Publish"],
        resources: [this.topic.topicArn],
        conditions: {
          StringEquals: { "aws:SourceAccount": Aws.ACCOUNT_ID },
          ArnLike: {
            "aws:SourceArn": Stack.of(this).formatArn({
              service: "cloudwatch",
              resource: "alarm",
              resourceName: "*",
              arnFormat: ArnFormat.COLON_RESOURCE_NAME,
            }),
          },
        },
      }),
    );
    if (email !== undefined) this.topic.addSubscription(new EmailSubscription(email));
  }
}

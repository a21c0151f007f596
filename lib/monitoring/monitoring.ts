import { type Duration, Stack } from "aws-cdk-lib";
import type { IAlarm } from "aws-cdk-lib/aws-cloudwatch";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import type { CallbacksSubscription } from "../callbacks-subscription.ts";
import { AlarmTopic } from "./alarm-topic.ts";
import { Alarms } from "./alarms.ts";
import { OperatorsDashboard } from "./dashboard.ts";
import type { Monitored } from "./monitored.ts";

/** Properties of {@link Monitoring}. */
export interface MonitoringProps {
  readonly monitored: Monitored;
  /** The topic for alarms; a new one if `undefined`. */
  readonly alarmTopic: ITopic | undefined;
  /** An address to subscribe to the new topic. */
  readonly alarmEmail: string | undefined;
  /** The time without a genuine callback after which an alarm goes off, in whole hours; `undefined` for never. */
  readonly alarmOnSilence: Duration | undefined;
  /** The runbook that alarms and the dashboard link; its file in the repository if `undefined`. */
  readonly runbookUrl: string | undefined;
}

/** Alarms, the topic that they are published to, and a dashboard. They are named after the scope. */
export class Monitoring extends Construct {
  readonly topic: ITopic;
  readonly #alarms: Alarms;
  readonly #dashboard: OperatorsDashboard;

  constructor(scope: Construct, id: string, props: MonitoringProps) {
    super(scope, id);
    const { monitored, alarmTopic, alarmEmail: email, alarmOnSilence: silence, runbookUrl } = props;
    this.topic = alarmTopic ?? new AlarmTopic(this, "AlarmTopic", { email }).topic;
    const common = { monitored, owner: scope, runbookUrl };
    this.#alarms = new Alarms(this, "Alarms", { ...common, topic: this.topic, silence });
    this.#dashboard = new OperatorsDashboard(this, "Dashboard", { ...common, alarms: this.#alarms.notifying });
  }

  /** The alarms that move callbacks back to the old version when they go off during a deployment. */
  get alarmsOfBadVersion(): readonly IAlarm[] {
    return this.#alarms.ofBadVersion;
  }

  /** The dashboard's URL in CloudWatch's console. */
  get dashboardUrl(): string {
    return this.#dashboard.url;
  }

  /**
   * Adds an alarm for the dead letters of a subscription, and shows it on the dashboard.
   *
   * @param id names the subscription for people
   * @param subscription the subscription, in any stack of the app
   */
  watchSubscription(id: string, subscription: CallbacksSubscription): void {
    this.#alarms.watchSubscription(subscription, id, subscription.deadLetterQueue);
    if (Stack.of(subscription) === Stack.of(this)) this.#dashboard.addDeadLetters(id, subscription.deadLetterQueue);
  }
}

import type { Duration } from "aws-cdk-lib";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import { AlarmTopic } from "./alarm-topic.ts";
import { Alarms } from "./alarms.ts";
import { createDashboard } from "./dashboard.ts";
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
}

/** Alarms, the topic that they are published to, and a dashboard. */
export class Monitoring extends Construct {
  readonly topic: ITopic;
  readonly alarms: Alarms;

  constructor(scope: Construct, id: string, props: MonitoringProps) {
    super(scope, id);
    const { monitored, alarmTopic, alarmEmail: email, alarmOnSilence: silence } = props;
    this.topic = alarmTopic ?? new AlarmTopic(this, "AlarmTopic", { email }).topic;
    this.alarms = new Alarms(this, "Alarms", { monitored, topic: this.topic, silence });
    createDashboard(this, "Dashboard", monitored);
  }
}

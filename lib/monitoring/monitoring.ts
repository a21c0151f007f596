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
  /** Who is told of alarms, instead of a topic of its own. */
  readonly alarmTopic: ITopic | undefined;
  /** Who gets a mail from the topic of its own. */
  readonly alarmEmail: string | undefined;
  /** After how long without any callback there is an alarm, in whole hours; `undefined` for never. */
  readonly alarmOnSilence: Duration | undefined;
}

/** Alarms, the topic they are published to, and a dashboard. */
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

import { Stack, Token } from "aws-cdk-lib";
import {
  Alarm,
  type AlarmBase,
  type AlarmProps,
  ComparisonOperator,
  CompositeAlarm,
  type IAlarm,
  type IAlarmRule,
  type IMetric,
  TreatMissingData,
} from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";
import { placeOf } from "./place.ts";
import { linkRunbook } from "./runbook.ts";

/** The text of an alarm. */
export interface AlarmText {
  /** The effect that users notice: the first words of the description. */
  readonly notice: string;
  /** The cause, without a full stop. */
  readonly cause: string;
  /** @default the alarm's id, in words */
  readonly name?: string;
  /** The anchor of the alarm's heading in the runbook. @default the name's */
  readonly heading?: string;
}

/** The text of an alarm, and its properties. By default it goes off at the first occurrence, and missing data does not set it off. */
export interface AlarmSettings extends Partial<AlarmProps>, AlarmText {
  readonly metric: IMetric;
}

/** Properties of an {@link AlarmFactory}. */
export interface AlarmFactoryProps {
  /** The construct that is monitored, after which alarms are named. */
  readonly owner: Construct;
  /** The topic that alarms are published to. */
  readonly topic: ITopic;
  /** The runbook that alarms link; its file in the repository if `undefined`. */
  readonly runbookUrl: string | undefined;
}

/**
 * Creates alarms whose name begins with the {@link placeOf | place} of what is monitored, and whose description links the runbook.
 *
 * CloudFormation cannot replace an alarm by another of the same name: keep the ids of constructs.
 */
export class AlarmFactory {
  /** The alarms that notify the topic. */
  readonly notifying: IAlarm[] = [];
  readonly #scope: Construct;
  readonly #props: AlarmFactoryProps;

  /** @param scope the scope of alarms */
  constructor(scope: Construct, props: AlarmFactoryProps) {
    this.#scope = scope;
    this.#props = props;
  }

  /** Creates an alarm that notifies the topic. */
  create(id: string, settings: AlarmSettings): Alarm {
    return this.#notify(this.createQuiet(id, settings));
  }

  /** Creates an alarm that does not notify the topic. */
  createQuiet(id: string, settings: AlarmSettings): Alarm {
    return this.#create(this.#scope, id, settings, this.#describe(id, settings));
  }

  /** Creates an alarm on other alarms that notifies the topic. */
  createComposite(id: string, text: AlarmText, alarmRule: IAlarmRule): CompositeAlarm {
    const { alarmName: compositeAlarmName, alarmDescription } = this.#describe(id, text);
    return this.#notify(new CompositeAlarm(this.#scope, id, { compositeAlarmName, alarmDescription, alarmRule }));
  }

  /** Creates an alarm that notifies the topic, in a construct of its own, which may be in another stack. */
  createIn(construct: Construct, id: string, settings: AlarmSettings): void {
    const texts = this.#describe(id, settings, construct);
    const isHere = Stack.of(construct) === Stack.of(this.#scope);
    this.#notify(this.#create(construct, id, settings, texts), isHere);
    // A reference to another stack, which refers to a bus in this one, would be a cycle. A nested stack's name is one.
    if (isHere || Token.isUnresolved(texts.alarmName)) return;
    this.notifying.push(Alarm.fromAlarmName(this.#scope, `${id}Of${construct.node.addr}`, texts.alarmName));
  }

  #create(scope: Construct, id: string, settings: AlarmSettings, texts: Texts): Alarm {
    const { notice: _notice, cause: _cause, name: _name, heading: _heading, ...props } = settings;
    return new Alarm(scope, id, {
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      ...props,
      ...texts,
    });
  }

  #notify<SomeAlarm extends AlarmBase>(alarm: SomeAlarm, isListed = true): SomeAlarm {
    const action = new SnsAction(this.#props.topic);
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
    if (isListed) this.notifying.push(alarm);
    return alarm;
  }

  /** The description ends without a full stop, which a mail program would take for a part of the link. */
  #describe(id: string, text: AlarmText, owner = this.#props.owner): Texts {
    const { notice, cause, name = toWords(id), heading = toAnchor(name) } = text;
    return {
      alarmName: `${placeOf(owner)} ${name}`,
      alarmDescription: `${notice}: ${cause}. ${linkRunbook(this.#props.runbookUrl, heading)}`,
    };
  }
}

type Texts = Required<Pick<AlarmProps, "alarmName" | "alarmDescription">>;

function toWords(id: string): string {
  return id.replace(/\B[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function toAnchor(name: string): string {
  return name.toLowerCase().replaceAll(" ", "-");
}

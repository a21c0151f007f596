import {
  AlarmStatusWidget,
  AlarmStatusWidgetSortBy,
  Dashboard,
  GraphWidget,
  type IAlarm,
  SingleValueWidget,
  TextWidget,
} from "aws-cdk-lib/aws-cloudwatch";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { dashboardUrl } from "./console.ts";
import { deadLettersOf, type Graph, LOST, latest, operatorsQuestions, totals } from "./graphs.ts";
import type { Monitored } from "./monitored.ts";
import { dashboardNameOf, placeOf } from "./place.ts";
import { linkRunbook } from "./runbook.ts";

/** A dashboard is 24 units wide. Up to three graphs in a row are readable. */
const WIDTH = 24;
const GRAPHS_IN_A_ROW = 3;

/** Properties of an {@link OperatorsDashboard}. */
export interface OperatorsDashboardProps {
  readonly monitored: Monitored;
  /** The construct that is monitored, after which the dashboard is named. */
  readonly owner: Construct;
  /** The alarms to show. Alarms that are added later are shown too. */
  readonly alarms: readonly IAlarm[];
  /** The runbook to link; its file in the repository if `undefined`. */
  readonly runbookUrl: string | undefined;
}

/** The dashboard. From top to bottom, it shows the alarms, the most important numbers, and answers to an operator's questions. */
export class OperatorsDashboard extends Construct {
  readonly #name: string;
  /** By title. */
  readonly #graphs = new Map<string, GraphWidget>();
  #url: string | undefined;

  constructor(scope: Construct, id: string, { monitored, owner, alarms, runbookUrl }: OperatorsDashboardProps) {
    super(scope, id);
    this.#name = dashboardNameOf(owner);
    const dashboard = new Dashboard(this, "Dashboard", { dashboardName: this.#name });
    const addHeading = (text: string, anchor: string) => dashboard.addWidgets(headingWidget(text, runbookUrl, anchor));
    addHeading(`# ${placeOf(owner)}`, "alarms");
    dashboard.addWidgets(alarmWidget(alarms));
    dashboard.addWidgets(...numberWidgets(monitored));
    for (const { question, heading, graphs } of operatorsQuestions(monitored)) {
      addHeading(`## ${question}`, heading);
      const width = WIDTH / Math.min(graphs.length, GRAPHS_IN_A_ROW);
      dashboard.addWidgets(...graphs.map((graph) => this.#addGraph(graph, width)));
    }
  }

  /** The dashboard's URL in CloudWatch's console. */
  get url(): string {
    // Not earlier: CDK warns of a mapping that nothing refers to.
    this.#url ??= dashboardUrl(this, this.#name);
    return this.#url;
  }

  /**
   * Shows the dead letters of a subscription.
   *
   * @param id names the subscription
   * @param deadLetterQueue a queue of this stack: a reference to a stack that refers to the bus in this one would be a cycle
   */
  addDeadLetters(id: string, deadLetterQueue: IQueue): void {
    this.#graphs.get(LOST)?.addLeftMetric(deadLettersOf(`subscription ${id}`, deadLetterQueue));
  }

  #addGraph({ title, metrics, lines = [] }: Graph, width: number): GraphWidget {
    const graph = new GraphWidget({
      title,
      left: [...metrics],
      leftAnnotations: [...lines],
      leftYAxis: { min: 0, showUnits: false },
      width,
    });
    this.#graphs.set(title, graph);
    return graph;
  }
}

function headingWidget(text: string, runbookUrl: string | undefined, anchor: string): TextWidget {
  const link = linkRunbook(runbookUrl, anchor);
  const markdown = `${text} · ${runbookUrl === undefined ? link : `[Runbook](${link})`}`;
  return new TextWidget({ markdown, width: WIDTH, height: 1 });
}

/** CDK reads the alarms at the end of synthesis, when the list is complete. */
function alarmWidget(alarms: readonly IAlarm[]): AlarmStatusWidget {
  const sortBy = AlarmStatusWidgetSortBy.STATE_UPDATED_TIMESTAMP;
  return new AlarmStatusWidget({ title: "Alarms", alarms: alarms as IAlarm[], sortBy, width: WIDTH, height: 5 });
}

function numberWidgets(monitored: Monitored): SingleValueWidget[] {
  const size = { width: WIDTH / 2, height: 4 };
  return [
    new SingleValueWidget({
      title: "In the time shown",
      metrics: totals(monitored),
      setPeriodToTimeRange: true,
      ...size,
    }),
    new SingleValueWidget({ title: "Now", metrics: latest(monitored), ...size }),
  ];
}

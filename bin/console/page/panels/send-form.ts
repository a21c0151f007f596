import { refreshTimes } from "../../../shared/fresh-times.ts";
import type { DocumentedCommand, Sample, SendInput, Signing } from "../../protocol.ts";
import { get } from "../api.ts";
import { createStore } from "../create-store.ts";
import { nextTime } from "../next-time.ts";
import type { Draft } from "../store.ts";

/** How often to send a callback. */
export const REPETITIONS = ["once", "twice", "rate"] as const;

/** What the form of the Send panel holds. */
export interface SendForm {
  readonly command: string;
  readonly body: string;
  /** The documented body that {@link body} was made of; absent for a callback from the list. */
  readonly sample?: Sample | undefined;
  readonly signing: Signing;
  readonly repetition: (typeof REPETITIONS)[number];
  readonly perSecond: number;
  readonly seconds: number;
  /** The callback from the list that the form has taken over. */
  readonly draft?: Draft;
}

/** The form outlives the panel, so that changing the tab loses nothing. */
export const sendForm = createStore<SendForm>({
  command: "",
  body: "",
  signing: "correct",
  repetition: "once",
  perSecond: 20,
  seconds: 10,
});

/** Fills the form with a documented body of a command; the first one unless told otherwise. */
export async function chooseSample({ command, shapes }: DocumentedCommand, shape = shapes[0] ?? ""): Promise<void> {
  const { body } = await get("/api/sample", { command, shape });
  sendForm.set({ command, body, sample: { shape, number: shapes.indexOf(shape) + 1, body } });
}

/** What `POST /api/send` takes to send what the form holds now: with the current time where the sample's was not edited. */
export function sendInput(form: SendForm): SendInput {
  const { command, sample, signing, repetition, perSecond, seconds } = form;
  const body = sample ? refreshTimes(form.body, sample.body, nextTime()) : form.body;
  const often = { once: {}, twice: { times: 2 }, rate: { rate: { perSecond, seconds } } };
  return { command, body, signing, ...often[repetition] };
}

import { burst } from "./stories/burst.ts";
import { destinationDown } from "./stories/destination-down.ts";
import { everythingDown } from "./stories/everything-down.ts";
import { forgedCallbacks } from "./stories/forged-callbacks.ts";
import { handlerDown } from "./stories/handler-down.ts";
import { lostAnswer } from "./stories/lost-answer.ts";
import type { Story } from "./stories/story.ts";
import { tokenRotated } from "./stories/token-rotated.ts";

/** The console's stories, in the order in which it offers them. */
export const STORIES: readonly Story[] = [
  destinationDown,
  handlerDown,
  lostAnswer,
  everythingDown,
  tokenRotated,
  forgedCallbacks,
  burst,
];

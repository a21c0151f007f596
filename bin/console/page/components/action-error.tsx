import type { Action } from "./use-action.ts";

/** Why an action failed, if it did; screen readers read it out. */
export function ActionError({ action: { error } }: { readonly action: { readonly error?: Action["error"] } }) {
  return error === undefined ? null : (
    <p class="error" role="alert">
      {error}
    </p>
  );
}

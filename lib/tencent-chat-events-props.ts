import type { FUNCTION_SETTINGS, ValueOf } from "../functions/settings.ts";
import { type CONSTRUCT_SETTINGS, SETTINGS } from "./settings.ts";

/** The construct takes the duration `tokenOverlap` instead of a number of seconds. */
type FunctionSettings = Omit<typeof FUNCTION_SETTINGS, "tokenOverlapSeconds">;

type RequiredName = {
  [Name in keyof FunctionSettings]: FunctionSettings[Name] extends { readonly required: true } ? Name : never;
}[keyof FunctionSettings];

// TypeScript keeps the settings' docstrings only in types that map the keys of an object type, as these two do.
type Values<Settings> = { readonly [Name in keyof Settings]: ValueOf<Settings[Name]> };
type OptionalValues<Settings> = { readonly [Name in keyof Settings]?: ValueOf<Settings[Name]> | undefined };

/** Properties of `TencentChatEvents`, which `functions/settings.ts` and `lib/settings.ts` define. */
export interface TencentChatEventsProps
  extends Values<Pick<FunctionSettings, RequiredName>>,
    OptionalValues<Omit<FunctionSettings, RequiredName>>,
    OptionalValues<typeof CONSTRUCT_SETTINGS> {}

type WithDefault<Settings> = {
  readonly [Name in keyof Settings as Settings[Name] extends { readonly default: unknown } ? Name : never]: ValueOf<
    Settings[Name]
  >;
};

/** Properties whose defaults are applied. */
export type ResolvedProps = TencentChatEventsProps &
  WithDefault<FunctionSettings> &
  WithDefault<typeof CONSTRUCT_SETTINGS>;

/** Applies the defaults of properties that are missing. */
export function applyDefaults(props: TencentChatEventsProps): ResolvedProps {
  const resolved = Object.entries(SETTINGS).map(([name, { default: fallback }]) => [
    name,
    props[name as keyof TencentChatEventsProps] ?? fallback,
  ]);
  return Object.fromEntries(resolved) as ResolvedProps;
}

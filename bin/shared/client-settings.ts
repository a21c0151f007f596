/** Settings of AWS's clients. */
export interface ClientSettings {
  /** @default that of the AWS configuration */
  readonly region?: string;
  readonly requestHandler: {
    readonly connectionTimeout: number;
    readonly requestTimeout: number;
    readonly throwOnRequestTimeout: boolean;
  };
}

/**
 * Creates settings with which the clients give up after seconds. By default they wait for as long as the operating system
 * does, minutes if a firewall drops packets (https://github.com/aws/aws-sdk-js-v3/blob/main/supplemental-docs/CLIENTS.md).
 *
 * @param region that of the AWS configuration if omitted
 */
export function clientSettings(region?: string): ClientSettings {
  const requestHandler = { connectionTimeout: 5_000, requestTimeout: 10_000, throwOnRequestTimeout: true };
  return region === undefined ? { requestHandler } : { region, requestHandler };
}

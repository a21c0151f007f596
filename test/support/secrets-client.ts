import { AwsError } from "../../functions/aws/aws-error.ts";
import type { JsonClient } from "../../functions/aws/json-client.ts";
import type { Stage } from "../../local/secret-versions.ts";

/**
 * A client of Secrets Manager that answers GetSecretValue as told.
 *
 * @param getSecretValue returns `undefined` when no version has the stage
 */
export function secretsClient(getSecretValue: (stage: Stage) => unknown): Pick<JsonClient, "call"> {
  return {
    async call<Output>(_operation: string, input: object, _deadline: number, check?: (output: Output) => void) {
      const { VersionStage } = input as { VersionStage: Stage };
      const output = await getSecretValue(VersionStage);
      if (output === undefined) throw new AwsError("ResourceNotFoundException", `no ${VersionStage}`);
      check?.(output as Output);
      return output as Output;
    },
  };
}

/**
 * Explains that AWS's clients found no region or no credentials on this machine, which no option of the user's is to blame for.
 *
 * @param error what a client threw
 * @returns what is missing and what to do; `undefined` for any other error
 */
export function explainAwsConfiguration(error: unknown): string | undefined {
  const { name, message } = error as Error;
  if (message === "Region is missing") return "No AWS region: export AWS_REGION, such as AWS_REGION=eu-central-1";
  if (name !== "CredentialsProviderError") return undefined;
  // Its other messages say what to do, such as logging in again.
  return /^Could not load credentials/.test(message)
    ? "No AWS credentials: export AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    : `No AWS credentials: ${message}`;
}

const EXPIRED = /^(ExpiredToken|RequestExpired)/;
const REFUSED = /^(InvalidClientTokenId|UnrecognizedClient|InvalidAccessKeyId|AuthFailure|IncompleteSignature)/;
const CLOCK = /^(SignatureDoesNotMatch|InvalidSignature|RequestTimeTooSkewed)/;

/**
 * Explains an error that this machine's configuration or network causes, rather than the request or an option of the user's.
 * The names are AWS's common errors (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html).
 *
 * @param error what a client threw
 * @returns what is wrong and what to do, in one line without AWS's own text, which may quote the request; `undefined` for any
 *   other error
 */
export function explainAwsConfiguration(error: unknown): string | undefined {
  const { name, message, code } = error as NodeJS.ErrnoException;
  if (message === "Region is missing") return "No AWS region: export AWS_REGION, such as AWS_REGION=eu-central-1";
  if (message.startsWith("Region not accepted")) {
    return "The AWS region is malformed: export AWS_REGION, such as AWS_REGION=eu-central-1";
  }
  if (name === "CredentialsProviderError" || name === "TokenProviderError") {
    // Its other messages say what to do, such as logging in again.
    return /^Could not load credentials/.test(message)
      ? "No AWS credentials: export AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
      : `No AWS credentials: ${message}`;
  }
  if (EXPIRED.test(name)) return "The AWS credentials have expired: log in again, or export new ones";
  if (REFUSED.test(name)) return "AWS does not know the credentials: check AWS_PROFILE or AWS_ACCESS_KEY_ID";
  if (CLOCK.test(name)) {
    return "AWS refused the request's signature: check AWS_SECRET_ACCESS_KEY and this machine's clock";
  }
  if (name === "TimeoutError" || /^(E[A-Z]+|EAI_AGAIN)$/.test(code ?? "")) {
    return `AWS can't be reached (${code ?? name}): check the network, the region and any URL given`;
  }
  return undefined;
}

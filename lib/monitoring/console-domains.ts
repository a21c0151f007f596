/** The domain of AWS's console, by partition. A region's own console is at `<region>.<domain>`. */
export const CONSOLE_DOMAINS = {
  aws: "console.aws.amazon.com",
  "aws-cn": "console.amazonaws.cn",
  "aws-us-gov": "console.amazonaws-us-gov.com",
  "aws-eusc": "console.amazonaws-eusc.eu",
} as const;

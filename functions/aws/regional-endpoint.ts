/**
 * The endpoint of a service in a region (https://docs.aws.amazon.com/general/latest/gr/rande.html); China's regions have
 * a domain of their own.
 *
 * @param service the service as hostnames write it, such as `events`
 */
export function regionalEndpoint(service: string, region: string): string {
  return `https://${service}.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;
}

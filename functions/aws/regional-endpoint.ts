/**
 * The endpoint of a service in a region (https://docs.aws.amazon.com/general/latest/gr/rande.html). Regions in China have
 * their own domain.
 *
 * @param service the service as it appears in hostnames, such as `events`
 */
export function regionalEndpoint(service: string, region: string): string {
  return `https://${service}.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;
}

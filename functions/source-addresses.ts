import { BlockList, isIP } from "node:net";

/** A set of source addresses. */
export interface SourceAddresses {
  /** Whether an IPv4 or IPv6 address belongs to the set; what is no address does not. */
  has(address: string): boolean;
}

/**
 * Reads a list of addresses and CIDRs.
 *
 * @param list IPv4 and IPv6 addresses or CIDRs, separated by commas
 * @throws {RangeError} naming the entry that is neither
 */
export function parseSourceAddresses(list: string): SourceAddresses {
  const addresses = new BlockList();
  for (const entry of list.split(",").map((part) => part.trim())) {
    const [address = "", prefix, ...rest] = entry.split("/");
    const version = isIP(address);
    const bits = version === 6 ? 128 : 32;
    const prefixLength = prefix === undefined ? bits : Number(prefix);
    if (version === 0 || rest.length > 0 || !/^\d+$/.test(prefix ?? "0") || prefixLength > bits) {
      throw new RangeError(`'${entry}' is neither an address nor a CIDR, such as 203.0.113.0/24 or 2001:db8::/32`);
    }
    addresses.addSubnet(address, prefixLength, family(version));
  }
  return {
    has: (address) => {
      const version = isIP(address);
      return version !== 0 && addresses.check(address, family(version));
    },
  };
}

function family(version: number): "ipv4" | "ipv6" {
  return version === 6 ? "ipv6" : "ipv4";
}

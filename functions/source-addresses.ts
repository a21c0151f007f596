import { BlockList, isIP } from "node:net";

/** A set of source addresses. */
export interface SourceAddresses {
  /**
   * Tells whether an address belongs to the set.
   *
   * @param address an IPv4 or IPv6 address; other text belongs to no set
   */
  has(address: string): boolean;
}

/**
 * Creates a set of addresses.
 *
 * @param entries IPv4 and IPv6 addresses or CIDRs, at least one
 * @throws {RangeError} naming the first invalid entry
 */
export function createSourceAddresses(entries: readonly string[]): SourceAddresses {
  if (entries.length === 0) throw new RangeError("expected at least one address or CIDR, or no list to allow any");
  const addresses = new BlockList();
  for (const entry of entries.map((untrimmed) => untrimmed.trim())) {
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

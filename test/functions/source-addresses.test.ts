import { describe, expect, test } from "vitest";
import { createSourceAddresses } from "../../functions/source-addresses.ts";

describe("A set of source addresses", () => {
  const addresses = createSourceAddresses(["203.0.113.0/24", " 198.51.100.7", "2001:db8::/32 ", "::1"]);

  test.each(["203.0.113.0", "203.0.113.255", "198.51.100.7", "2001:db8:ffff::1", "::1"])("contains %s", (address) => {
    expect(addresses.has(address)).toBe(true);
  });

  test.each(["203.0.114.0", "198.51.100.8", "2001:db9::1", "::2", "", "localhost", "203.0.113.1, 203.0.113.2"])(
    "does not contain %o",
    (address) => {
      expect(addresses.has(address)).toBe(false);
    },
  );

  test.each([
    "",
    "203.0.113.0/33",
    "2001:db8::/129",
    "203.0.113.0/",
    "203.0.113.0/-1",
    "203.0.113.0/8/8",
    "host",
    "1.2",
    "203.0.113.0/24,::1",
  ])("cannot be created from %o", (entry) => {
    expect(() => createSourceAddresses(["203.0.113.0/24", entry])).toThrow(
      `'${entry}' is neither an address nor a CIDR`,
    );
  });

  test("cannot be created from nothing, which would allow no address", () => {
    expect(() => createSourceAddresses([])).toThrow("expected at least one address or CIDR");
  });

  test("from 0.0.0.0/0 has every IPv4 address and no IPv6 address", () => {
    expect(createSourceAddresses(["0.0.0.0/0"]).has("255.255.255.255")).toBe(true);
    expect(createSourceAddresses(["0.0.0.0/0"]).has("2001:db8::1")).toBe(false);
  });
});

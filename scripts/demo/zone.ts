/** A time zone file (RFC 8536) that is little more than a rule: made without a zone database, read by every reader of version 2. */

/** `rule` is a POSIX TZ string such as `CET-1CEST,M3.5.0,M10.5.0/3`. */
export function zoneFile(rule: string): Buffer {
  // One type, UTC; readers apply the rule after the last transition, so there must be one: long ago.
  const name = Buffer.from("UTC\0");
  const type = Buffer.alloc(6);
  const old = block(name, type, Buffer.alloc(0));
  const longAgo = Buffer.alloc(9);
  longAgo.writeBigInt64BE(-(2n ** 40n));
  return Buffer.concat([old, block(name, type, longAgo), Buffer.from(`\n${rule}\n`)]);
}

/** `transitions`: none, or one of 8 bytes of time and the byte of its type. */
function block(name: Buffer, type: Buffer, transitions: Buffer): Buffer {
  const header = Buffer.alloc(44);
  header.write("TZif2", "latin1");
  header.writeUInt32BE(transitions.length / 9, 32);
  header.writeUInt32BE(1, 36);
  header.writeUInt32BE(name.length, 40);
  return Buffer.concat([header, transitions, type, name]);
}

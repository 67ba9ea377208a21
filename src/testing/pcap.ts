/**
 * Makes small captures for a real sensor: DNS questions with their answers, TLS ClientHellos and HTTP requests, as Ethernet
 * frames over IPv4. Checksums are 0: let the sensor ignore them (`suricata -k none`).
 *
 * @see https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-04.html the file format
 */

/** One packet, with its Ethernet header. */
type Packet = Buffer

interface Ends {
  readonly from: number
  readonly to: number
  readonly fromPort: number
  readonly toPort: number
}

const client = 0x0a000001 // 10.0.0.1
const server = 0xc0000201 // 192.0.2.1
const [tcp, udp] = [6, 17]

const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff])
const u32 = (value: number): Buffer => Buffer.from([value >>> 24, value >>> 16, value >>> 8, value])
/** The bytes behind their length, which takes two. */
const counted = (bytes: Buffer): Buffer => Buffer.concat([u16(bytes.length), bytes])

/** RFC 791 3.1, in an Ethernet frame. */
const ipv4 = (protocol: number, { from, to }: Ends, payload: Buffer): Packet =>
  Buffer.concat([
    ...[Buffer.from('0200000000010200000000020800', 'hex'), Buffer.from([0x45, 0])],
    ...[u16(20 + payload.length), u16(0), u16(0x4000), Buffer.from([64, protocol]), u16(0)],
    ...[u32(from), u32(to), payload],
  ])

const datagram = (ends: Ends, payload: Buffer): Packet =>
  ipv4(
    udp,
    ends,
    Buffer.concat([u16(ends.fromPort), u16(ends.toPort), u16(8 + payload.length), u16(0), payload]),
  )

/** RFC 9293 3.1. */
const segment = (ends: Ends, seq: number, ack: number, flags: number, payload: Buffer): Packet =>
  ipv4(
    tcp,
    ends,
    Buffer.concat([
      ...[u16(ends.fromPort), u16(ends.toPort), u32(seq), u32(ack)],
      ...[Buffer.from([0x50, flags]), u16(0xffff), u16(0), u16(0), payload],
    ]),
  )
const [fin, syn, push, acknowledge] = [1, 2, 8, 16]

const back = ({ from, to, fromPort, toPort }: Ends): Ends => ({
  ...{ from: to, to: from, fromPort: toPort, toPort: fromPort },
})

/** A whole connection: the client says one thing, the server another. */
const connection = (ends: Ends, asked: Buffer, answered: Buffer): readonly Packet[] => {
  const [none, answer] = [Buffer.alloc(0), back(ends)]
  const [mine, yours] = [101 + asked.length, 501 + answered.length]
  return [
    segment(ends, 100, 0, syn, none),
    segment(answer, 500, 101, syn | acknowledge, none),
    segment(ends, 101, 501, acknowledge, none),
    segment(ends, 101, 501, push | acknowledge, asked),
    segment(answer, 501, mine, push | acknowledge, answered),
    segment(ends, mine, yours, fin | acknowledge, none),
    segment(answer, yours, mine + 1, fin | acknowledge, none),
    segment(ends, mine + 1, yours + 1, acknowledge, none),
  ]
}

/** RFC 1035 3.1. */
const labels = (name: string): Buffer =>
  Buffer.concat([
    ...name
      .split('.')
      .map(label => Buffer.concat([Buffer.from([label.length]), Buffer.from(label, 'latin1')])),
    Buffer.from([0]),
  ])

/** A question for an address, and its answer. */
const dns = (ends: Ends, name: string): readonly Packet[] => {
  const question = Buffer.concat([labels(name), u16(1), u16(1)])
  const header = (flags: number, answers: number) =>
    Buffer.concat([u16(ends.fromPort), u16(flags), u16(1), u16(answers), u16(0), u16(0)])
  const answer = Buffer.concat([u16(0xc00c), u16(1), u16(1), u32(60), counted(u32(server))])
  return [
    datagram(ends, Buffer.concat([header(0x0100, 0), question])),
    datagram(back(ends), Buffer.concat([header(0x8180, 1), question, answer])),
  ]
}

/** A ClientHello with a server name (RFC 5246 7.4.1.2, RFC 6066 3), and an alert of the server. */
const tls = (ends: Ends, name: string): readonly Packet[] => {
  const host = Buffer.concat([Buffer.from([0]), counted(Buffer.from(name, 'latin1'))])
  const extensions = Buffer.concat([u16(0), counted(counted(host))])
  const hello = Buffer.concat([
    ...[u16(0x0303), Buffer.alloc(32, 7), Buffer.from([0])],
    ...[counted(u16(0xc02f)), Buffer.from([1, 0]), counted(extensions)],
  ])
  const handshake = Buffer.concat([Buffer.from([1, 0]), counted(hello)])
  const record = (type: number, bytes: Buffer) =>
    Buffer.concat([Buffer.from([type]), u16(0x0301), counted(bytes)])
  return connection(ends, record(22, handshake), record(21, Buffer.from([2, 40])))
}

const http = (ends: Ends, name: string): readonly Packet[] =>
  connection(
    ends,
    Buffer.from(`GET / HTTP/1.1\r\nHost: ${name}\r\nUser-Agent: test\r\n\r\n`),
    Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'),
  )

const kinds = { dns: [dns, 53], tls: [tls, 443], http: [http, 80] } as const

/** Which name is asked for, or sent to the server, by which protocol. */
export type Sent = readonly [protocol: keyof typeof kinds, name: string]

/**
 * A capture in which a client sends these names, one a second.
 *
 * @param start epoch seconds of the first
 */
export const pcapOf = (sent: readonly Sent[], start: number): Buffer => {
  const header = Buffer.concat([u32(0xa1b2c3d4), u16(2), u16(4), u32(0), u32(0), u32(65_535), u32(1)])
  const packets = sent.flatMap(([protocol, name], at) => {
    const [make, toPort] = kinds[protocol]
    const ends = { from: client, to: server, fromPort: 20_000 + at, toPort }
    return make(ends, name).map((packet, i) => {
      const length = u32(packet.length)
      return Buffer.concat([u32(start + at), u32(i * 1_000), length, length, packet])
    })
  })
  return Buffer.concat([header, ...packets])
}

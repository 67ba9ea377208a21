/** Builds EVE records for the tests of their parser. */
import type { Event, LineSkip } from '../../model/event.js'
import { openParser } from '../parser.js'
import type { RecordSource } from '../../model/event.js'

/** A record as a line of JSON. */
export const text = (record: unknown): string =>
  typeof record === 'string' ? record : JSON.stringify(record)

/** Parses one record, given as an object or as a line, with a new parser. */
export const parse = (
  record: unknown,
  sources: readonly RecordSource[] = ['dns'],
): readonly Event[] | LineSkip =>
  openParser({ stated: 'auto', sources: new Set(sources), header: '' }).parse(Buffer.from(text(record)))

/** The fields that all records of one flow have. */
export const flow = {
  timestamp: '2023-03-08T22:05:16.231213+0000',
  flow_id: 2162284216176514,
  event_type: 'dns',
  src_ip: '172.16.1.99',
  src_port: 56848,
  dest_ip: '149.112.112.112',
  dest_port: 53,
  proto: 'UDP',
  community_id: '1:OYCl',
}

/** The kit for tests of responses: lines of Suricata, and the ingest loop over a log that grows. */
import type { Test } from 'tap'
import { ingest, type IngestOptions } from '../../ingest/ingest.js'
import { NotUnderstood } from '../../ingest/not-understood.js'
import { QuestionReader } from '../../ingest/reader.js'
import type { Registration } from '../../model/domain.js'
import { createReducer } from '../../names/psl.js'
import { overdue, settlements } from '../../resolve/settle.js'
import { growing } from '../../testing/growing.js'
import { openLife, registered, policy, putRegistration, until } from '../../testing/pipeline-kit.js'
import { createWake } from '../../time/wake.js'

export const line = (flow: number, dns: object, more = {}) =>
  `${JSON.stringify({
    ...{ timestamp: '2026-11-21T11:59:59.000001+0000', flow_id: flow, event_type: 'dns', proto: 'UDP' },
    ...{ src_ip: '10.0.0.1', src_port: 9000, dest_ip: '10.0.0.53', dest_port: 53, ...more },
    dns: { version: 2, id: 7, ...dns },
  })}\n`
export const asks = (rrname: string, flow = 1) => line(flow, { type: 'query', rrname, rrtype: 'A' })
export const says = (rrname: string, flow = 1, rcode = 'NOERROR', ...texts: readonly string[]) =>
  line(flow, {
    ...{ type: 'answer', rrname, rrtype: 'A', rcode },
    answers: texts.map(rdata => ({ rrname, rrtype: 'A', ttl: 9, rdata })),
  })
export const v1 = (rrname: string, rdata: string) =>
  line(1, { version: 1, type: 'answer', rrname, rrtype: 'A', rcode: 'NOERROR', ttl: 9, rdata })

export interface RecordLine {
  readonly query: string
  readonly category: string
  readonly rcode_name?: string
  readonly answers?: readonly string[]
  readonly answers_count?: number
  readonly alerts: readonly string[]
  readonly tags?: readonly string[]
  readonly record_id: string
  readonly followup_of?: string
}

export const setUp = (test: Test, use: Partial<typeof policy> = {}, dir = test.testdir()) => {
  const life = openLife(test, dir)
  for (const name of ['a.com', 'b.com', 'seen.com']) putRegistration(life.store, name, registered())
  const file = growing(life.store.newFile())
  const wake = createWake()
  const end = new AbortController()
  const own = { ...policy, emit: 'every' as const, responseMs: 2_000, ...use }
  const options: IngestOptions = {
    ...{
      source: file.source,
      reader: new QuestionReader({ sources: new Set(['dns']), reducer: createReducer([]) }),
      policy: own,
      wake,
    },
    ...{ notUnderstood: new NotUnderstood(), committer: life.committer, commitMsMax: life.commitMsMax },
    ...{ store: life.store, clock: life.clock, telemetry: life.telemetry },
    ...{ onWaiting: () => undefined, onEfficiency: () => undefined },
  }
  const records = (): RecordLine[] =>
    life
      .written()
      .split('\n')
      .filter(text => text !== '')
      .map(text => JSON.parse(text) as RecordLine)
  /** What is due by then is written. */
  const pass = (ms: number) => {
    life.clock.pass(ms)
    const at = life.clock.now()
    return life.committer.commit({ dueBy: at }, known => overdue(known, own, at), end.signal)
  }
  /** What is read in one look, and in one transaction. */
  const read = async (...lines: readonly string[]) => {
    const committed = life.reports.filter(({ kind }) => kind === 'batch').length
    file.write(lines.join(''))
    wake.call()
    await until(() => life.reports.filter(({ kind }) => kind === 'batch').length > committed)
    await pass(0)
  }
  /** A registry answers. */
  const answer = (name: string, registration: Registration) =>
    life.committer.commit(
      { domains: [name], registrables: [name] },
      (known, at) => settlements(new Map([[name, { registration, random: 1 }]]), known, own, at),
      end.signal,
    )
  return {
    answer,
    ...life,
    ...file,
    options,
    records,
    read,
    pass,
    end,
    run: () => ingest(options, false, end.signal),
  }
}

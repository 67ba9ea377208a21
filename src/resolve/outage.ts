/**
 * Detects that the network is down. When no registry could be reached for `outageMs`, look-ups count as off: a site that
 * is cut off writes UNKNOWN instead of errors, and sends a probe now and then. Time is an argument.
 */
import { outageMs, outageProbeMs } from '../limits.js'
import type { Registration } from '../model/domain.js'
import type { Telemetry } from '../telemetry/report.js'

/** Failures of the path to a server. */
const unreachable: ReadonlySet<string> = new Set(['timeout', 'network-error', 'no-bootstrap'])
/** Outcomes without a query: they say nothing about the network. */
const unasked: ReadonlySet<string> = new Set([
  ...['no-rdap-service', 'prohibited-tld', 'isc-denied'],
  ...['private-address', 'bad-redirect'],
])

/** Whether no server was reached. An ISC that tells of a registry's timeout was reached itself. */
export const isUnreachable = (answer: Registration): boolean =>
  answer.kind === 'failed' && answer.isc === undefined && unreachable.has(answer.reason)

const isUnasked = (answer: Registration): boolean => 'reason' in answer && unasked.has(answer.reason)

export class Outage {
  readonly #telemetry: Telemetry
  /** Servers that could not be reached since the last answer of any server. Bounded by bootstrap file and settings. */
  readonly #failed = new Set<string>()
  /** Epoch ms of the first and the last look-up that failed since the last answer. */
  #first: number | undefined
  #last = -Infinity
  #isOn = false
  #probed = -Infinity

  constructor(telemetry: Telemetry) {
    this.#telemetry = telemetry
  }

  /** Epoch ms at which the outage began; undefined when there is none. */
  get since(): number | undefined {
    return this.#isOn ? this.#first : undefined
  }

  /** To be called with the outcome of each look-up. @param now epoch ms */
  observe(server: string, answer: Registration, now: number): void {
    if (isUnasked(answer)) return
    if (!isUnreachable(answer)) {
      this.#end(now)
      return
    }
    this.#first ??= now
    this.#last = now
    this.#failed.add(server)
    this.look(now)
  }

  /**
   * Begins an outage when it is time. A single failure, or two around a suspend of the host, are none: a look-up must also
   * have failed in the second half of `outageMs`. Not at its very end, since failing servers are asked ever more rarely.
   */
  look(now: number): void {
    if (this.#first === undefined || this.#isOn) return
    // If the clock was set back, the time counts from now.
    this.#first = Math.min(this.#first, now)
    if (now - this.#first < outageMs || this.#last - this.#first < outageMs / 2) return
    this.#isOn = true
    this.#probed = now
    const seconds = secondsOf(now - this.#first)
    this.#telemetry({ kind: 'network-down', servers: this.#failed.size, seconds })
  }

  /** Whether look-ups at this server count as off. A server that was not tried in this outage is asked first. */
  covers(server: string): boolean {
    return this.#isOn && this.#failed.has(server)
  }

  /** How many look-ups may be under way at a server: in an outage one probe at a time, every `outageProbeMs`. */
  most(server: string, now: number): number {
    if (!this.#isOn) return Infinity
    if (!this.#failed.has(server)) return 1
    // Math.abs: the clock may have been set back since.
    return Math.abs(now - this.#probed) >= outageProbeMs ? 1 : 0
  }

  /** To be called when a look-up begins. */
  asked(server: string, now: number): void {
    if (this.covers(server)) this.#probed = now
  }

  #end(now: number): void {
    if (this.#isOn) this.#telemetry({ kind: 'network-up', seconds: secondsOf(now - (this.#first ?? now)) })
    this.#isOn = false
    this.#first = undefined
    this.#last = -Infinity
    this.#failed.clear()
  }
}

const secondsOf = (ms: number): number => Math.round(ms / 1000)

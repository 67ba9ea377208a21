/**
 * Whether there is a network at all. When no registry could be reached for `outageMs`, look-ups count as off: a site that
 * is cut off writes UNKNOWN instead of errors, and asks now and then whether somebody answers. Time is an argument.
 */
import { outageMs, outageProbeMs } from '../limits.js'
import type { Registration } from '../model/domain.js'
import type { Telemetry } from '../telemetry/report.js'

/** Failures that come from the way to a server, and not from the server. */
const unreachable: ReadonlySet<string> = new Set(['timeout', 'network-error', 'no-bootstrap'])
/** Said without anybody being asked: they tell nothing of the network. */
const unasked: ReadonlySet<string> = new Set([
  ...['no-rdap-service', 'prohibited-tld', 'isc-denied'],
  ...['private-address', 'bad-redirect'],
])

/** The answer says that nobody was reached. */
export const isUnreachable = (answer: Registration): boolean =>
  answer.kind === 'failed' && unreachable.has(answer.reason)

const saysNothing = (answer: Registration): boolean => 'reason' in answer && unasked.has(answer.reason)

export class Outage {
  readonly #telemetry: Telemetry
  /** Servers that could not be reached since anybody was. As many as bootstrap file and settings name. */
  readonly #failed = new Set<string>()
  /** Epoch ms of the first and the last look-up that failed since one was answered. */
  #first: number | undefined
  #last = -Infinity
  #isOn = false
  #probed = -Infinity

  constructor(telemetry: Telemetry) {
    this.#telemetry = telemetry
  }

  /** Epoch ms since which nobody could be reached, where that is so for long enough. */
  get since(): number | undefined {
    return this.#isOn ? this.#first : undefined
  }

  /** A look-up at a server has ended. @param now epoch ms */
  heard(server: string, answer: Registration, now: number): void {
    if (saysNothing(answer)) return
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
   * Time has passed. One failure with nothing behind it is no outage, nor is a host that was asleep: some look-up must
   * have failed late, too. A server that fails is asked ever more rarely, so not at the very end.
   */
  look(now: number): void {
    if (this.#first === undefined || this.#isOn) return
    // The clock was set back.
    this.#first = Math.min(this.#first, now)
    if (now - this.#first < outageMs || this.#last - this.#first < outageMs / 2) return
    this.#isOn = true
    this.#probed = now
    const seconds = secondsOf(now - this.#first)
    this.#telemetry({ kind: 'network-down', servers: this.#failed.size, seconds })
  }

  /** Whether look-ups at this server count as off. One that was not tried in this outage is asked first. */
  covers(server: string): boolean {
    return this.#isOn && this.#failed.has(server)
  }

  /** How many names may be under way at a server. */
  most(server: string, now: number): number {
    if (!this.#isOn) return Infinity
    if (!this.#failed.has(server)) return 1
    // The clock may have been set back since.
    return Math.abs(now - this.#probed) >= outageProbeMs ? 1 : 0
  }

  /** A name of a server is asked for. */
  asked(server: string, now: number): void {
    if (this.covers(server)) this.#probed = now
  }

  /** Somebody has answered. */
  #end(now: number): void {
    if (this.#isOn) this.#telemetry({ kind: 'network-up', seconds: secondsOf(now - (this.#first ?? now)) })
    this.#isOn = false
    this.#first = undefined
    this.#last = -Infinity
    this.#failed.clear()
  }
}

const secondsOf = (ms: number): number => Math.round(ms / 1000)

/** The types of a script: which sensors write what, and what happens to their logs, the daemon and its host. */
/** A folder to which a sensor writes, and the input that leads to it. */
export interface SensorPlan {
  readonly format: 'zeek-tsv' | 'zeek-json' | 'eve-v2' | 'eve-v3'
  /** Rotated logs get a date or a number that shifts; or each log has a name of its own from the start. */
  readonly naming: 'dated' | 'numbered' | 'interval'
  readonly reach: 'file' | 'folder' | 'glob'
  /** The folder is the target of a symbolic link `current`. */
  readonly linked: boolean
  /**
   * How the daemon finds a folder that `current` no longer leads to: not at all; by its name, a date, beside the link; or
   * by the input, a glob over all folders.
   */
  readonly left: 'unreachable' | 'by-day' | 'by-input'
  /** Logs written side by side: eve.1.json, eve.2.json. */
  readonly threads: number
  /** With O_APPEND; or at an offset of its own, so that a truncation in place leaves a hole. */
  readonly writes: 'at-end' | 'at-offset'
  /** logrotate renames its logs, or copies them and truncates them in place. */
  readonly rotatedBy: 'rename' | 'copytruncate'
}

/** The moment of a kill: so many records or milliseconds later, or with a share of the next append written. */
export type Moment = { readonly records: number } | { readonly ms: number } | { readonly share: number }

/** `log`: an index over the logs of all sensors. `settled`: a running daemon first reads all lines. */
export type LogAction =
  | { readonly do: 'append' | 'late'; readonly log: number; readonly lines: number; readonly keep: number }
  | { readonly do: 'rotate'; readonly log: number; readonly gap: boolean }
  | { readonly do: 'truncate' | 'delete' | 'prune'; readonly log: number; readonly settled: boolean }
  | { readonly do: 'copytruncate' | 'pack' | 'archive' | 'switch'; readonly log: number }

/** `seconds`: the offset of the clock from the true time. `ms`: a duration. */
export type HostAction =
  { readonly do: 'clock-step'; readonly seconds: number } | { readonly do: 'disk-full'; readonly ms: number }

export type Action =
  | LogAction
  | { readonly do: 'start' }
  | { readonly do: 'stop' }
  | { readonly do: 'hup' }
  | { readonly do: 'settle' }
  | { readonly do: 'kill'; readonly after: Moment }
  | { readonly do: 'lock'; readonly ms: number }
  | { readonly do: 'output-rotate'; readonly hup: boolean }
  | { readonly do: 'output-delete' }
  | HostAction

/** Events of the host: see host-script.ts. */
export interface HostPlan {
  /** The files that are on a small disk, which is full at times. */
  readonly disk: 'nothing' | 'output' | 'data' | 'both'
  /** Look-ups are on. */
  readonly lookups: boolean
}

export interface Script {
  readonly seed: number
  readonly sensors: readonly SensorPlan[]
  readonly emit: 'every' | 'distinct'
  /** The size from which on the daemon rotates its own output; undefined: it does not. */
  readonly rotate: string | undefined
  /** Undefined: without events of the host, and without look-ups. */
  readonly host?: HostPlan
  readonly actions: readonly Action[]
}

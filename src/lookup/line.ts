/** A waiting line: first come, first served; whoever no longer wants to wait leaves it without a trace. */

export interface Line {
  readonly isEmpty: () => boolean
  /** Resolves with true when let in, with false when the signal aborted before. */
  readonly stand: (signal: AbortSignal) => Promise<boolean>
  /** Lets in the first one, if there is one. */
  readonly letIn: () => void
}

/** @param onChange called when somebody has come or left by himself */
export const createLine = (onChange: () => void): Line => {
  const waiting = new Set<() => void>()
  return {
    isEmpty: () => waiting.size === 0,
    letIn: () => {
      const [first] = waiting
      first?.()
    },
    stand: signal =>
      new Promise(resolve => {
        const end = (entered: boolean): void => {
          waiting.delete(enter)
          signal.removeEventListener('abort', leave)
          resolve(entered)
        }
        const enter = (): void => end(true)
        const leave = (): void => {
          end(false)
          onChange()
        }
        waiting.add(enter)
        signal.addEventListener('abort', leave)
        onChange()
      }),
  }
}

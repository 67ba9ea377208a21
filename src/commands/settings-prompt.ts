/** Questions to somebody who sits at a terminal. */
import { createInterface } from 'node:readline'
import type { Io } from './io.js'

export interface Prompt {
  readonly tell: (text: string) => void
  /**
   * The next line, without blanks around it.
   *
   * @throws Error when there is none: Ctrl-C, Ctrl-D, the program shall stop
   */
  readonly ask: (question: string) => Promise<string>
  readonly close: () => void
}

export const isTerminal = ({ stdin, stdout }: Io): boolean =>
  'isTTY' in stdin && stdin.isTTY === true && stdout.isTTY === true

/** Lines that are pasted at once are kept for the questions to come; `question` of readline would lose them. */
export const openPrompt = ({ stdin, stdout, signal }: Io): Prompt => {
  const terminal = createInterface({ input: stdin, output: stdout, signal, historySize: 0 })
  const lines = terminal[Symbol.asyncIterator]()
  let isOpen = true
  terminal.once('close', () => (isOpen = false))
  return {
    tell: text => void stdout.write(text),
    ask: async question => {
      terminal.setPrompt(question)
      // What was typed before the end still answers questions.
      if (isOpen) terminal.prompt()
      else stdout.write(question)
      const line = await lines.next()
      if (line.done !== true) return line.value.trim()
      stdout.write('\n')
      throw new Error('stopped before the last question; all is as it was')
    },
    close: () => terminal.close(),
  }
}

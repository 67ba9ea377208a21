/** Runs a script of the bench as a process, so that it does not share the event loop of the bench. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import * as z from 'zod'

export interface Child {
  readonly pid: number
  /** Its next message. */
  readonly says: () => Promise<unknown>
  /** Sends a message and returns the answer. */
  readonly asked: (question: string) => Promise<unknown>
  readonly end: () => void
}

/** @param script the path of the compiled script; it ends when its channel to us does */
export const openChild = (script: string): Child => {
  const child = fork(script)
  const kill = () => void child.kill()
  process.once('exit', kill)
  const ended = once(child, 'exit').then(() => Promise.reject(new Error(`${script} ended`)))
  ended.catch(() => undefined)
  const says = async (): Promise<unknown> => {
    const [message] = z
      .tuple([z.unknown()], z.unknown())
      .parse(await Promise.race([once(child, 'message'), ended]))
    return message
  }
  return {
    pid: z.number().parse(child.pid),
    says,
    asked: question => {
      child.send(question)
      return says()
    },
    end: () => {
      process.off('exit', kill)
      kill()
    },
  }
}

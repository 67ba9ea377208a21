/** Lets time pass while the follower polls often enough that all of it counts as polled time. */
import { rotationMsMin } from '../../limits.js'
import type { Follower } from './follower.js'

/** Polls from one time to another (epoch ms), and reads all lines at each poll. */
export const lookOn = async (follower: Follower, from: number, to: number): Promise<string[]> => {
  const lines: string[] = []
  for (let now = from; now < to; now += rotationMsMin) lines.push(...(await follower.lookAndRead(now)))
  return [...lines, ...(await follower.lookAndRead(to))]
}

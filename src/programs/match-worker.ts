/** The thread that runs expressions on the output of programs: says that it is ready, then one answer for each job, in their order. */
import { parentPort } from 'node:worker_threads'
import { matchOutput, type MatchJob } from './match.js'

parentPort?.on('message', (job: MatchJob) => {
  parentPort?.postMessage(matchOutput(job))
})
parentPort?.postMessage('ready')

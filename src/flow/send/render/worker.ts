import { parentPort } from 'node:worker_threads';
import type { Job, JobAnswer } from './jobs.ts';
import { checkMessage, renderMessage, sayWhy } from './render.ts';

/** The rendering thread: takes one job at a time and answers it. It holds no key and reaches no database. */
parentPort?.on('message', (job: Job) => parentPort?.postMessage(answer(job)));
parentPort?.postMessage('ready');

function answer(job: Job): JobAnswer {
  try {
    return job.kind === 'render' ? { rendered: renderMessage(job) } : { checked: checkMessage(job.parts) };
  } catch (error) {
    return { failure: sayWhy(error) };
  }
}

import { Worker } from 'node:worker_threads';
import { Invalid } from '../../../base/errors.ts';
import type { Checked, Job, JobAnswer, MessageParts, Rendered, RenderJob } from './jobs.ts';

/**
 * Templates are words of people, and the library's limits are cooperative: they are filled in by a thread of its
 * own with little memory, which is ended when one takes too long.
 */
const JOB_MS = 1_000;
const THREAD_MEMORY_MB = 64;

type Thread = { worker: Worker; ready: Promise<void> };
type Waiting = { job: Job; resolve: (answer: JobAnswer) => void };

let thread: Thread | null = null;
let isBusy = false;
const waiting: Waiting[] = [];

/** Fills in a message for one person; throws Invalid in words when its template cannot be. */
export async function render(job: Omit<RenderJob, 'kind'>): Promise<Rendered> {
  const answer = await run({ kind: 'render', ...job });
  if ('rendered' in answer) return answer.rendered;
  throw new Invalid([
    { path: 'html', message: 'failure' in answer ? answer.failure : 'There was no message.' },
  ]);
}

/** Looks at templates without filling them in. */
export async function checkTemplates(parts: MessageParts): Promise<Checked> {
  const answer = await run({ kind: 'check', parts });
  if ('checked' in answer) return answer.checked;
  throw new Invalid([
    { path: 'html', message: 'failure' in answer ? answer.failure : 'There was no answer.' },
  ]);
}

/** Ends the thread; the next job starts another. */
export async function closeRenderer(): Promise<void> {
  const ended = thread;
  thread = null;
  await ended?.worker.terminate();
}

async function run(job: Job): Promise<JobAnswer> {
  return await new Promise((resolve) => {
    waiting.push({ job, resolve });
    void takeNext();
  });
}

/** One job at a time: a slow one is then ended alone. */
async function takeNext(): Promise<void> {
  if (isBusy) return;
  const next = waiting.shift();
  if (!next) return;
  isBusy = true;
  next.resolve(await work(next.job));
  isBusy = false;
  void takeNext();
}

async function work(job: Job): Promise<JobAnswer> {
  thread ??= startThread();
  const { worker, ready } = thread;
  await ready;
  const answer = await ask(worker, job);
  if (answer !== null) return answer;
  await closeRenderer();
  // At once, so that whoever comes next does not wait for it.
  thread = startThread();
  return { failure: 'This cannot be filled in: it takes more time or memory than a message may.' };
}

/** The answer, or null when the thread took too long or died. */
async function ask(worker: Worker, job: Job): Promise<JobAnswer | null> {
  return await new Promise((resolve) => {
    const end = (answer: JobAnswer | null) => {
      clearTimeout(timer);
      worker.off('message', end);
      worker.off('error', fail);
      worker.off('exit', fail);
      resolve(answer);
    };
    const fail = () => end(null);
    const timer = setTimeout(fail, JOB_MS);
    worker.on('message', end);
    worker.on('error', fail);
    worker.on('exit', fail);
    worker.postMessage(job);
  });
}

function startThread(): Thread {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: THREAD_MEMORY_MB, maxYoungGenerationSizeMb: 16 },
    env: {},
    execArgv: [],
    stdout: true,
    stderr: true,
  });
  const ready = new Promise<void>((resolve) => {
    const end = () => {
      // An idle thread must not keep a command from ending.
      worker.unref();
      resolve();
    };
    worker.once('message', end);
    worker.once('error', end);
    worker.once('exit', end);
  });
  return { worker, ready };
}

import type { HookAnswer } from '../contract.ts';

/** The JSON of a webhook's body; undefined when it is none. */
export function readHookBody(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return undefined;
  }
}

export function answer(status: number, body: string): { answer: HookAnswer } {
  return { answer: { status, body } };
}

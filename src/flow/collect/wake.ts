import { EventEmitter } from 'node:events';

const stored = new EventEmitter<{ stored: [workspaceId: string] }>();
// One listener a process: the schedule's.
stored.setMaxListeners(20);

/** Tells whoever carries that something was stored, so that it is on profiles within seconds. */
export function wakeCarry(workspaceId: string): void {
  stored.emit('stored', workspaceId);
}

/** Calls `listener` whenever this process stored something for a workspace. Returns the way to stop. */
export function onStored(listener: (workspaceId: string) => void): () => void {
  stored.on('stored', listener);
  return () => void stored.off('stored', listener);
}

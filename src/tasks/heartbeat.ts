import { createHttp } from '../base/http.ts';
import { log } from '../base/log.ts';

/** Tells the watcher outside (HEARTBEAT_URL) that the night has passed. It misses us when this does not come. */
export async function sendHeartbeat(config: {
  heartbeatUrl: string | null;
  allowPrivateHosts: string[];
}): Promise<void> {
  if (!config.heartbeatUrl) return;
  const http = createHttp({ allow: config.allowPrivateHosts });
  try {
    await http({ url: config.heartbeatUrl });
  } catch (error) {
    log.warn({ err: error }, 'The heartbeat was not taken');
  }
}

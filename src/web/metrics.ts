import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** What Prometheus reads at /metrics. Labels are lines of the site map: never an address, a person or a workspace. */
export const registry = new Registry();

collectDefaultMetrics({ register: registry });

const answers = new Histogram({
  name: 'segments_http_seconds',
  help: 'Time to answer, by line of the site map.',
  labelNames: ['method', 'route', 'status'],
  buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
  registers: [registry],
});

const waiting = new Gauge({
  name: 'segments_waiting',
  help: 'Rows that wait to be carried (raw_events) or evaluated (profiles).',
  labelNames: ['what'],
  registers: [registry],
});

export function noteAnswer(request: {
  method: string;
  route: string | null;
  status: number;
  ms: number;
}): void {
  answers.observe(
    { method: request.method, route: request.route ?? 'none', status: String(request.status) },
    request.ms / 1000,
  );
}

export function noteWaiting(counts: { rawEvents: number; profiles: number }): void {
  waiting.set({ what: 'raw_events' }, counts.rawEvents);
  waiting.set({ what: 'profiles' }, counts.profiles);
}

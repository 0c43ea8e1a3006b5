import { showHome } from './pages/home/show.ts';
import { showReports } from './pages/reports/show.ts';
import { get, type Route } from './route.ts';

/** The site map: every URL of the product, with who may open it. First the machines, then whoever, then people. */
export const routes: Route[] = [
  get('/', 'viewer', showHome),
  get('/reports', 'viewer', showReports),
];

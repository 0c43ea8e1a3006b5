import { findConnector } from '../../../connectors/registry.ts';
import type { Scope } from '../../../db/doors.ts';
import { selectSegments } from '../../../flow/send/choices.sql.ts';
import { countMembers } from '../../../flow/send/destination-members.sql.ts';
import {
  type Destination,
  type DestinationRun,
  listDestinationRuns,
} from '../../../flow/send/destinations.ts';
import { destinationRow } from '../../models/destinations.ts';

/** What the pages say of destinations, the runs of each beside it. */
export async function readDestinations({ db, workspace }: Scope, destinations: Destination[]) {
  const counts = await countMembers(db, workspace.id);
  const segments = await selectSegments(db, workspace.id);
  const nameOf = (key: string) => segments.find((segment) => segment.key === key)?.name ?? key;
  const found: { row: ReturnType<typeof destinationRow>; runs: DestinationRun[] }[] = [];
  for (const destination of destinations) {
    const runs = await listDestinationRuns(db, workspace.id, destination.id);
    const connector = findConnector(destination.connector);
    const known = {
      connector: connector?.name ?? destination.connector,
      audience: connector?.audience,
      segment: nameOf(destination.segmentKey),
      counts,
      lastRun: runs.find(({ isDryRun }) => !isDryRun),
      zone: workspace.timezone,
    };
    found.push({ row: destinationRow(destination, known), runs });
  }
  return found;
}

export function crumbsOf({ id, name }: Pick<Destination, 'id' | 'name'>) {
  return [
    { label: 'Destinations', href: '/destinations' },
    { label: name, href: `/destinations/${id}` },
  ];
}

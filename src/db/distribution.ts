/**
 * Where each table lives on a cluster: copied to every node (`reference`), on the coordinator only (`local`), or
 * spread by a column. Every table stands here once; the distribute step and the catalog guard are made from it.
 */
export type Placement = 'reference' | 'local' | { by: string; with?: string };

export const DISTRIBUTION: Record<string, Placement> = {
  // db
  workspaces: 'reference',
  leases: 'local',
  ticks: 'local',
  installation_keys: 'local',
  // collect
  sources: 'reference',
  source_streams: 'local',
  reconciliations: 'local',
  sync_runs: 'local',
  raw_events: { by: 'id' },
  pending_raw_events: 'local',
  pending_notices: 'local',
  source_examples: 'local',
  quarantine: 'local',
  uploads: 'local',
  spend: 'local',
  contents: 'local',
  metrics: 'local',
  // identify
  profiles: { by: 'id' },
  profile_aliases: { by: 'alias_id' },
  identifiers: { by: 'value' },
  links: { by: 'value', with: 'identifiers' },
  partings: 'local',
  merges: 'local',
  erasures: 'reference',
  records: { by: 'subject' },
  scan_sightings: { by: 'subject', with: 'records' },
  event_names: 'reference',
  events: { by: 'profile_id', with: 'profiles' },
  changed_profiles: 'local',
  // profile
  profile_traits: { by: 'profile_id', with: 'profiles' },
  trait_values: { by: 'profile_id', with: 'profiles' },
  dated_values: { by: 'profile_id', with: 'profiles' },
  consents: { by: 'profile_id', with: 'profiles' },
  // score
  facts: { by: 'profile_id', with: 'profiles' },
  scorings: 'local',
  predictions: 'local',
  // segment
  segments: 'reference',
  segment_versions: 'local',
  memberships: { by: 'profile_id', with: 'profiles' },
  refreshes: 'local',
  segment_sizes: 'local',
  segment_insights: 'local',
  staged_changes: { by: 'profile_id', with: 'profiles' },
  pins: { by: 'profile_id', with: 'profiles' },
  segment_choices: { by: 'profile_id', with: 'profiles' },
  segment_checks: 'local',
  misplaced_people: { by: 'profile_id', with: 'profiles' },
  // send
  topics: 'reference',
  campaigns: 'reference',
  deliveries: { by: 'profile_id', with: 'profiles' },
  addresses: { by: 'profile_id', with: 'profiles' },
  suppressions: 'reference',
  outbox: 'local',
  destinations: 'reference',
  destination_members: { by: 'profile_id', with: 'profiles' },
  destination_runs: 'local',
  departures: 'local',
  // staff
  users: 'local',
  workspace_users: 'local',
  invitations: 'local',
  sessions: 'local',
  keys: 'local',
  audit_entries: 'local',
  rate_limits: 'local',
};

import { z } from 'zod';
import { Conflict } from '../../../base/errors.ts';
import { withWorkspace } from '../../../db/doors.ts';
import type { Titles } from '../../../flow/segment/rules/kind.ts';
import { getSegment, type Segment, updateSegment } from '../../../flow/segment/segments.ts';
import { loadTitles } from '../../../flow/segment/titles.ts';
import { compareDefinitions, describeVersion } from '../../../flow/segment/version-words.ts';
import { getVersion, listVersions, type SegmentVersion } from '../../../flow/segment/versions.ts';
import { listColleagues } from '../../../staff/colleagues.ts';
import { audit } from '../../audit.ts';
import { formFromRule, type RuleJson } from '../../forms/rule-form.ts';
import { hiddenFieldsOf } from '../../forms/segment-form.ts';
import { LIMITS } from '../../limits.ts';
import { formatDateTime, isoOf } from '../../models/format.ts';
import { type Eyes, unveil } from '../../models/people.ts';
import { differenceLines } from '../../models/segment-impact.ts';
import { segmentTabs } from '../../models/segment-tabs.ts';
import { page } from '../../page.ts';

const params = z.strictObject({ key: z.string().max(200) });

/** Every rule a segment had: who wrote it, when, and what was other than before. */
export const showVersions = page({
  params,
  handle: async ({ web, pipeline, workspace, user, params: { key } }) => {
    const colleagues = await listColleagues(pipeline, workspace.id);
    const names = new Map(colleagues.map((one) => [one.userId, one.name]));
    return await withWorkspace(web, workspace.id, async ({ db }) => {
      const segment = await getSegment(db, workspace.id, key);
      const wish = { workspaceId: workspace.id, key, limit: LIMITS.rowsPerPage };
      const versions = await listVersions(db, wish);
      const titles = await loadTitles(db, workspace.id);
      const href = hrefOf(key);
      const eyes = { role: user.role, timezone: workspace.timezone, currency: workspace.currency };
      return {
        view: 'segments/versions',
        title: `Versions of ${segment.name}`,
        crumbs: [
          { label: 'Segments', href: '/segments' },
          { label: segment.name, href },
          { label: 'Versions' },
        ],
        model: {
          tabs: segmentTabs(key, 'versions'),
          canReturn: user.role !== 'viewer' && segment.kind === 'custom',
          action: `${href}/versions`,
          impactAction: `${href}/impact`,
          versions: versions.map((one, index) => ({
            ...versionModel(segment, [one, versions[index + 1]], { eyes, titles }),
            when: formatDateTime(one.createdAt, workspace.timezone),
            whenIso: isoOf(one.createdAt),
            who: one.createdBy
              ? (names.get(one.createdBy) ?? 'a former colleague')
              : 'the API or the product',
          })),
        },
      };
    });
  },
});

/** An old rule becomes the newest version: history is never rewritten. */
export const returnToVersion = page({
  params,
  body: z.strictObject({ version: z.coerce.number().int().min(1).max(2_000_000_000) }),
  handle: async (request) => {
    const { key } = request.params;
    const { version } = request.body;
    await withWorkspace(request.web, request.workspace.id, async ({ db, workspace }) => {
      const segment = await getSegment(db, workspace.id, key);
      if (segment.version === version) throw new Conflict('This is the rule in use already.');
      const { definition } = await getVersion(db, { workspaceId: workspace.id, key, version });
      await updateSegment(db, workspace, key, { definition, userId: request.user.id });
    });
    await audit(request, 'segment.returned', { subject: key, details: { version } });
    return {
      redirect: `${hrefOf(key)}/versions`,
      flash: `Back to the rule of version ${version}. It is counted within a minute.`,
    };
  },
});

type Look = { eyes: Eyes; titles: Titles };

function versionModel(
  segment: Segment,
  [version, before]: [SegmentVersion, SegmentVersion | undefined],
  look: Look,
) {
  const form = formFromRule(version.definition as RuleJson);
  return {
    version: version.version,
    isCurrent: version.version === segment.version,
    isQuiet: version.isQuiet,
    words: unveil(describeVersion(version.definition, look.titles), look.eyes),
    lines: before ? linesBetween(before, version, look) : [],
    isFirst: version.version === 1,
    fields: hiddenFieldsOf({ isEdit: true, key: segment.key, name: segment.name, form }),
  };
}

function linesBetween(before: SegmentVersion, version: SegmentVersion, { eyes, titles }: Look) {
  const lines = differenceLines(compareDefinitions(before.definition, version.definition, titles));
  return lines.map((line) => ({ ...line, words: unveil(line.words, eyes) }));
}

function hrefOf(key: string): string {
  return `/segments/${encodeURIComponent(key)}`;
}

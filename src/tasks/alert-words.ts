import { FAILURES_TO_TELL, type Trouble } from '../flow/collect/troubles.sql.ts';

export type TroubleMail = { subject: string; text: string; html: string };
type Setting = { workspace: { name: string; timezone: string }; baseUrl: string };

/** What an admin is told, in words that need no technical knowledge. */
export function describeTrouble(trouble: Trouble, { workspace, baseUrl }: Setting): TroubleMail {
  const { subject, lines } = words[trouble.kind](trouble, workspace);
  const url = `${baseUrl}/sources/${trouble.sourceId}`;
  const all = [...lines, `Look at it here: ${url}`];
  const last = `You get this as an admin of ${workspace.name}, once for each trouble. The settings of the source switch it off: ${url}/settings`;
  const html = [...lines, last].map((line) => `<p>${escapeHtml(line)}</p>`);
  html.splice(-1, 0, `<p><a href="${escapeHtml(url)}">Look at ${escapeHtml(trouble.name)}</a></p>`);
  return {
    subject: `${subject} (${workspace.name})`,
    text: `${[...all, last].join('\n\n')}\n`,
    html: html.join('\n'),
  };
}

type Words = (trouble: Trouble, workspace: Setting['workspace']) => { subject: string; lines: string[] };

const words: Record<Trouble['kind'], Words> = {
  person: (trouble, workspace) => ({
    subject: `${trouble.name} needs you`,
    lines: [
      `${trouble.name} does not let Segments in any more, and that will not pass by itself.`,
      ...saidOf(trouble),
      `Until somebody has looked at it nothing new comes from there. ${sinceOf(trouble, workspace)}`,
    ],
  }),
  failing: (trouble, workspace) => ({
    subject: `${trouble.name} could not be read ${FAILURES_TO_TELL} times in a row`,
    lines: [
      `Segments has tried ${FAILURES_TO_TELL} times to read ${trouble.name}, each time in vain. It goes on trying.`,
      ...saidOf(trouble),
      `What came before is safe. ${sinceOf(trouble, workspace)}`,
    ],
  }),
  healed: (trouble) => ({
    subject: `${trouble.name} works again`,
    lines: [
      `Segments reads ${trouble.name} again. What was missed meanwhile is fetched now; there is nothing to do.`,
    ],
  }),
};

function saidOf({ message }: Trouble): string[] {
  return message ? [`What happened: ${message}`] : [];
}

function sinceOf({ lastSuccessAt }: Trouble, { timezone }: Setting['workspace']): string {
  if (!lastSuccessAt) return 'It was never read to its end, so people and orders from there may be missing.';
  const day = new Intl.DateTimeFormat('en-GB', { timeZone: timezone, dateStyle: 'long', timeStyle: 'short' });
  return `People and orders from there are as they were on ${day.format(lastSuccessAt)}; segments and reports count with that.`;
}

function escapeHtml(text: string): string {
  const signs: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replaceAll(/[&<>"]/g, (sign) => signs[sign]!);
}

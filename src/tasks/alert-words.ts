import { FAILURES_TO_TELL, type Trouble } from '../flow/collect/troubles.sql.ts';

export type TroubleMail = { subject: string; text: string; html: string };
export type Setting = { workspace: { name: string; timezone: string }; baseUrl: string };

/** What an admin is told, in words that need no technical knowledge. */
export function describeTrouble(trouble: Trouble, setting: Setting): TroubleMail {
  const { subject, lines } = words[trouble.kind](trouble, setting);
  const url = `${setting.baseUrl}/sources/${trouble.sourceId}`;
  return composeAlert({ subject, lines, name: trouble.name, url, switchUrl: `${url}/settings` }, setting);
}

type Alert = { subject: string; lines: string[]; name: string; url: string; switchUrl: string };

/** The sentences with a way to the page, and a way to be told no more. */
export function composeAlert(
  { subject, lines, name, url, switchUrl }: Alert,
  { workspace }: Setting,
): TroubleMail {
  const all = [...lines, `Look at it here: ${url}`];
  const last = `You get this as an admin of ${workspace.name}, once for each trouble. It is switched off here: ${switchUrl}`;
  const html = [...lines, last].map((line) => `<p>${escapeHtml(line)}</p>`);
  html.splice(-1, 0, `<p><a href="${escapeHtml(url)}">Look at ${escapeHtml(name)}</a></p>`);
  return {
    subject: `${subject} (${workspace.name})`,
    text: `${[...all, last].join('\n\n')}\n`,
    html: html.join('\n'),
  };
}

export function sayWhen(at: Date, { workspace }: Setting): string {
  const { timezone: timeZone } = workspace;
  return new Intl.DateTimeFormat('en-GB', { timeZone, dateStyle: 'long', timeStyle: 'short' }).format(at);
}

type Words = (trouble: Trouble, setting: Setting) => { subject: string; lines: string[] };

const words: Record<Trouble['kind'], Words> = {
  person: (trouble, setting) => ({
    subject: `${trouble.name} needs you`,
    lines: [
      `${trouble.name} does not let Segments in any more, and that will not pass by itself.`,
      ...saidOf(trouble),
      `Until somebody has looked at it nothing new comes from there. ${sinceOf(trouble, setting)}`,
    ],
  }),
  failing: (trouble, setting) => ({
    subject: `${trouble.name} could not be read ${FAILURES_TO_TELL} times in a row`,
    lines: [
      `Segments has tried ${FAILURES_TO_TELL} times to read ${trouble.name}, each time in vain. It goes on trying.`,
      ...saidOf(trouble),
      `What came before is safe. ${sinceOf(trouble, setting)}`,
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

function sinceOf({ lastSuccessAt }: Trouble, setting: Setting): string {
  if (!lastSuccessAt) return 'It was never read to its end, so people and orders from there may be missing.';
  return `People and orders from there are as they were on ${sayWhen(lastSuccessAt, setting)}; segments and reports count with that.`;
}

function escapeHtml(text: string): string {
  const signs: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replaceAll(/[&<>"]/g, (sign) => signs[sign]!);
}

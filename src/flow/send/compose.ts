import type { Workspace } from '../../db/doors.ts';
import type { Campaign } from './campaigns.ts';
import { clickUrl, isWebTarget, type LinkOwner, openUrl, preferencesUrl, unsubscribeUrl } from './links.ts';
import type { Mail } from './mailer.ts';
import type { PersonRow } from './render/context.sql.ts';
import { toContext } from './render/context.ts';
import type { Rendered } from './render/jobs.ts';
import { render } from './render/renderer.ts';
import type { SendingSettings } from './settings.ts';

export type Sending = {
  workspace: Workspace;
  campaign: Campaign;
  settings: SendingSettings;
  baseUrl: string;
};

/** A message for one person. `owner` null is a preview: its links lead where they say and nothing is counted. */
export type Composed = { mail: Mail; missing: string[] };

/** Fills in, signs the links, adds what the law and the mail providers ask for. Throws Invalid on a bad template. */
export async function composeMail(
  sending: Sending,
  person: PersonRow,
  to: { address: string; owner: LinkOwner | null },
): Promise<Composed> {
  const { workspace, campaign, settings, baseUrl } = sending;
  const unsubscribe = to.owner ? unsubscribeUrl(baseUrl, to.owner) : `${baseUrl}/unsubscribe/preview`;
  const preferences = to.owner ? preferencesUrl(baseUrl, to.owner) : `${baseUrl}/preferences/preview`;
  const context = toContext(person, {
    workspace,
    postalAddress: settings.postalAddress,
    unsubscribeUrl: unsubscribe,
    preferencesUrl: preferences,
  });
  const rendered = await render({ parts: partsOf(campaign), context, timezone: workspace.timezone });
  const mail = {
    to: to.address,
    from: { name: campaign.fromName ?? settings.fromName, address: campaign.fromEmail ?? settings.fromEmail },
    subject: rendered.subject,
    html: finishHtml(rendered, sending, to.owner, [unsubscribe, preferences]),
    text: finishText(rendered.text, settings, unsubscribe),
    messageId: messageIdOf(sending, to.owner),
    headers: {
      'List-Unsubscribe': `<${unsubscribe}>`,
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    },
  };
  return { mail, missing: rendered.missing };
}

export function partsOf(campaign: Campaign) {
  return {
    subject: campaign.subject,
    preheader: campaign.preheader ?? '',
    html: campaign.html,
    text: campaign.text,
  };
}

/** The same HTML for a colleague to look at: their looking is no opening. */
export function withoutPicture(html: string): string {
  return html.replace(/<img src="[^"]{1,4000}\/o\/[\w.-]{1,4000}" width="1" height="1" alt="">/, '');
}

/** The delivery's own id: whoever finds a mail twice can prove it. */
function messageIdOf({ campaign, settings, baseUrl }: Sending, owner: LinkOwner | null): string {
  const from = campaign.fromEmail ?? settings.fromEmail;
  const domain = from.includes('@') ? from.slice(from.lastIndexOf('@') + 1) : new URL(baseUrl).hostname;
  return `<${owner?.deliveryId ?? `test-${crypto.randomUUID()}`}@${domain}>`;
}

function finishHtml(
  rendered: Rendered,
  { settings, baseUrl }: Sending,
  owner: LinkOwner | null,
  own: string[],
): string {
  const follow = (url: string) =>
    owner && !own.includes(url) && isWebTarget(url) ? clickUrl(baseUrl, owner, url) : url;
  const linked = rendered.pieces.map((piece, at) =>
    at === 0 ? piece : escapeHtml(follow(rendered.urls[at - 1]!)) + piece,
  );
  const footer = makeFooter(linked.join(''), settings, own[0]!);
  const picture = owner ? `<img src="${openUrl(baseUrl, owner)}" width="1" height="1" alt="">` : '';
  return insertBefore('</body>', insertPreheader(linked.join(''), rendered.preheader), footer + picture);
}

/** What every message needs and this one does not print itself: where the business is, and the way out. */
function makeFooter(html: string, settings: SendingSettings, unsubscribe: string): string {
  const postal = escapeHtml(settings.postalAddress).replaceAll(/\r?\n/g, '<br>');
  const hasPostal = html.includes(escapeHtml(settings.postalAddress)) || html.includes(postal);
  const way = html.includes(unsubscribe) ? '' : `<p><a href="${escapeHtml(unsubscribe)}">Unsubscribe</a></p>`;
  return (hasPostal ? '' : `<p><small>${postal}</small></p>`) + way;
}

function finishText(text: string, settings: SendingSettings, unsubscribe: string): string {
  const lines = [text.trimEnd(), ''];
  if (!text.includes(settings.postalAddress)) lines.push(settings.postalAddress);
  if (!text.includes(unsubscribe)) lines.push(`Unsubscribe: ${unsubscribe}`);
  return `${lines.join('\n').trimEnd()}\n`;
}

function insertPreheader(html: string, preheader: string): string {
  if (preheader === '') return html;
  const hidden = `<div style="display:none;max-height:0;overflow:hidden">${escapeHtml(preheader)}</div>`;
  const body = /<body[^>]{0,2000}>/i.exec(html);
  const at = body ? body.index + body[0].length : 0;
  return html.slice(0, at) + hidden + html.slice(at);
}

function insertBefore(tag: string, html: string, addition: string): string {
  const at = html.toLowerCase().lastIndexOf(tag);
  return at === -1 ? html + addition : html.slice(0, at) + addition + html.slice(at);
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

import { z } from 'zod';
import { Invalid } from '../../base/errors.ts';
import type { GivenIdentifier, Item, MappedRecord } from '../contract.ts';
import { moment, optionalText, readPayload, withoutUnset } from '../reading/answers.ts';

/** Figures come as text. */
const insight = z.object({
  campaign_id: z.string(),
  campaign_name: z.string(),
  date_start: z.iso.date(),
  spend: z
    .string()
    .regex(/^\d+(\.\d+)?$/)
    .default('0'),
  clicks: z.coerce.number().int().nonnegative().default(0),
  impressions: z.coerce.number().int().nonnegative().default(0),
  account_currency: z.string(),
});

const lead = z.object({
  id: z.string(),
  created_time: moment,
  form_id: optionalText,
  form_name: optionalText,
  ad_id: optionalText,
  campaign_id: optionalText,
  campaign_name: optionalText,
  platform: optionalText,
  is_organic: z.boolean().nullish(),
  field_data: z.array(z.object({ name: z.string(), values: z.array(z.string()) })),
});
type Lead = z.infer<typeof lead>;

/** Questions Meta offers by itself, in our spelling; a business's own questions stay properties of the event. */
const TRAITS: Record<string, string> = {
  email: 'email',
  phone_number: 'phone',
  full_name: 'name',
  first_name: 'firstName',
  last_name: 'lastName',
  company_name: 'company',
  job_title: 'title',
  country: 'country',
  city: 'city',
  zip_code: 'postalCode',
  post_code: 'postalCode',
};

export function map(item: Item): MappedRecord[] {
  if (item.stream === 'insights') return mapInsight(item);
  return item.stream === 'leads' ? mapLead(item) : [];
}

function mapInsight(item: Item): MappedRecord[] {
  const given = readPayload(item.payload, insight);
  return [
    {
      type: 'spend',
      key: '',
      day: given.date_start,
      channel: 'meta',
      campaignId: given.campaign_id,
      campaign: given.campaign_name,
      cost: given.spend,
      currency: given.account_currency,
      clicks: given.clicks,
      impressions: given.impressions,
    },
  ];
}

function mapLead(item: Item): MappedRecord[] {
  const given = readPayload(item.payload, lead);
  const answers = Object.fromEntries(given.field_data.map(({ name, values }) => [name, values.join(', ')]));
  const identifiers = identifiersOf(answers);
  if (identifiers.length === 0)
    throw new Invalid([
      { path: 'field_data', message: 'There is neither an e-mail address nor a phone number.' },
    ]);
  const traits = Object.fromEntries(Object.entries(TRAITS).map(([name, trait]) => [trait, answers[name]]));
  const occurredAt = given.created_time;
  return [
    {
      type: 'person',
      key: '',
      identifiers,
      traits: withoutUnset(traits),
      changedAt: occurredAt,
      consents: [],
    },
    {
      type: 'event',
      key: 'submitted',
      identifiers,
      name: 'lead_submitted',
      occurredAt,
      properties: propertiesOf(given, answers),
    },
  ];
}

function identifiersOf(answers: Record<string, string>): GivenIdentifier[] {
  const identifiers: GivenIdentifier[] = [];
  if (answers.email) identifiers.push({ kind: 'email', value: answers.email });
  if (answers.phone_number) identifiers.push({ kind: 'phone', value: answers.phone_number });
  return identifiers;
}

function propertiesOf(given: Lead, answers: Record<string, string>): Record<string, unknown> {
  const own = Object.fromEntries(Object.entries(answers).filter(([name]) => !(name in TRAITS)));
  return withoutUnset({
    system: 'meta',
    form_id: given.form_id,
    form: given.form_name,
    ad_id: given.ad_id,
    campaign_id: given.campaign_id,
    campaign: given.campaign_name,
    platform: given.platform,
    is_organic: given.is_organic,
    utm_source: given.is_organic ? undefined : 'meta',
    utm_medium: given.is_organic ? undefined : 'paid_social',
    utm_campaign: given.is_organic ? undefined : given.campaign_name,
    answers: Object.keys(own).length > 0 ? own : undefined,
  });
}

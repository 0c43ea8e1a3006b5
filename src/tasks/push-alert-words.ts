import { FAILURES_TO_TELL } from '../flow/collect/troubles.sql.ts';
import type { PushTrouble } from '../flow/send/push-troubles.sql.ts';
import { composeAlert, type Setting, sayWhen, type TroubleMail } from './alert-words.ts';

/** What an admin is told of a destination, in words that need no technical knowledge. */
export function describePushTrouble(trouble: PushTrouble, setting: Setting): TroubleMail {
  const { subject, lines } = words[trouble.kind](trouble, setting);
  const url = `${setting.baseUrl}/destinations/${trouble.destinationId}`;
  return composeAlert({ subject, lines, name: trouble.name, url, switchUrl: url }, setting);
}

type Words = (trouble: PushTrouble, setting: Setting) => { subject: string; lines: string[] };

const words: Record<PushTrouble['kind'], Words> = {
  person: (trouble, setting) => ({
    subject: `${trouble.name} at ${trouble.account} needs you`,
    lines: [
      `${trouble.account} does not take people for “${trouble.name}” any more, and that will not pass by itself.`,
      ...saidOf(trouble),
      `Until somebody has looked at it nobody is added or removed there. ${stateOf(trouble, setting)}`,
    ],
  }),
  failing: (trouble, setting) => ({
    subject: `${trouble.name} at ${trouble.account} could not be brought up to date ${FAILURES_TO_TELL} times in a row`,
    lines: [
      `Segments has tried ${FAILURES_TO_TELL} times to bring “${trouble.name}” at ${trouble.account} up to date with the segment “${trouble.segment}”, each time in vain. It goes on trying.`,
      ...saidOf(trouble),
      stateOf(trouble, setting),
    ],
  }),
  healed: (trouble) => ({
    subject: `${trouble.name} at ${trouble.account} is up to date again`,
    lines: [
      `“${trouble.name}” at ${trouble.account} holds the people of the segment “${trouble.segment}” again. Whoever came or left meanwhile was added and removed; there is nothing to do.`,
    ],
  }),
};

function saidOf({ message }: PushTrouble): string[] {
  return message ? [`What happened: ${message}`] : [];
}

/** What it means for messages and ads that go by the audience. */
function stateOf({ segment, lastSuccessAt }: PushTrouble, setting: Setting): string {
  return lastSuccessAt
    ? `The people there are those of ${sayWhen(lastSuccessAt, setting)}: who has entered “${segment}” since then may be missing, and who has left it may still get what goes out there.`
    : `It was never brought up to date, so people of “${segment}” may be missing there.`;
}

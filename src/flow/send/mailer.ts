import type { Readable } from 'node:stream';
import nodemailer, { type SentMessageInfo, type Transporter } from 'nodemailer';
import { type Config, isLoopbackUrl } from '../../base/config.ts';
import { Conflict } from '../../base/errors.ts';

export type Mail = {
  to: string;
  from: { name: string; address: string };
  subject: string;
  html: string;
  text: string;
  messageId: string;
  headers: Record<string, string>;
};

/**
 * How the attempt to hand over one mail ended. `unknown`: the server had begun to take it and we never heard its
 * answer; it may have arrived. `later`: it was certainly not taken and may be tried again. `down`: the same, and
 * every other mail would meet the same end.
 */
export type MailOutcome =
  | { end: 'sent' }
  | { end: 'failed'; reason: string; isHardBounce: boolean }
  | { end: 'unknown' | 'later' | 'down'; reason: string };

export type Mailer = { send: (mail: Mail) => Promise<MailOutcome>; close: () => void };

/** As many mails are in flight at most, and so as many can be unknown after a crash. */
export const SMTP_CONNECTIONS = 5;
/** A send gives up before the lease of a dead sender lapses (60 s). */
const SEND_MS = 45_000;
const CONNECT_MS = 10_000;
const SILENCE_MS = 30_000;
/** A connection that was closed while idle shows only when it is used; the mail then goes over a new one. */
const ATTEMPTS = 3;

/** Refuses in words what would send mails whose links nobody else can open. */
export function checkSendingAllowed(config: Pick<Config, 'smtpUrl' | 'baseUrl'>): void {
  if (!config.smtpUrl || !isLoopbackUrl(config.baseUrl)) return;
  if (!isLoopbackUrl(config.smtpUrl.replace(/^smtps?:/, 'http:'))) {
    throw new Conflict(
      'Set BASE_URL to the address people reach you at: links in the messages would lead nowhere.',
    );
  }
}

/** Opens the connections to SMTP_URL; nothing is sent before the first mail. */
export function openMailer(config: Pick<Config, 'smtpUrl' | 'baseUrl'>): Mailer {
  checkSendingAllowed(config);
  if (!config.smtpUrl) throw new Conflict('There is no mail server: set SMTP_URL.');
  const transporter = nodemailer.createTransport({
    url: config.smtpUrl,
    pool: true,
    maxConnections: SMTP_CONNECTIONS,
    // The pool would send again by itself what may have arrived.
    maxRequeues: 0,
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    dnsTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  } as object);
  watchStreams(transporter);
  return { send: (mail) => sendMail(transporter, mail), close: () => transporter.close() };
}

/** The stream of each mail, kept on it: whether it was read says whether DATA had begun. */
type Watched = { watch: { stream: Readable | null } };

function watchStreams(transporter: Transporter): void {
  transporter.use('stream', (mail, done) => {
    const { watch } = mail.data as unknown as Watched;
    const createReadStream = mail.message.createReadStream.bind(mail.message);
    mail.message.createReadStream = (options) => {
      const stream = createReadStream(options);
      watch.stream = stream;
      return stream;
    };
    done();
  });
}

async function sendMail(transporter: Transporter, mail: Mail): Promise<MailOutcome> {
  const signal = AbortSignal.timeout(SEND_MS);
  for (let attempt = 1; ; attempt++) {
    const watch: Watched['watch'] = { stream: null };
    const outcome = await attemptMail(transporter, mail, { watch, signal });
    const wasIdle = outcome.end === 'down' && watch.stream !== null;
    if (!wasIdle || attempt === ATTEMPTS) return outcome;
  }
}

async function attemptMail(
  transporter: Transporter,
  mail: Mail,
  extra: Watched & { signal: AbortSignal },
): Promise<MailOutcome> {
  try {
    const sent: SentMessageInfo = await transporter.sendMail({
      ...mail,
      to: { name: '', address: mail.to },
      ...extra,
    } as object);
    return Number(String(sent.response)[0]) === 2
      ? { end: 'sent' }
      : { end: 'unknown', reason: 'The mail server gave no answer.' };
  } catch (error) {
    return judgeError(error, extra.watch.stream?.readableDidRead === true);
  }
}

type SmtpError = Error & { code?: string; command?: string; responseCode?: number; response?: string };

/** A server's own refusal is certain; so is whatever happened before the first byte of the message left. */
function judgeError(error: unknown, hadBegun: boolean): MailOutcome {
  const smtp = (error instanceof Error ? error : new Error(String(error))) as SmtpError;
  const reason = describe(smtp);
  if (smtp.responseCode && smtp.code !== 'EAUTH') return judgeAnswer(smtp, reason);
  if (smtp.code === 'EENVELOPE') return { end: 'failed', reason, isHardBounce: false };
  return hadBegun ? { end: 'unknown', reason } : { end: 'down', reason };
}

function judgeAnswer(smtp: SmtpError, reason: string): MailOutcome {
  const isForThisMail = smtp.command === 'RCPT TO' || smtp.command === 'DATA';
  if (smtp.responseCode === 421 || !isForThisMail) return { end: 'down', reason };
  if (smtp.responseCode! < 500) return { end: 'later', reason };
  // 5.1.x: the address itself is at fault (RFC 3463); other refusals say nothing about it.
  return {
    end: 'failed',
    reason,
    isHardBounce: smtp.command === 'RCPT TO' && /\b5\.1\.\d{1,3}\b/.test(smtp.response ?? ''),
  };
}

/** The server's words without line breaks; it may repeat the address, which we do not log. */
function describe(error: SmtpError): string {
  const words = (error.response ?? error.message).replace(/\s+/g, ' ').slice(0, 300);
  return error.responseCode
    ? `The mail server said: ${words}`
    : `The mail server could not be reached: ${words}`;
}

import type { AddressInfo } from 'node:net';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { afterAll } from 'vitest';

export type Received = { to: string; raw: string };
export type MailServer = { url: string; received: Received[]; parse: (index: number) => Promise<ParsedMail> };

export type Manners = {
  /** Answers RCPT TO; throws to refuse. */
  onRecipient?: (address: string) => void;
  /** Called when a whole message was taken, before the answer; 'hang up' loses the answer. */
  onMessage?: (address: string, count: number) => 'hang up' | undefined | Promise<'hang up' | undefined>;
};

/** A real SMTP server on loopback that keeps what it took. Closed after the test file. */
export async function startMailServer(manners: Manners = {}): Promise<MailServer> {
  const received: Received[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onRcptTo(address, _session, done) {
      try {
        manners.onRecipient?.(address.address);
        done();
      } catch (error) {
        done(error as Error);
      }
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', async () => {
        const to = session.envelope.rcptTo[0]!.address;
        received.push({ to, raw: Buffer.concat(chunks).toString() });
        const manner = await manners.onMessage?.(to, received.length);
        if (manner !== 'hang up') return done();
        const { _socket } = [...server.connections].find(
          (c) => (c as { session?: unknown }).session === session,
        ) as unknown as { _socket: { destroy: () => void } };
        _socket.destroy();
      });
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterAll(async () => await new Promise<void>((resolve) => server.close(() => resolve())));
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    received,
    parse: async (index) => await simpleParser(received[index]!.raw),
  };
}

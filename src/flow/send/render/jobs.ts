/** The parts of a message as the marketer wrote them. */
export type MessageParts = { subject: string; preheader: string; html: string; text: string | null };

export type RenderJob = {
  kind: 'render';
  parts: MessageParts;
  context: Record<string, unknown>;
  timezone: string;
};
export type CheckJob = { kind: 'check'; parts: MessageParts };
export type Job = RenderJob | CheckJob;

/**
 * A message for one person. The HTML comes in pieces: between `pieces[n]` and `pieces[n + 1]` belongs the link
 * target `urls[n]`, so that whoever holds the keys can put a signed one there.
 */
export type Rendered = {
  subject: string;
  preheader: string;
  pieces: string[];
  urls: string[];
  text: string;
  /** Names the message asks for, that this person has not and for which it gives no default. */
  missing: string[];
};

/** What a look at the templates says: what cannot be understood, and the names they ask for. */
export type Checked = { issues: { path: string; message: string }[]; variables: string[] };

export type JobAnswer = { rendered: Rendered } | { checked: Checked } | { failure: string };

import supertest from 'supertest';

export type Answer = { status: number; headers: Record<string, string>; text: string };
type Agent = ReturnType<typeof supertest.agent>;

/** Somebody with a browser that keeps cookies but runs no script: follows nothing by itself. */
export class Visitor {
  readonly agent: Agent;

  constructor(url: string) {
    this.agent = supertest.agent(url);
  }

  async get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return await this.agent.get(path).set(headers).redirects(0);
  }

  /** Sends a form as the page at `from` has it, token included. */
  async post(path: string, fields: Record<string, string> = {}, from = '/login'): Promise<Answer> {
    return await this.postAs(path, { ...fields, _csrf: await this.token(from) });
  }

  /** Sends exactly these fields. */
  async postAs(
    path: string,
    fields: Record<string, string>,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    return await this.agent.post(path).type('form').set(headers).send(fields).redirects(0);
  }

  async token(from = '/login'): Promise<string> {
    let answer = await this.get(from);
    for (let steps = 0; answer.status === 303 && steps < 3; steps += 1)
      answer = await this.get(answer.headers.location ?? '/');
    return /name="_csrf" value="([^"]+)"/.exec(answer.text)?.[1] ?? '';
  }

  async signIn(email: string, password: string, next = '/'): Promise<Answer> {
    return await this.post('/login', { email, password, next });
  }
}

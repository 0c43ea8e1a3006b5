import type { Crumb, ViewAnswer } from '../answers.ts';
import type { PageContext } from '../page.ts';

type Asked = {
  title: string;
  crumbs?: Crumb[];
  /** What a form has to send again; without it the address says everything. */
  fields?: { name: string; value: string }[];
};

/** Instead of a page whose figures nobody has asked for lately, in a business where counting takes a while. */
export function beingWorkedOut({ path }: Pick<PageContext, 'path'>, asked: Asked): ViewAnswer {
  const { title, crumbs, fields } = asked;
  return { view: 'working', title, ...(crumbs ? { crumbs } : {}), model: { path, fields: fields ?? null } };
}
